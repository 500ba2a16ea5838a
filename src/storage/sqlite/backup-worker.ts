// A thread that copies the database as it is at one moment, checks the copy, and ends by itself.
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
 * `VACUUM INTO` reads in one transaction, so writers neither wait nor make it begin anew, as they do with SQLite's backup
 * interface; and what was deleted is in no free page of the copy.
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
 * Takes out what must not go back in time: sessions, and the mark of the last start, since wherever the copy comes to lie,
 * it is older than the log (sqlite-catch-up.ts).
 */
function strip(): void {
  const connection = new SqliteConnection(target, { isReadOnly: false, busyTimeoutMs: 0 });
  try {
    connection.run('PRAGMA journal_mode = MEMORY');
    // What is taken out leaves no trace in the file: a copy lets no one in.
    connection.run('PRAGMA secure_delete = ON');
    removeSessions(connection);
    connection.run('PRAGMA user_version = 0');
  } finally {
    connection.close();
  }
}

/** Writes the checksum of what precedes it at the end of the file; returns that of the whole. */
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
