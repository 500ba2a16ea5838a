// Connections to PostgreSQL as sessions: bounded in number and time, and made anew after a failover.
import { Client, type ClientConfig, Pool, type PoolClient, types } from 'pg';
import { StorageError } from '../errors.ts';
import type { Session } from '../session-driver.ts';
import { isConnectionLost, isPoolTimeout, poolTimeoutMessage, toPostgresError } from './errors.ts';
import { assertPrimary, type PostgresHosts } from './hosts.ts';

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

/** int8, and the numeric that sums of it are; both come as text otherwise. What a number can't hold is refused on reading. */
const numericTypes = new Set([20, 1700]);

/** What every connection of ours is opened with, beside its server. */
export function connectionConfig({ connectTimeoutMs, statementTimeoutMs, transactionTimeoutMs }: PostgresPoolOptions) {
  return {
    application_name: 'miftah',
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    // A server that says nothing at all: the statement's own limit is the server's to keep.
    query_timeout: statementTimeoutMs + 1000,
    // A process that is stopped in the middle of a change must not keep the others out.
    idle_in_transaction_session_timeout: 2 * transactionTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: {
      getTypeParser: ((oid: number, format?: 'text') =>
        numericTypes.has(oid) ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
    },
  } satisfies ClientConfig;
}

/**
 * PostgreSQL's text can't hold U+0000 and refuses statements with it. What is kept never has it; what is asked for may, and
 * is simply not found.
 */
function storable(parameter: unknown): unknown {
  return typeof parameter === 'string' && parameter.includes('\0') ? parameter.replaceAll('\0', '\ufffd') : parameter;
}

export function createPostgresPool(options: PostgresPoolOptions): PostgresPool {
  const { hosts, maxConnections, transactionTimeoutMs } = options;

  /** `pg` makes its connections itself: each to the server whose turn it is. */
  class HostClient extends Client {
    constructor(config: ClientConfig = {}) {
      super({ ...config, connectionString: hosts.current() });
    }
  }

  const pool = new Pool({
    ...connectionConfig(options),
    max: maxConnections,
    min: options.keptConnections ?? 0,
    idleTimeoutMillis: 60_000,
    Client: HostClient,
    onConnect: assertPrimary as (client: unknown) => void,
  });
  // One that broke while nobody used it is gone from the pool already.
  pool.on('error', () => undefined);
  /** Raised when a connection is lost: those made before are likely lost as well, and are not tried one after the other. */
  let generation = 0;
  const generations = new WeakMap<PoolClient, number>();
  pool.on('connect', (client) => {
    generations.set(client, generation);
    client.on('error', () => undefined);
  });

  /** Ends when the newest transaction with a lock has. */
  let lastTurn: Promise<void> = Promise.resolve();

  /**
   * One transaction of this process at a time asks PostgreSQL for the lock: should the process be stopped, it holds it once and
   * not again and again for all that were waiting. Resolves with how to let the next one have its turn.
   */
  async function takeTurn(): Promise<() => void> {
    const previous = lastTurn;
    const { promise, resolve: endTurn } = Promise.withResolvers<void>();
    lastTurn = promise;
    const tooLong = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      previous.then(endTurn);
      tooLong.reject(toPostgresError(new Error(poolTimeoutMessage), hosts.name));
    }, options.connectTimeoutMs);
    await Promise.race([previous, tooLong.promise]).finally(() => clearTimeout(timer));
    return endTurn;
  }

  /** Sessions asked for and not released yet. */
  let inUse = 0;
  let closedFor: StorageError | undefined;
  const drained = Promise.withResolvers<void>();
  let closing: Promise<void> | undefined;

  async function connect(): Promise<PoolClient> {
    let left = hosts.count;
    for (;;) {
      const url = hosts.current();
      try {
        const client = await pool.connect();
        if (generations.get(client) === generation) return client;
        client.release(true);
      } catch (error) {
        if (isPoolTimeout(error)) throw error;
        // Whatever one server says: a standby may lack the very database.
        hosts.leave(url);
        left -= 1;
        if (left === 0) throw error;
      }
    }
  }

  function openSession(client: PoolClient, rules: TransactionRules): Session {
    const { lock, timeoutMs = transactionTimeoutMs, isUnbounded = false } = rules;
    let isLost = false;
    let isReleased = false;
    let isOver = false;
    let timer: NodeJS.Timeout | undefined;
    let endTurn: (() => void) | undefined;

    const release = (): void => {
      clearTimeout(timer);
      if (isReleased) return;
      isReleased = true;
      client.release(isLost);
      endTurn?.();
      countDown();
    };
    const run = async (sql: string, parameters?: readonly unknown[]) => {
      if (isOver) throw timedOut();
      try {
        return await client.query({
          text: sql,
          values: parameters as unknown[],
          ...(isUnbounded && { query_timeout: 2 ** 31 - 1 }),
        });
      } catch (error) {
        if (isOver) throw timedOut();
        if (isConnectionLost(error)) {
          isLost = true;
          if (generations.get(client) === generation) generation += 1;
        }
        throw toPostgresError(error, hosts.name);
      }
    };
    const timedOut = () =>
      new StorageError('transaction_timeout', `a change took longer than ${timeoutMs} ms and was undone`, 'try again');

    return {
      async execute(sql, parameters) {
        const { command, rowCount, rows } = await run(sql, parameters.map(storable));
        return { rows, changes: command === 'SELECT' ? undefined : (rowCount ?? undefined) };
      },
      async begin() {
        const limit = isUnbounded ? '; SET LOCAL statement_timeout = 0' : '';
        const pause =
          lock === undefined || isUnbounded ? '' : `; SET LOCAL idle_in_transaction_session_timeout = ${maxPauseMs}`;
        const wait = lock === undefined ? '' : `; SELECT pg_advisory_xact_lock(${lock[0]}, ${lock[1]})`;
        if (lock !== undefined) endTurn = await takeTurn();
        try {
          // READ COMMITTED: each statement after the lock sees all that was committed before it.
          await run(`BEGIN ISOLATION LEVEL READ COMMITTED${limit}${pause}${wait}`);
        } catch (error) {
          // It may have begun all the same.
          isLost = true;
          throw error;
        }
        if (isUnbounded) return;
        timer = setTimeout(() => {
          isOver = true;
          // Closing the connection undoes the change, whatever it is about to do.
          isLost = true;
          release();
        }, timeoutMs);
      },
      async commit() {
        clearTimeout(timer);
        const { command } = await run('COMMIT');
        if (command !== 'ROLLBACK') return;
        throw new StorageError(
          'storage_failed',
          'a change was undone, since a part of it had failed',
          'report this as a defect of Miftah',
        );
      },
      async rollback() {
        clearTimeout(timer);
        if (isLost) return;
        await run('ROLLBACK').catch(() => {
          isLost = true;
        });
      },
      release,
    };
  }

  function countDown(): void {
    inUse -= 1;
    if (inUse === 0 && closedFor !== undefined) drained.resolve();
  }

  async function close(reason: StorageError | undefined): Promise<void> {
    // What was asked for a moment ago has yet to come to `acquire`.
    if (reason === undefined) await new Promise((resolve) => setImmediate(resolve));
    closedFor = reason ?? new StorageError('storage_closed', 'the database is closed', 'restart Miftah');
    if (inUse > 0) await drained.promise;
    await pool.end();
  }

  return {
    async acquire(rules = {}) {
      if (closedFor !== undefined) throw closedFor;
      inUse += 1;
      try {
        return openSession(await connect(), rules);
      } catch (error) {
        countDown();
        throw toPostgresError(error, hosts.name);
      }
    },
    close(reason) {
      closing ??= close(reason);
      return closing;
    },
  };
}
