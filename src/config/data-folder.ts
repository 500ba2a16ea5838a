// The data folder holds the files of an installation. Only its owner can read it.
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, link, lstat, mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { OperationalError } from '../domain/operational-error.ts';
import type { GivenSecret } from './config.ts';

/**
 * Creates the folder (mode 0700) if it is missing. Rejects with `data_unwritable` when it can't write there.
 */
export async function openDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A container or a unit runs with a user of its own, whose number is hard to find out.
    const owner = isPosix ? `the user that runs Miftah (uid ${process.getuid?.()})` : 'the user that runs Miftah';
    const fix = code === 'EROFS' ? 'mount it for writing' : `give it to ${owner}`;
    throw new OperationalError(
      'data_unwritable',
      `Cannot write to the data folder ${folder} (${code}): ${fix}, or choose another with --data DIR`,
      { cause: error },
    );
  }
}

/** Names of secret files. Others may already know an exposed secret, so a start fails instead of fixing its mode. */
const secretFiles = /^(operator-token|session-secret|signing-key\.json|setup-token)$/;

/** Names of the other files that Miftah creates in a data folder, with the files beside a database. */
const ownFiles =
  /^(demo-keys\.json|mail\.log(\.old)?|revocations\.log|usage-journal\.lock|.*\.db(-wal|-shm|-journal|\.lock|\.(backup|restore|before-restore).*)?)$/;

const isPosix = process.platform !== 'win32';

/** A file or folder that has data about Miftah's customers, or a secret with which its reader can act as Miftah. */
export interface PrivateFile {
  readonly file: string;
  /** The widest mode allowed: 0700 for a folder, 0600 for a file. */
  readonly mode: 0o700 | 0o600;
  /** Whether other users have any access to it. */
  readonly isOpen: boolean;
  /** Whether a start fails when it is open, instead of tightening its mode. */
  readonly isSecret: boolean;
}

/** Lists Miftah's own files in the folder and in its journal. The list is empty when there is no folder. */
export async function listPrivateFiles(folder: string): Promise<readonly PrivateFile[]> {
  const names = await listNames(folder);
  const own = names.filter((name) => secretFiles.test(name) || ownFiles.test(name));
  const journal = join(folder, 'usage-journal');
  const frames = names.includes('usage-journal')
    ? [journal, ...(await listNames(journal)).map((name) => join(journal, name))]
    : [];
  const found = await Promise.all([...own.map((name) => join(folder, name)), ...frames].map(lookAt));
  return found.filter((each) => each !== undefined);
}

async function listNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.sort();
}

async function lookAt(file: string): Promise<PrivateFile | undefined> {
  const stats = await lstat(file).catch(() => undefined);
  // Skip links: their owner may share the target on purpose.
  if (stats === undefined || stats.isSymbolicLink()) return undefined;
  return {
    file,
    mode: stats.isDirectory() ? 0o700 : 0o600,
    isOpen: isPosix && (stats.mode & 0o077) !== 0,
    isSecret: secretFiles.test(basename(file)),
  };
}

/**
 * Removes other users' access to the folder and to Miftah's files in it. Older versions left some files readable, and
 * a copy may have lost its mode. Leaves secret files alone: `readOrCreateSecretFile` rejects exposed ones. Skips files
 * of other users. Never rejects.
 */
export async function tightenDataFolder(folder: string): Promise<void> {
  if (!isPosix) return;
  const { mode, uid } = await stat(folder);
  // A sticky folder such as /tmp is shared, so its mode stays.
  if ((mode & 0o077) !== 0 && (mode & 0o1000) === 0 && uid === process.getuid?.()) await tighten(folder, 0o700);
  for (const { file, mode, isOpen, isSecret } of await listPrivateFiles(folder)) {
    if (isOpen && !isSecret) await tighten(file, mode);
  }
}

/** Removes other users' access to the files of a SQLite database, which may be outside the data folder. */
export async function tightenDatabase(database: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm', '.lock']) {
    const found = await lookAt(database + suffix);
    if (found?.isOpen === true) await tighten(found.file, found.mode);
  }
}

async function tighten(file: string, mode: number): Promise<void> {
  await chmod(file, mode).catch(() => undefined);
}

/** A secret that the server needs. */
export interface NeededSecret {
  /** The name of its file in the data folder. */
  readonly name: string;
  /** The operator's own secret. `undefined`: the text is from `create`, called once, and stays in the data folder. */
  readonly given: GivenSecret | undefined;
  readonly create: () => string | Promise<string>;
  /** The form of a given secret in words, for the error. `isValid` checks it. */
  readonly form: string;
  readonly isValid: (text: string) => boolean;
}

/**
 * The text of a secret: the given one, or else the file in the data folder. A given file may be a link and readable by
 * others, but not writable by all: Kubernetes mounts secrets as links to files of mode 0644 or 0440. Rejects with
 * `secret_invalid` when a given secret has the wrong form, and otherwise as `readOrCreateSecretFile` does.
 */
export async function readSecret(
  folder: string,
  { name, given, create, form, isValid }: NeededSecret,
): Promise<string> {
  if (given === undefined) return readOrCreateSecretFile(folder, name, create);
  const place = 'file' in given ? given.file : given.place;
  const text = 'file' in given ? await readGivenFile(given.file) : given.text.trim();
  if (isValid(text)) return text;
  throw new OperationalError('secret_invalid', `${place} does not hold a secret that can be used: it must be ${form}`);
}

async function readGivenFile(file: string): Promise<string> {
  try {
    if (isPosix && ((await stat(file)).mode & 0o002) !== 0) {
      throw new OperationalError('secret_file_exposed', `${file} can be written by other users: run chmod o-w ${file}`);
    }
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    if (cause instanceof OperationalError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new OperationalError(
      'secret_file_unreadable',
      `Cannot use ${file} (${code}): give the server access to it, or correct its path`,
      { cause },
    );
  }
}

/**
 * The text of a secret file in the folder. If the file is missing, writes the text from `create` with mode 0600. When
 * several processes create the file at once, one wins and all read its text. Rejects with `secret_file_exposed` when
 * others may access the file, and with `secret_file_unreadable` when it can't be read or is empty.
 */
export async function readOrCreateSecretFile(
  folder: string,
  name: string,
  create: () => string | Promise<string>,
): Promise<string> {
  const file = join(folder, name);
  try {
    await access(file).catch(() => writeWhole(file, create));
  } catch (error) {
    throw unreadable(file, error);
  }
  let text: string;
  try {
    if (isPosix && ((await stat(file)).mode & 0o077) !== 0) {
      throw new OperationalError('secret_file_exposed', `${file} can be read by other users: run chmod 600 ${file}`);
    }
    text = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw error instanceof OperationalError ? error : unreadable(file, error);
  }
  if (text === '') throw unreadable(file, undefined);
  return text;
}

/** Writes the whole file or nothing, even if interrupted. Keeps a file that already exists. */
async function writeWhole(file: string, create: () => string | Promise<string>): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${await create()}\n`);
    await handle.sync();
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await handle.close();
    await unlink(draft);
  }
}

function unreadable(file: string, cause: unknown): OperationalError {
  const why = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'it is empty';
  return new OperationalError(
    'secret_file_unreadable',
    `Cannot use ${file} (${why}): give the server access to it, or remove it so that the server creates a new one`,
    { cause },
  );
}
