// Kysely on SQLite, with sessions in this thread or in the writer's.
import { Kysely, type SelectModifierNode, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { Database } from '../schema.ts';
import { type Session, SessionDriver } from '../session-driver.ts';
import type { SqliteConnection } from './connection.ts';

/** A Kysely that runs each query, or each transaction, in a session from `acquire`, which may wait for its turn. */
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

/** A session on a connection of this thread. The owner of the connection makes sure that only one session is in use. */
export function openLocalSession(connection: SqliteConnection): Session {
  return {
    execute: (sql, parameters) => connection.execute(sql, parameters),
    begin: () => connection.begin(),
    commit: () => connection.commit(),
    rollback: () => connection.rollback(),
    release: () => undefined,
  };
}

/** `acquire` queues, so Kysely needs no mutex around it. */
class QueuedAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** Omits row locks (`FOR SHARE`). SQLite has none, and needs none with one writer. */
class OneWriterCompiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier !== 'ForShare' && node.modifier !== 'ForKeyShare') super.visitSelectModifier(node);
  }
}
