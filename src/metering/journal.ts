// The files of the usage journal. A use is in a file before its reply leaves, and stays there until the store has it.
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { UsageRoute } from '../domain/use.ts';
import { describeSegment, headerFrame } from './journal-format.ts';

/**
 * A closed part of the journal that waits for the store, usually the uses between two flushes. It is in `file` or, if
 * no file could be written, in `frames`.
 */
export interface Segment {
  readonly run: string;
  readonly sequence: number;
  readonly bytes: number;
  readonly file: string | undefined;
  readonly frames: readonly Uint8Array[];
}

/** Why a segment was not or only partly stored. `damaged`: some bytes are unreadable. `unknown`: its run is unknown. */
export type SegmentProblem = 'damaged' | 'unknown';

export interface JournalOptions {
  /** Created if it is missing, with mode 0700. No other process may use it at the same time. */
  readonly folder: string;
  /** The unique name of this process: 16 hex digits. */
  readonly run: string;
  readonly apis: readonly string[];
  /** The routes of each new segment. Default: none. */
  readonly routes?: readonly UsageRoute[];
  /** Called for the first failed write of a series, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** A segment of this size is closed. Default 16 MiB: about half a million uses. */
  readonly maxSegmentBytes?: number;
  /** The most bytes that may wait in files. Default 1 GiB. */
  readonly maxFileBytes?: number;
  /** The most bytes that may wait in memory. Default 64 MiB. */
  readonly maxMemoryBytes?: number;
}

interface OpenSegment {
  readonly sequence: number;
  /** `undefined`: the segment is in memory. */
  readonly fd: number | undefined;
  readonly file: string | undefined;
  readonly frames: Uint8Array[];
  bytes: number;
}

const segmentName = /^([0-9a-f]{16})-(\d{10})$/;
const runName = /^([0-9a-f]{16})[.]run$/;
/** The time between two attempts to write a file, after one has failed. */
const retryMs = 1000;

/**
 * The journal of one process. A write ends in the memory of the operating system, which survives when the process is
 * killed. Only a power cut loses bytes that the system has not written to the disk. While no file can be written (the
 * disk is full), frames stay in memory and move to a file as soon as possible.
 */
export class UsageJournal {
  readonly #options: Required<JournalOptions>;
  #current: OpenSegment | undefined;
  #sequence = 0;
  #failedAtMs: number | undefined;
  #waiting: Segment[] = [];
  #waitingBytes = { file: 0, memory: 0 };
  /** Failed writes since the start. */
  failures = 0;

  /** Finds the segments that earlier runs left. Throws when the folder can't be created or read. */
  constructor(options: JournalOptions) {
    this.#options = {
      maxSegmentBytes: 2 ** 24,
      maxFileBytes: 2 ** 30,
      maxMemoryBytes: 2 ** 26,
      routes: [],
      ...options,
    };
    const { folder, run } = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder).sort()) {
      const [, segmentRun, sequence] = segmentName.exec(name) ?? [];
      if (segmentRun === undefined) continue;
      const file = join(folder, name);
      this.#enqueue({ run: segmentRun, sequence: Number(sequence), bytes: statSync(file).size, file, frames: [] });
    }
    try {
      closeSync(openSync(join(folder, `${run}.run`), 'w', 0o600));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Closed segments, oldest first within each run. */
  get waiting(): readonly Segment[] {
    return this.#waiting;
  }

  /** Bytes that the store does not have yet. */
  get bytes(): number {
    return this.#waitingBytes.file + this.#waitingBytes.memory + (this.#current?.bytes ?? 0);
  }

  /** Writes a frame. `false`: there is no room for it on the disk or in memory. Never throws. */
  write(frame: Uint8Array): boolean {
    if (this.#current?.fd === undefined && this.#mayTryFile()) {
      this.seal();
      this.#current = this.#openFile();
    }
    this.#current ??= { sequence: ++this.#sequence, fd: undefined, file: undefined, frames: [], bytes: 0 };
    if (this.#current.fd !== undefined && !this.#append(this.#current, frame)) return this.write(frame);
    const current = this.#current;
    if (current.fd === undefined) {
      if (this.#waitingBytes.memory + current.bytes + frame.length > this.#options.maxMemoryBytes) return false;
      if (current.frames.length === 0) current.frames.push(this.#header(current.sequence));
      current.frames.push(frame.slice());
      current.bytes += frame.length;
    }
    if (current.bytes >= this.#options.maxSegmentBytes) this.seal();
    return true;
  }

  /** Closes the open segment, if there is one. Later frames go into a new segment. */
  seal(): void {
    const current = this.#current;
    this.#current = undefined;
    if (current === undefined) return;
    if (current.fd !== undefined) closeSync(current.fd);
    const { sequence, bytes, file, frames } = current;
    if (bytes > 0) this.#enqueue({ run: this.#options.run, sequence, bytes, file, frames });
  }

  /**
   * Removes the first waiting segment, which the store now has. With `problem`, its file stays under `FILE.problem`.
   */
  shift(problem?: SegmentProblem): void {
    const segment = this.#waiting.shift();
    if (segment === undefined) return;
    const { file, bytes } = segment;
    this.#waitingBytes[file === undefined ? 'memory' : 'file'] -= bytes;
    if (file === undefined) return;
    if (problem === undefined) rmSync(file, { force: true });
    else renameSync(file, `${file}.${problem}`);
  }

  /** Earlier runs without a waiting segment. The run of this process is not among them, because more may follow. */
  listEndedRuns(): string[] {
    const { folder, run } = this.#options;
    const left = new Set([run, ...this.#waiting.map((segment) => segment.run)]);
    return readdirSync(folder)
      .map((name) => runName.exec(name)?.[1])
      .filter((name) => name !== undefined)
      .filter((name) => !left.has(name));
  }

  /** Forgets an earlier run. */
  removeRun(run: string): void {
    rmSync(join(this.#options.folder, `${run}.run`), { force: true });
  }

  #enqueue(segment: Segment): void {
    this.#waiting.push(segment);
    this.#waitingBytes[segment.file === undefined ? 'memory' : 'file'] += segment.bytes;
  }

  #header(sequence: number): Uint8Array {
    const { run, apis, routes } = this.#options;
    return headerFrame(describeSegment(run, sequence, apis, routes));
  }

  #mayTryFile(): boolean {
    return (
      this.#waitingBytes.file < this.#options.maxFileBytes &&
      (this.#failedAtMs === undefined || performance.now() - this.#failedAtMs >= retryMs)
    );
  }

  #fileOf(sequence: number): string {
    return join(this.#options.folder, `${this.#options.run}-${String(sequence).padStart(10, '0')}`);
  }

  #openFile(): OpenSegment | undefined {
    const sequence = ++this.#sequence;
    const file = this.#fileOf(sequence);
    let fd: number | undefined;
    try {
      this.#spill();
      fd = openSync(file, 'wx', 0o600);
      const header = this.#header(sequence);
      writeAll(fd, header);
      this.#failedAtMs = undefined;
      return { sequence, fd, file, frames: [], bytes: header.length };
    } catch (error) {
      if (fd !== undefined) {
        closeSync(fd);
        rmSync(file, { force: true });
      }
      this.#fail(error);
      return undefined;
    }
  }

  /** Moves the segments in memory into files. Throws when a file can't be written. */
  #spill(): void {
    for (const [at, segment] of this.#waiting.entries()) {
      if (segment.file !== undefined) continue;
      const file = this.#fileOf(segment.sequence);
      const fd = openSync(file, 'w', 0o600);
      try {
        for (const frame of segment.frames) writeAll(fd, frame);
      } catch (error) {
        rmSync(file, { force: true });
        throw error;
      } finally {
        closeSync(fd);
      }
      this.#waitingBytes.memory -= segment.bytes;
      this.#waitingBytes.file += segment.bytes;
      this.#waiting[at] = { ...segment, file, frames: [] };
    }
  }

  /** Appends a frame. `false`: the write failed, and the segment is closed without the frame. */
  #append(current: OpenSegment, frame: Uint8Array): boolean {
    const fd = current.fd as number;
    try {
      writeAll(fd, frame);
      current.bytes += frame.length;
      return true;
    } catch (error) {
      this.#fail(error);
      try {
        ftruncateSync(fd, current.bytes);
      } catch {
        // A torn part of the frame stays. The reader stops before it, and nothing follows it in this file.
      }
      this.seal();
      return false;
    }
  }

  #fail(error: unknown): void {
    this.failures++;
    const isFirst = this.#failedAtMs === undefined;
    this.#failedAtMs = performance.now();
    if (isFirst) this.#options.onFault(error);
  }
}

/** Writes all bytes or throws. A disk that becomes full takes only a part of a write. */
function writeAll(fd: number, bytes: Uint8Array): void {
  let written = writeSync(fd, bytes);
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}
