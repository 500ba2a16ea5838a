// Backups of a database in use: one at a time, made and checked in a thread of their own.

import { closeSync, openSync, rmSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { workerUrl } from '../../domain/worker-url.ts';
import type { BackupCopy } from '../../management/installation-ports.ts';
import { StorageError, type StorageErrorMessage } from '../errors.ts';
import { toStorageError } from './errors.ts';

/** `workerData` of the thread. */
export interface BackupRequest {
  readonly source: string;
  readonly target: string;
}

/** What the thread sends: the size in bytes and the SHA-256 in hex of the whole copy, or the error. */
export type BackupReply =
  | { readonly copy: { readonly bytes: number; readonly sha256: string } }
  | { readonly error: StorageErrorMessage };

/** Makes backups of one database. */
export interface Backups {
  /**
   * Safe concurrently: each call waits for the one before. Rejects with a `StorageError`, and leaves no file behind
   * then.
   */
  create(): Promise<BackupCopy>;
  /** Stops a backup in progress. */
  close(): Promise<void>;
}

/** Backups of `file`. While one is made, it lies beside the database as `<file>.backup` and needs as much space. */
export function createBackups(file: string): Backups {
  const target = `${file}.backup`;
  let queue: Promise<unknown> = Promise.resolve();
  let worker: Worker | undefined;
  let isClosed = false;

  async function makeCopy(): Promise<BackupReply> {
    // A killed process may have left a part behind.
    removeTarget(target);
    closeSync(openSync(target, 'wx', 0o600));
    const { promise, resolve, reject } = Promise.withResolvers<BackupReply>();
    worker = new Worker(workerUrl('backup-worker', import.meta.url), {
      workerData: { source: file, target } satisfies BackupRequest,
    });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(closed()));
    return promise;
  }

  async function create(): Promise<BackupCopy> {
    if (isClosed) throw closed();
    try {
      const reply = await makeCopy();
      if ('error' in reply) throw StorageError.fromMessage(reply.error);
      const handle = await open(target);
      // A file without a name disappears when it is closed, even if this process is killed.
      await rm(target).catch(async (error: unknown) => {
        await handle.close();
        throw error;
      });
      return { ...reply.copy, body: Readable.toWeb(handle.createReadStream()) as ReadableStream<Uint8Array> };
    } catch (error) {
      removeTarget(target);
      throw explain(error);
    }
  }

  return {
    create() {
      const made = queue.then(create);
      queue = made.catch(() => undefined);
      return made;
    },
    async close() {
      isClosed = true;
      await worker?.terminate();
      await queue;
    },
  };
}

function removeTarget(target: string): void {
  for (const suffix of ['', '-journal']) rmSync(target + suffix, { force: true });
}

function explain(error: unknown): StorageError {
  const isOfSystem = error instanceof Error && 'syscall' in error;
  if (!isOfSystem) return toStorageError(error);
  return new StorageError(
    'storage_unwritable',
    `cannot write a copy beside the database (${(error as NodeJS.ErrnoException).code})`,
    'give the user that runs Miftah write access to the folder of the database',
    { cause: error },
  );
}

function closed(): StorageError {
  return new StorageError('storage_closed', 'the database is closed', 'restart Miftah');
}
