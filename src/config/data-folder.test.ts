// The data folder's files: made once, whole, for their owner alone.
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  listPrivateFiles,
  openDataFolder,
  readOrCreateSecretFile,
  tightenDatabase,
  tightenDataFolder,
} from './data-folder.ts';

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

test('a file that others can read is refused with the command that fixes it', async () => {
  await openDataFolder(folder);
  await readOrCreateSecretFile(folder, 'token', () => 'one');
  await chmod(join(folder, 'token'), 0o644);
  await expect(readOrCreateSecretFile(folder, 'token', () => 'two')).rejects.toMatchObject({
    code: 'secret_file_exposed',
    message: `${join(folder, 'token')} can be read by other users: run chmod 600 ${join(folder, 'token')}`,
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

test('a data folder that can not be made is an error that names it, the user and the way out', async () => {
  await writeFile(join(parent, 'file'), '');
  const made = join(parent, 'file', 'data');
  await expect(openDataFolder(made)).rejects.toMatchObject({
    code: 'data_unwritable',
    message: `Cannot write to the data folder ${made} (ENOTDIR): give it to the user that runs Miftah (uid ${process.getuid?.()}), or choose another with --data DIR`,
  });
});

test('closes the folder and our files to others, and leaves open secret files for a start to refuse', async () => {
  await openDataFolder(folder);
  await mkdir(join(folder, 'usage-journal'));
  const ours = [
    ...['miftah.db', 'miftah.db-wal', 'miftah.db-shm', 'miftah.db.lock', 'miftah.db.backup', 'usage-journal.lock'],
    ...[
      'revocations.log',
      'mail.log',
      'mail.log.old',
      'demo-keys.json',
      'other.db.before-restore-20270101T000000.000Z',
    ],
    ...['usage-journal/0123456789abcdef-0000000001', 'usage-journal/0123456789abcdef.run'],
  ];
  const others = ['operator-token', 'notes.txt', 'miftah.yaml'];
  const outside = join(parent, 'outside');
  await writeFile(outside, '');
  await symlink(outside, join(folder, 'linked.db'));
  for (const name of [...ours, ...others]) {
    await writeFile(join(folder, name), 'text');
    await chmod(join(folder, name), 0o644);
  }
  for (const name of ['.', 'usage-journal']) await chmod(join(folder, name), 0o755);
  await chmod(outside, 0o644);

  await tightenDataFolder(folder);
  const modeOf = async (name: string) => ((await stat(join(folder, name))).mode & 0o777).toString(8);
  expect(await Promise.all(ours.map(modeOf))).toEqual(ours.map(() => '600'));
  expect(await Promise.all(['.', 'usage-journal'].map(modeOf))).toEqual(['700', '700']);
  expect(await Promise.all([...others, '../../outside'].map(modeOf))).toEqual(['644', '644', '644', '644']);
  expect((await listPrivateFiles(folder)).filter(({ isOpen }) => isOpen).map(({ file }) => file)).toEqual([
    join(folder, 'operator-token'),
  ]);
});

test('leaves a folder that all may write to open, and closes a database elsewhere with its files', async () => {
  await openDataFolder(folder);
  await chmod(folder, 0o1777);
  await tightenDataFolder(folder);
  expect((await stat(folder)).mode & 0o7777).toBe(0o1777);
  for (const suffix of ['', '-wal', '.lock']) {
    await writeFile(`${join(folder, 'elsewhere')}${suffix}`, '');
    await chmod(`${join(folder, 'elsewhere')}${suffix}`, 0o666);
  }
  await tightenDatabase(join(folder, 'elsewhere'));
  for (const suffix of ['', '-wal', '.lock']) {
    expect((await stat(`${join(folder, 'elsewhere')}${suffix}`)).mode & 0o777).toBe(0o600);
  }
});
