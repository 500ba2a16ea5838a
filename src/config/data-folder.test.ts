// The data folder's files: made once, whole, for their owner alone.
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDataFolder, readOrCreateSecretFile } from './data-folder.ts';

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'miftah-data-'));
  folder = join(parent, 'deep', 'data');
});

afterEach(() => rm(parent, { recursive: true }));

test('the folder and its secret files are readable by their owner alone', async () => {
  await openDataFolder(folder);
  expect(await readOrCreateSecretFile(folder, 'token', () => 'one')).toBe('one');
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, 'token'))).mode & 0o777).toBe(0o600);
});

test('of many that create a file at once one wins, and all read its text', async () => {
  await openDataFolder(folder);
  const texts = await Promise.all(
    Array.from({ length: 20 }, (_, at) => readOrCreateSecretFile(folder, 'token', async () => `text ${at}`)),
  );
  expect(new Set(texts).size).toBe(1);
  expect(await readdir(folder)).toEqual(['token']);
});

test('a second start reads what the first wrote', async () => {
  await openDataFolder(folder);
  await openDataFolder(folder);
  await readOrCreateSecretFile(folder, 'token', () => 'one');
  expect(await readOrCreateSecretFile(folder, 'token', () => 'two')).toBe('one');
});

test('a file that others can read is refused with the command that mends it', async () => {
  await openDataFolder(folder);
  await readOrCreateSecretFile(folder, 'token', () => 'one');
  await chmod(join(folder, 'token'), 0o644);
  await expect(readOrCreateSecretFile(folder, 'token', () => 'two')).rejects.toMatchObject({
    code: 'secret_file_exposed',
    message: `${join(folder, 'token')} can be read by others: run chmod 600 ${join(folder, 'token')}`,
  });
});

test('an empty file and a folder in the place of one are refused', async () => {
  await openDataFolder(folder);
  await writeFile(join(folder, 'empty'), '', { mode: 0o600 });
  await expect(readOrCreateSecretFile(folder, 'empty', () => 'one')).rejects.toMatchObject({
    code: 'secret_file_unreadable',
  });
  await expect(readOrCreateSecretFile(folder, '.', () => 'one')).rejects.toMatchObject({});
});

test('a data folder that can not be made is an error that names it and the way out', async () => {
  await writeFile(join(parent, 'file'), '');
  await expect(openDataFolder(join(parent, 'file', 'data'))).rejects.toMatchObject({
    code: 'data_unwritable',
    message: expect.stringContaining('choose another with --data DIR'),
  });
});
