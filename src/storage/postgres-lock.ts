// One Miftah to a PostgreSQL database, until several nodes keep their caches coherent: this file, and its two uses, go then.
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import { StorageError } from './errors.ts';
import { type AdvisoryLock, advisoryLocks } from './postgres-locks.ts';

/** How often a lock is tried for again once its connection broke. */
const retryMs = 100;

/**
 * Takes the lock that lets one node in, and returns how to give it back. Rejects with `storage_in_use` when another node has
 * it. PostgreSQL drops it with its connection, however this process ends; when the connection breaks, it is taken
 * again as soon as PostgreSQL answers. Has another node taken it meanwhile, `onTaken` is told, and this one must stop.
 *
 * @param connect a connection to the server that takes writes
 */
export async function lockForOneNode(
  connect: () => Promise<Client>,
  onTaken: (error: StorageError) => void,
): Promise<() => Promise<void>> {
  const lock = advisoryLocks.node;
  let isReleased = false;
  let client = await connect();
  if (!(await tryLock(client, lock))) {
    await client.end();
    throw inUse();
  }
  client.once('end', () => void regain());

  async function regain(): Promise<void> {
    const { processID } = client as Client & { readonly processID: number };
    while (!isReleased) {
      const next = await connect().catch(() => undefined);
      if (next !== undefined && (await tryLock(next, lock, processID).catch(() => undefined)) === true) {
        client = next;
        client.once('end', () => void regain());
        if (isReleased) await client.end();
        return;
      }
      const isTaken = next !== undefined && (await holderOf(next, lock).catch(() => undefined)) !== undefined;
      await next?.end().catch(() => undefined);
      if (isTaken) return onTaken(inUse());
      await wait(retryMs, undefined, { ref: false });
    }
  }

  return async () => {
    isReleased = true;
    await client.end().catch(() => undefined);
  };
}

/** @param former our connection that broke: where PostgreSQL has not noticed, it still holds the lock, and is ended */
async function tryLock(client: Client, [group, number]: AdvisoryLock, former?: number): Promise<boolean> {
  // A machine that vanished must not keep the lock for the two hours that TCP waits by itself.
  await client.query('SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3');
  if (former !== undefined && (await holderOf(client, [group, number])) === former) {
    await client.query('SELECT pg_terminate_backend($1, 2000)', [former]);
  }
  const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS held', [
    group,
    number,
  ]);
  return rows[0]?.held === true;
}

/** The process of PostgreSQL whose connection holds the lock. */
async function holderOf(client: Client, [group, number]: AdvisoryLock): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
       AND classid = $1 AND objid = $2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [group, number],
  );
  return rows[0]?.pid;
}

function inUse(): StorageError {
  return new StorageError(
    'storage_in_use',
    'another Miftah is using this database',
    'stop it first: several nodes on one database are not in this version',
  );
}
