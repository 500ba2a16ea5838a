// Kysely's driver on top of `Session`, the same for every database.
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';

/** The result of a statement: its rows if it returns any, else the number of changed rows. */
export interface StatementResult {
  readonly rows: Record<string, unknown>[];
  readonly changes: number | bigint | undefined;
}

/** A connection that one caller holds, from acquiring it to `release`. */
export interface Session {
  execute(sql: string, parameters: readonly unknown[]): StatementResult | Promise<StatementResult>;
  begin(): void | Promise<void>;
  commit(): void | Promise<void>;
  /**
   * Does nothing if no transaction is open. Never rejects, because that would hide the error that led to the rollback.
   */
  rollback(): void | Promise<void>;
  release(): void;
}

/** Runs `work` in a transaction, which is undone if `work` rejects. */
export async function transactIn<Result>(
  session: Pick<Session, 'begin' | 'commit' | 'rollback'>,
  work: () => Promise<Result>,
): Promise<Result> {
  await session.begin();
  try {
    const result = await work();
    await session.commit();
    return result;
  } catch (error) {
    await session.rollback();
    throw error;
  }
}

/** Runs each query, or each transaction, in a session from `acquire`, which may wait for its turn. */
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
    throw new TypeError('streaming is not supported: an open result would keep a snapshot of the database open');
  }
}
