// Connections to PostgreSQL as sessions: bounded in number and time, and made anew after a failover.
import { Client, type ClientBase, type ClientConfig, Pool, type PoolClient, types } from 'pg';
import { StorageError } from '../errors.ts';
import type { Session } from '../session-driver.ts';
import { isConnectionLost, poolTimeoutMessage, toPostgresError } from './errors.ts';
import { connectInTurn, type PostgresHosts, prepareSession, type SessionLimits } from './hosts.ts';

export interface PostgresPoolOptions {
  readonly hosts: PostgresHosts;
  readonly maxConnections: number;
  /** Connections that are not closed when nobody has used them for a minute. Default 0. */
  readonly keptConnections?: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly transactionTimeoutMs: number;
}

/** How a session's transactions are run. */
export interface TransactionRules {
  /** Two integers that name an advisory lock, held from begin to end: no two transactions with the same overlap. Default: none. */
  readonly lock?: readonly [number, number];
  /** A transaction that takes longer is undone. Default: what the pool says. */
  readonly timeoutMs?: number;
  /** Whether transactions and their statements may take any time. Default: no. */
  readonly isUnbounded?: boolean;
}

export interface PostgresPool {
  /** Waits for a free connection. Rejects with a `StorageError`. */
  acquire(rules?: TransactionRules): Promise<Session>;
  /**
   * Lets what was asked for finish, then closes; with a `reason`, `acquire` rejects with it from this moment on. Idempotent.
   */
  close(reason?: StorageError): Promise<void>;
}

/**
 * How long a transaction with a lock may stand still between two statements, while nobody else gets the lock: a process that
 * was stopped or cut off in the middle of a change must not keep the others from theirs.
 */
const maxPauseMs = 1000;

/** How long one without a lock may: a write of usage puts its rows together between two statements. */
const minPauseMs = 5000;

/** int8, and the numeric that sums of it are; both come as text otherwise. What a number can't hold is refused on reading. */
const numericTypes = new Set([20, 1700]);

/** What every connection of ours is opened with, beside its server: nothing that PgBouncer refuses. */
export function connectionConfig({ connectTimeoutMs, statementTimeoutMs }: PostgresPoolOptions) {
  return {
    application_name: 'miftah',
    connectionTimeoutMillis: connectTimeoutMs,
    // A server that says nothing at all: the statement's own limit is the server's to keep.
    query_timeout: statementTimeoutMs + 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: {
      getTypeParser: ((oid: number, format?: 'text') =>
        numericTypes.has(oid) ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
    },
  } satisfies ClientConfig;
}

/** What PostgreSQL bounds in every session of ours. */
export function sessionLimits({ statementTimeoutMs, transactionTimeoutMs }: PostgresPoolOptions): SessionLimits {
  // A process that is stopped in the middle of a change must not keep the others out.
  return { statementTimeoutMs, pauseTimeoutMs: Math.max(2 * transactionTimeoutMs, minPauseMs) };
}

/**
 * PostgreSQL's text can't hold U+0000 and refuses statements with it. What is kept never has it; what is asked for may, and
 * is simply not found.
 */
function storable(parameter: unknown): unknown {
  return typeof parameter === 'string' && parameter.includes('\0') ? parameter.replaceAll('\0', '\ufffd') : parameter;
}

export function createPostgresPool(options: PostgresPoolOptions): PostgresPool {
  return new HostPool(options);
}

/** Connections to whichever server is the primary. */
class HostPool implements PostgresPool {
  readonly hosts: PostgresHosts;
  readonly transactionTimeoutMs: number;
  readonly #connectTimeoutMs: number;
  readonly #pool: Pool;
  /** Raised when a connection is lost: those made before are likely lost as well, and are not tried one after the other. */
  #generation = 0;
  readonly #generations = new WeakMap<PoolClient, number>();
  /** Ends when the newest transaction with a lock has. */
  #lastTurn: Promise<void> = Promise.resolve();
  /** Sessions asked for and not released yet. */
  #inUse = 0;
  #closedFor: StorageError | undefined;
  readonly #drained = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;

  constructor(options: PostgresPoolOptions) {
    const { hosts } = options;
    const limits = sessionLimits(options);
    this.hosts = hosts;
    this.transactionTimeoutMs = options.transactionTimeoutMs;
    this.#connectTimeoutMs = options.connectTimeoutMs;
    this.#pool = new Pool({
      ...connectionConfig(options),
      max: options.maxConnections,
      min: options.keptConnections ?? 0,
      idleTimeoutMillis: 60_000,
      Client: clientOf(hosts),
      onConnect: (client: ClientBase) => prepareSession(client, limits),
    });
    // One that broke while nobody used it is gone from the pool already.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => {
      this.#generations.set(client, this.#generation);
      client.on('error', () => undefined);
    });
  }

  async acquire(rules: TransactionRules = {}): Promise<Session> {
    if (this.#closedFor !== undefined) throw this.#closedFor;
    this.#inUse += 1;
    try {
      return new PooledSession(this, await this.#connect(), rules);
    } catch (error) {
      this.countDown();
      throw toPostgresError(error, this.hosts.name);
    }
  }

  close(reason?: StorageError): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  /** One session less is in use. */
  countDown(): void {
    this.#inUse -= 1;
    if (this.#inUse === 0 && this.#closedFor !== undefined) this.#drained.resolve();
  }

  /** Other connections of the same age are likely lost as well. */
  noteLoss(client: PoolClient): void {
    if (this.#generations.get(client) === this.#generation) this.#generation += 1;
  }

  /**
   * One transaction of this process at a time asks PostgreSQL for the lock: should the process be stopped, it holds it once and
   * not again and again for all that were waiting. Resolves with how to let the next one have its turn.
   */
  async takeTurn(): Promise<() => void> {
    const previous = this.#lastTurn;
    const { promise, resolve: endTurn } = Promise.withResolvers<void>();
    this.#lastTurn = promise;
    const tooLong = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      void previous.then(endTurn);
      tooLong.reject(toPostgresError(new Error(poolTimeoutMessage), this.hosts.name));
    }, this.#connectTimeoutMs);
    await Promise.race([previous, tooLong.promise]).finally(() => clearTimeout(timer));
    return endTurn;
  }

  #connect(): Promise<PoolClient> {
    return connectInTurn(this.hosts, async () => {
      for (;;) {
        const client = await this.#pool.connect();
        if (this.#generations.get(client) === this.#generation) return client;
        client.release(true);
      }
    });
  }

  async #close(reason: StorageError | undefined): Promise<void> {
    // What was asked for a moment ago has yet to come to `acquire`.
    if (reason === undefined) await new Promise((resolve) => setImmediate(resolve));
    this.#closedFor = reason ?? new StorageError('storage_closed', 'the database is closed', 'restart Miftah');
    if (this.#inUse > 0) await this.#drained.promise;
    await this.#pool.end();
  }
}

/** `pg` makes its connections itself: each to the server whose turn it is. */
function clientOf(hosts: PostgresHosts): typeof Client {
  return class extends Client {
    constructor(config: ClientConfig = {}) {
      super({ ...config, ...hosts.current() });
    }
  };
}

/** A connection of the pool while one caller has it. */
class PooledSession implements Session {
  readonly #pool: HostPool;
  readonly #client: PoolClient;
  readonly #lock: TransactionRules['lock'];
  readonly #timeoutMs: number;
  readonly #isUnbounded: boolean;
  #isLost = false;
  #isReleased = false;
  #hasTimedOut = false;
  #timer: NodeJS.Timeout | undefined;
  #endTurn: (() => void) | undefined;

  constructor(pool: HostPool, client: PoolClient, rules: TransactionRules) {
    this.#pool = pool;
    this.#client = client;
    this.#lock = rules.lock;
    this.#timeoutMs = rules.timeoutMs ?? pool.transactionTimeoutMs;
    this.#isUnbounded = rules.isUnbounded ?? false;
  }

  async execute(sql: string, parameters: readonly unknown[]) {
    const { command, rowCount, rows } = await this.#run(sql, parameters.map(storable));
    return { rows, changes: command === 'SELECT' ? undefined : (rowCount ?? undefined) };
  }

  async begin(): Promise<void> {
    const lock = this.#lock;
    const limit = this.#isUnbounded ? '; SET LOCAL statement_timeout = 0' : '';
    const pause =
      lock === undefined || this.#isUnbounded ? '' : `; SET LOCAL idle_in_transaction_session_timeout = ${maxPauseMs}`;
    const wait = lock === undefined ? '' : `; SELECT pg_advisory_xact_lock(${lock[0]}, ${lock[1]})`;
    if (lock !== undefined) this.#endTurn = await this.#pool.takeTurn();
    try {
      // READ COMMITTED: each statement after the lock sees all that was committed before it.
      await this.#run(`BEGIN ISOLATION LEVEL READ COMMITTED${limit}${pause}${wait}`);
    } catch (error) {
      // It may have begun all the same.
      this.#isLost = true;
      throw error;
    }
    if (this.#isUnbounded) return;
    this.#timer = setTimeout(() => {
      this.#hasTimedOut = true;
      // Closing the connection undoes the change, whatever it is about to do.
      this.#isLost = true;
      this.release();
    }, this.#timeoutMs);
  }

  async commit(): Promise<void> {
    clearTimeout(this.#timer);
    const { command } = await this.#run('COMMIT');
    if (command !== 'ROLLBACK') return;
    throw new StorageError(
      'storage_failed',
      'a change was undone because a part of it failed',
      'report this as a defect of Miftah',
    );
  }

  async rollback(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#isLost) return;
    await this.#run('ROLLBACK').catch(() => {
      this.#isLost = true;
    });
  }

  release(): void {
    clearTimeout(this.#timer);
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#client.release(this.#isLost);
    this.#endTurn?.();
    this.#pool.countDown();
  }

  async #run(sql: string, parameters?: readonly unknown[]) {
    if (this.#hasTimedOut) throw this.#timedOut();
    try {
      return await this.#client.query({
        text: sql,
        values: parameters as unknown[],
        ...(this.#isUnbounded && { query_timeout: 2 ** 31 - 1 }),
      });
    } catch (error) {
      if (this.#hasTimedOut) throw this.#timedOut();
      if (isConnectionLost(error)) {
        this.#isLost = true;
        this.#pool.noteLoss(this.#client);
      }
      throw toPostgresError(error, this.#pool.hosts.name);
    }
  }

  #timedOut(): StorageError {
    return new StorageError(
      'transaction_timeout',
      `a change took longer than ${this.#timeoutMs} ms and was undone`,
      'try again',
    );
  }
}
