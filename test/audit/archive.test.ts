// `miftah audit archive`, the removal that follows it, and `audit verify` over archive and database.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAuditFile } from '../../src/storage/sqlite/audit-file.ts';
import { restoreBackup } from '../../src/storage/sqlite/backup-restore.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { runCli } from '../cli/cli-process.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';

let server: TestServer;
let archive: string;
/** A copy of the database after the removal of what the second segment has. */
let pruned: string;
let heads: string[];

function runAudit({ internalPort, folder }: TestServer, ...args: readonly string[]) {
  const env = { MIFTAH_URL: `http://127.0.0.1:${internalPort}`, MIFTAH_DATA: join(folder, 'data') };
  return runCli(['audit', ...args], { cwd: folder, env });
}

const miftah = (...args: readonly string[]) => runAudit(server, ...args);

async function archiveTo(folder: string) {
  const { code, stdout, stderr } = await miftah('archive', '--to', folder, '--json');
  return { code, ...JSON.parse(stdout || stderr) };
}

async function verify(...args: readonly string[]) {
  const { code, stdout, stderr } = await miftah('verify', '--json', ...args);
  return { code, ...JSON.parse(stdout || stderr) };
}

const live = () => join(server.folder, 'data', 'miftah.db');
const databases = { made: 0 };

/** A copy of the database, as of the last checkpoint and its log. */
function copyDatabase(source: string): string {
  const target = join(server.folder, `copy-${++databases.made}.db`);
  for (const suffix of ['', '-wal']) if (existsSync(source + suffix)) copyFileSync(source + suffix, target + suffix);
  return target;
}

async function pruneAudit(file: string): Promise<void> {
  const storage = await openSqlite({ file });
  await pruneArchived(storage);
  await storage.close();
}

async function pruneArchived({ retention }: Storage): Promise<void> {
  const nowMs = Date.now() + 10_000;
  for (let isMore = true; isMore; ) {
    const step = { kind: 'audit', beforeMs: nowMs, removesUnarchived: false, nowMs } as const;
    isMore = (await retention.prune(step)).next !== undefined;
  }
}

async function suspendAndResume(times: number): Promise<void> {
  const org = await server.createOrg();
  for (let turn = 0; turn < times; turn++) {
    await server.admin('POST', `/v1/orgs/${org}/suspend`);
    await server.admin('POST', `/v1/orgs/${org}/resume`);
  }
}

beforeAll(async () => {
  server = await startTestServer();
  archive = join(server.folder, 'archive');
  // More than one page: 521 records, then 21 more after the record of the first archive.
  await suspendAndResume(260);
  heads = [(await miftah('verify', '-q')).stdout.trim()];
  expect(await archiveTo(archive)).toEqual({
    code: 0,
    file: join(archive, 'audit-000000000001-000000000521.jsonl'),
    records: 521,
    head: heads[0],
  });
  await suspendAndResume(10);
  heads.push((await miftah('verify', '-q')).stdout.trim());
  expect(await archiveTo(archive)).toMatchObject({ code: 0, records: 22, head: heads[1] });
  await suspendAndResume(2);
  pruned = copyDatabase(live());
  await pruneAudit(pruned);
});
afterAll(() => server[Symbol.asyncDispose]());

const first = 'audit-000000000001-000000000521.jsonl';
const second = 'audit-000000000522-000000000543.jsonl';

test('each segment is private and closed, and has the hashes at both of its ends', async () => {
  expect(readdirSync(archive)).toEqual([first, second]);
  expect(statSync(join(archive, first)).mode & 0o777).toBe(0o600);
  const lines = readFileSync(join(archive, second), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(24);
  expect(JSON.parse(lines[0] as string)).toEqual({
    segment: 'miftah-audit-1',
    firstSeq: 522,
    previousHash: heads[0]?.split(':')[1],
    follows: first,
  });
  expect(JSON.parse(lines[1] as string)).toMatchObject({
    seq: 522,
    action: 'audit.archived',
    after: { seq: 521, hash: heads[0]?.split(':')[1] },
  });
  expect(JSON.parse(lines[23] as string)).toEqual({
    lastSeq: 543,
    lastHash: heads[1]?.split(':')[1],
    seal: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  // One segment by itself.
  expect(await verify('--file', join(archive, second))).toMatchObject({ code: 0, records: 22, firstSeq: 522 });
});

test('an archive without news makes no file, and says so', async () => {
  const folder = join(server.folder, 'twice');
  await archiveTo(folder);
  const again = await miftah('archive', '--to', folder);
  expect(again).toMatchObject({ code: 0, stdout: 'Nothing new to archive.\n' });
  expect(readdirSync(folder)).toHaveLength(1);
});

test('archive and database are one chain, before and after the removal', async () => {
  const total = (await verify()).records as number;
  expect(await verify('--archive', archive)).toMatchObject({ code: 0, ok: true, records: total, firstSeq: 1 });

  const log = openAuditFile(pruned);
  const [oldest] = await log.readAudit(0, 1);
  log.close();
  expect(oldest?.seq).toBe(544);
  const rest = await verify('--file', pruned);
  expect(rest).toMatchObject({ code: 0, firstSeq: 544 });
  const whole = await verify('--file', pruned, '--archive', archive);
  expect(whole).toMatchObject({ code: 0, records: 543 + rest.records, firstSeq: 1, head: rest.head });
  for (const head of [...heads, heads[0]?.split(':')[1] as string, rest.head as string]) {
    expect(await verify('--file', pruned, '--archive', archive, '--head', head)).toMatchObject({ code: 0, ok: true });
  }
  expect(await verify('--file', pruned, '--archive', archive, '--head', `7:${'f'.repeat(64)}`)).toMatchObject({
    code: 1,
    fault: { kind: 'head_missing' },
  });
});

describe('finds', () => {
  let made = 0;

  /** A copy of the archive, changed. */
  function changed(change: (folder: string) => void): string {
    const folder = join(server.folder, `archive-${++made}`);
    mkdirSync(folder);
    for (const name of readdirSync(archive)) copyFileSync(join(archive, name), join(folder, name));
    change(folder);
    return folder;
  }

  const edit = (name: string, by: (lines: string[]) => string[]) => (folder: string) => {
    const file = join(folder, name);
    writeFileSync(file, `${by(readFileSync(file, 'utf8').trimEnd().split('\n')).join('\n')}\n`);
  };
  const rename = (from: string, to: string) => (folder: string) => renameSync(join(folder, from), join(folder, to));

  test.for<[what: string, change: (folder: string) => void, kind: string, says: string]>([
    [
      'a missing first segment',
      (folder) => rmSync(join(folder, first)),
      'segment_missing',
      `${second} follows ${first}, which is not in the archive`,
    ],
    [
      'a missing last segment',
      (folder) => rmSync(join(folder, second)),
      'segment_missing',
      'the records 522 to 543 are neither in the archive nor in the database',
    ],
    [
      'exchanged segments',
      (folder) => {
        rename(first, 'x')(folder);
        rename(second, first)(folder);
        rename('x', second)(folder);
      },
      'segment_out_of_place',
      `${first} begins with record 522, not with the record of its name`,
    ],
    [
      'a renamed segment',
      rename(second, 'audit-000000000522-000000000544.jsonl'),
      'segment_out_of_place',
      'ends with record 543',
    ],
    [
      'a segment twice',
      (folder) => copyFileSync(join(folder, first), join(folder, 'audit-000000000400-000000000521.jsonl')),
      'segment_out_of_place',
      'has records that',
    ],
    [
      'a changed record',
      edit(first, (lines) => lines.with(9, (lines[9] as string).replace('org.', 'key.'))),
      'changed',
      'record 9 was changed',
    ],
    ['a removed record', edit(first, (lines) => lines.toSpliced(9, 1)), 'missing', 'record 9 is missing'],
    [
      'exchanged records',
      edit(first, (lines) => lines.with(9, lines[10] as string).with(10, lines[9] as string)),
      'missing',
      'record 9',
    ],
    ['a truncated segment', edit(second, (lines) => lines.slice(0, -1)), 'segment_incomplete', 'truncated'],
    [
      'a segment that lost its last record',
      edit(second, (lines) => lines.toSpliced(-2, 1)),
      'segment_changed',
      'the seal',
    ],
    [
      'a segment that was cut and sealed anew by hand',
      edit(second, (lines) => lines.with(-1, (lines.at(-1) as string).replace(/"seal":"./, '"seal":"g'))),
      'segment_changed',
      'the seal',
    ],
    [
      'text after the end',
      edit(first, (lines) => [...lines, lines[1] as string]),
      'segment_changed',
      'follows its last line',
    ],
    ['another first line', edit(first, (lines) => lines.with(0, '{}')), 'segment_changed', 'the first line'],
  ])('%s', async ([, change, kind, says]) => {
    const { code, ok, fault } = await verify('--file', pruned, '--archive', changed(change));
    expect({ code, ok, kind: fault?.kind }).toEqual({ code: 1, ok: false, kind });
    expect(fault.detail).toContain(says);
  });

  test('a database that does not follow the archive', async () => {
    const other = copyDatabase(pruned);
    const db = new DatabaseSync(other);
    db.exec('DROP TRIGGER audit_log_loses_no_row; DELETE FROM audit_log WHERE seq = 544');
    db.close();
    expect(await verify('--file', other, '--archive', archive)).toMatchObject({ code: 1, fault: { kind: 'missing' } });

    const young = join(server.folder, 'young.db');
    await (await openSqlite({ file: young })).close();
    expect(await verify('--file', young, '--archive', archive)).toMatchObject({
      code: 1,
      fault: { kind: 'archive_differs', detail: expect.stringContaining('ends with record 0, before') },
    });
  });

  test('a folder that is no archive', async () => {
    expect(await verify('--archive', join(server.folder, 'data'))).toMatchObject({
      code: 1,
      error: { code: 'archive_empty' },
    });
    expect(await verify('--archive', join(server.folder, 'nowhere'))).toMatchObject({
      code: 1,
      error: { code: 'file_unreadable' },
    });
  });

  test('a damaged or foreign archive before it adds to it', async () => {
    const damaged = changed(edit(second, (lines) => lines.slice(0, -1)));
    expect(await archiveTo(damaged)).toMatchObject({ code: 1, error: { code: 'archive_damaged' } });

    await using elsewhere = await startTestServer();
    const env = {
      MIFTAH_URL: `http://127.0.0.1:${elsewhere.internalPort}`,
      MIFTAH_DATA: join(elsewhere.folder, 'data'),
    };
    await elsewhere.createOrg();
    const foreign = await runCli(['audit', 'archive', '--to', archive, '--json'], { cwd: elsewhere.folder, env });
    expect(foreign.code).toBe(1);
    expect(JSON.parse(foreign.stderr).error).toMatchObject({ code: 'archive_of_another_log' });
    expect(readdirSync(archive)).toEqual([first, second]);
  });
});

test('a place that is not in the log is not noted', async () => {
  const reply = await server.admin('POST', '/v1/audit/archived', { seq: 3, hash: 'f'.repeat(64) });
  expect(reply).toMatchObject({
    status: 400,
    body: { code: 'invalid_input', detail: expect.stringContaining('record 3') },
  });
});

test('a backup of a pruned log is restored, and its chain goes on after the archive', async () => {
  const source = copyDatabase(pruned);
  const storage = await openSqlite({ file: source });
  const { body } = await storage.createBackup();
  const backup = join(server.folder, 'pruned.backup');
  writeFileSync(backup, Buffer.from(await new Response(body).arrayBuffer()));
  await storage.close();
  const file = join(server.folder, 'restored.db');
  const outcome = await restoreBackup({
    backup,
    file,
    revocationLog: join(server.folder, 'no.log'),
    nowMs: Date.now(),
    acceptsLostRevocations: true,
  });
  expect(outcome).toMatchObject({ kind: 'restored' });
  const { records } = await verify('--file', pruned);
  expect(await verify('--file', file, '--archive', archive)).toMatchObject({
    code: 0,
    firstSeq: 1,
    // The entry of the restore.
    records: 543 + records + 1,
  });
});

test('a segment keeps what the database erases later, and both verify as one chain', async () => {
  const textOf = (folder: string) => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const [earlier, later] = [join(server.folder, 'before-erasure'), join(server.folder, 'after-erasure')];
  const org = await server.createOrg();
  await server.admin('PATCH', `/v1/orgs/${org}`, { name: 'Zaytoun Cards' });
  expect((await archiveTo(earlier)).code).toBe(0);
  expect((await server.admin('DELETE', `/v1/orgs/${org}`)).status).toBe(200);
  expect(await verify('--archive', earlier)).toMatchObject({ code: 0, ok: true, firstSeq: 1 });

  // The next segment has the deletion, and everything that it has may leave the database.
  expect((await archiveTo(earlier)).code).toBe(0);
  expect(textOf(earlier).map((text) => text.includes('Zaytoun Cards'))).toEqual([true, false]);
  const copy = copyDatabase(live());
  await pruneAudit(copy);
  expect((await verify('--file', copy)).firstSeq).toBeGreaterThan(1);
  expect(await verify('--archive', earlier, '--file', copy)).toMatchObject({ code: 0, ok: true, firstSeq: 1 });

  // A new archive has nothing of what was erased.
  expect((await archiveTo(later)).code).toBe(0);
  expect(textOf(later).join('')).not.toContain('Zaytoun Cards');
  for (const folder of [earlier, later]) {
    expect(await verify('--archive', folder)).toMatchObject({ code: 0, ok: true, firstSeq: 1 });
  }
});

describe('on PostgreSQL', () => {
  let postgres: PostgresServer;
  let own: TestServer;
  beforeAll(async () => {
    postgres = await startPostgres();
    own = await startTestServer({ extra: `database: "${postgres.urlOf(await postgres.createDatabase())}"` });
  });
  afterAll(async () => {
    await own[Symbol.asyncDispose]();
    await postgres.dispose();
  });

  test('what an archive has leaves the database, the list says so, and both verify as one chain', async () => {
    const folder = join(own.folder, 'archive');
    await own.createOrg();
    expect((await runAudit(own, 'archive', '--to', folder)).code).toBe(0);
    const kept = await own.createOrg();
    expect((await runAudit(own, 'list')).stdout).not.toContain('archive only');

    await own.restart(pruneArchived);
    const listed = await runAudit(own, 'list');
    expect(listed.stdout).toContain(kept);
    const [, from = ''] = /\nChanges before (\S+) are in the archive only\.\n$/.exec(listed.stdout) ?? [];
    const { body } = await own.admin('GET', '/v1/audit');
    expect(body).toMatchObject({ keptFrom: from, isOlderArchived: true });
    expect((body.data as { at: string }[]).at(-1)?.at).toBe(from);

    const file = join(own.folder, 'rest.jsonl');
    expect((await runAudit(own, 'export', '--out', file)).code).toBe(0);
    const verified = await runAudit(own, 'verify', '--json', '--archive', folder, '--file', file);
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, firstSeq: 1 });
    expect(verified.code).toBe(0);
    // Without the archive, the rest begins in the middle.
    const rest = JSON.parse((await runAudit(own, 'verify', '--json', '--file', file)).stdout);
    expect(rest).toMatchObject({ ok: true, firstSeq: 2 });
  });
});
