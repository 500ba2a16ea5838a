// Checks whether a connection to PostgreSQL stays one session. A pooler may share sessions between clients.
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import { StorageError } from '../errors.ts';

/** How long to wait for a notification, which normally takes a round trip. */
const notifiedWithinMs = 3_000;
const looks = 3;

/**
 * Checks two connections to one database. `false`: a pooler is in between, and each transaction or statement may run on
 * another session. Locks would stay on the pooler's sessions, and notifications would not arrive. Takes no lock.
 * Rejects with an error of `pg`.
 */
export async function areSessions(one: Client, other: Client): Promise<boolean> {
  const process = await processOf(one);
  for (let look = 0; look < looks; look++) {
    if ((await processOf(one)) !== process || (await processOf(other)) === process) return false;
  }
  // A pooler may give us the same sessions by chance, but it does not pass on notifications.
  return isNotified(one, other);
}

async function processOf(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid;
}

async function isNotified(listener: Client, notifier: Client): Promise<boolean> {
  const channel = `miftah_sessions_${randomBytes(6).toString('hex')}`;
  const heard = Promise.withResolvers<true>();
  const hear = (message: { readonly channel: string }): void => {
    if (message.channel === channel) heard.resolve(true);
  };
  listener.on('notification', hear);
  const given = new AbortController();
  try {
    await listener.query(`LISTEN ${channel}`);
    await notifier.query(`NOTIFY ${channel}`);
    const late = wait(notifiedWithinMs, false, { signal: given.signal }).catch(() => false);
    return await Promise.race([heard.promise, late]);
  } finally {
    given.abort();
    listener.off('notification', hear);
    await listener.query(`UNLISTEN ${channel}`).catch(() => undefined);
  }
}

/**
 * Rejects with `storage_pooled` when connections don't keep their sessions. `connect` opens a connection. It is called
 * twice, and both connections are closed again.
 */
export async function assertSessions(connect: () => Promise<Client>): Promise<void> {
  const one = await connect();
  try {
    const other = await connect();
    try {
      if (!(await areSessions(one, other))) throw pooled();
    } finally {
      await other.end().catch(() => undefined);
    }
  } finally {
    await one.end().catch(() => undefined);
  }
}

function pooled(): StorageError {
  return new StorageError(
    'storage_pooled',
    'a pooler in transaction or statement mode is between Miftah and PostgreSQL, and breaks locks and notifications',
    'point `database` at the server itself, or at a pooler in session mode',
  );
}
