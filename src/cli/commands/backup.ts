// `miftah backup`: saves a copy of the running server's database.
import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CliError, exitCodes } from '../cli-error.ts';
import { type Download, download } from '../download.ts';
import { findServer, type ServerAccess } from '../internal-client.ts';
import { addExample, addRemoteOptions, type RemoteOptions } from '../options.ts';
import { formatBytes, printResult } from '../output.ts';
import { showProgress } from '../progress.ts';

export function addBackup(program: Command): void {
  const backup = program
    .command('backup')
    .description('save a copy of the running server’s database without interrupting requests')
    .argument('<file>', 'where to save it; readable only by you')
    .option('--force', 'replace the file if it exists')
    .action(async (name: string, options: RemoteOptions & { readonly force?: boolean }) => {
      const file = resolve(name);
      const { bytes, sha256 } = await save(findServer(options), file, options.force === true);
      printResult(
        options,
        { file, bytes, sha256 },
        () => file,
        () =>
          `Saved and checked ${formatBytes(bytes)} in ${file}.\n` +
          'Keep it with revocations.log from the data folder: a restore needs both.',
      );
    });
  addExample(
    addRemoteOptions(backup, 'the path of the file'),
    'miftah backup miftah-2027-01-31.backup',
    'miftah backup --url http://10.0.0.5:4101 --force /var/backups/miftah.backup',
  );
}

/** Writes the whole file to the disk, or none. It replaces an older file in one step. */
async function save(server: ServerAccess, file: string, mayReplace: boolean): Promise<Download> {
  if (!mayReplace && existsSync(file)) throw exists(file);
  const draft = `${file}.${randomUUID()}.part`;
  const aborted = new AbortController();
  const stop = () => aborted.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const handle = await open(draft, 'wx', 0o600);
    const saved = await fill(handle, server, aborted.signal);
    if (mayReplace) await rename(draft, file);
    else await giveName(draft, file);
    return saved;
  } catch (error) {
    rmSync(draft, { force: true });
    throw explain(error, file, aborted.signal.aborted);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/**
 * Gives the draft its name. Does not replace a file that appeared meanwhile, unless the file system has no hard links.
 */
async function giveName(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    return rename(draft, file);
  }
  await unlink(draft);
}

async function fill(handle: FileHandle, server: ServerAccess, signal: AbortSignal): Promise<Download> {
  const progress = showProgress('The server copies and checks its database');
  try {
    const saved = await download(server, '/v1/backup', {
      write: (chunk) => handle.writeFile(chunk),
      onProgress: progress.update,
      signal,
    });
    await handle.sync();
    return saved;
  } finally {
    progress.end();
    await handle.close();
  }
}

function exists(file: string): CliError {
  return new CliError(
    exitCodes.usage,
    'file_exists',
    `${file} exists`,
    'Use another file, or add --force to replace it.',
  );
}

function explain(error: unknown, file: string, wasStopped: boolean): unknown {
  if (wasStopped) return new CliError(exitCodes.failure, 'stopped', 'stopped before the copy was saved');
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof CliError || syscall === undefined) return error;
  if (code === 'EEXIST') return exists(file);
  return new CliError(
    exitCodes.failure,
    'file_unwritable',
    `${file} cannot be written (${code})`,
    'Use a folder that you can write to, on a disk with enough space.',
    { cause: error },
  );
}
