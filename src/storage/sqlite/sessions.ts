// Ends every session of every person, for databases that go back in time.
import type { SqliteConnection } from './connection.ts';

/** In the order in which they refer to each other. */
const tables = ['session_orgs', 'auth_session', 'auth_verification'];

/** Removes all sessions and what waits to be confirmed: who signed out stays so. Also for a database older than these tables. */
export function removeSessions(connection: SqliteConnection): void {
  const { rows } = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'", []);
  const present = new Set(rows.map(({ name }) => name));
  for (const table of tables) if (present.has(table)) connection.run(`DELETE FROM ${table}`);
}
