// A thread that copies the database as of one moment, checks the copy, and then ends.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { BackupReply, BackupRequest } from './backup.ts';
import { inspectDatabase } from './backup-file.ts';
import { formatSeal } from './backup-seal.ts';
import { SqliteConnection } from './connection.ts';
import { toStorageError } from './errors.ts';
import { removeSessions } from './sessions.ts';

const { source, target } = workerData as BackupRequest;

/**
 * `VACUUM INTO` reads in one transaction. Writers do not wait, and do not restart the copy as with SQLite's backup
 * interface. Deleted rows are in no free page of the copy.
 */
function copy(): void {
  const connection = new SqliteConnection(source, { isReadOnly: true, busyTimeoutMs: 2000 });
  try {
    connection.execute('VACUUM INTO ?', [target]);
  } finally {
    connection.close();
  }
}

/**
 * Removes what must not go back in time: sessions, and the mark of the last start. Without a mark, `catchUp` treats the
 * copy as older than the log beside it.
 */
function strip(): void {
  const connection = new SqliteConnection(target, { isReadOnly: false, busyTimeoutMs: 0 });
  try {
    connection.run('PRAGMA journal_mode = MEMORY');
    // Removed sessions leave no trace in the file, so a copy lets no one sign in.
    connection.run('PRAGMA secure_delete = ON');
    removeSessions(connection);
    connection.run('PRAGMA user_version = 0');
  } finally {
    connection.close();
  }
}

/** Appends the seal. Returns the size and checksum of the whole file. */
function seal(file: string): { readonly bytes: number; readonly sha256: string } {
  const digest = createHash('sha256');
  const chunk = Buffer.allocUnsafe(1024 * 1024);
  const descriptor = openSync(file, 'r+');
  let bytes = 0;
  try {
    for (let length = readSync(descriptor, chunk); length > 0; length = readSync(descriptor, chunk)) {
      digest.update(chunk.subarray(0, length));
      bytes += length;
    }
    const text = formatSeal(digest.copy().digest('hex'), bytes);
    digest.update(text);
    bytes += writeSync(descriptor, text, bytes);
  } finally {
    closeSync(descriptor);
  }
  return { bytes, sha256: digest.digest('hex') };
}

function send(reply: BackupReply): void {
  parentPort?.postMessage(reply);
}

try {
  copy();
  strip();
  inspectDatabase(target, 'whole');
  send({ copy: seal(target) });
} catch (error) {
  send({ error: toStorageError(error).toMessage() });
}
