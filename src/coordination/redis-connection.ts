// The way to Redis or Valkey, alone, behind Sentinels or as a cluster: the only file that knows ioredis.
import { Cluster, Redis } from 'ioredis';
import type { RedisScript } from './redis-script.ts';

/** Where Redis is. */
export interface RedisServers {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  /** At least one: the server, the Sentinels, or some nodes of the cluster. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** The name of the master that Sentinels look after. */
  readonly master: string | undefined;
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** 0 to 15; a cluster has 0 alone. */
  readonly database: number;
}

export interface RedisConnection {
  /**
   * Runs a script once, at most: a command whose reply was lost is not sent again. Rejects at once while there is no
   * connection, and after `deadlineMs` when nobody answers.
   */
  run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Drops the connection. Commands under way reject. */
  close(): void;
}

export interface RedisConnectionOptions {
  readonly deadlineMs: number;
  /** Told when commands can be sent, each time anew. */
  readonly onReady: () => void;
  /** Told when they no longer can, or could not be: with the cause where there is one. May repeat itself. */
  readonly onLost: (cause: Error | undefined) => void;
}

/** A connection that says nothing for so long while commands wait is replaced: its packets may go nowhere. */
const silentMs = 2_000;
const firstRetryMs = 50;

/** Connects, and again after each loss, for as long as it is not closed. */
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
    // A server without the database would go on with another one.
    if (isRefusedSetUp(client, error)) client.disconnect(true);
  });
  client.on('close', () => onLost(cause));
  let isClosed = false;
  // The client gives up for good when it is told of a failover while it asks Sentinels for the master.
  client.on('end', () => {
    if (!isClosed) setTimeout(reconnect, firstRetryMs).unref();
  });

  function reconnect(): void {
    if (!isClosed) client.connect().catch(onLost);
  }

  async function send(script: RedisScript, parts: readonly [number, ...(string | number)[]]): Promise<unknown> {
    // A limiter that waits is worse than one that says that it can't count: nothing is queued.
    if (client.status !== 'ready') throw cause ?? new Error('no connection');
    try {
      return await client.evalsha(script.sha1, ...parts);
    } catch (error) {
      // A server that was restarted or replaced does not have the script; EVAL brings it.
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

/** Does `work` on a connection of its own, which is there for so long. Rejects also when both together take over `deadlineMs`. */
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
    // Why there was no answer says more than that there was none.
    throw cause ?? error;
  } finally {
    client.disconnect();
  }
}

/** Whether the server refused a command that sets a new connection up; ioredis goes on without it. */
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
    // Nothing is sent twice, as it would be counted twice.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  };
  const retryStrategy = (attempt: number): number => Math.min(firstRetryMs * attempt, 500);
  // A master that was made a replica keeps the connection and refuses to write: look for the new one.
  const reconnectOnError = (error: Error): boolean => error.message.startsWith('READONLY');
  if (kind === 'cluster') {
    return new Cluster([...hosts], {
      // The connection to a node is made when it is first needed: commands wait for that, up to the deadline.
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
      // One that hangs must not keep us from asking the next.
      sentinelCommandTimeout: silentMs,
      sentinelTLS: secure,
      enableTLSForSentinelMode: tls,
      failoverDetector: true,
    });
  }
  return new Redis({ ...own, ...hosts[0] });
}

/** Rejects when `work` takes longer; a reply that has arrived while this process was busy still counts. */
function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  // Timers run before sockets are read: after a stall of this process, the replies get their turn first.
  const timer = setTimeout(() => setImmediate(reject, new Error(`no answer within ${ms} ms`)), ms);
  work.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
}
