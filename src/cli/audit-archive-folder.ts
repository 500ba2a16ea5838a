// The folder of an audit archive: its segments on disk, read line by line and written whole.
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseSegmentName } from '../audit/segment.ts';
import { CliError, exitCodes } from './cli-error.ts';

/** The names of the segments in the folder, in the order of their records. Rejects with `file_unreadable`. */
export async function listSegments(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => parseSegmentName(name) !== undefined).toSorted();
  } catch (error) {
    throw explainRead(folder, error);
  }
}

/** The lines of a file. Rejects with `file_unreadable` if the file can't be read. */
export async function* readLines(file: string): AsyncGenerator<string> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  try {
    yield* lines;
  } catch (error) {
    throw explainRead(file, error);
  }
}

/** `file_unreadable`, if the system refused to read; else the error itself. */
export function explainRead(file: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  return new CliError(
    exitCodes.failure,
    'file_unreadable',
    `${file} cannot be read (${code})`,
    'Use a file or folder that exists and that this user can read.',
    { cause: error },
  );
}

/** A segment that is being written. It has its name and is on disk when `finish` resolves. */
export interface SegmentDraft {
  write(text: string): Promise<void>;
  finish(name: string): Promise<void>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

/** Begins a segment in the folder, which is created if it is missing. Rejects with `file_unwritable`. */
export async function beginSegment(folder: string): Promise<SegmentDraft> {
  const draft = join(folder, `audit.${process.pid}.part`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const handle = await open(draft, 'w', 0o600);
    return {
      async write(text) {
        await handle.appendFile(text).catch((error) => Promise.reject(explainWrite(folder, error)));
      },
      async finish(name) {
        try {
          await handle.sync();
          await handle.close();
          await rename(draft, join(folder, name));
          await syncFolder(folder);
        } catch (error) {
          throw explainWrite(folder, error);
        }
      },
      async discard() {
        await handle.close().catch(() => undefined);
        await unlink(draft).catch(() => undefined);
      },
    };
  } catch (error) {
    throw explainWrite(folder, error);
  }
}

/** The name of a file must survive a power cut as its content does. */
async function syncFolder(folder: string): Promise<void> {
  // Windows can't open a folder.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function explainWrite(folder: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  return new CliError(
    exitCodes.failure,
    'file_unwritable',
    `${folder} cannot be written (${code})`,
    'Use a folder that this user can write to.',
    { cause: error },
  );
}
