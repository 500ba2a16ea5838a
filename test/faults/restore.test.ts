// Backup and restore: every copy is complete, and nothing revoked comes back, whatever happens in between.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { Miftah } from '../../src/compose.ts';
import { digestSecret } from '../../src/domain/secret.ts';
import { libraryOperator as operator } from '../../src/management/rights.ts';
import { inspectDatabase } from '../../src/storage/sqlite/backup-file.ts';
import { formatSeal, sealBytes } from '../../src/storage/sqlite/backup-seal.ts';
import { createKeys, createOrg, Installation, judge } from './restore-installation.ts';

const secretsOf = (keys: readonly { readonly secret: string }[]): string[] => keys.map(({ secret }) => secret);

async function revoke(miftah: Miftah, keys: readonly { readonly key: { readonly id: string } }[]): Promise<void> {
  for (const { key } of keys) await miftah.keys.revokeKey(operator, key.id);
}

/** How often each verdict occurs. */
function tally(verdicts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const verdict of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}

function readMarks(installation: Installation): string[] {
  const log = readFileSync(installation.revocationLog, 'utf8');
  return log.split('\n').filter((line) => line.includes('"opened"'));
}

test('none of 100 keys revoked and 20 secrets ended since the backup comes back', async () => {
  using installation = new Installation();
  const { revoked, rotated, kept, later } = await installation.use(async (miftah) => {
    const [revoked, rotated, kept] = [
      await createKeys(miftah, 100),
      await createKeys(miftah, 20),
      await createKeys(miftah, 3),
    ];
    await installation.saveBackup(miftah);
    await revoke(miftah, revoked);
    for (const { key } of rotated) await miftah.keys.rotateKey(operator, key.id, 'now');
    // The log also has entries of keys that the backup does not know.
    const later = await createKeys(miftah, 2);
    await revoke(miftah, later);
    return { revoked, rotated, kept, later };
  });
  const outcome = await installation.restore();
  expect(outcome).toMatchObject({ kind: 'restored', keysRevoked: 100, secretsEnded: 20 });
  await installation.use(async (miftah) => {
    expect(tally(await judge(miftah, secretsOf(revoked)))).toEqual({ key_revoked: 100 });
    expect(tally(await judge(miftah, secretsOf(rotated)))).toEqual({ key_expired: 20 });
    expect(tally(await judge(miftah, secretsOf(kept)))).toEqual({ allowed: 3 });
    expect(tally(await judge(miftah, secretsOf(later)))).toEqual({ key_unknown: 2 });
    const { items } = await miftah.storage.audit.listAudit({ action: 'database' }, { limit: 10 });
    expect(items).toMatchObject([
      { action: 'database.restored', via: 'restore', after: { keysRevoked: 100, secretsEnded: 20 } },
    ]);
  });
});

test('the replaced database is kept complete, and only its owner can read it', async () => {
  using installation = new Installation();
  const later = await installation.use(async (miftah) => {
    await createKeys(miftah, 1);
    await installation.saveBackup(miftah);
    return createKeys(miftah, 1);
  });
  const outcome = await installation.restore();
  if (outcome.kind !== 'restored' || outcome.kept === null) throw new Error('nothing was kept');
  expect(outcome.kept).toMatch(/miftah\.db\.before-restore-\d{8}T\d{6}\.\d{3}Z$/);
  expect([outcome.kept, installation.file].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
  expect(readdirSync(installation.data).filter((name) => /restore(-wal|-shm|-journal)?$/.test(name))).toEqual([]);
  await installation.restore({ backup: outcome.kept });
  await installation.use(async (miftah) => expect(await judge(miftah, secretsOf(later))).toEqual(['allowed']));
});

test('a log that was cut in the middle of a line loses only that line', async () => {
  using installation = new Installation();
  const keys = await installation.use(async (miftah) => {
    const keys = await createKeys(miftah, 3);
    await installation.saveBackup(miftah);
    await revoke(miftah, keys);
    return keys;
  });
  truncateSync(installation.revocationLog, statSync(installation.revocationLog).size - 5);
  // The database to replace would know the last entry.
  rmSync(installation.file);
  await installation.restore();
  await installation.use(async (miftah) => {
    expect(await judge(miftah, secretsOf(keys))).toEqual(['key_revoked', 'key_revoked', 'allowed']);
    // The next entry is on a line of its own.
    await revoke(miftah, keys.slice(2));
  });
  await installation.restore();
  await installation.use(async (miftah) =>
    expect(tally(await judge(miftah, secretsOf(keys)))).toEqual({ key_revoked: 3 }),
  );
});

test('without a log the replaced database counts; without both, a restore must be forced', async () => {
  using installation = new Installation();
  const keys = await installation.use(async (miftah) => {
    const keys = await createKeys(miftah, 2);
    await installation.saveBackup(miftah);
    await miftah.keys.revokeKey(operator, keys[0]?.key.id as string);
    await miftah.keys.rotateKey(operator, keys[1]?.key.id as string, 'now');
    return keys;
  });
  rmSync(installation.revocationLog);
  expect(await installation.restore()).toMatchObject({ kind: 'restored', keysRevoked: 1, secretsEnded: 1 });

  rmSync(installation.file);
  expect(await installation.restore()).toEqual({ kind: 'revocations_unknown' });
  expect(existsSync(installation.file)).toBe(false);

  expect(await installation.restore({ acceptsLostRevocations: true })).toMatchObject({ kind: 'restored', kept: null });
  await installation.use(async (miftah) =>
    expect(await judge(miftah, secretsOf(keys))).toEqual(['allowed', 'allowed']),
  );
});

test('a backup newer than the log keeps its revocations, and a prolonged overlap keeps its end', async () => {
  using installation = new Installation();
  const { revoked, prolonged } = await installation.use(async (miftah) => {
    const [revoked, prolonged] = (await createKeys(miftah, 2)) as [Key, Key];
    await revoke(miftah, [revoked]);
    await miftah.keys.rotateKey(operator, prolonged.key.id, '1h');
    const secrets = await miftah.keys.listSecrets(operator, prolonged.key.id);
    const superseded = secrets.find(({ endsAtMs }) => endsAtMs !== null)?.id as string;
    await miftah.keys.endSecret(operator, prolonged.key.id, superseded, '7d');
    await installation.saveBackup(miftah);
    return { revoked, prolonged };
  });
  expect(await installation.restore()).toMatchObject({ keysRevoked: 0, secretsEnded: 0 });
  await installation.use(async (miftah) => {
    expect(await judge(miftah, secretsOf([revoked, prolonged]))).toEqual(['key_revoked', 'allowed']);
    const stored = await miftah.storage.keyStore.findSecret(digestSecret(prolonged.secret));
    expect((stored?.endsAtMs ?? 0) - Date.now()).toBeGreaterThan(6 * 86_400_000);
  });
});

type Key = Awaited<ReturnType<typeof createKeys>>[number];

test('no backup has a session, and no ended session comes back with an older database', async () => {
  using installation = new Installation();
  const copy = join(installation.folder, 'copy');
  await installation.use((miftah) => createKeys(miftah, 1));
  edit(
    installation.file,
    `INSERT INTO auth_user VALUES ('p', 'P', 'p@example.com', 1, NULL, '', '', 0);
     INSERT INTO auth_session VALUES ('s', '', 'token-of-a-session', '', '', NULL, NULL, 'p');
     INSERT INTO session_orgs SELECT 's', id FROM organizations;
     INSERT INTO auth_verification VALUES ('v', 'i', 'value-to-confirm', '', '', '')`,
  );
  copyFileSync(installation.file, copy);
  await installation.use((miftah) => installation.saveBackup(miftah));
  const bytes = readFileSync(installation.backup);
  expect(['p@example.com', 'token-of-a-session', 'value-to-confirm'].map((text) => bytes.includes(text))).toEqual([
    true,
    false,
    false,
  ]);
  const sessions = 'SELECT (SELECT count(*) FROM auth_session) + (SELECT count(*) FROM auth_verification)';
  expect(read(installation.file, sessions)).toBe(2);
  await installation.restore({ backup: copy });
  expect(read(installation.file, sessions)).toBe(0);
  copyFileSync(copy, installation.file);
  await installation.use(async () => undefined);
  expect(read(installation.file, sessions)).toBe(0);
});

test('a start applies the log once to a backup that was put in place by hand', async () => {
  using installation = new Installation();
  const keys = await installation.use(async (miftah) => {
    const keys = await createKeys(miftah, 5);
    await installation.saveBackup(miftah);
    await revoke(miftah, keys.slice(0, 4));
    return keys;
  });
  copyFileSync(installation.backup, installation.file);
  for (let start = 0; start < 2; start++) {
    await installation.use(async (miftah) => {
      expect(tally(await judge(miftah, secretsOf(keys)))).toEqual({ key_revoked: 4, allowed: 1 });
      const { items } = await miftah.storage.audit.listAudit({ action: 'database' }, { limit: 10 });
      expect(items).toMatchObject([
        { action: 'database.caught_up', actor: { kind: 'system' }, after: { keysRevoked: 4, secretsEnded: 0 } },
      ]);
    });
  }
});

test('a start applies the log to an older copy of the database too', async () => {
  using installation = new Installation();
  const copy = join(installation.folder, 'copy');
  const keys = await installation.use((miftah) => createKeys(miftah, 2));
  copyFileSync(installation.file, copy);
  await installation.use((miftah) => revoke(miftah, keys));
  copyFileSync(copy, installation.file);
  await installation.use(async (miftah) =>
    expect(tally(await judge(miftah, secretsOf(keys)))).toEqual({ key_revoked: 2 }),
  );
});

test('an ordinary start does not apply an announced change that was never committed', async () => {
  using installation = new Installation();
  const keys = await installation.use((miftah) => createKeys(miftah, 1));
  // As a rotation that was killed before its commit leaves it: the new secret does not exist.
  const entry = { at: 1, secret: digestSecret(keys[0]?.secret as string), endsAt: 1 };
  appendFileSync(installation.revocationLog, `${JSON.stringify(entry)}\n`);
  for (let start = 0; start < 2; start++) {
    await installation.use(async (miftah) => expect(await judge(miftah, secretsOf(keys))).toEqual(['allowed']));
  }
  expect(new Set(readMarks(installation)).size).toBe(3);
});

test('a restore while a server runs, or from a wrong file, is refused and changes nothing', async () => {
  using installation = new Installation();
  const miftah = await installation.open();
  await createKeys(miftah, 200);
  await installation.saveBackup(miftah);
  await expect(installation.restore()).rejects.toMatchObject({
    code: 'storage_in_use',
    message: expect.stringContaining(installation.file),
  });
  await miftah.close();
  const before = readFileSync(installation.file);

  const sealed = readFileSync(installation.backup);
  // As older versions made them: without a seal.
  const sound = sealed.subarray(0, sealed.length - sealBytes);
  const flipped = (place: number): Buffer => {
    const bytes = Buffer.from(sealed);
    bytes[place] = (bytes[place] as number) ^ 1;
    return bytes;
  };
  const write = (bytes: Buffer | string) => writeFileSync(installation.backup, bytes);
  const damaged = Buffer.from(sound);
  damaged.fill(0xee, Math.floor(sound.length / 2), Math.floor(sound.length / 2) + 3000);
  const cases: readonly (readonly [code: string, () => void])[] = [
    // An unused page, a byte of the header that SQLite ignores, the seal itself.
    ['backup_damaged', () => write(flipped(sound.length - 1))],
    ['backup_damaged', () => write(flipped(30))],
    ['backup_damaged', () => write(flipped(sealed.length - sealBytes + 30))],
    ['backup_damaged', () => write(flipped(sealed.length - 40))],
    // Cut in the seal, before it, in a page; bytes added; two pages exchanged; the end of another backup.
    ['backup_damaged', () => write(sealed.subarray(0, sealed.length - 1))],
    ['backup_damaged', () => write(sealed.subarray(0, sealed.length - sealBytes - 1))],
    ['backup_damaged', () => write(Buffer.concat([sealed, Buffer.from('\n')]))],
    ['backup_damaged', () => write(Buffer.concat([sound, Buffer.alloc(4096), sealed.subarray(sound.length)]))],
    [
      'backup_damaged',
      () =>
        write(
          Buffer.concat([
            sealed.subarray(0, 4096),
            sealed.subarray(8192, 12_288),
            sealed.subarray(4096, 8192),
            sealed.subarray(12_288),
          ]),
        ),
    ],
    ['backup_damaged', () => write(Buffer.concat([sound, Buffer.from(formatSeal('0'.repeat(64), sound.length))]))],
    ['storage_not_miftah', () => write('')],
    ['storage_not_a_database', () => write('no database, but long enough to have a first page'.repeat(100))],
    ['storage_corrupt', () => write(damaged)],
    ['storage_corrupt', () => write(sound.subarray(0, sound.length - 8192))],
    [
      'storage_not_miftah',
      () => {
        rmSync(installation.backup);
        edit(installation.backup, "CREATE TABLE other (a); INSERT INTO other VALUES ('theirs')");
      },
    ],
    [
      'storage_newer',
      () => {
        write(sound);
        edit(installation.backup, "INSERT INTO schema_migrations VALUES (999, 'of the future', 1)");
      },
    ],
  ];
  for (const [code, prepare] of cases) {
    prepare();
    await expect(installation.restore()).rejects.toMatchObject({ code });
    expect(readFileSync(installation.file).equals(before)).toBe(true);
  }
  expect(readdirSync(installation.data).filter((name) => name.includes('restore'))).toEqual([]);
  rmSync(installation.backup);
  write(sound);
  expect(await installation.restore()).toMatchObject({ kind: 'restored', isSealed: false });
  // A log beside a sealed backup does not belong to it, whatever it holds.
  write(sealed);
  writeFileSync(`${installation.backup}-wal`, 'what another database wrote');
  expect(await installation.restore()).toMatchObject({ kind: 'restored', isSealed: true });
});

function read(file: string, sql: string): unknown {
  const db = new DatabaseSync(file, { readOnly: true });
  const [row] = db.prepare(sql).all();
  db.close();
  return row && Object.values(row)[0];
}

function edit(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

test('a damaged database is replaced, and its log is kept with it', async () => {
  using installation = new Installation();
  const keys = await installation.use(async (miftah) => {
    const keys = await createKeys(miftah, 3);
    await installation.saveBackup(miftah);
    await revoke(miftah, keys.slice(0, 1));
    return keys;
  });
  writeFileSync(installation.file, 'no database any more');
  writeFileSync(`${installation.file}-wal`, 'nor its log');
  const outcome = await installation.restore();
  if (outcome.kind !== 'restored') throw new Error('not restored');
  expect(readFileSync(outcome.kept as string, 'utf8')).toBe('no database any more');
  expect(existsSync(`${installation.file}-wal`)).toBe(false);
  await installation.use(async (miftah) => {
    expect(await judge(miftah, secretsOf(keys))).toEqual(['key_revoked', 'allowed', 'allowed']);
  });
});

test('a new machine needs the backup and the log', async () => {
  using old = new Installation();
  using fresh = new Installation();
  const keys = await old.use(async (miftah) => {
    const keys = await createKeys(miftah, 2);
    await old.saveBackup(miftah, fresh.backup);
    await revoke(miftah, keys.slice(0, 1));
    return keys;
  });
  mkdirSync(fresh.data);
  copyFileSync(old.revocationLog, fresh.revocationLog);
  await fresh.restore();
  await fresh.use(async (miftah) => {
    expect(await judge(miftah, secretsOf(keys))).toEqual(['key_revoked', 'allowed']);
  });
});

test('kill -9 during a restore leaves the old or the new database, and no key comes back', {
  timeout: 300_000,
}, async () => {
  using installation = new Installation();
  const { revoked, later } = await installation.use(async (miftah) => {
    const revoked = await createKeys(miftah, 50);
    await installation.saveBackup(miftah);
    await revoke(miftah, revoked);
    return { revoked, later: await createKeys(miftah, 1) };
  });
  const child = new URL('./restore-child.ts', import.meta.url).pathname;
  const original = readFileSync(installation.file);
  const found = new Set<string>();
  const rounds = 24;
  // The first restore finishes, which shows how long it takes here. The others are killed during that time.
  let wholeMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    writeFileSync(installation.file, original);
    const process_ = spawn(
      process.execPath,
      [child, installation.backup, installation.file, installation.revocationLog],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(process_.stdout, 'data');
    const startedMs = performance.now();
    if (round > 0) setTimeout(() => process_.kill('SIGKILL'), ((round - 1) / (rounds - 1)) * wholeMs);
    await once(process_, 'close');
    if (round === 0) wholeMs = performance.now() - startedMs;
    inspectDatabase(installation.file, 'whole');
    // Read before a start could apply the log.
    expect(read(installation.file, 'SELECT count(*) FROM api_keys WHERE revoked_at IS NOT NULL')).toBe(50);
    await installation.use(async (miftah) => {
      expect(tally(await judge(miftah, secretsOf(revoked)))).toEqual({ key_revoked: 50 });
      found.add((await judge(miftah, secretsOf(later)))[0] as string);
    });
  }
  expect([...found].toSorted()).toEqual(['allowed', 'key_unknown']);
});

test('a backup made while keys are created and revoked is complete, has no secret, and delays no one', {
  timeout: 300_000,
}, async () => {
  using installation = new Installation();
  const miftah = await installation.open();
  const orgId = await createOrg(miftah);
  const secrets: string[] = [];
  let isOver = false;
  const writers = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      const { key, secret } = await miftah.keys.createKey(operator, { apiId: 'classic', orgId, name: 'busy' });
      secrets.push(secret);
      if (secrets.length % 2 === 0) await miftah.keys.revokeKey(operator, key.id);
    }
  });
  await createKeys(miftah, 200);
  const madeBefore = secrets.length;
  // As a server that was killed during a backup leaves them.
  for (const suffix of ['', '-journal']) writeFileSync(`${installation.file}.backup${suffix}`, 'half a copy');
  const copies = [join(installation.folder, 'a'), join(installation.folder, 'b')];
  await Promise.all(copies.map((copy) => installation.saveBackup(miftah, copy)));
  isOver = true;
  await Promise.all(writers);
  await miftah.close();

  for (const copy of copies) {
    inspectDatabase(copy, 'whole');
    const keys = read(copy, 'SELECT count(*) FROM api_keys');
    expect(keys).toBeGreaterThanOrEqual(200 + madeBefore);
    expect(read(copy, 'SELECT count(*) FROM secrets')).toBe(keys);
    expect(read(copy, "SELECT count(*) FROM audit_log WHERE action = 'key.created'")).toBe(keys);
    expect(read(copy, 'SELECT count(*) FROM api_keys WHERE revoked_at IS NOT NULL')).toBe(
      read(copy, "SELECT count(*) FROM audit_log WHERE action = 'key.revoked'"),
    );
    const bytes = readFileSync(copy);
    expect(bytes.includes(digestSecret(secrets[0] as string))).toBe(true);
    expect(secrets.filter((secret) => bytes.includes(secret.slice(12, -6)))).toEqual([]);
  }
  expect(readdirSync(installation.data).filter((name) => name.includes('backup'))).toEqual([]);
});
