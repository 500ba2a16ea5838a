// The embedded database: one SQLite file, read in this thread and written in another.

import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Closers, openAll } from '../../domain/closers.ts';
import { oneDayMs } from '../../domain/durations.ts';
import { workerUrl } from '../../domain/worker-url.ts';
import type { KeyStore } from '../../engine/ports.ts';
import { buffersOf, type FlushResult } from '../../metering/ports.ts';
import type { Pruned } from '../../retention/ports.ts';
import { StorageError } from '../errors.ts';
import { createEvaluationStore } from '../queries/alerts.ts';
import { readStoredSecret, selectStoredSecrets } from '../queries/api-keys.ts';
import { appendAudit, listAudit, readAudit } from '../queries/audit.ts';
import { createExportStore } from '../queries/audit-exports.ts';
import { recordCaused } from '../queries/caused-events.ts';
import { findDenial, listDenials } from '../queries/denials.ts';
import { createImportStore } from '../queries/import.ts';
import { createNotificationStore } from '../queries/notifications.ts';
import { createOverviewStore } from '../queries/overview.ts';
import { createPeopleStore } from '../queries/people.ts';
import {
  createRetentionStore,
  findAuditStart,
  findUsageStart,
  listKeptUsage,
  reportKeptUsage,
} from '../queries/retention.ts';
import { beginRun, endRun } from '../queries/usage.ts';
import { listUsedAddresses } from '../queries/usage-report.ts';
import { createRightStore, createSenderStore } from '../queries/webhooks.ts';
import { createManagementStore, type Storage } from '../storage.ts';
import { createBackups } from './backup.ts';
import { SqliteConnection } from './connection.ts';
import { createSqliteKysely, openLocalSession } from './dialect.ts';
import { toStorageError } from './errors.ts';
import { lockDatabase } from './lock.ts';
import { SqliteWriter } from './writer.ts';

/** Where the database is, and its limits. */
export interface SqliteOptions {
  /** Path of the database. It and its folder are created if they are missing, with access for the owner only. */
  readonly file: string;
  /** Path of the revocation log, which is applied to an older database. Default: none. */
  readonly revocationLog?: string;
  /** Groups of denials to keep, at most. Default: 200,000. */
  readonly maxDenials?: number;
  /** Removes denials older than this. Default: 30 days. */
  readonly maxDenialAgeMs?: number;
  /** Undoes a transaction that takes longer. Default: 5,000. */
  readonly transactionTimeoutMs?: number;
  /** How long to wait for another program's lock. Default: 2,000. */
  readonly busyTimeoutMs?: number;
}

const quickCheckMaxBytes = 16 * 1024 * 1024;

/**
 * Opens the database, migrates it and locks it for this process. Readers never wait (WAL). An acknowledged write
 * survives `kill -9` and a power cut. Rejects with a `StorageError` that names the fix.
 */
export function openSqlite(options: SqliteOptions): Promise<Storage> {
  return openAll((closers) => open(options, closers));
}

async function open(options: SqliteOptions, closers: Closers): Promise<Storage> {
  const file = locateDatabase(options.file);
  // The lock comes before the file, so that two starts do not both create it.
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
  // The writer closes last, because only the last connection can remove the write-ahead log.
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
      listUsage: (query) => listKeptUsage(writes, query),
      reportUsage: (query) => reportKeptUsage(writes, query),
      listUsedAddresses: (query, limit) => listUsedAddresses(writes, query, limit),
      findUsageStart: (of) => findUsageStart(reads, of),
    },
    denials: {
      flushDenials: (groups, nowMs) => writer.run({ kind: 'flushDenials', groups, nowMs }),
      listDenials: (query) => listDenials(reads, query),
      findDenial: (id) => findDenial(reads, id),
    },
    audit: {
      listAudit: (filter, page) => listAudit(reads, filter, page),
      readAudit: (afterSeq, limit, maxBytes) => readAudit(reads, afterSeq, limit, maxBytes),
      findAuditStart: () => findAuditStart(reads),
    },
    exports: createExportStore(reads, writes),
    overview: createOverviewStore(reads, writes),
    sendingRight: createRightStore(writes),
    webhooks: createSenderStore(reads, writes, writes, { append: appendAudit, record: recordCaused }),
    notifications: createNotificationStore(reads, writes),
    alerts: createEvaluationStore(reads, writes, writes, writes),
    retention: createRetentionStore({ writer: writes, scanner: writes, chained: writes }, (step) =>
      writer.run<Pruned>({ kind: 'prune', step }),
    ),
    async readyCheck() {
      connection.execute('SELECT 1 FROM schema_migrations', []);
      await writer.ping();
    },
    async describeLoad() {
      const [database, wal] = await Promise.all([sizeOf(file), sizeOf(`${file}-wal`)]);
      return { files: { database, wal }, waitingForWriter: writer.waitingCallers };
    },
    checkIntegrity: () => checkIntegrity(file),
    createBackup: () => backups.create(),
    close: closers.close,
  };
}

/** The look-up of verification, without Kysely: its query is compiled once, here, and runs as a prepared statement. */
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

/** 0 for a write-ahead log that SQLite has removed. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

async function checkIntegrity(file: string): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  const worker = new Worker(workerUrl('check-worker', import.meta.url), { workerData: file });
  worker.once('message', resolve);
  worker.once('error', (error) => reject(toStorageError(error)));
  return promise;
}

/**
 * The path with links resolved, because the lock and the log lie beside the file itself. Creates the folder; the file
 * may be missing. Throws `storage_unwritable`.
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
 * Creates a missing file before SQLite would create it readable by all. Does not open an existing one: closing it would
 * drop the locks that SQLite may hold on it in this process (POSIX `fcntl`).
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
