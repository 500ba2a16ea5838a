// Opens the connection that writes: checks that the file is an intact Miftah database, and migrates it.
import { statSync } from 'node:fs';
import { StorageError } from '../errors.ts';
import { applyStep, findMissingSteps } from '../migrate.ts';
import { transactIn } from '../session-driver.ts';
import { catchUp } from './catch-up.ts';
import { SqliteConnection } from './connection.ts';
import type { WriterOptions } from './writer-protocol.ts';

/** "MFTH": marks a file as ours (https://sqlite.org/pragma.html#pragma_application_id). */
export const applicationId = 0x4d465448;

type OpenWriteOptions = Omit<WriterOptions, 'denialBounds'>;

/** An open, migrated connection. Rejects with a `StorageError`, and closes the connection then. */
export async function openWriteConnection(options: OpenWriteOptions): Promise<SqliteConnection> {
  const { file, busyTimeoutMs, quickCheckMaxBytes, revocationLog } = options;
  const connection = new SqliteConnection(file, { isReadOnly: false, busyTimeoutMs });
  try {
    assertSound(connection, statSync(file).size <= quickCheckMaxBytes);
    if (connection.readValue('PRAGMA journal_mode = WAL') !== 'wal') {
      throw new StorageError(
        'storage_unwritable',
        'the file system of the data folder does not support a write-ahead log',
        'move the data folder to a local disk',
      );
    }
    connection.run('PRAGMA foreign_keys = ON');
    // What is erased must not stay in free pages.
    connection.run('PRAGMA secure_delete = ON');
    // 32 MB. With SQLite's default of 2 MB, an import of a million keys reads most pages of its indexes again and
    // again.
    connection.run('PRAGMA cache_size = -32768');
    // Each commit waits for the disk: an acknowledged key or revocation survives a power cut.
    connection.run('PRAGMA synchronous = FULL');
    connection.run('PRAGMA wal_autocheckpoint = 0');
    connection.run('PRAGMA journal_size_limit = 67108864');
    const nowMs = Date.now();
    for (const step of await findMissingSteps(connection, 'sqlite')) {
      await transactIn(connection, () => applyStep(connection, step, nowMs));
    }
    if (revocationLog !== undefined) await catchUp(connection, revocationLog);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Marks an empty file as ours, and refuses another program's database. */
function claim(connection: SqliteConnection): void {
  if (connection.readValue('PRAGMA application_id') === applicationId) return;
  if (connection.readValue('SELECT count(*) FROM sqlite_schema') !== 0) {
    throw new StorageError(
      'storage_not_miftah',
      'the file is a database of another program',
      'use another file in `database`',
    );
  }
  connection.run(`PRAGMA application_id = ${applicationId}`);
}

/** A damaged file must stop the start. Reading a large one whole takes too long; `checkIntegrity` does that. */
function assertSound(connection: SqliteConnection, isWholeFileRead: boolean): void {
  try {
    claim(connection);
    if (!isWholeFileRead || connection.readValue('PRAGMA quick_check(1)') === 'ok') return;
  } catch (error) {
    // For some damage to the first page, SQLite has no result code of its own ("unsupported file format").
    if (!(error instanceof StorageError) || error.code !== 'storage_failed') throw error;
  }
  throw new StorageError('storage_corrupt', 'the database file is damaged', 'restore it from a backup');
}
