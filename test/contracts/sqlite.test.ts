// The storage contract on SQLite, and what only SQLite has: its file, its lock, damage to the file.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import { initial } from '../../src/storage/migrations/0001-initial.ts';
import { SqliteConnection } from '../../src/storage/sqlite/connection.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import { describeStorage } from './storage-contract.ts';
import { addUsage, createOrg, lastUseOf, newKey, newSecret } from './storage-fixtures.ts';

function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'miftah-sqlite-'));
}

describeStorage('sqlite', async (limits) => {
  const folder = makeFolder();
  const file = join(folder, 'miftah.db');
  let storage = await openSqlite({ file, ...limits });
  return {
    storage,
    async reopen() {
      await storage.close();
      storage = await openSqlite({ file, ...limits });
      return storage;
    },
    async damageKey(keyId, columns) {
      const db = new DatabaseSync(file);
      for (const [column, value] of Object.entries(columns)) {
        db.prepare(`UPDATE api_keys SET ${column} = ? WHERE id = ?`).run(value, keyId);
      }
      db.close();
    },
    async execute(statement) {
      const db = new DatabaseSync(file);
      try {
        db.exec(statement);
      } finally {
        db.close();
      }
    },
    async readBytesAtRest() {
      const files = readdirSync(folder).map((name) => join(folder, name));
      expect(files).toEqual(expect.arrayContaining([file, `${file}-wal`, `${file}-shm`]));
      // In another process: closing a file here would drop SQLite's locks on it.
      return execFileSync('cat', files, { maxBuffer: 1 << 30 });
    },
    async dispose() {
      await storage.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe('openSqlite', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  function newFolder(): string {
    const folder = makeFolder();
    folders.push(folder);
    return folder;
  }

  test('creates its folder, and a file that only the owner can read', async () => {
    const file = join(newFolder(), 'a', 'b', 'miftah.db');
    const storage = await openSqlite({ file });
    await createOrg(storage);
    expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
    for (const suffix of ['', '-wal', '-shm']) expect(statSync(file + suffix).mode & 0o077, suffix).toBe(0);
    await storage.close();
  });

  test('names the fix when the folder cannot be written', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'miftah.db'));
    for (const file of [join(folder, 'file', 'miftah.db'), join(folder, 'miftah.db')]) {
      await expect(openSqlite({ file })).rejects.toMatchObject({
        code: 'storage_unwritable',
        message: expect.stringContaining('write access'),
      });
    }
  });

  test('refuses a second Miftah on the same file, until the first has closed', async () => {
    const file = join(newFolder(), 'miftah.db');
    const first = await openSqlite({ file });
    await expect(openSqlite({ file })).rejects.toMatchObject({
      code: 'storage_in_use',
      message: expect.stringContaining('close it first'),
    });
    const url = new URL('../../src/storage/sqlite/storage.ts', import.meta.url).href;
    const script = `import(${JSON.stringify(url)}).then(({ openSqlite }) => openSqlite({ file: process.argv[1] })).then(
      (storage) => { console.log('opened'); return storage.close(); }, (error) => console.log(error.code))`;
    const openElsewhere = () =>
      execFileSync(process.execPath, ['--no-warnings', '-e', script, file], { encoding: 'utf8' }).trim();
    expect(openElsewhere()).toBe('storage_in_use');
    await createOrg(first);
    await first.close();
    expect(openElsewhere()).toBe('opened');
    const second = await openSqlite({ file });
    expect((await second.management.listOrganizations({ limit: 2 })).items).toHaveLength(1);
    await second.close();
  });

  test('refuses a file that is no database, another program’s, or of a newer version', async () => {
    const folder = newFolder();
    const text = join(folder, 'text.db');
    writeFileSync(text, 'name,secret\n'.repeat(1000));
    await expect(openSqlite({ file: text })).rejects.toMatchObject({ code: 'storage_not_a_database' });

    const foreign = join(folder, 'foreign.db');
    const other = new DatabaseSync(foreign);
    other.exec('CREATE TABLE notes (text)');
    other.close();
    await expect(openSqlite({ file: foreign })).rejects.toMatchObject({ code: 'storage_not_miftah' });

    const newer = join(folder, 'newer.db');
    await (await openSqlite({ file: newer })).close();
    const db = new DatabaseSync(newer);
    db.exec("INSERT INTO schema_migrations VALUES (999, 'from the future', 0)");
    db.close();
    await expect(openSqlite({ file: newer })).rejects.toMatchObject({ code: 'storage_newer' });
  });

  test('migrates usage from the first schema', async () => {
    const file = join(newFolder(), 'miftah.db');
    const db = new DatabaseSync(file);
    db.exec(
      'CREATE TABLE schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)',
    );
    for (const statement of initial.statements) db.exec(statement);
    db.exec(`PRAGMA application_id = 0x4d465448;
      INSERT INTO schema_migrations VALUES (1, 'initial', 0);
      INSERT INTO organizations VALUES (7, 'org_a', 'A', 'dealer', 'active', 1);
      INSERT INTO api_keys VALUES (40, 'key_a', 'classic', 'org_a', 'live', 'a', 'sk_live_', 'aaaa', 'zzzz',
        '{"addresses":[],"referrers":[],"endpoints":[],"scopes":[]}', '[]', 1, 1, NULL, NULL, 1);
      INSERT INTO key_last_used VALUES ('key_a', 5000, '203.0.113.7'), ('key_gone', 1, NULL);
      INSERT INTO usage_hourly VALUES (3600000, 'org_a', 'key_a', 'classic', 'live', 'allowed', 4),
        (3600000, 'org_a', 'key_b', 'classic', 'live', 'allowed', 2);`);
    db.close();
    const storage = await openSqlite({ file });
    expect(await storage.management.findKey('key_a')).toMatchObject({
      lastUsedAtMs: 5000,
      lastUsedAddress: '203.0.113.7',
      disabledAtMs: null,
    });
    const all = { fromMs: 0, toMs: 9e12 };
    const { statuses, ...ofOrg } = (await storage.usage.listUsage({ ...all, groupBy: ['orgId'] }))[0] ?? {};
    expect(ofOrg).toEqual({ orgId: 'org_a', count: 6, billed: 0, weight: 6, billedWeight: 0 });
    expect(statuses).toMatchObject({ '2xx': 0, none: 0, unknown: 6 });
    expect(await storage.usage.listUsage({ ...all, groupBy: ['keyId'] })).toMatchObject([
      { keyId: 'key_a', count: 4, billed: 0, statuses: { unknown: 4 } },
    ]);
    expect(await storage.checkIntegrity()).toEqual([]);
    await storage.close();
  });

  test("waits for another program's lock, then reports it", async () => {
    const file = join(newFolder(), 'miftah.db');
    const storage = await openSqlite({ file, busyTimeoutMs: 50 });
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    await expect(createOrg(storage)).rejects.toMatchObject({ code: 'storage_busy' });
    expect((await storage.management.listOrganizations({ limit: 1 })).items).toEqual([]);
    other.exec('ROLLBACK');
    other.close();
    await createOrg(storage);
    await storage.close();
  });

  test('recognizes a full database', () => {
    const connection = new SqliteConnection(join(newFolder(), 'small.db'), { isReadOnly: false, busyTimeoutMs: 0 });
    connection.run('CREATE TABLE t (text)');
    connection.run('PRAGMA max_page_count = 3');
    expect(() => connection.execute('INSERT INTO t VALUES (?)', ['x'.repeat(100_000)])).toThrow(
      expect.objectContaining({ code: 'storage_full' }),
    );
    connection.close();
  });

  test('keeps the write-ahead log short', async () => {
    const file = join(newFolder(), 'miftah.db');
    const storage = await openSqlite({ file });
    const orgId = await createOrg(storage);
    const secret = newSecret();
    await storage.management.createKey(newKey(orgId), secret);
    for (let at = 0; at < 2500; at++) {
      await addUsage(storage, lastUseOf(at % 10, at));
    }
    expect(statSync(`${file}-wal`).size).toBeLessThan(10 * 1024 * 1024);
    expect(await storage.keyStore.findSecret(secret.digest)).toBeDefined();
    await storage.close();
  });
});
