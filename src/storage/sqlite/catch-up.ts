// Detects at the start that a database is older than the revocation log beside it, and applies the log.
import { randomInt } from 'node:crypto';
import { open } from 'node:fs/promises';
import { StorageError } from '../errors.ts';
import { readRevocations } from '../revocation-log.ts';
import { describeCatchUp } from '../revocations.ts';
import type { SqliteConnection } from './connection.ts';
import { removeSessions } from './sessions.ts';

/**
 * Every start marks log and database with one new number. If the numbers differ, someone put the database there by
 * hand, from a copy or from a backup, which has the number 0. Then the whole log is applied to it, and everyone is
 * signed out.
 * If the numbers match, the log is not applied: it may announce a change that failed, and a key whose rotation failed
 * must keep its secret. Rejects with a `StorageError`.
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
  // Loaded only when needed, because few starts find a database that is older than its log.
  const { applyRevocations } = await import('./replay.ts');
  await applyRevocations(connection, entries, describeCatchUp);
}

/** The number of the log's last mark. Searches the bytes, so that a long log does not slow each start. */
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

/** Appends a mark. It names no key and no secret, so `readRevocations` skips it. */
async function writeMark(log: string, mark: number): Promise<void> {
  const handle = await open(log, 'a', 0o600);
  try {
    await handle.appendFile(`${JSON.stringify({ at: Date.now(), opened: mark })}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
