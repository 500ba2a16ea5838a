// One Miftah to a database file: a lock that ends with its process, however that ends.
import { chmodSync, closeSync, openSync } from 'node:fs';
import { StorageError } from '../errors.ts';
import { SqliteConnection } from './connection.ts';

/**
 * Takes the lock that goes with `file` and returns how to give it back. Throws `storage_in_use` when another Miftah, in this
 * process or another, holds it; its message calls the locked thing `what`. The lock is an open transaction on the sibling
 * `<file>.lock`: SQLite's file locks vanish with a killed process and leave no stale pid. POSIX also drops them when the process
 * closes any other descriptor of the file, so nothing else of ours may ever open `*.lock`.
 */
export function lockDatabase(file: string, what = file): () => void {
  makePrivate(`${file}.lock`);
  const connection = new SqliteConnection(`${file}.lock`, { isReadOnly: false, busyTimeoutMs: 0 });
  try {
    connection.run('BEGIN EXCLUSIVE');
  } catch (error) {
    connection.close();
    if (!(error instanceof StorageError) || error.code !== 'storage_busy') throw error;
    throw new StorageError(
      'storage_in_use',
      `another Miftah uses ${what}`,
      'stop it first, or give this one its own data folder',
      { cause: error },
    );
  }
  return () => connection.close();
}

/** SQLite would make the file readable by all. An existing one is not opened: closing it again would drop the lock. */
function makePrivate(lock: string): void {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
  } catch (error) {
    // SQLite opens the file next and reports any other error.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') tighten(lock);
  }
}

function tighten(lock: string): void {
  try {
    chmodSync(lock, 0o600);
  } catch {
    // It belongs to another user, who may have given this one access.
  }
}
