// Where tests keep their files.
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const memory = '/dev/shm';
/** Ten times what a whole run has needed. */
const neededBytes = 4 * 2 ** 30;
/** `f_type` of tmpfs (statfs(2)). */
const tmpfs = 0x01021994;

/**
 * The value of TMPDIR: a folder in memory if there is one with enough room. Each test has databases of its own, whose
 * thousands of commits would wait for the disk: the contract of SQLite takes three times as long there.
 */
export function temporaryFolder(): string {
  try {
    const { type, bavail, bsize } = statfsSync(memory);
    return type === tmpfs && bavail * bsize >= neededBytes ? memory : tmpdir();
  } catch {
    return tmpdir();
  }
}
