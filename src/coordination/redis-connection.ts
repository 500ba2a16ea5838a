// Connects to Redis or Valkey: one server, Sentinels or a cluster. The only file that knows ioredis.
import { Cluster, Redis } from 'ioredis';
import type { RedisScript } from './redis-script.ts';

/** Where Redis is. */
export interface RedisServers {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  /** At least one: the server, the Sentinels, or some nodes of the cluster. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** The name of the master that the Sentinels watch. */
  readonly master: string | undefined;
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** 0 to 15; a cluster has only 0. */
  readonly database: number;
}

/** A connection that reconnects by itself. */
export interface RedisConnection {
  /**
   * Runs a script at most once: a command whose reply was lost is not sent again. Rejects at once without a connection,
   * and after `deadlineMs` without an answer.
   */
  run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Drops the connection. Commands under way reject. */
  close(): void;
}

export interface RedisConnectionOptions {
  readonly deadlineMs: number;
  /** Called each time the connection becomes ready for commands. */
  readonly onReady: () => void;
  /** Called when the connection is lost or can't be made, with the cause if it is known. May repeat itself. */
  readonly onLost: (cause: Error | undefined) => void;
}

/** A connection that is silent for this long while commands wait is replaced: its packets may be lost. */
const silentMs = 2_000;
const firstRetryMs = 50;

/** Connects, and reconnects after each loss until it is closed. */
export function connectRedis(
  servers: RedisServers,
  { deadlineMs, onReady, onLost }: RedisConnectionOptions,
): RedisConnection {
  const client = createClient(servers);
  let cause: Error | undefined;
  client.on('ready', () => {
    cause = undefined;
    onReady();
  });
  client.on('error', (error: Error) => {
    cause = error;
    onLost(error);
    // Without this, ioredis would continue, for example in another database than the one configured.
    if (isRefusedSetUp(client, error)) client.disconnect(true);
  });
  client.on('close', () => onLost(cause));
  let isClosed = false;
  // ioredis gives up for good when it learns of a failover while it asks the Sentinels for the master.
  client.on('end', () => {
    if (!isClosed) setTimeout(reconnect, firstRetryMs).unref();
  });

  function reconnect(): void {
    if (!isClosed) client.connect().catch(onLost);
  }

  async function send(script: RedisScript, parts: readonly [number, ...(string | number)[]]): Promise<unknown> {
    // Queue nothing: a limiter that waits is worse than one that reports that it can't count.
    if (client.status !== 'ready') throw cause ?? new Error('no connection');
    try {
      return await client.evalsha(script.sha1, ...parts);
    } catch (error) {
      // A restarted or replaced server does not have the script; EVAL loads it.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await client.eval(script.lua, ...parts);
    }
  }

  return {
    run: (script, keys, args) => withDeadline(send(script, [keys.length, ...keys, ...args]), deadlineMs),
    close() {
      isClosed = true;
      client.disconnect();
    },
  };
}

/**
 * Runs `work` on a connection of its own, then closes it. Rejects when connecting and `work` together take longer than
 * `deadlineMs`.
 */
export async function withRedis<Result>(
  servers: RedisServers,
  deadlineMs: number,
  work: (client: Redis | Cluster) => Promise<Result>,
): Promise<Result> {
  const client = createClient(servers);
  let cause: Error | undefined;
  const ready = Promise.withResolvers<void>();
  client.on('error', (error: Error) => {
    cause = error;
    if (isRefusedSetUp(client, error)) ready.reject(error);
  });
  client.once('ready', ready.resolve);
  try {
    return await withDeadline(
      ready.promise.then(() => work(client)),
      deadlineMs,
    );
  } catch (error) {
    // The connection's error explains more than the timeout.
    throw cause ?? error;
  } finally {
    client.disconnect();
  }
}

/** Whether the server refused a command that sets up a new connection. ioredis continues after it. */
function isRefusedSetUp({ status }: Redis | Cluster, { name }: Error): boolean {
  return status === 'connect' && name === 'ReplyError';
}

function createClient({ kind, hosts, master, tls, user, password, database }: RedisServers): Redis | Cluster {
  const secure = tls ? {} : undefined;
  const common = {
    username: user,
    password,
    tls: secure,
    connectionName: 'miftah',
    connectTimeout: silentMs,
    socketTimeout: silentMs,
    // A command that is sent twice would be counted twice.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  };
  const retryStrategy = (attempt: number): number => Math.min(firstRetryMs * attempt, 500);
  // A master that became a replica keeps the connection and refuses writes. Reconnecting finds the new master.
  const reconnectOnError = (error: Error): boolean => error.message.startsWith('READONLY');
  if (kind === 'cluster') {
    return new Cluster([...hosts], {
      // The offline queue stays on: ioredis connects to a node for its first command, which waits up to the deadline.
      retryDelayOnFailover: 20,
      clusterRetryStrategy: retryStrategy,
      slotsRefreshInterval: 2_000,
      // Certificates name hosts, not the addresses behind them.
      ...(tls && { dnsLookup: (address, callback) => callback(null, address) }),
      redisOptions: common,
    });
  }
  const own = { ...common, db: database, enableOfflineQueue: false, retryStrategy, reconnectOnError };
  if (kind === 'sentinel') {
    return new Redis({
      ...own,
      name: master,
      sentinels: [...hosts],
      sentinelRetryStrategy: retryStrategy,
      // A Sentinel that hangs must not keep us from asking the next.
      sentinelCommandTimeout: silentMs,
      sentinelTLS: secure,
      enableTLSForSentinelMode: tls,
      failoverDetector: true,
    });
  }
  return new Redis({ ...own, ...hosts[0] });
}

/** Rejects when `work` takes longer than `ms`. A reply that arrived while this process was busy still counts. */
function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  // Timers run before sockets are read. After a stall of this process, `setImmediate` lets the replies in first.
  const timer = setTimeout(() => setImmediate(reject, new Error(`no answer within ${ms} ms`)), ms);
  work.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
}
