// The log of revocations, in a file beside the database. It keeps a restored backup from bringing a key back.
import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import type { Revocation, RevocationLog } from '../management/ports.ts';

/** An open log. `close` waits for writes in progress. */
export interface OpenRevocationLog extends RevocationLog {
  close(): Promise<void>;
}

/**
 * Opens the log at `file`, and creates it if it is missing (mode 0600). Each entry is a line of JSON, which is on disk
 * when `append` resolves. Rejects with the system's error if the file can't be opened.
 */
export async function openRevocationLog(file: string): Promise<OpenRevocationLog> {
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
  try {
    await endTornLine(handle);
  } catch (error) {
    await handle.close();
    throw error;
  }
  let queue = Promise.resolve();
  return {
    append(entries) {
      if (entries.length === 0) return Promise.resolve();
      const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
      const written = queue.then(async () => {
        await handle.appendFile(text);
        await handle.datasync();
      });
      queue = written.catch(() => undefined);
      return written;
    },
    async close() {
      await queue;
      await handle.close();
    },
  };
}

/** All entries, oldest first. Skips a line that a crash left incomplete. Empty if there is no such file. */
export async function readRevocations(file: string): Promise<readonly Revocation[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    const entry = parseLine(line);
    return entry === undefined ? [] : [entry];
  });
}

function parseLine(line: string): Revocation | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { at, key, secret, endsAt } = value as Record<string, unknown>;
  if (typeof at !== 'number') return undefined;
  if (typeof key === 'string') return { at, key };
  return typeof secret === 'string' && typeof endsAt === 'number' ? { at, secret, endsAt } : undefined;
}

/** Ends a line that a crash cut off, so that the next entry does not become part of it. */
async function endTornLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  if (size === 0) return;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  if (buffer[0] !== 0x0a) await handle.appendFile('\n');
}
