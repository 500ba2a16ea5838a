// The main thread's end of the writer thread: one caller at a time, in the order of their calls.
import { Worker } from 'node:worker_threads';
import { workerUrl } from '../../domain/worker-url.ts';
import { StorageError } from '../errors.ts';
import type { Session, StatementResult } from '../session-driver.ts';
import type { WriterCommand, WriterOptions, WriterReply, WriterRequest } from './writer-protocol.ts';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: StorageError) => void;
}

/**
 * Safe concurrently. After the thread has ended, everything rejects with `storage_closed`, so no lost write is
 * acknowledged.
 */
export class SqliteWriter {
  readonly #worker: Worker;
  readonly #transactionTimeoutMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  /** Callers of `acquire` whose turn has not come. */
  waitingCallers = 0;
  /** Resolves when the newest session is released. */
  #queue: Promise<void> = Promise.resolve();
  #end: StorageError | undefined;

  private constructor(options: WriterOptions, transactionTimeoutMs: number) {
    this.#transactionTimeoutMs = transactionTimeoutMs;
    this.#worker = new Worker(workerUrl('writer-worker', import.meta.url), { workerData: options });
    this.#worker.on('message', ({ id, result, error }: WriterReply) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#worker.unref();
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(StorageError.fromMessage(error));
    });
    this.#worker.on('error', (cause) => this.#stop('the thread that writes the database failed', cause));
    this.#worker.on('exit', () => this.#stop('the database is closed'));
  }

  /** Resolves when the database is open and migrated. Rejects with a `StorageError` if it can't be opened. */
  static async open(options: WriterOptions, transactionTimeoutMs: number): Promise<SqliteWriter> {
    const writer = new SqliteWriter(options, transactionTimeoutMs);
    try {
      await writer.#waitFor(0);
    } catch (error) {
      await writer.#worker.terminate();
      throw error;
    }
    return writer;
  }

  /** The writer for one query or one transaction, after all earlier callers. The caller must call `release`. */
  async acquire(): Promise<Session> {
    const before = this.#queue;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue = promise;
    this.waitingCallers++;
    await before;
    this.waitingCallers--;
    return this.#openSession(resolve);
  }

  /** Runs one command after all earlier callers. `moved` is transferred with it and can't be used here afterwards. */
  async run<Result = void>(command: WriterCommand, moved: readonly ArrayBuffer[] = []): Promise<Result> {
    const session = await this.acquire();
    try {
      return (await this.#send(command, moved)) as Result;
    } finally {
      session.release();
    }
  }

  /** Resolves when the thread answers. Does not wait for other callers' transactions. */
  async ping(): Promise<void> {
    await this.#send({ kind: 'ping' });
  }

  /** Waits for earlier callers, then closes the database. */
  async close(): Promise<void> {
    if (this.#end !== undefined) return;
    await this.run({ kind: 'close' });
    await this.#worker.terminate();
  }

  /**
   * A transaction that takes too long is undone, for example when its caller waits for something that waits for the
   * writer. The thread gets the rollback before the next session's commands. Later commands of the late caller are
   * rejected here.
   */
  #openSession(release: () => void): Session {
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;
    const send = (command: WriterCommand): Promise<unknown> =>
      isOver
        ? Promise.reject(
            new StorageError(
              'transaction_timeout',
              `a change took longer than ${this.#transactionTimeoutMs} ms and was undone`,
              'try again',
            ),
          )
        : this.#send(command);
    return {
      execute: async (sql, parameters) => (await send({ kind: 'execute', sql, parameters })) as StatementResult,
      begin: async () => {
        await send({ kind: 'begin' });
        timer = setTimeout(() => {
          isOver = true;
          this.#send({ kind: 'rollback' }).catch(() => undefined);
          release();
        }, this.#transactionTimeoutMs);
      },
      commit: async () => {
        clearTimeout(timer);
        await send({ kind: 'commit' });
      },
      rollback: async () => {
        clearTimeout(timer);
        await send({ kind: 'rollback' }).catch(() => undefined);
      },
      release: () => {
        clearTimeout(timer);
        release();
      },
    };
  }

  #send(command: WriterCommand, moved: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const id = ++this.#lastId;
    this.#worker.postMessage({ id, command } satisfies WriterRequest, moved);
    return this.#waitFor(id);
  }

  /** The thread keeps the process alive only while a caller waits for it. */
  #waitFor(id: number): Promise<unknown> {
    this.#worker.ref();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    return promise;
  }

  #stop(problem: string, cause?: unknown): void {
    this.#end ??= new StorageError('storage_closed', problem, 'restart Miftah', { cause });
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
  }
}
