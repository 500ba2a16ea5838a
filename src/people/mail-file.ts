// Keeps the file of mails, for installations without SMTP, within its period.
import { open, rename, rm, stat } from 'node:fs/promises';

/** Enough for the head of the first mail. */
const headBytes = 4_096;

/**
 * Moves the file of mails to `<file>.old` when its first mail is older than `keptMs`, and removes that file when its
 * last mail is. So every mail stays for `keptMs` at least, and for twice as long at most while mails are sent. A mail
 * that is written meanwhile is in one of the two. Does nothing without a file. Rejects with the system's error.
 */
export async function rotateMailFile(file: string, nowMs: number, keptMs: number): Promise<void> {
  const beforeMs = nowMs - keptMs;
  const old = `${file}.old`;
  const oldStats = await stat(old).catch(ignoreMissing);
  if (oldStats !== undefined && oldStats.mtimeMs < beforeMs) await rm(old, { force: true });
  const firstMs = await readFirstDate(file);
  // Every mail of the older file is older than the first one of this file, so it may be replaced.
  if (firstMs !== undefined && firstMs < beforeMs) await rename(file, old);
}

/** The date of the first mail. `undefined`: there is no file, or no mail that we wrote at its start. */
async function readFirstDate(file: string): Promise<number | undefined> {
  const handle = await open(file, 'r').catch(ignoreMissing);
  if (handle === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const date = /^Date: (.+)$/m.exec(buffer.toString('utf8', 0, bytesRead))?.[1];
    const ms = date === undefined ? Number.NaN : Date.parse(date);
    return Number.isNaN(ms) ? undefined : ms;
  } finally {
    await handle.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
