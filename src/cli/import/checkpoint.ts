// The progress of an import, in a file beside its input, and the report of refused rows, in another.
import { hash } from 'node:crypto';
import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { CliError, exitCodes } from '../cli-error.ts';
import { formatCsv } from '../csv.ts';
import type { Row, RowError } from './read-rows.ts';

/** Rows by what became of them. `organizations`: how many the import created. */
export interface Counts {
  readonly rows: number;
  readonly imported: number;
  readonly exists: number;
  readonly refused: number;
  readonly organizations: number;
}

/** The last finished batch of an import, from which `--resume` continues. */
export interface Checkpoint {
  readonly api: string;
  /** The last finished line, and a digest of its row. */
  readonly line: number;
  readonly mark: string;
  readonly counts: Counts;
  /** Length of the report of refused rows at this point. */
  readonly refusedBytes: number;
}

/** Identifies a row: 16 hex characters of its SHA-256. */
export function markOf(row: Row | RowError): string {
  return hash('sha256', JSON.stringify(row), 'hex').slice(0, 16);
}

/** `undefined` if there is no file. Rejects with a `CliError` if the file belongs to another import. */
export async function readCheckpoint(file: string, api: string): Promise<Checkpoint | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let checkpoint: Checkpoint | undefined;
  try {
    checkpoint = JSON.parse(text) as Checkpoint;
  } catch {
    // An import writes the file in one step, so an unreadable one is not an import's.
  }
  if (checkpoint?.api !== api || !Number.isSafeInteger(checkpoint.line)) throw mismatch(file);
  return checkpoint;
}

/** The error for a checkpoint that does not fit the import. */
export function mismatch(file: string): CliError {
  return new CliError(
    exitCodes.usage,
    'checkpoint_mismatch',
    `${file} belongs to another import, or the rows it lists as done have changed`,
    'Run the command without --resume: it recognizes imported rows and leaves them unchanged.',
  );
}

/** Replaces the file in one step, so that an interruption leaves the checkpoint before. */
export async function writeCheckpoint(file: string, checkpoint: Checkpoint): Promise<void> {
  await writeFile(`${file}.part`, `${JSON.stringify(checkpoint)}\n`, { mode: 0o600 });
  await rename(`${file}.part`, file);
}

/** Removes the file, if it exists. */
export function removeCheckpoint(file: string): Promise<void> {
  return rm(file, { force: true });
}

/** A refused row, with its line in the input. */
export interface RefusedRow extends RowError {
  readonly line: number;
}

/** The report of refused rows, a CSV file. It is created with the first of them, and only its owner can read it. */
export class RefusedReport {
  readonly file: string;
  #bytes: number;
  #handle: FileHandle | undefined;

  /** `keptBytes`: length of an earlier report to keep. The rest of it is overwritten. */
  private constructor(file: string, keptBytes: number) {
    this.file = file;
    this.#bytes = keptBytes;
  }

  static async open(file: string, keptBytes: number): Promise<RefusedReport> {
    if (keptBytes === 0) await rm(file, { force: true });
    return new RefusedReport(file, keptBytes);
  }

  get bytes(): number {
    return this.#bytes;
  }

  async add(rows: readonly RefusedRow[]): Promise<void> {
    if (rows.length === 0) return;
    if (this.#handle === undefined) {
      this.#handle = await open(this.file, this.#bytes === 0 ? 'w' : 'r+', 0o600);
      await this.#handle.truncate(this.#bytes);
    }
    const head = this.#bytes === 0 ? [['line', 'code', 'field', 'reason']] : [];
    const lines = rows.map(({ line, code, field, detail }) => [line, code, redact(field), redact(detail)]);
    const { bytesWritten } = await this.#handle.write(formatCsv([...head, ...lines]), this.#bytes);
    this.#bytes += bytesWritten;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}

/** Shortens long words: they may be secrets in the wrong column. */
function redact(text: string): string {
  return text.replaceAll(/[A-Za-z0-9_+/=-]{20,}/g, (word) => `${word.slice(0, 8)}…`);
}
