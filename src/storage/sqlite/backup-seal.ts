// The seal at the end of a backup: a checksum of everything before it. It shows that a file was cut, changed or joined
// from two.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { StorageError } from '../errors.ts';

/**
 * Length of the seal, which is ASCII. A sealed file still is a database: SQLite reads only the pages that its header
 * counts.
 */
export const sealBytes = 128;
const start = '\nmiftah-backup-1 sha256=';
const form = /^\nmiftah-backup-1 sha256=([0-9a-f]{64}) bytes=(\d{16})\n*$/;

/** The text of a seal. `sha256` is of the content, in hex. */
export function formatSeal(sha256: string, contentBytes: number): string {
  return `${start}${sha256} bytes=${String(contentBytes).padStart(16, '0')}`.padEnd(sealBytes, '\n');
}

/** The seal of a file. `absent`: an older Miftah made the backup, or the file is a bare copy of a database. */
export type Seal =
  | { readonly kind: 'sealed'; readonly contentBytes: number; readonly sha256: string }
  | { readonly kind: 'absent' };

/**
 * Reads the seal, and compares the file's size with it. Rejects with `backup_damaged` if the file is shorter or longer
 * than it was made, and with the system's error if it can't be read.
 */
export async function readSeal(file: string): Promise<Seal> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const end = Buffer.alloc(Math.min(sealBytes, size));
    await handle.read(end, 0, end.length, size - end.length);
    const parts = form.exec(end.toString('latin1'));
    if (parts !== null) {
      const [, sha256 = '', length] = parts;
      if (Number(length) !== size - sealBytes) throw damaged('its length has changed');
      return { kind: 'sealed', contentBytes: Number(length), sha256 };
    }
    const head = Buffer.alloc(100);
    await handle.read(head, 0, head.length, 0);
    if (head.toString('latin1', 0, 15) === 'SQLite format 3' && !isWhole(head, size)) {
      throw damaged('its end is missing, or bytes were added');
    }
    return { kind: 'absent' };
  } finally {
    await handle.close();
  }
}

/**
 * A database has whole pages (https://sqlite.org/fileformat.html#page_size). A part of a seal would add an incomplete
 * one.
 */
function isWhole(head: Buffer, size: number): boolean {
  const pageBytes = head.readUInt16BE(16);
  return size % (pageBytes === 1 ? 65_536 : pageBytes) === 0;
}

/** Throws `backup_damaged` if the file has a seal with another checksum than `sha256`, in hex. */
export function assertSealed(seal: Seal, sha256: string): void {
  if (seal.kind === 'sealed' && seal.sha256 !== sha256) throw damaged('its checksum does not match');
}

/** Reads the whole file and compares it with its seal. Rejects as `readSeal` does. */
export async function verifySeal(file: string): Promise<Seal> {
  const seal = await readSeal(file);
  if (seal.kind === 'absent') return seal;
  const digest = createHash('sha256');
  if (seal.contentBytes > 0)
    for await (const chunk of createReadStream(file, { end: seal.contentBytes - 1 })) digest.update(chunk as Buffer);
  assertSealed(seal, digest.digest('hex'));
  return seal;
}

function damaged(how: string): StorageError {
  return new StorageError(
    'backup_damaged',
    `the backup was changed or damaged: ${how}`,
    'use another copy of it, or an older backup',
  );
}
