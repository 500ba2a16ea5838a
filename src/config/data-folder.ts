// The data folder: the files that make an installation, readable by its owner alone.
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { OperationalError } from '../domain/operational-error.ts';

/**
 * Makes the folder (mode 0700) unless it is there. Rejects with `data_unwritable` when nothing can be written to it.
 */
export async function openDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new OperationalError(
      'data_unwritable',
      `Cannot write to the data folder ${folder} (${(error as NodeJS.ErrnoException).code}): give its owner write access or choose another with --data DIR`,
      { cause: error },
    );
  }
}

/**
 * The text of a secret file in the folder; on the first call it is written from `create`, with mode 0600. Of several
 * processes that create it at once, one wins and all read its text. Rejects with `secret_file_exposed` when others may read
 * the file and with `secret_file_unreadable` when it can't be read or is empty.
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
    if (process.platform !== 'win32' && ((await stat(file)).mode & 0o077) !== 0) {
      throw new OperationalError('secret_file_exposed', `${file} can be read by others: run chmod 600 ${file}`);
    }
    text = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw error instanceof OperationalError ? error : unreadable(file, error);
  }
  if (text === '') throw unreadable(file, undefined);
  return text;
}

/** The file appears with all of its text or not at all, whatever interrupts this; a file that is there already stays. */
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
    `Cannot use ${file} (${why}): give the server access to it, or remove it to have a new one made`,
    { cause },
  );
}
