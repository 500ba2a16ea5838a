// Finds the one of several PostgreSQL servers that takes writes, and finds it again when it changes.
import { Client, type ClientBase, type ClientConfig } from 'pg';
import { StorageError } from '../errors.ts';
import { isPoolTimeout, isTlsMissing, mayGoOtherWay, toPostgresError } from './errors.ts';
import { type PostgresTls, readAgain, takeTlsParameters, waysOf } from './tls.ts';

/** One way to one server. */
export interface PostgresTarget {
  /** For `pg`, which takes one host only. It has no TLS parameters. */
  readonly connectionString: string;
  readonly ssl: PostgresTls;
}

/** The servers of a connection string such as `postgres://user@a:5432,b:5432/miftah`. */
export interface PostgresHosts {
  readonly count: number;
  /** The hosts, ports and database for messages, without user and password. */
  readonly name: string;
  /** The target to try next. */
  current(): PostgresTarget;
  /**
   * Moves on from a target that failed, unless another caller already did. Returns true if the same server is next,
   * with TLS instead of without or the reverse. Later connections use the new target until it fails too.
   */
  leave(target: PostgresTarget, error: unknown): boolean;
}

/**
 * Parses a connection string with one host or several. Throws a `StorageError` for other text. It refuses a second `@`,
 * and one after the hosts: they show that a password is not percent-encoded. Messages would then show parts of it as a
 * host, a database or an option.
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
    // libpq ignores sslmode on a socket.
    isSocket: /^(?:%2f|\/)/i.test(parameters.get('host') ?? host),
  }));
  // The query may name the host too (a socket's folder). A comma is part of its name there.
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
      // A renewed certificate needs no restart.
      ways = readAgain(tls, ways);
      targets = targetsOf(servers[server] as (typeof servers)[0]);
      return false;
    },
  };
}

/** The limits that PostgreSQL enforces in a session. */
export interface SessionLimits {
  /** PostgreSQL cancels a statement that takes longer. */
  readonly statementTimeoutMs: number;
  /** PostgreSQL undoes a transaction that pauses for longer between two statements. */
  readonly pauseTimeoutMs: number;
}

/**
 * Opens a connection outside the pools, to the first server that takes writes. The caller ends it. Without `limits`,
 * its session keeps the server's settings. Rejects with a `StorageError` when no server takes writes.
 */
export async function connectToPrimary(
  hosts: PostgresHosts,
  config: ClientConfig,
  limits?: SessionLimits,
): Promise<Client> {
  return connectInTurn(hosts, async (target) => {
    const client = new Client({ ...config, ...target });
    // Without a listener, a broken connection would end the process. Its next query rejects.
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
 * Calls `connect` for one target after the other until it succeeds. Rejects with a `StorageError` that says why the
 * last server failed, or with the timeout of a pool.
 */
export async function connectInTurn<Connection>(
  hosts: PostgresHosts,
  connect: (target: PostgresTarget) => Promise<Connection>,
): Promise<Connection> {
  let left = hosts.count;
  let failure: StorageError | undefined;
  let lacksTls = false;
  // Each server is tried with and without TLS. Other callers may leave a target at the same time.
  for (let tries = 2 * hosts.count; ; tries--) {
    const target = hosts.current();
    try {
      return await connect(target);
    } catch (error) {
      if (isPoolTimeout(error)) throw error;
      // Any other error leads to the next target: a standby may even lack the database.
      const isOtherWay = hosts.leave(target, error);
      const isEncrypted = target.ssl !== false;
      // Of two errors, the one of the encrypted way says more, unless the server has no TLS.
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
 * Sets the limits of a new session in one round trip. Rejects when its server is a standby. The limits are no start-up
 * parameters: PgBouncer refuses those, or drops them where `ignore_startup_parameters` names them.
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
