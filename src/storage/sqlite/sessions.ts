// Ends every session of every person, for a database that goes back in time.
import type { SqliteConnection } from './connection.ts';

/** A table comes before those that it refers to. */
const tables = ['session_orgs', 'auth_session', 'auth_verification'];

/**
 * Removes all sessions and pending verifications, so that no one who signed out is signed in again. A database older
 * than these tables is left unchanged.
 */
export function removeSessions(connection: SqliteConnection): void {
  const { rows } = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'", []);
  const present = new Set(rows.map(({ name }) => name));
  for (const table of tables) if (present.has(table)) connection.run(`DELETE FROM ${table}`);
}
