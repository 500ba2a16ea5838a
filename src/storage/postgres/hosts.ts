// Which of several PostgreSQL servers is asked: the one that takes writes, found anew when it changes.
import { Client, type ClientBase, type ClientConfig } from 'pg';
import { StorageError } from '../errors.ts';

/** The servers of a connection string such as `postgres://user@a:5432,b:5432/miftah`; `pg` itself knows one host only. */
export interface PostgresHosts {
  readonly count: number;
  /** `host:port/database` of each, for messages: without user and password. */
  readonly name: string;
  /** Which one is tried next, as a connection string for `pg`. */
  current(): string;
  /** Leaves the server for the next one, unless somebody did so before. */
  leave(url: string): void;
}

/**
 * Throws a `StorageError` for text that is no connection string. It refuses a second `@`, and one after the hosts: they mean that a
 * password is not percent-encoded, and parts of it would be shown as a host, a database or an option.
 */
export function parsePostgresHosts(url: string): PostgresHosts {
  const parts = /^(postgres(?:ql)?:\/\/(?:[^@/?#]*@)?)([^@/?#]*)(\/[^?#@]*)?(\?[^#@]*)?$/.exec(url);
  if (parts === null) throw notConnectionString();
  const [, start = '', hosts = '', path = '', query = ''] = parts;
  const urls = hosts.split(',').map((host) => `${start}${host}${path}${query}`);
  // A host may also stand in the query (a socket's folder), where a comma would be part of its name.
  if (!urls.every((each) => URL.canParse(each.replace('@/', '@localhost/').replace(':///', '://localhost/')))) {
    throw notConnectionString();
  }
  let at = 0;
  return {
    count: urls.length,
    name: `${hosts}${path}`,
    current: () => urls[at] as string,
    leave(left) {
      if (urls[at] === left) at = (at + 1) % urls.length;
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
 * Rejects with an error of `pg` when no server takes writes.
 */
export async function connectToPrimary(
  hosts: PostgresHosts,
  config: ClientConfig,
  limits?: SessionLimits,
): Promise<Client> {
  for (let left = hosts.count; ; left--) {
    const url = hosts.current();
    const client = new Client({ ...config, connectionString: url });
    // Without a listener, a connection that breaks would end the process; whoever uses it next is told.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await prepareSession(client, limits);
      return client;
    } catch (error) {
      hosts.leave(url);
      await client.end().catch(() => undefined);
      if (left <= 1) throw error;
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
