// When opening fails at any step, everything is closed again, no lock is kept, and a running server's files stay
// unchanged.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMiftah } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/load.ts';
import { libraryOperator } from '../../src/management/rights.ts';
import { lockDatabase } from '../../src/storage/sqlite/lock.ts';
import { runCli } from '../cli/cli-process.ts';
import { compileCacheDir } from '../compile-cache.ts';
import { freePort } from '../free-port.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import type { OpeningCase, OpeningOutcome } from './opening-child.ts';

const run = promisify(execFile);
const child = join(import.meta.dirname, 'opening-child.ts');

let folder: string;
let stopped: string;
let postgres: PostgresServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-opening-'));
  const { file, data } = configure('stopped');
  stopped = data;
  const config = loadConfig({ file, environment: {} });
  const opening = openMiftah({ config }, { log: pino({ level: 'silent' }) }).then((miftah) => miftah.close());
  [postgres] = await Promise.all([startPostgres(), opening]);
});
afterAll(async () => {
  await postgres.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** A configuration with a data folder of its own. `lines` come before its API. */
function configure(name: string, lines: readonly string[] = [], data = name): { file: string; data: string } {
  const file = join(folder, `${name}.yaml`);
  const api = 'apis: [{ id: a, profile: classic, hosts: [a.localhost], upstream: "http://127.0.0.1:9" }]';
  const ports = ['public: { listen: "127.0.0.1:0" }', 'internal: { listen: "127.0.0.1:0" }'];
  const listen = lines.some((line) => line.startsWith('public')) ? [] : ports;
  writeFileSync(file, [`dataDir: ${join(folder, data)}`, ...listen, ...lines, api].join('\n'));
  return { file, data: join(folder, data) };
}

/** A copy of a stopped installation. */
function install(name: string): { file: string; data: string } {
  const installation = configure(name);
  cpSync(stopped, installation.data, { recursive: true });
  return installation;
}

/**
 * Path, mode, time of change and content of everything in the folder. Does not read a lock: closing it would drop it.
 */
function describeFolder(path: string): Record<string, string> {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).map((entry) => {
    const file = join(entry.parentPath, entry.name);
    const { mode, mtimeMs, size } = statSync(file);
    const isRead = entry.isFile() && !file.endsWith('.lock');
    const digest = isRead ? createHash('sha256').update(readFileSync(file)).digest('hex') : '';
    return [file, `${mode.toString(8)} ${mtimeMs} ${size} ${digest}`];
  });
  return Object.fromEntries(entries);
}

async function tryAll(cases: readonly OpeningCase[]): Promise<readonly OpeningOutcome[]> {
  const { stdout } = await run(process.execPath, ['--expose-gc', '--no-warnings', child, JSON.stringify(cases)], {
    timeout: 150_000,
    env: { ...process.env, NODE_COMPILE_CACHE: compileCacheDir },
  });
  return JSON.parse(stdout) as OpeningOutcome[];
}

test('only the owner can read a server’s files, whatever the umask and earlier modes', {
  timeout: 300_000,
}, async () => {
  const open = install('open');
  for (const entry of readdirSync(open.data, { recursive: true, withFileTypes: true })) {
    if (!/token|key|secret/.test(entry.name))
      chmodSync(join(entry.parentPath, entry.name), entry.isFile() ? 0o666 : 0o777);
  }
  chmodSync(open.data, 0o755);
  const umask = process.umask(0);
  try {
    for (const { file, data } of [configure('new'), open]) {
      const log = pino({ level: 'silent' });
      const miftah = await openMiftah({ config: loadConfig({ file, environment: {} }) }, { log });
      const { id } = await miftah.organizations.createOrganization(libraryOperator, { name: 'Test' });
      await miftah.keys.createKey(libraryOperator, { apiId: 'a', orgId: id, name: 'test' });
      const { authorize, usage, useOf } = miftah.api('a');
      const target = { method: 'GET', path: '/', clientAddress: '127.0.0.1', environment: undefined };
      const key = await miftah.keys.createKey(libraryOperator, { apiId: 'a', orgId: id, name: 'used' });
      const verdict = await authorize({ ...target, rawHeaders: ['Authorization', `Bearer ${key.secret}`] });
      if (verdict.kind === 'refused') throw new Error(verdict.reason);
      usage.recordUse(verdict.key, useOf('2xx', 'live', 'GET'), '127.0.0.1');
      const modes = readdirSync(data, { recursive: true, withFileTypes: true }).map((entry) => {
        const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
        return `${entry.name} ${mode.toString(8)} ${entry.isFile() ? 600 : 700}`;
      });
      expect(modes.filter((line) => !/ (\d+) \1$/.test(line))).toEqual([]);
      // Includes SQLite's own files, a lock and a segment.
      for (const name of ['miftah.db-wal', 'miftah.db-shm', 'miftah.db.lock', 'usage-journal.lock', '0000000001']) {
        expect(
          modes.some((line) => line.includes(`${name} `)),
          name,
        ).toBe(true);
      }
      expect(statSync(data).mode & 0o777).toBe(0o700);
      await miftah.close();
    }
  } finally {
    process.umask(umask);
  }
});

test('a failure at any step leaves nothing open, locked or unhandled', {
  timeout: 300_000,
}, async () => {
  const corrupt = install('corrupt');
  writeFileSync(join(corrupt.data, 'miftah.db'), randomText(8192));
  const halfCorrupt = install('half-corrupt');
  const bytes = readFileSync(join(halfCorrupt.data, 'miftah.db'));
  writeFileSync(join(halfCorrupt.data, 'miftah.db'), bytes.subarray(0, bytes.length - 4096 * 3));
  const newer = install('newer');
  runSql(join(newer.data, 'miftah.db'), "INSERT INTO schema_migrations VALUES (9999, 'later', 0)");
  const foreign = configure('foreign');
  mkdirSync(foreign.data);
  runSql(join(foreign.data, 'miftah.db'), 'CREATE TABLE theirs (id)');
  const noJournal = install('no-journal');
  rmSync(join(noJournal.data, 'usage-journal'), { recursive: true });
  writeFileSync(join(noJournal.data, 'usage-journal'), 'a file');
  const noLog = install('no-log');
  rmSync(join(noLog.data, 'revocations.log'));
  mkdirSync(join(noLog.data, 'revocations.log'));
  const noKey = install('no-key');
  writeFileSync(join(noKey.data, 'signing-key.json'), 'no key', { mode: 0o600 });
  const exposed = install('exposed');
  writeFileSync(join(exposed.data, 'session-secret'), 'x', { mode: 0o600 });
  chmodSync(join(exposed.data, 'session-secret'), 0o644);
  const noPassword = configure('no-password', [
    'mail: { smtp: { host: smtp.localhost, user: me, passwordFile: /nowhere/password } }',
  ]);
  const [publicPort, internalPort] = [await freePort(), await freePort()];
  const publicTaken = configure('public-taken', [
    `public: { listen: "127.0.0.1:${publicPort}" }`,
    'internal: { listen: "127.0.0.1:0" }',
  ]);
  const internalTaken = configure('internal-taken', [
    'public: { listen: "127.0.0.1:0" }',
    `internal: { listen: "127.0.0.1:${internalPort}" }`,
  ]);
  const refusing = await freePort();
  const noRedis = configure('no-redis', [
    `coordination: redis://127.0.0.1:${refusing}`,
    'nodes: 2',
    'public: { listen: "127.0.0.1:0" }',
    `internal: { listen: "127.0.0.1:${internalPort}" }`,
  ]);
  const noPostgres = configure('no-postgres', [`database: postgres://me:p%40ss@127.0.0.1:${refusing}/db`]);
  const newerPostgres = await postgres.createDatabase();
  await postgres.query(
    newerPostgres,
    'CREATE TABLE schema_migrations (number BIGINT PRIMARY KEY, name TEXT, applied_at BIGINT)',
  );
  await postgres.query(newerPostgres, "INSERT INTO schema_migrations VALUES (9999, 'later', 0)");
  const newerThere = configure('newer-postgres', [`database: ${postgres.urlOf(newerPostgres)}`]);
  const lockedPostgres = await postgres.createDatabase();
  const journalThere = configure('journal-postgres', [`database: ${postgres.urlOf(lockedPostgres)}`]);
  mkdirSync(journalThere.data);
  writeFileSync(join(journalThere.data, 'usage-journal'), 'a file');

  const cases: readonly (OpeningCase & { readonly expected: string; readonly data: string })[] = [
    { ...take(corrupt), name: 'database is no database', expected: 'storage_not_a_database' },
    { ...take(halfCorrupt), name: 'database is cut', expected: 'storage_corrupt' },
    { ...take(newer), name: 'newer schema', expected: 'storage_newer' },
    { ...take(foreign), name: 'database of another program', expected: 'storage_not_miftah' },
    { ...take(noJournal), name: 'journal unusable', expected: 'usage_journal_unusable' },
    { ...take(noLog), name: 'revocation log unusable', expected: 'storage_unwritable' },
    { ...take(noKey), serves: true, name: 'no signing key', expected: 'signing_key_invalid' },
    { ...take(exposed), serves: true, name: 'secret exposed', expected: 'secret_file_exposed' },
    { ...take(noPassword), serves: true, name: 'no mail password', expected: 'secret_file_unreadable' },
    { ...take(publicTaken), serves: true, takenPort: publicPort, name: 'public port', expected: 'port_in_use' },
    { ...take(internalTaken), serves: true, takenPort: internalPort, name: 'internal port', expected: 'port_in_use' },
    { ...take(noRedis), serves: true, takenPort: internalPort, name: 'Redis gone, then port', expected: 'port_in_use' },
    { ...take(noPostgres), name: 'PostgreSQL refuses', expected: 'storage_unreachable' },
    { ...take(newerThere), name: 'newer schema in PostgreSQL', expected: 'storage_newer' },
    { ...take(journalThere), name: 'journal unusable beside PostgreSQL', expected: 'usage_journal_unusable' },
  ];
  expect(await tryAll(cases)).toEqual(cases.map(({ name, expected }) => ({ name, code: expected, left: [] })));

  for (const { data } of cases) {
    // Taken here, and released at once.
    lockDatabase(join(data, 'usage-journal'))();
    if (existsSync(join(data, 'miftah.db'))) lockDatabase(join(data, 'miftah.db'))();
  }
  const locks = "SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory'";
  for (const database of [newerPostgres, lockedPostgres])
    expect(await postgres.query(database, locks)).toEqual([{ n: 0 }]);
});

function take({ file, data }: { file: string; data: string }) {
  return { config: file, data, serves: false };
}

function randomText(length: number): string {
  return 'no database '.repeat(Math.ceil(length / 12)).slice(0, length);
}

function runSql(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

describe('beside a running server', () => {
  let running: { file: string; data: string };
  let unlock: (() => void)[];
  beforeAll(() => {
    running = install('running');
    // The open files of a running server change only by its own work.
    unlock = ['usage-journal', 'miftah.db'].map((name) => lockDatabase(join(running.data, name)));
  });
  afterAll(() => {
    for (const each of unlock) each();
  });

  test('opening its data folder, or only its database, changes no byte, name, mode or time there', {
    timeout: 300_000,
  }, async () => {
    const before = describeFolder(running.data);
    const other = configure('other', [`database: sqlite:${join(running.data, 'miftah.db')}`]);
    const cases = [
      { name: 'library', config: running.file, serves: false },
      { name: 'server', config: running.file, serves: true },
      { name: 'its database', config: other.file, serves: false },
    ];
    expect(await tryAll(cases)).toEqual(cases.map(({ name }) => ({ name, code: 'storage_in_use', left: [] })));
    expect(describeFolder(running.data)).toEqual(before);
    // In its own folder, the third case created only the lock.
    expect(readdirSync(other.data)).toEqual(['usage-journal.lock']);
  });

  test('restore, doctor and audit verify change nothing either', async () => {
    const copy = join(folder, 'copy.db');
    writeFileSync(copy, readFileSync(join(running.data, 'miftah.db')));
    const before = describeFolder(running.data);
    const data = ['--data', running.data];
    const restored = await runCli(['restore', copy, ...data], { cwd: folder });
    expect(restored.stderr).toContain('another Miftah uses');
    await runCli(['doctor', '--json', ...data, '--url', 'http://127.0.0.1:1'], { cwd: folder });
    expect((await runCli(['audit', 'verify', ...data], { cwd: folder })).code).toBe(0);
    const after = describeFolder(running.data);
    // SQLite creates its shared memory for a reader if no process has the database open, as here.
    for (const suffix of ['-wal', '-shm']) delete after[`${join(running.data, 'miftah.db')}${suffix}`];
    expect(after).toEqual(before);
  });
});
