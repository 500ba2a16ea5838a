// The embedded database: one SQLite file, read in this thread, written in another.

import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Closers, openAll } from '../../domain/closers.ts';
import { oneDayMs } from '../../domain/durations.ts';
import type { KeyStore } from '../../engine/ports.ts';
import { buffersOf, type FlushResult } from '../../metering/ports.ts';
import { StorageError } from '../errors.ts';
import { readStoredSecret, selectStoredSecrets } from '../queries/api-keys.ts';
import { listAudit, readAudit } from '../queries/audit.ts';
import { findDenial, listDenials } from '../queries/denials.ts';
import { createImportStore } from '../queries/import.ts';
import { createOverviewStore } from '../queries/overview.ts';
import { createPeopleStore } from '../queries/people.ts';
import { beginRun, endRun, listUsage } from '../queries/usage.ts';
import { createManagementStore, type Storage } from '../storage.ts';
import { createBackups } from './backup.ts';
import { SqliteConnection } from './connection.ts';
import { createSqliteKysely, openLocalSession } from './dialect.ts';
import { toStorageError } from './errors.ts';
import { lockDatabase } from './lock.ts';
import { SqliteWriter, workerUrl } from './writer.ts';

export interface SqliteOptions {
  /** Path of the database; it and its folder are made when missing, readable by the owner alone. */
  readonly file: string;
  /** Path of the log of revocations, which is applied to a database that is older than it. Default: none. */
  readonly revocationLog?: string;
  /** Groups of denials kept at most. Default 200,000. */
  readonly maxDenials?: number;
  /** Denials older than this are removed. Default 30 days. */
  readonly maxDenialAgeMs?: number;
  /** A transaction that takes longer is undone. Default 5,000. */
  readonly transactionTimeoutMs?: number;
  /** How long to wait for another program's lock. Default 2,000. */
  readonly busyTimeoutMs?: number;
}

const quickCheckMaxBytes = 16 * 1024 * 1024;

/**
 * Opens the database, brings it to this version's schema and holds it for this process alone. Readers never wait (WAL), and
 * a write that was acknowledged survives `kill -9` and a power cut. Rejects with a `StorageError` that names the fix.
 */
export function openSqlite(options: SqliteOptions): Promise<Storage> {
  return openAll((closers) => open(options, closers));
}

async function open(options: SqliteOptions, closers: Closers): Promise<Storage> {
  const file = locateDatabase(options.file);
  // Before the file is made: until then nothing says that the place is free.
  closers.add(lockDatabase(file), (unlock) => unlock());
  makeFile(file);
  const writer = await SqliteWriter.open(
    {
      file,
      busyTimeoutMs: options.busyTimeoutMs ?? 2000,
      quickCheckMaxBytes,
      revocationLog: options.revocationLog,
      denialBounds: {
        maxGroups: options.maxDenials ?? 200_000,
        maxAgeMs: options.maxDenialAgeMs ?? 30 * oneDayMs,
      },
    },
    options.transactionTimeoutMs ?? 5000,
  );
  // It closes after the connection that reads: it is the one that may tidy up the log.
  closers.add(writer, (each) => each.close());
  const backups = closers.add(createBackups(file), (each) => each.close());
  const connection = new SqliteConnection(file, { isReadOnly: true, busyTimeoutMs: 0 });
  closers.add(connection, (each) => each.close());
  connection.run('PRAGMA cache_size = -32768');
  const reads = createSqliteKysely(() => openLocalSession(connection));
  const writes = createSqliteKysely(() => writer.acquire());
  return {
    keyStore: createKeyStore(connection, selectStoredSecrets(reads, ['']).compile().sql),
    management: createManagementStore(reads, writes),
    imports: createImportStore(writes),
    people: createPeopleStore(reads, writes, { db: writes, type: 'sqlite' }),
    usage: {
      beginRun: (run, nowMs) => beginRun(writes, run, nowMs),
      endRun: (run) => endRun(writes, run),
      flushUsage: (batch) => writer.run<FlushResult>({ kind: 'flushUsage', batch }, buffersOf(batch)),
      listUsage: (query) => listUsage(writes, query),
    },
    denials: {
      flushDenials: (groups, nowMs) => writer.run({ kind: 'flushDenials', groups, nowMs }),
      listDenials: (query) => listDenials(reads, query),
      findDenial: (id) => findDenial(reads, id),
    },
    audit: {
      listAudit: (filter, page) => listAudit(reads, filter, page),
      readAudit: (afterSeq, limit, maxBytes) => readAudit(reads, afterSeq, limit, maxBytes),
    },
    overview: createOverviewStore(reads, writes),
    async readyCheck() {
      connection.execute('SELECT 1 FROM schema_migrations', []);
      await writer.ping();
    },
    checkIntegrity: () => checkIntegrity(file),
    createBackup: () => backups.create(),
    close: closers.close,
  };
}

/** The look-up of verification, past Kysely: its query is compiled once, here, and run as a prepared statement. */
function createKeyStore(connection: SqliteConnection, sql: string): KeyStore {
  const statement = connection.prepare(sql);
  return {
    async findSecret(digest) {
      let row: Record<string, unknown> | undefined;
      try {
        row = statement.get(digest);
      } catch (error) {
        throw toStorageError(error);
      }
      return row && readStoredSecret(row);
    },
  };
}

async function checkIntegrity(file: string): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  const worker = new Worker(workerUrl('check-worker'), { workerData: file });
  worker.once('message', resolve);
  worker.once('error', (error) => reject(toStorageError(error)));
  return promise;
}

/**
 * The path behind links, with its folder made: a lock and a log lie beside the file itself. The file may be missing. Throws
 * `storage_unwritable`.
 */
export function locateDatabase(file: string): string {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return existsSync(file) ? realpathSync(file) : join(realpathSync(dirname(file)), basename(file));
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/**
 * Makes the file where it is missing, before SQLite would make it readable by all. One that exists is not opened here: closing
 * it again would drop the locks that SQLite may hold on it in this process (POSIX `fcntl`).
 */
function makeFile(file: string): void {
  try {
    if (!existsSync(file)) closeSync(openSync(file, 'wx', 0o600));
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

function unwritable(file: string, cause: unknown): StorageError {
  return new StorageError(
    'storage_unwritable',
    `the database file ${file} cannot be opened for writing`,
    'give the user that runs Miftah write access to the file and its folder',
    { cause },
  );
}
