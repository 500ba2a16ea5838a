// Kysely's driver on sessions of ours: the same for every database.
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';

/** What a statement did: rows where it returns any, the number of changed rows where it does not. */
export interface StatementResult {
  readonly rows: Record<string, unknown>[];
  readonly changes: number | bigint | undefined;
}

/** The use of a connection by one caller at a time, from acquiring to `release`. */
export interface Session {
  execute(sql: string, parameters: readonly unknown[]): StatementResult | Promise<StatementResult>;
  begin(): void | Promise<void>;
  commit(): void | Promise<void>;
  /** Does nothing when no transaction is open. Never rejects: it would hide the error that led to it. */
  rollback(): void | Promise<void>;
  release(): void;
}

/** Every query, or transaction, runs in a session from `acquire`, which waits for its turn where need be. */
export class SessionDriver implements Driver {
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
