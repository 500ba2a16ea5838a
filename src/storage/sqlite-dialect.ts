// Kysely on SQLite: the driver between its queries and a session of ours, in this thread or in the writer's.
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Database } from './schema.ts';
import type { SqliteConnection, StatementResult } from './sqlite-connection.ts';

/** The use of a connection by one caller at a time, from acquiring to `release`. */
export interface Session {
  execute(sql: string, parameters: readonly unknown[]): StatementResult | Promise<StatementResult>;
  begin(): void | Promise<void>;
  commit(): void | Promise<void>;
  /** Does nothing when no transaction is open. Never rejects: it would hide the error that led to it. */
  rollback(): void | Promise<void>;
  release(): void;
}

/** Kysely whose every query, or transaction, runs in a session from `acquire`, which waits for its turn where need be. */
export function createSqliteKysely(acquire: () => Session | Promise<Session>): Kysely<Database> {
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => new QueuedAdapter(),
      createDriver: () => new SessionDriver(acquire),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
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

class SessionDriver implements Driver {
  readonly #acquire: () => Session | Promise<Session>;

  constructor(acquire: () => Session | Promise<Session>) {
    this.#acquire = acquire;
  }

  async init(): Promise<void> {}
  async destroy(): Promise<void> {}

  async acquireConnection(): Promise<SessionConnection> {
    return new SessionConnection(await this.#acquire());
  }
  async beginTransaction({ session }: SessionConnection): Promise<void> {
    await session.begin();
  }
  async commitTransaction({ session }: SessionConnection): Promise<void> {
    await session.commit();
  }
  async rollbackTransaction({ session }: SessionConnection): Promise<void> {
    await session.rollback();
  }
  async releaseConnection({ session }: SessionConnection): Promise<void> {
    session.release();
  }
}

class SessionConnection implements DatabaseConnection {
  readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, changes } = await this.session.execute(sql, parameters);
    return { rows: rows as Row[], ...(changes !== undefined && { numAffectedRows: BigInt(changes) }) };
  }

  // biome-ignore lint/correctness/useYield: it has nothing to yield
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new TypeError('results are read whole, so that no snapshot of the database stays open');
  }
}
