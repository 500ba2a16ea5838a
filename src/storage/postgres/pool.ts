// A pool of PostgreSQL sessions: bounded in number and time, and renewed after a failover.
import { Client, type ClientBase, type ClientConfig, Pool, type PoolClient, types } from 'pg';
import { StorageError } from '../errors.ts';
import type { PoolLoad } from '../load.ts';
import type { Session } from '../session-driver.ts';
import { isConnectionLost, poolTimeoutMessage, toPostgresError } from './errors.ts';
import { connectInTurn, type PostgresHosts, prepareSession, type SessionLimits } from './hosts.ts';

export interface PostgresPoolOptions {
  readonly hosts: PostgresHosts;
  readonly maxConnections: number;
  /** The number of connections that stay open without use. Others close after a minute. Default 0. */
  readonly keptConnections?: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly transactionTimeoutMs: number;
}

/** The rules for a session's transactions. */
export interface TransactionRules {
  /**
   * An advisory lock that each transaction holds from begin to end, so that no two with the same lock overlap. Default:
   * none.
   */
  readonly lock?: readonly [number, number];
  /** A transaction that takes longer is undone. Default: the pool's timeout. */
  readonly timeoutMs?: number;
  /** Whether transactions and their statements have no time limit. Default: no. */
  readonly isUnbounded?: boolean;
}

/** A pool of sessions on the server that takes writes. */
export interface PostgresPool {
  /** Waits for a free connection. Rejects with a `StorageError`. */
  acquire(rules?: TransactionRules): Promise<Session>;
  readonly load: PoolLoad;
  /**
   * Closes when all sessions have been released. Without a `reason`, calls of the moment before still get a session.
   * With one, `acquire` rejects with it from now on. Idempotent.
   */
  close(reason?: StorageError): Promise<void>;
}

/**
 * How long a transaction with a lock may pause between two statements. A process that is stopped or cut off in the
 * middle of a change must not block the changes of others.
 */
const maxPauseMs = 1000;

/** The shortest such limit without a lock: a write of usage assembles its rows between two statements. */
const minPauseMs = 5000;

/**
 * int8, and numeric, the type of its sums. `pg` returns both as text by default. A read refuses a value that a number
 * can't hold.
 */
const numericTypes = new Set([20, 1700]);

/** The options of every connection of ours, except its server. PgBouncer accepts all of them. */
export function connectionConfig({ connectTimeoutMs, statementTimeoutMs }: PostgresPoolOptions) {
  return {
    application_name: 'miftah',
    connectionTimeoutMillis: connectTimeoutMs,
    // For a server that is silent. The server itself enforces the statement's limit.
    query_timeout: statementTimeoutMs + 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: {
      getTypeParser: ((oid: number, format?: 'text') =>
        numericTypes.has(oid) ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
    },
  } satisfies ClientConfig;
}

/** The limits of every session of ours. */
export function sessionLimits({ statementTimeoutMs, transactionTimeoutMs }: PostgresPoolOptions): SessionLimits {
  // A process that stops in the middle of a transaction must not keep its locks for ever.
  return { statementTimeoutMs, pauseTimeoutMs: Math.max(2 * transactionTimeoutMs, minPauseMs) };
}

/**
 * Replaces U+0000, which PostgreSQL's text can't hold: it refuses the statement. Stored values never have it. A search
 * for a value that has it finds nothing.
 */
function storable(parameter: unknown): unknown {
  return typeof parameter === 'string' && parameter.includes('\0') ? parameter.replaceAll('\0', '\ufffd') : parameter;
}

/** Creates a pool of sessions on the server that takes writes. It connects when a session is first asked for. */
export function createPostgresPool(options: PostgresPoolOptions): PostgresPool {
  return new HostPool(options);
}

/** A pool of connections to the server that takes writes. */
class HostPool implements PostgresPool {
  readonly hosts: PostgresHosts;
  readonly transactionTimeoutMs: number;
  readonly #connectTimeoutMs: number;
  readonly #pool: Pool;
  /** Rises when a connection is lost. Connections from before are likely lost too, and are not tried one by one. */
  #generation = 0;
  readonly #generations = new WeakMap<PoolClient, number>();
  /** Resolves when the newest transaction with a lock has ended. */
  #lastTurn: Promise<void> = Promise.resolve();
  /** Sessions that were asked for and not yet released. */
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
    // The pool has already removed a connection that broke while unused.
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

  get load(): PoolLoad {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { inUse: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  close(reason?: StorageError): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  /** Notes that a session was released. */
  countDown(): void {
    this.#inUse -= 1;
    if (this.#inUse === 0 && this.#closedFor !== undefined) this.#drained.resolve();
  }

  /** Marks all connections from before this loss as lost. */
  noteLoss(client: PoolClient): void {
    if (this.#generations.get(client) === this.#generation) this.#generation += 1;
  }

  /**
   * Lets one transaction of this process at a time ask PostgreSQL for the lock. So a stopped process holds the lock
   * once, and not again for each transaction that waited. Resolves with a function that ends the turn. Rejects when the
   * turn does not come in time.
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
    // Calls of a moment ago have not reached `acquire` yet.
    if (reason === undefined) await new Promise((resolve) => setImmediate(resolve));
    this.#closedFor = reason ?? new StorageError('storage_closed', 'the database is closed', 'restart Miftah');
    if (this.#inUse > 0) await this.#drained.promise;
    await this.#pool.end();
  }
}

/** `pg` creates its clients itself. This class makes each one connect to the current target. */
function clientOf(hosts: PostgresHosts): typeof Client {
  return class extends Client {
    constructor(config: ClientConfig = {}) {
      super({ ...config, ...hosts.current() });
    }
  };
}

/** A connection of the pool while one caller uses it. */
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
      // READ COMMITTED: each statement after the lock sees everything that was committed before it.
      await this.#run(`BEGIN ISOLATION LEVEL READ COMMITTED${limit}${pause}${wait}`);
    } catch (error) {
      // The transaction may have begun despite the error.
      this.#isLost = true;
      throw error;
    }
    if (this.#isUnbounded) return;
    this.#timer = setTimeout(() => {
      this.#hasTimedOut = true;
      // Closing the connection undoes the change, whatever statement is running.
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
