// Notices at the start that a database is older than the log of revocations beside it, and makes up for it.
import { randomInt } from 'node:crypto';
import { open } from 'node:fs/promises';
import { StorageError } from '../errors.ts';
import { readRevocations } from '../revocation-log.ts';
import { describeCatchUp } from '../revocations.ts';
import type { SqliteConnection } from './connection.ts';
import { applyRevocations } from './replay.ts';
import { removeSessions } from './sessions.ts';

/**
 * Every start marks log and database with one new number. A database whose number is not the log's last was put there by
 * hand, from a backup (which has the number 0) or a copy: all that the log says is applied to it, and everyone is signed out. To any other, nothing is:
 * the log may announce a change that failed, and a key whose rotation failed must keep its secret. Rejects with a
 * `StorageError`.
 */
export async function catchUp(connection: SqliteConnection, log: string): Promise<void> {
  const mark = connection.readValue('PRAGMA user_version');
  const next = randomInt(1, 2 ** 31);
  try {
    const last = await readMark(log);
    if (mark === 0 || mark !== last) {
      removeSessions(connection);
      await applyLog(connection, log);
    }
    await writeMark(log, next);
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    throw new StorageError(
      'storage_unwritable',
      `the revocation log ${log} cannot be used (${(cause as NodeJS.ErrnoException).code})`,
      'give the user that runs Miftah access to it',
      { cause },
    );
  }
  connection.run(`PRAGMA user_version = ${next}`);
}

async function applyLog(connection: SqliteConnection, log: string): Promise<void> {
  const entries = await readRevocations(log);
  if (entries.length === 0) return;
  await applyRevocations(connection, entries, describeCatchUp);
}

/** The number that the log was last marked with. Searched for in the bytes: a long log must not make each start slow. */
async function readMark(log: string): Promise<number | undefined> {
  const handle = await open(log, 'a+', 0o600);
  try {
    const bytes = await handle.readFile();
    const start = bytes.lastIndexOf('"opened":');
    const line = start === -1 ? '' : bytes.toString('latin1', start, start + 40);
    const digits = /^"opened":(\d+)\}\n/.exec(line)?.[1];
    return digits === undefined ? undefined : Number(digits);
  } finally {
    await handle.close();
  }
}

/** An entry that says nothing of keys or secrets, so that those who read revocations pass it over. */
async function writeMark(log: string, mark: number): Promise<void> {
  const handle = await open(log, 'a', 0o600);
  try {
    await handle.appendFile(`${JSON.stringify({ at: Date.now(), opened: mark })}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
