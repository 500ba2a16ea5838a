// Decides who may use a PostgreSQL database: one node alone, or several that keep each other's caches coherent.
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import { StorageError } from '../errors.ts';
import { advisoryLocks } from './locks.ts';

/** How a node asks for the database. */
export interface Admission {
  /** Opens a connection to the server that takes writes. */
  readonly connect: () => Promise<Client>;
  /** Whether other nodes that share may use the database beside this one. */
  readonly isShared: boolean;
  /**
   * Called when a node that this one can't run beside took the lock while the connection was lost. This node must stop.
   */
  readonly onTaken: (error: StorageError) => void;
}

/** The time between two attempts to take the lock again after its connection broke. */
const retryMs = 100;
const [group, number] = advisoryLocks.node;

/**
 * Takes the node's lock, exclusive or shared, and returns a function that releases it. Rejects with `storage_in_use`
 * while a node holds it that this one can't run beside. PostgreSQL drops the lock with its connection, however this
 * process ends. When the connection breaks, the node takes the lock again as soon as PostgreSQL answers.
 */
export async function admitNode({ connect, isShared, onTaken }: Admission): Promise<() => Promise<void>> {
  let isReleased = false;
  let client = await connect();
  let holder: number | undefined;
  try {
    holder = await tryLock(client, isShared);
    if (holder === undefined) throw inUse();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  client.once('end', () => void regain());

  async function regain(): Promise<void> {
    while (!isReleased) {
      const next = await connect().catch(() => undefined);
      const regained = next && (await tryLock(next, isShared, holder).catch(() => undefined));
      if (next !== undefined && regained !== undefined) {
        client = next;
        holder = regained;
        client.once('end', () => void regain());
        if (isReleased) await client.end();
        return;
      }
      const isTaken = next !== undefined && (await holderOf(next).catch(() => undefined)) !== undefined;
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

/**
 * Tries to take the lock. Returns the PostgreSQL process that holds it for us; `undefined`: another node has it. A
 * pooler invents the process number of a connection, so PostgreSQL is asked.
 *
 * @param former the process of our broken connection, which is ended if it still holds the exclusive lock
 */
async function tryLock(client: Client, isShared: boolean, former?: number): Promise<number | undefined> {
  // A machine that vanished must not hold the lock for the two hours of TCP's default keepalive.
  await client.query('SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3');
  if (!isShared && former !== undefined && (await holderOf(client)) === former) {
    await client.query('SELECT pg_terminate_backend($1, 2000)', [former]);
  }
  const take = isShared ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock';
  const { rows } = await client.query<{ held: boolean; pid: number }>(
    `SELECT ${take}($1, $2) AS held, pg_backend_pid() AS pid`,
    [group, number],
  );
  return rows[0]?.held === true ? rows[0].pid : undefined;
}

/** A process of PostgreSQL whose connection holds the lock. */
async function holderOf(client: Client): Promise<number | undefined> {
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
    'another Miftah uses this database',
    'stop it first; to share the database, set the same Redis in `coordination` of each node',
  );
}
