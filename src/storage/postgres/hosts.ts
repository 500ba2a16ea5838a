// Which of several PostgreSQL servers is asked: the one that takes writes, found anew when it changes.
import { Client, type ClientBase, type ClientConfig } from 'pg';
import { StorageError } from '../errors.ts';
import { isPoolTimeout, isTlsMissing, mayGoOtherWay, toPostgresError } from './errors.ts';
import { type PostgresTls, readAgain, takeTlsParameters, waysOf } from './tls.ts';

/** One way to one server. */
export interface PostgresTarget {
  /** For `pg`, which knows one host only; nothing of TLS is in it. */
  readonly connectionString: string;
  readonly ssl: PostgresTls;
}

/** The servers of a connection string such as `postgres://user@a:5432,b:5432/miftah`. */
export interface PostgresHosts {
  readonly count: number;
  /** `host:port/database` of each, for messages: without user and password. */
  readonly name: string;
  /** What is tried next. */
  current(): PostgresTarget;
  /**
   * Leaves a target that failed, unless someone did so before. True: the same server is tried another way, with TLS or without.
   * Later connections go the way that is left to, until it fails too.
   */
  leave(target: PostgresTarget, error: unknown): boolean;
}

/**
 * Throws a `StorageError` for text that is no connection string. It refuses a second `@`, and one after the hosts: they mean that a
 * password is not percent-encoded, and parts of it would be shown as a host, a database or an option.
 */
export function parsePostgresHosts(url: string): PostgresHosts {
  const parts = /^(postgres(?:ql)?:\/\/(?:[^@/?#]*@)?)([^@/?#]*)(\/[^?#@]*)?(\?[^#@]*)?$/.exec(url);
  if (parts === null) throw notConnectionString();
  const [, start = '', hosts = '', path = '', query = ''] = parts;
  const parameters = new URLSearchParams(query);
  const tls = takeTlsParameters(parameters);
  const rest = parameters.size === 0 ? '' : `?${parameters}`;
  const servers = hosts.split(',').map((host) => ({
    connectionString: `${start}${host}${path}${rest}`,
    // libpq ignores sslmode there.
    isSocket: /^(?:%2f|\/)/i.test(parameters.get('host') ?? host),
  }));
  // A host may also stand in the query (a socket's folder), where a comma would be part of its name.
  const isUrl = (text: string) => URL.canParse(text.replace('@/', '@localhost/').replace(':///', '://localhost/'));
  if (!servers.every(({ connectionString }) => isUrl(connectionString))) throw notConnectionString();

  let ways = waysOf(tls);
  const targetsOf = ({ connectionString, isSocket }: (typeof servers)[0]): PostgresTarget[] =>
    (isSocket ? [false as const] : ways).map((ssl) => ({ connectionString, ssl }));
  let server = 0;
  let targets = targetsOf(servers[0] as (typeof servers)[0]);
  return {
    count: servers.length,
    name: `${hosts}${path}`,
    current: () => targets[0] as PostgresTarget,
    leave(left, error) {
      if (targets[0] !== left) return targets[0]?.connectionString === left.connectionString;
      const others = mayGoOtherWay(error) ? targets.slice(1) : [];
      if (others.length > 0) {
        targets = others;
        return true;
      }
      server = (server + 1) % servers.length;
      // A certificate that was renewed needs no restart.
      ways = readAgain(tls, ways);
      targets = targetsOf(servers[server] as (typeof servers)[0]);
      return false;
    },
  };
}

/** What PostgreSQL bounds in a session. */
export interface SessionLimits {
  /** A statement that takes longer is cancelled. */
  readonly statementTimeoutMs: number;
  /** A transaction that stands still for longer between two statements is undone. */
  readonly pauseTimeoutMs: number;
}

/**
 * A connection of one's own, to the first server that takes writes. Without `limits` it leaves no trace in its session.
 * Rejects with a `StorageError` when no server takes writes.
 */
export async function connectToPrimary(
  hosts: PostgresHosts,
  config: ClientConfig,
  limits?: SessionLimits,
): Promise<Client> {
  return connectInTurn(hosts, async (target) => {
    const client = new Client({ ...config, ...target });
    // Without a listener, a connection that breaks would end the process; whoever uses it next is told.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await prepareSession(client, limits);
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  });
}

/**
 * Calls `connect` for one target after the other until it succeeds. Rejects with a `StorageError` that says why the last server
 * refused, or with the timeout of a pool.
 */
export async function connectInTurn<Connection>(
  hosts: PostgresHosts,
  connect: (target: PostgresTarget) => Promise<Connection>,
): Promise<Connection> {
  let left = hosts.count;
  let failure: StorageError | undefined;
  let lacksTls = false;
  // Each server in both ways; others may leave a target at the same time.
  for (let tries = 2 * hosts.count; ; tries--) {
    const target = hosts.current();
    try {
      return await connect(target);
    } catch (error) {
      if (isPoolTimeout(error)) throw error;
      // Whatever one server says, the next is asked: a standby may lack the very database.
      const isOtherWay = hosts.leave(target, error);
      const isEncrypted = target.ssl !== false;
      // Of two ways, why the encrypted one failed says more, unless the server has no TLS.
      if (failure === undefined || lacksTls || (isEncrypted && !isTlsMissing(error))) {
        failure = toPostgresError(error, hosts.name, isEncrypted);
        lacksTls = isTlsMissing(error);
      }
      if (!isOtherWay) left -= 1;
      if (left === 0 || tries === 1) throw failure;
      if (!isOtherWay) failure = undefined;
    }
  }
}

/**
 * Sets the limits of a new session, and rejects when its server is a standby: one round trip. PgBouncer refuses limits among the
 * parameters that a connection starts with, unless `ignore_startup_parameters` names them, which would drop them.
 */
export async function prepareSession(client: ClientBase, limits?: SessionLimits): Promise<void> {
  const columns = Object.entries({
    statement_timeout: limits?.statementTimeoutMs,
    idle_in_transaction_session_timeout: limits?.pauseTimeoutMs,
  }).flatMap(([name, ms]) => (ms === undefined ? [] : [`set_config('${name}', '${ms}', false)`]));
  const { rows } = await client.query<{ standby: boolean }>(
    `SELECT ${['pg_is_in_recovery() AS standby', ...columns].join(', ')}`,
  );
  if (rows[0]?.standby !== false) throw new Error('it is a standby');
}

function notConnectionString(): StorageError {
  return new StorageError(
    'storage_unreachable',
    'database is not a PostgreSQL connection string',
    'use postgres://USER:PASSWORD@HOST:PORT/DATABASE, with % codes for characters such as @ and /',
  );
}
