// The checks on this machine: Node.js, the data folder and its files, the database, a backup, the disk, the clock.
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { listPrivateFiles } from '../../config/data-folder.ts';
import { newestSchema } from '../../storage/migrate.ts';
import { inspectDatabase } from '../../storage/sqlite/backup-file.ts';
import { verifySeal } from '../../storage/sqlite/backup-seal.ts';
import { formatBytes } from '../output.ts';
import { type Finding, fail, failOf, ok, warn } from './finding.ts';

/** The same as `engines` in package.json. */
const oldestNode = [22, 18] as const;

/** Checks the version of Node.js, such as `26.1.0`. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNewEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  if (isNewEnough) return ok('node', `Node.js ${version}`);
  return fail(
    'node',
    `Node.js ${version} is too old`,
    `Install Node.js ${oldestNode.join('.')} or newer; 26 is recommended.`,
  );
}

const isPosix = process.platform !== 'win32';

/** Checks that the folder belongs to this user and is closed to others. A missing folder is a warning. */
export function checkDataFolder(folder: string): Finding {
  const check = 'data folder';
  if (!existsSync(folder)) {
    return warn(
      check,
      `${folder} does not exist yet`,
      'miftah serve creates it. To use another folder, add --data DIR.',
    );
  }
  const stats = statSync(folder);
  const { mode, uid } = stats;
  if (!stats.isDirectory()) {
    return fail(check, `${folder} is not a folder`, 'Use another folder with --data DIR.');
  }
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return fail(check, `this user cannot read and write ${folder}`, 'Run this command as the user that runs Miftah.');
  }
  if (isPosix && uid !== process.getuid?.()) {
    return warn(check, `${folder} belongs to another user (${uid})`, 'Run Miftah and its commands as the same user.');
  }
  if (isPosix && (mode & 0o077) !== 0) {
    return fail(check, `${folder} is open to other users (${octal(mode)})`, `chmod 700 ${folder}`);
  }
  return ok(check, folder);
}

/**
 * Checks that other users can't read the private files: the database, and those that let a reader act as Miftah or show
 * its customers. Warns when the revocation log is missing.
 */
export async function checkPrivateFiles(folder: string, database: string): Promise<readonly Finding[]> {
  const check = 'private files';
  const own = await listPrivateFiles(folder);
  const modes = new Map<string, number>(own.map(({ file, mode }) => [file, mode]));
  for (const suffix of ['', '-wal', '-shm', '.lock']) {
    if (existsSync(database + suffix)) modes.set(database + suffix, 0o600);
  }
  const open = isPosix ? [...modes].filter(([file]) => (statSync(file).mode & 0o077) !== 0) : [];
  const findings = open.map(([file, mode]) =>
    fail(check, `${file} is open to other users (${octal(statSync(file).mode)})`, `chmod ${mode.toString(8)} ${file}`),
  );
  if (existsSync(database) && !modes.has(join(folder, 'revocations.log'))) {
    findings.push(
      warn(
        check,
        `${join(folder, 'revocations.log')} is missing: a restore needs it to revoke keys again`,
        'Move it back if you moved it. Otherwise miftah serve creates a new one.',
      ),
    );
  }
  if (findings.length > 0) return findings;
  return [ok(check, modes.size === 0 ? 'none yet' : `${modes.size} files, readable only by their owner`)];
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

/** Checks the database, and the clock by the newest entry in the database. */
export function checkDatabase(file: string, nowMs: number): readonly Finding[] {
  if (!existsSync(file))
    return [ok('database', `${file} does not exist yet: miftah serve creates it`), checkClock(0, nowMs)];
  try {
    const { schema, newestAtMs } = inspectDatabase(file, 'quick');
    const size = formatBytes(sizeOf(file));
    const age = schema === newestSchema ? '' : `, upgraded to ${newestSchema} at the next start`;
    return [ok('database', `${file}: sound, ${size}, schema ${schema}${age}`), checkClock(newestAtMs, nowMs)];
  } catch (error) {
    return [failOf('database', error), checkClock(0, nowMs)];
  }
}

/** Checks a file that `miftah backup` saved. Reads all of it and changes nothing. */
export async function checkBackup(file: string): Promise<Finding> {
  const check = 'backup';
  if (!existsSync(file)) return fail(check, `${file} does not exist`, 'Use a file that miftah backup saved.');
  const { kind } = await verifySeal(file);
  const { schema, newestAtMs } = inspectDatabase(file, 'whole');
  const summary = `${file}: sound, schema ${schema}, newest entry ${new Date(newestAtMs).toISOString()}`;
  if (kind === 'sealed') return ok(check, `${summary}; its checksum matches`);
  return warn(check, `${summary}; it has no checksum`, 'Make a new backup: this version adds a checksum.');
}

/** The bytes of the database and its write-ahead log. */
function sizeOf(database: string): number {
  const files = [database, `${database}-wal`].filter((file) => existsSync(file));
  return files.reduce((sum, file) => sum + statSync(file).size, 0);
}

/** Miftah did not exist before this instant. */
const earliestMs = Date.UTC(2026, 0);
const toleranceMs = 60_000;

/** Fails when the clock is more than a minute behind the newest entry (`newestAtMs`), or before 2026. */
export function checkClock(newestAtMs: number, nowMs: number): Finding {
  const now = new Date(nowMs).toISOString();
  const fix = 'Set the clock and synchronize it with NTP: expiry, overlaps and limits depend on it.';
  if (nowMs < earliestMs) return fail('clock', `the clock says ${now}`, fix);
  if (newestAtMs > nowMs + toleranceMs) {
    const newest = new Date(newestAtMs).toISOString();
    return fail('clock', `the clock says ${now}, but the database has an entry from ${newest}`, fix);
  }
  return ok('clock', now);
}

const leastFreeBytes = 50_000_000;
const goodFreeBytes = 1_000_000_000;
/** The `statfs` types of NFS and SMB. */
const networkDisks: readonly number[] = [0x6969, 0x517b, 0xff534d42, 0xfe534d42];

/** Checks the free space for the data folder and a backup, and that the folder is on a local disk. */
export function checkDisk(folder: string, database: string): Finding {
  const check = 'disk';
  let place = folder;
  while (!existsSync(place)) place = dirname(place);
  const { bavail, bsize, type } = statfsSync(place);
  const free = bavail * bsize;
  const used = sizeOf(database);
  const said = `${formatBytes(free)} free`;
  const fix = 'Free some space, or move the data folder to a larger disk.';
  if (free < leastFreeBytes) return fail(check, said, fix);
  if (free < Math.max(goodFreeBytes, used)) {
    return warn(check, `${said}; a backup or restore needs as much as the database (${formatBytes(used)})`, fix);
  }
  if (networkDisks.includes(type)) {
    return warn(
      check,
      `${folder} is on a network disk`,
      'Move the data folder to a local disk: SQLite needs reliable file locks.',
    );
  }
  return ok(check, said);
}
