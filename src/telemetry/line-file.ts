// Appends lines to a file or to standard output, in the background. A slow or full disk costs lines, never time.
import { close, closeSync, constants, openSync, write } from 'node:fs';
import { OperationalError } from '../domain/operational-error.ts';

/** `stdout`, or the absolute path of a file. */
export type LineOutput = 'stdout' | { readonly file: string };

export interface LineFileOptions {
  readonly output: LineOutput;
  /** Called for the first failed write of a series, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** Called with the number of lines that were written, or dropped because they could not be written. */
  readonly onLines: (lines: number, result: 'written' | 'dropped') => void;
  /** The most characters that wait for the disk. Further lines are dropped. Default 4 MiB. */
  readonly maxWaiting?: number;
}

/** Lines wait this long for others, so that one write has many. */
const collectMs = 100;
/** More than this many characters are written at once. */
const enough = 65_536;
/** How long a full pipe gets to be read, before the next attempt. */
const pipeRetryMs = 10;
/** How long `close` waits for the disk. */
const closeMs = 1_000;
/** Readable by the group, so that a program that ships logs needs no more permissions than that. */
const mode = 0o640;

/** Without O_NONBLOCK, a named pipe without a reader would stop the process here, and a full one each write. */
const flags = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | constants.O_NONBLOCK;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown';

/** Throws an `OperationalError` (`access_log_unusable`) that names the file and the fix. */
function openOutput(output: LineOutput): number {
  if (output === 'stdout') return 1;
  try {
    return openSync(output.file, flags, mode);
  } catch (cause) {
    throw new OperationalError(
      'access_log_unusable',
      `Cannot open ${output.file} (${codeOf(cause)}): give the server write access to it and its folder, or correct accessLog.output`,
      { cause },
    );
  }
}

/** Throws an `OperationalError` (`access_log_unusable`) if the output can't be opened. */
export function checkOutput(output: LineOutput): void {
  if (output !== 'stdout') closeSync(openOutput(output));
}

/** A file that is open for lines. */
export class LineFile {
  readonly #options: LineFileOptions;
  readonly #maxWaiting: number;
  #fd: number;
  #waiting: string[] = [];
  #waitingLength = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Lines in the write that is under way. 0: there is none. */
  #inWrite = 0;
  /** Whether the last write ended within a line. */
  #isTorn = false;
  #hasFailed = false;
  /** Files that `reopen` replaced during a write. */
  readonly #retired: number[] = [];
  #isFinished = false;
  #closing: PromiseWithResolvers<void> | undefined;

  /** Throws an `OperationalError` if the file can't be opened. */
  constructor(options: LineFileOptions) {
    this.#options = options;
    this.#maxWaiting = options.maxWaiting ?? 2 ** 22;
    this.#fd = openOutput(options.output);
  }

  /** Adds a line, which ends with a line feed. Never throws. */
  append(line: string): void {
    if (this.#waitingLength + line.length > this.#maxWaiting || this.#closing !== undefined) {
      this.#options.onLines(1, 'dropped');
      return;
    }
    this.#waiting.push(line);
    this.#waitingLength += line.length;
    if (this.#inWrite > 0) return;
    if (this.#waitingLength >= enough) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), collectMs).unref();
  }

  /**
   * Opens the file again, after a program has renamed it. Lines until now are in the renamed file. If it can't be
   * opened, later lines are there too. Does nothing for standard output. Never throws.
   */
  reopen(): void {
    if (this.#options.output === 'stdout' || this.#closing !== undefined) return;
    this.#flush();
    const former = this.#fd;
    try {
      this.#fd = openOutput(this.#options.output);
      if (this.#inWrite > 0) this.#retired.push(former);
      else closeSync(former);
    } catch (error) {
      this.#options.onFault(error);
    }
  }

  /** Writes what waits, for a second at most, and closes the file. Later lines are dropped. Idempotent. */
  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.promise;
    const closing = Promise.withResolvers<void>();
    this.#flush();
    this.#closing = closing;
    const giveUp = setTimeout(() => this.#finish(), closeMs);
    void closing.promise.then(() => clearTimeout(giveUp));
    if (this.#inWrite === 0) this.#finish();
    return closing.promise;
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    const lost = this.#waiting.length + this.#inWrite;
    if (lost > 0) this.#options.onLines(lost, 'dropped');
    this.#waiting = [];
    this.#waitingLength = 0;
    if (this.#fd > 2) close(this.#fd, () => undefined);
    this.#closing?.resolve();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#inWrite > 0 || this.#waiting.length === 0) return;
    const lines = this.#waiting;
    this.#waiting = [];
    this.#waitingLength = 0;
    this.#inWrite = lines.length;
    this.#write(this.#fd, Buffer.from((this.#isTorn ? '\n' : '') + lines.join('')), 0);
  }

  #write(fd: number, bytes: Buffer, from: number): void {
    write(fd, bytes, from, bytes.length - from, null, (error, written) => {
      if (this.#isFinished) return;
      if (error !== null && codeOf(error) === 'EAGAIN') {
        setTimeout(() => this.#write(fd, bytes, from), pipeRetryMs);
      } else if (error !== null) {
        this.#isTorn ||= from > 0;
        if (!this.#hasFailed) this.#options.onFault(failed(error));
        this.#hasFailed = true;
        this.#options.onLines(this.#inWrite, 'dropped');
        this.#endWrite();
      } else if (from + written < bytes.length) {
        this.#write(fd, bytes, from + written);
      } else {
        this.#isTorn = false;
        this.#hasFailed = false;
        this.#options.onLines(this.#inWrite, 'written');
        this.#endWrite();
      }
    });
  }

  #endWrite(): void {
    this.#inWrite = 0;
    for (const fd of this.#retired.splice(0)) closeSync(fd);
    if (this.#closing !== undefined) {
      if (this.#waiting.length > 0) this.#flush();
      else this.#finish();
    } else if (this.#waitingLength >= enough) this.#flush();
    else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#flush(), collectMs).unref();
  }
}

function failed(cause: unknown): OperationalError {
  return new OperationalError(
    'access_log_failed',
    `lines of the access log are lost (${codeOf(cause)}): free space on its disk, or correct accessLog.output`,
    { cause },
  );
}
