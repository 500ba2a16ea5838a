// Replaces a database that no one uses with a backup, without bringing back anything that was revoked.
import { createHash, type Hash } from 'node:crypto';
import { constants, createReadStream, createWriteStream, existsSync, rmSync, statSync } from 'node:fs';
import { copyFile, link, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Revocation } from '../../management/ports.ts';
import { StorageError } from '../errors.ts';
import { readRevocations } from '../revocation-log.ts';
import type { Replayed } from '../revocations.ts';
import { type DatabaseFacts, inspectDatabase } from './backup-file.ts';
import { assertSealed, readSeal, type Seal } from './backup-seal.ts';
import { SqliteConnection } from './connection.ts';
import { lockDatabase } from './lock.ts';
import { openWriteConnection } from './open.ts';
import { applyRevocations, collectRevocations } from './replay.ts';
import { removeSessions } from './sessions.ts';
import { locateDatabase } from './storage.ts';

/** The files of a restore, and its time. */
export interface RestoreOptions {
  /** Path of the backup, which is only read. */
  readonly backup: string;
  /** Path of the database to replace. It and its folder may be missing. */
  readonly file: string;
  /** Path of the revocation log, which may be missing. */
  readonly revocationLog: string;
  readonly nowMs: number;
  /** Restores even if neither a log nor the old database says what was revoked. Default: false. */
  readonly acceptsLostRevocations?: boolean;
}

/** What `restoreBackup` did. */
export type RestoreOutcome =
  | ({
      readonly kind: 'restored';
      /** Path of the database that was replaced. `null`: there was none. */
      readonly kept: string | null;
      /** Whether the backup had a checksum, which then matched. Backups of older versions have none. */
      readonly isSealed: boolean;
      /** The newest instant in the backup, in epoch milliseconds. Later changes are not in it. */
      readonly newestAtMs: number;
    } & Replayed)
  /** Nothing was changed. */
  | { readonly kind: 'revocations_unknown' };

/**
 * Prepares a copy beside the database, then moves it into place in one step. An interruption leaves the old database or
 * the new one, and everything revoked stays revoked. The revocations come from the log, and from the old database if it
 * can be read.
 * Rejects with a `StorageError`, and changes nothing then: `storage_in_use` while a server runs, `backup_damaged` if
 * the backup changed after it was made, or an error of `inspectDatabase`.
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreOutcome> {
  const file = locateDatabase(options.file);
  const unlock = lockDatabase(file);
  const staged = `${file}.restore`;
  try {
    removeDatabase(staged);
    const { kind: seal } = await copyBackup(options.backup, staged);
    const facts = inspectDatabase(staged, 'whole');
    const known = await findRevocations(file, options.revocationLog);
    if (known === undefined && options.acceptsLostRevocations !== true) return { kind: 'revocations_unknown' };
    const replayed = await prepare(staged, known ?? [], facts, options.nowMs);
    const kept = await replaceFile(file, staged, options.nowMs);
    return { kind: 'restored', kept, isSealed: seal === 'sealed', newestAtMs: facts.newestAtMs, ...replayed };
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? explain(error) : error;
  } finally {
    removeDatabase(staged);
    unlock();
  }
}

/**
 * Copies the part of the file that its seal covers. Copies a write-ahead log beside the file only if there is no seal:
 * a bare copy of an open database has one, a sealed backup has none. Rejects with `backup_damaged`.
 */
async function copyBackup(backup: string, staged: string): Promise<Seal> {
  const seal = await readSeal(backup);
  const digest = createHash('sha256');
  await copyFrom(backup, staged, seal.kind === 'sealed' ? seal.contentBytes : undefined, digest);
  assertSealed(seal, digest.digest('hex'));
  if (seal.kind === 'absent' && existsSync(`${backup}-wal`)) await copyFrom(`${backup}-wal`, `${staged}-wal`);
  return seal;
}

async function copyFrom(source: string, target: string, bytes?: number, digest?: Hash): Promise<void> {
  const end = bytes === undefined ? undefined : Math.max(0, bytes - 1);
  await pipeline(
    createReadStream(source, { end }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        digest?.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(target, { flags: 'wx', mode: 0o600 }),
  );
}

/** `undefined` if there is neither a log nor a readable old database. */
async function findRevocations(file: string, log: string): Promise<readonly Revocation[] | undefined> {
  const before = readOldDatabase(file);
  const isLogged = existsSync(log);
  if (before === undefined && !isLogged) return undefined;
  // The log comes last: the last entry of a secret counts, and the log is never behind the database.
  return [...(before ?? []), ...(await readRevocations(log))];
}

function readOldDatabase(file: string): readonly Revocation[] | undefined {
  if (!existsSync(file)) return undefined;
  let connection: SqliteConnection | undefined;
  try {
    connection = new SqliteConnection(file, { isReadOnly: true, busyTimeoutMs: 2000 });
    return collectRevocations(connection);
  } catch {
    // A damaged database is a common reason to restore.
    return undefined;
  } finally {
    connection?.close();
  }
}

/**
 * Migrates the copy, applies the revocations, signs everyone out, writes one audit entry, and syncs the copy to disk.
 */
async function prepare(
  staged: string,
  known: readonly Revocation[],
  facts: DatabaseFacts,
  nowMs: number,
): Promise<Replayed> {
  const connection = await openWriteConnection({ file: staged, busyTimeoutMs: 2000, quickCheckMaxBytes: 0 });
  let replayed: Replayed;
  try {
    removeSessions(connection);
    replayed = await applyRevocations(connection, known, (counts) => ({
      atMs: nowMs,
      actor: { kind: 'operator', id: null, label: 'operator' },
      action: 'database.restored',
      after: { newestAt: new Date(facts.newestAtMs).toISOString(), ...counts },
    }));
  } finally {
    // Closing the only connection copies the write-ahead log into the database and removes the log.
    connection.close();
  }
  await syncToDisk(staged);
  return replayed;
}

async function replaceFile(file: string, staged: string, nowMs: number): Promise<string | null> {
  const kept = `${file}.before-restore-${new Date(nowMs).toISOString().replaceAll(/[-:]/g, '')}`;
  if (existsSync(file)) await keepOld(file, kept);
  await rename(staged, file);
  await syncToDisk(dirname(file));
  return existsSync(kept) ? kept : null;
}

/** Keeps the old database under the name `kept`. `file` stays in place until the new one replaces it. */
async function keepOld(file: string, kept: string): Promise<void> {
  settle(file);
  // Some file systems do not support hard links.
  await link(file, kept).catch(() => copyFile(file, kept, constants.COPYFILE_EXCL));
  // SQLite would apply a log that is left beside the new database to it.
  if (existsSync(`${file}-wal`)) await rename(`${file}-wal`, `${kept}-wal`);
  rmSync(`${file}-shm`, { force: true });
}

/** Copies the write-ahead log that a killed server left into its database, if the database is intact enough. */
function settle(file: string): void {
  try {
    const connection = new SqliteConnection(file, { isReadOnly: false, busyTimeoutMs: 2000 });
    try {
      connection.run('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      connection.close();
    }
  } catch {
    // The log is kept beside the database.
  }
}

async function syncToDisk(path: string): Promise<void> {
  // Windows can't open a folder.
  if (process.platform === 'win32' && statSync(path).isDirectory()) return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
}

function explain(cause: Error): StorageError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC') {
    return new StorageError('storage_full', 'the disk has no space for the restored database', 'free some space', {
      cause,
    });
  }
  return new StorageError(
    'storage_unwritable',
    `the folder of the database cannot be written (${code})`,
    'run this command as the user that runs Miftah',
    { cause },
  );
}
