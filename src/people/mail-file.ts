// The file of mails, for installations without SMTP: kept within its period, and without the mails to deleted persons.
import { appendFile, open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';

/** Enough for the head of the first mail. */
const headBytes = 4_096;

/** The work in progress, by file. */
const turns = new Map<string, Promise<unknown>>();

/** One after another, so that no mail is appended to a file that is being replaced or moved. */
function inTurn(file: string, work: () => Promise<void>): Promise<void> {
  const done = (turns.get(file) ?? Promise.resolve()).then(work);
  turns.set(
    file,
    done.catch(() => undefined),
  );
  return done;
}

/** Appends a mail to the file (mode 0600). Rejects with the system's error. */
export function appendMail(file: string, message: string): Promise<void> {
  return inTurn(file, () => appendFile(file, message, { mode: 0o600 }));
}

/** Removes the mails to `address`, which is in lower case, from the file and from `<file>.old`. */
export function removeMails(file: string, address: string): Promise<void> {
  return inTurn(file, async () => {
    for (const each of [file, oldOf(file)]) await removeFrom(each, address);
  });
}

async function removeFrom(file: string, address: string): Promise<void> {
  const stats = await stat(file).catch(ignoreMissing);
  if (stats === undefined) return;
  const mails = (await readFile(file, 'utf8')).split(/(?=^From: .*\nTo: .*\nDate: )/m);
  const others = mails.filter((mail) => /^From: .*\nTo: (.*)\n/.exec(mail)?.[1]?.toLowerCase() !== address);
  if (others.length === mails.length) return;
  const draft = `${file}.part`;
  await writeFile(draft, others.join(''), { mode: 0o600 });
  // The rotation takes it for the instant of the last mail.
  await utimes(draft, stats.atime, stats.mtime);
  await rename(draft, file);
}

function oldOf(file: string): string {
  return `${file}.old`;
}

/**
 * Moves the file of mails to `<file>.old` when its first mail is older than `keptMs`, and removes that file when its
 * last mail is. So every mail stays for `keptMs` at least, and for twice as long at most while mails are sent. A mail
 * that is written meanwhile is in one of the two. Does nothing without a file. Rejects with the system's error.
 */
export function rotateMailFile(file: string, nowMs: number, keptMs: number): Promise<void> {
  return inTurn(file, () => rotate(file, nowMs, keptMs));
}

async function rotate(file: string, nowMs: number, keptMs: number): Promise<void> {
  const beforeMs = nowMs - keptMs;
  const old = oldOf(file);
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
