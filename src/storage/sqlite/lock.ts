// Allows one Miftah for each database file, by a lock that ends with its process.
import { chmodSync, closeSync, openSync } from 'node:fs';
import { StorageError } from '../errors.ts';
import { SqliteConnection } from './connection.ts';

const place = Symbol.for('miftah.locked');

/** The files that this process has locked. On the global object, because a reload may evaluate this module again. */
function lockedHere(): Set<string> {
  const known = globalThis as { [place]?: Set<string> };
  known[place] ??= new Set();
  return known[place];
}

/**
 * Takes the lock of `file` and returns a function that releases it. Throws `storage_in_use`, with `what` in the
 * message, if another Miftah holds it, in this process or another.
 * The lock is an open transaction on `<file>.lock`: SQLite's file locks vanish with a killed process and leave no stale
 * pid. POSIX drops them when the process closes any other descriptor of the file, so nothing else here may ever open
 * `*.lock`.
 */
export function lockDatabase(file: string, what = file): () => void {
  makePrivate(`${file}.lock`);
  const connection = new SqliteConnection(`${file}.lock`, { isReadOnly: false, busyTimeoutMs: 0 });
  try {
    connection.run('BEGIN EXCLUSIVE');
  } catch (error) {
    connection.close();
    // The class may be that of a former evaluation of its module.
    if ((error as Partial<StorageError>).code !== 'storage_busy') throw error;
    // Without the cause, which says nothing more in thirty lines.
    throw lockedHere().has(file) ? openHere(what) : openElsewhere(what);
  }
  lockedHere().add(file);
  return () => {
    lockedHere().delete(file);
    connection.close();
  };
}

function openHere(what: string): StorageError {
  return new StorageError(
    'storage_in_use',
    `this process has ${what} open already`,
    'close it first, or open it with { shared: true } where a reload evaluates the module again',
  );
}

function openElsewhere(what: string): StorageError {
  return new StorageError(
    'storage_in_use',
    `another Miftah uses ${what}`,
    'stop it first, or give this one its own data folder; several processes ask one miftah serve, or share PostgreSQL',
  );
}

/** SQLite would create the file readable by all. Does not open an existing file: closing it would drop the lock. */
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
    // The file belongs to another user, who may have given this one access.
  }
}
