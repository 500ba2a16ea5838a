// The journal's files: what was recorded is in them before the reply leaves, and stays until the store has it.
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
import { describeSegment, headerFrame } from './journal-format.ts';

/** What was recorded from one flush to the next, closed and waiting for the store: in a file, or in memory while no file could be written. */
export interface Segment {
  readonly run: string;
  readonly sequence: number;
  readonly bytes: number;
  readonly file: string | undefined;
  readonly frames: readonly Uint8Array[];
}

/** Why a segment was not stored, or not all of it: `unknown`: the database does not know its run. */
export type SegmentProblem = 'damaged' | 'unknown';

export interface JournalOptions {
  /** Made when missing, readable by the owner alone. No other process may use it at the same time. */
  readonly folder: string;
  /** Names this process: 16 hexadecimal digits that no other has. */
  readonly run: string;
  readonly apis: readonly string[];
  /** Told of the first of several failed writes, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** A segment of this size is closed. Default 16 MiB: some half a million uses. */
  readonly maxSegmentBytes?: number;
  /** What may wait in files … Default 1 GiB. */
  readonly maxFileBytes?: number;
  /** … and in memory. Default 64 MiB. */
  readonly maxMemoryBytes?: number;
}

interface OpenSegment {
  readonly sequence: number;
  /** `undefined`: in memory. */
  readonly fd: number | undefined;
  readonly file: string | undefined;
  readonly frames: Uint8Array[];
  bytes: number;
}

const segmentName = /^([0-9a-f]{16})-(\d{10})$/;
const runName = /^([0-9a-f]{16})[.]run$/;
/** While files can't be written, how often it is tried again. */
const retryMs = 1000;

/**
 * A write ends in the operating system's memory, which a killed process leaves alone; only a power cut loses what the system had not
 * written by itself. While no file can be written (the disk is full), what comes is kept in memory and put into a file as soon as one can be.
 */
export class UsageJournal {
  readonly #options: Required<JournalOptions>;
  #current: OpenSegment | undefined;
  #sequence = 0;
  #failedAtMs: number | undefined;
  #waiting: Segment[] = [];
  #waitingBytes = { file: 0, memory: 0 };
  /** Since the start: writes that failed. */
  failures = 0;

  /** Finds what earlier runs left behind. Throws when the folder can't be made or read. */
  constructor(options: JournalOptions) {
    this.#options = { maxSegmentBytes: 2 ** 24, maxFileBytes: 2 ** 30, maxMemoryBytes: 2 ** 26, ...options };
    const { folder, run } = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder).sort()) {
      const [, segmentRun, sequence] = segmentName.exec(name) ?? [];
      if (segmentRun === undefined) continue;
      const file = join(folder, name);
      this.#wait({ run: segmentRun, sequence: Number(sequence), bytes: statSync(file).size, file, frames: [] });
    }
    try {
      closeSync(openSync(join(folder, `${run}.run`), 'w', 0o600));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Oldest first within each run. */
  get waiting(): readonly Segment[] {
    return this.#waiting;
  }

  /** Bytes that the store has not got yet. */
  get bytes(): number {
    return this.#waitingBytes.file + this.#waitingBytes.memory + (this.#current?.bytes ?? 0);
  }

  /** Keeps a frame; `false`: there is room for it neither on the disk nor in memory. Never throws. */
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

  /** Closes the segment that is being written, if any: what is recorded from now on is in another. */
  seal(): void {
    const current = this.#current;
    this.#current = undefined;
    if (current === undefined) return;
    if (current.fd !== undefined) closeSync(current.fd);
    const { sequence, bytes, file, frames } = current;
    if (bytes > 0) this.#wait({ run: this.#options.run, sequence, bytes, file, frames });
  }

  /** The store has the first of those that wait; `problem`: its file is kept aside under a name that says what is wrong with it. */
  shift(problem?: SegmentProblem): void {
    const segment = this.#waiting.shift();
    if (segment === undefined) return;
    const { file, bytes } = segment;
    this.#waitingBytes[file === undefined ? 'memory' : 'file'] -= bytes;
    if (file === undefined) return;
    if (problem === undefined) rmSync(file, { force: true });
    else renameSync(file, `${file}.${problem}`);
  }

  /** Earlier runs of which nothing is left here but their name. A run is not ended by its own process: something may follow still. */
  listEndedRuns(): string[] {
    const { folder, run } = this.#options;
    const left = new Set([run, ...this.#waiting.map((segment) => segment.run)]);
    return readdirSync(folder)
      .map((name) => runName.exec(name)?.[1])
      .filter((name) => name !== undefined)
      .filter((name) => !left.has(name));
  }

  removeRun(run: string): void {
    rmSync(join(this.#options.folder, `${run}.run`), { force: true });
  }

  #wait(segment: Segment): void {
    this.#waiting.push(segment);
    this.#waitingBytes[segment.file === undefined ? 'memory' : 'file'] += segment.bytes;
  }

  #header(sequence: number): Uint8Array {
    return headerFrame(describeSegment(this.#options.run, sequence, this.#options.apis));
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
      writeWhole(fd, header);
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

  /** Files can be written again, it seems: what had to stay in memory goes there. Throws when it can't. */
  #spill(): void {
    for (const [at, segment] of this.#waiting.entries()) {
      if (segment.file !== undefined) continue;
      const file = this.#fileOf(segment.sequence);
      const fd = openSync(file, 'w', 0o600);
      try {
        for (const frame of segment.frames) writeWhole(fd, frame);
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

  /** `false`: nothing of the frame is in the file, and the segment was closed. */
  #append(current: OpenSegment, frame: Uint8Array): boolean {
    const fd = current.fd as number;
    try {
      writeWhole(fd, frame);
      current.bytes += frame.length;
      return true;
    } catch (error) {
      this.#fail(error);
      try {
        ftruncateSync(fd, current.bytes);
      } catch {
        // What is left of the frame is torn: the reader stops before it, and nothing follows it in this file.
      }
      this.seal();
      return false;
    }
  }

  #fail(error: unknown): void {
    this.failures++;
    const isNews = this.#failedAtMs === undefined;
    this.#failedAtMs = performance.now();
    if (isNews) this.#options.onFault(error);
  }
}

/** Writes it all, or throws: a disk that fills up takes a part first. */
function writeWhole(fd: number, bytes: Uint8Array): void {
  let written = writeSync(fd, bytes);
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}
