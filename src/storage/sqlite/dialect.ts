// Kysely on SQLite: on sessions in this thread or in the writer's.
import { Kysely, type SelectModifierNode, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { Database } from '../schema.ts';
import { type Session, SessionDriver } from '../session-driver.ts';
import type { SqliteConnection } from './connection.ts';

/** Kysely whose every query, or transaction, runs in a session from `acquire`, which waits for its turn where need be. */
export function createSqliteKysely(acquire: () => Session | Promise<Session>): Kysely<Database> {
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => new QueuedAdapter(),
      createDriver: () => new SessionDriver(acquire),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new OneWriterCompiler(),
    },
  });
}

/** A session on a connection of this thread, whose owner sees to it that there is one user at a time. */
export function openLocalSession(connection: SqliteConnection): Session {
  return {
    execute: (sql, parameters) => connection.execute(sql, parameters),
    begin: () => connection.begin(),
    commit: () => connection.commit(),
    rollback: () => connection.rollback(),
    release: () => undefined,
  };
}

/** `acquire` queues, so Kysely needs no mutex of its own around it. */
class QueuedAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** Leaves out row locks (`FOR SHARE`), which SQLite lacks and does not need: it has one writer. */
class OneWriterCompiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier !== 'ForShare' && node.modifier !== 'ForKeyShare') super.visitSelectModifier(node);
  }
}
