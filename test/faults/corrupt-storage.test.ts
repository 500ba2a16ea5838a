// A damaged database file: every operation works or rejects with a code. None crashes, and none invents a key.
import { closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StorageError } from '../../src/storage/errors.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import { createOrg, newKey, newSecret, now } from '../contracts/storage-fixtures.ts';

/** A coded error or `undefined`; anything else fails the test. */
async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(StorageError);
    expect((error as StorageError).code, (error as StorageError).message).not.toBe('storage_failed');
    return (error as StorageError).code;
  }
}

const rounds = 60;

test('damage anywhere in the file is refused or harmless', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-corrupt-'));
  const sound = join(folder, 'sound.db');
  const file = join(folder, 'miftah.db');
  try {
    const storage = await openSqlite({ file: sound });
    const orgId = await createOrg(storage);
    const secrets = Array.from({ length: 300 }, () => newSecret());
    await storage.management.transaction(async (operations) => {
      for (const secret of secrets) await operations.createKey(newKey(orgId), secret);
    });
    await storage.close();
    const size = readFileSync(sound).length;
    const codes = new Map<string | undefined, number>();
    for (let round = 0; round < rounds; round++) {
      copyFileSync(sound, file);
      // Even rounds damage the header, odd ones any part of the file. Every tenth round cuts the file.
      const offset = round % 2 === 0 ? round : Math.floor((size / rounds) * round);
      if (round % 10 === 9) truncateSync(file, offset);
      else {
        const descriptor = openSync(file, 'r+');
        writeSync(descriptor, Buffer.alloc(1 + (round % 3) * 60, 0xff - round), 0, undefined, offset);
        closeSync(descriptor);
      }
      const opening = openSqlite({ file });
      let code = await codeOf(opening);
      if (code === undefined) {
        const damaged = await opening;
        for (const secret of secrets.slice(0, 50)) code ??= await codeOf(damaged.keyStore.findSecret(secret.digest));
        code ??= await codeOf(damaged.keyStore.findSecret(newSecret().digest));
        code ??= await codeOf(damaged.management.listKeys({}, { limit: 500 }, now));
        code ??= await codeOf(damaged.management.createKey(newKey(orgId), newSecret()));
        code ??= await codeOf(damaged.management.countKeys({ orgId }, now));
        expect(await damaged.keyStore.findSecret(newSecret().digest).catch(() => undefined)).toBeUndefined();
        await codeOf(damaged.checkIntegrity());
        await damaged.close();
      }
      for (const suffix of ['', '-wal', '-shm', '.lock']) rmSync(file + suffix, { force: true });
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect([...codes.keys()]).toEqual(expect.arrayContaining(['storage_corrupt', 'storage_not_a_database']));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
