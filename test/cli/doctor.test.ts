// `miftah doctor`: every check finds its problem and suggests a fix, whatever else is broken.
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkClock, checkNode } from '../../src/cli/doctor/files.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { checkExposure, checkHosts, checkPort, originOf } from '../../src/cli/doctor/network.ts';
import type { ApiConfig } from '../../src/config/config.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import { createOrg, newKey, newSecret } from '../contracts/storage-fixtures.ts';
import { startTestServer } from '../fixture.ts';
import { runCli } from './cli-process.ts';

let folder: string;
let data: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-doctor-'));
  data = join(folder, 'data');
  return () => rmSync(folder, { recursive: true });
});

const nowhere = 'http://127.0.0.1:1';

async function doctor(
  args: readonly string[],
  { url = nowhere, token = '' }: { url?: string; token?: string } = {},
): Promise<{ code: number | null; ok: boolean; checks: Finding[]; of: (check: string) => Finding[] }> {
  const env = { MIFTAH_URL: url, MIFTAH_TOKEN: token };
  const { code, stdout, stderr } = await runCli(['doctor', ...args, '--json'], { cwd: folder, env });
  expect(stderr).toBe('');
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Finding[] };
  expect(code).toBe(ok ? 0 : 1);
  expect(ok).toBe(checks.every(({ status }) => status !== 'fail'));
  // Every problem has a fix, and no output shows a stack.
  for (const { status, fix, message } of checks) {
    if (status !== 'ok') expect(fix).not.toBe('');
    expect(`${message} ${fix}`).not.toMatch(/\bat .*\.(ts|js):\d|node:internal|Error:/);
  }
  return { code, ok, checks, of: (check) => checks.filter((each) => each.check === check) };
}

async function makeData(): Promise<void> {
  mkdirSync(data, { mode: 0o700 });
  const storage = await openSqlite({ file: join(data, 'miftah.db') });
  const org = await createOrg(storage);
  for (let made = 0; made < 100; made++) await storage.management.createKey(newKey(org), newSecret());
  await storage.close();
  for (const name of ['operator-token', 'revocations.log']) writeFileSync(join(data, name), 'mft_x\n', { mode: 0o600 });
}

describe('miftah doctor', () => {
  test('finds nothing wrong with a running server', async () => {
    await using server = await startTestServer();
    const url = `http://127.0.0.1:${server.internalPort}`;
    const args = ['--config', 'miftah.yaml', '--data', 'data'];
    const file = join(server.folder, 'miftah.yaml');
    // The ports that the server got, as a configuration would name them.
    const apis = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      `public: { listen: 127.0.0.1:${server.publicPort} }\ninternal: { listen: 127.0.0.1:${server.internalPort} }\n${apis}`,
    );
    const { code, stdout } = await runCli(['doctor', ...args, '--json'], { cwd: server.folder });
    const { checks } = JSON.parse(stdout) as { checks: Finding[] };
    expect({ code, failed: checks.filter(({ status }) => status === 'fail') }).toEqual({ code: 0, failed: [] });
    const said = Object.fromEntries(checks.map(({ check, message }) => [check, message]));
    expect(said).toMatchObject({
      server: `ready at ${url}`,
      token: 'accepted',
      'public port': `the running server uses 127.0.0.1:${server.publicPort}`,
      'internal port': `the running server uses 127.0.0.1:${server.internalPort}`,
      upstream: expect.stringMatching(/accepts connections$/),
      database: expect.stringMatching(/: sound, \d+\.\d kB, schema \d+$/),
    });
    const plain = await runCli(['doctor', ...args], { cwd: server.folder });
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    expect(plain.stdout).toMatch(/^✓ node {11}Node\.js \d+.*\n[\s\S]*\n\n\d+ ok, \d+ warnings?, 0 failed\n$/);
    // It left nothing behind.
    expect(readdirSync(server.folder).toSorted()).toEqual(['data', 'miftah.yaml']);
  });

  test('says what is kept, and whether the removal of old records is behind', async () => {
    await makeData();
    const file = join(data, 'miftah.db');
    writeFileSync(
      join(folder, 'miftah.yaml'),
      [
        'retention: { usage: 31 }',
        'apis: [{ id: classic, profile: classic, hosts: [api.classic.test], upstream: "http://127.0.0.1:1" }]',
      ].join('\n'),
    );
    const args = ['--config', 'miftah.yaml', '--data', 'data'];
    const addHour = (daysAgo: number) => {
      using db = new DatabaseSync(file);
      const ms = Date.now() - daysAgo * 86_400_000;
      const hourMs = ms - (ms % 3_600_000);
      db.exec(
        `INSERT INTO usage_hourly (hour, org_seq, api_id, environment, outcome, count) VALUES (${hourMs}, 1, 'classic', 'live', 'allowed', 1)`,
      );
      return new Date(hourMs).toISOString();
    };
    const none = 'usage (kept 31 days): none\ndenials (kept 30 days): none\naudit (kept forever): none';
    expect((await doctor(args)).of('retention')).toMatchObject([{ status: 'ok', message: none }]);
    const recent = addHour(32);
    expect((await doctor(args)).of('retention')).toMatchObject([
      { status: 'ok', message: expect.stringContaining(`usage (kept 31 days): oldest ${recent}\n`) },
    ]);
    const old = addHour(34);
    const [late] = (await doctor(args)).of('retention');
    expect(late?.status).toBe('warn');
    expect(late?.message).toMatch(/^the removal of old records is behind: usage\n/);
    expect(late?.message).toContain(old);
    // Without a configuration, nothing says what is late.
    expect((await doctor(['--data', 'data'])).of('retention')).toMatchObject([
      { status: 'ok', message: expect.stringContaining(`usage: oldest ${old}\n`) },
    ]);
    // An older version made the database, and no one has decided how long it keeps usage.
    using db = new DatabaseSync(file);
    const configuration = join(folder, 'miftah.yaml');
    writeFileSync(configuration, readFileSync(configuration, 'utf8').replace('usage: 31', ''));
    expect((await doctor(args)).of('retention')[0]?.message).toMatch(/^usage \(kept 400 days\)/);
    db.exec('UPDATE schema_migrations SET applied_at = 1 WHERE number < 12');
    const [undecided] = (await doctor(args)).of('retention');
    expect(undecided?.status).toBe('warn');
    expect(undecided?.message).toMatch(/^usage is kept forever, .*\nusage \(kept forever\): oldest /);
    db.exec('DROP TABLE retention');
    expect((await doctor(args)).of('retention')).toMatchObject([{ status: 'ok', message: 'nothing was removed yet' }]);
  });

  test('works without any installation', async () => {
    const { code, of } = await doctor([]);
    expect(code).toBe(0);
    expect(of('data folder')).toMatchObject([{ status: 'warn' }]);
    expect(of('server')).toMatchObject([{ status: 'warn', message: `no server answers at ${nowhere}` }]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('names every mistake of a broken configuration and goes on', async () => {
    await makeData();
    writeFileSync(join(folder, 'bad.yaml'), 'apis: [{ id: 3, profile: 7 }]\n');
    const { ok, of } = await doctor(['--config', 'bad.yaml', '--data', 'data']);
    expect(ok).toBe(false);
    expect(of('configuration')).toMatchObject([
      { status: 'fail', message: expect.stringMatching(/bad\.yaml:1: apis\[0\]\.id: .*\n.*apis\[0\]\.profile/) },
    ]);
    expect(of('database')).toMatchObject([{ status: 'ok' }]);
  });

  test('finds a damaged database, one of another program, and one of a newer version', async () => {
    await makeData();
    const file = join(data, 'miftah.db');
    const edit = (sql: string) => {
      const db = new DatabaseSync(file);
      db.exec(sql);
      db.close();
    };
    edit("INSERT INTO schema_migrations VALUES (999, 'of the future', 1)");
    expect((await doctor(['--data', 'data'])).of('database')).toMatchObject([
      { status: 'fail', message: expect.stringContaining('schema 999') },
    ]);
    edit('DELETE FROM schema_migrations WHERE number = 999');
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, Buffer.alloc(6000, 0xee), 0, undefined, Math.floor(statSync(file).size / 2));
    closeSync(descriptor);
    expect((await doctor(['--data', 'data'])).of('database')).toMatchObject([
      { status: 'fail', message: expect.stringContaining('damaged'), fix: expect.stringContaining('restore') },
    ]);
    writeFileSync(file, 'something else. '.repeat(1000));
    expect((await doctor(['--data', 'data'])).of('database')).toMatchObject([{ status: 'fail' }]);
    rmSync(file);
    edit('CREATE TABLE theirs (a)');
    chmodSync(file, 0o600);
    expect((await doctor(['--data', 'data'])).of('database')).toMatchObject([
      { status: 'fail', message: expect.stringContaining('not a Miftah database') },
    ]);
  });

  test('finds a folder and files that other users can read, and a missing log', async () => {
    await makeData();
    chmodSync(data, 0o755);
    for (const name of ['operator-token', 'miftah.db', 'miftah.db.lock']) chmodSync(join(data, name), 0o640);
    mkdirSync(join(data, 'usage-journal'));
    chmodSync(join(data, 'usage-journal'), 0o750);
    rmSync(join(data, 'revocations.log'));
    const { of } = await doctor(['--data', 'data']);
    expect(of('data folder')).toEqual([
      {
        check: 'data folder',
        status: 'fail',
        message: `${data} is open to other users (0755)`,
        fix: `chmod 700 ${data}`,
      },
    ]);
    expect(of('private files').map(({ status, fix }) => [status, fix])).toEqual([
      ['fail', `chmod 600 ${join(data, 'miftah.db')}`],
      ['fail', `chmod 600 ${join(data, 'miftah.db.lock')}`],
      ['fail', `chmod 600 ${join(data, 'operator-token')}`],
      ['fail', `chmod 700 ${join(data, 'usage-journal')}`],
      ['warn', expect.stringContaining('miftah serve creates a new one')],
    ]);
    expect(of('token')).toMatchObject([{ status: 'fail', message: expect.stringContaining('other users can read') }]);
    rmSync(data, { recursive: true });
    writeFileSync(data, 'a file');
    expect((await doctor(['--data', 'data'])).of('data folder')).toMatchObject([{ status: 'fail' }]);
  });

  test('finds a wrong token, another program at the address, and a server that is not ready', async () => {
    await using server = await startTestServer();
    const url = `http://127.0.0.1:${server.internalPort}`;
    expect((await doctor([], { url, token: 'mft_wrong' })).of('token')).toMatchObject([{ status: 'fail' }]);
    expect((await doctor([], { url })).of('token')).toMatchObject([
      { status: 'fail', message: 'no operator token found' },
    ]);
    const wrong = `http://127.0.0.1:${server.publicPort}`;
    expect((await doctor([], { url: wrong, token: 'mft_x' })).of('server')).toMatchObject([
      { status: 'fail', message: expect.stringContaining('not Miftah’s internal listener') },
    ]);

    const ailing = createServer((req, res) => {
      const isReadiness = req.url === '/readyz';
      res.statusCode = isReadiness ? 503 : 200;
      res.end(JSON.stringify(isReadiness ? { detail: 'the disk is full' } : { status: 'ok' }));
    });
    await new Promise<void>((resolve) => ailing.listen(0, '127.0.0.1', resolve));
    const { port } = ailing.address() as AddressInfo;
    const { of } = await doctor([], { url: `http://127.0.0.1:${port}` });
    ailing.close();
    expect(of('server')).toMatchObject([
      { status: 'fail', message: expect.stringContaining('not ready: the disk is full') },
    ]);
  });

  test('finds ports in use and upstreams that are down', async () => {
    const other = createTcpServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    writeFileSync(
      join(folder, 'miftah.yaml'),
      `public: { listen: 127.0.0.1:${port} }
internal: { listen: 127.0.0.1:0 }
apis:
  - id: a
    profile: classic
    hosts: [localhost]
    upstream: { live: http://127.0.0.1:${port}, test: { url: "https://127.0.0.1:1", tls: { ca: nowhere.pem } } }
`,
    );
    const { of } = await doctor(['--config', 'miftah.yaml', '--data', 'data']);
    other.close();
    expect(of('public port')).toMatchObject([
      { status: 'fail', message: `127.0.0.1:${port} is in use by another program` },
    ]);
    expect(of('internal port')).toMatchObject([{ status: 'ok' }]);
    expect(of('upstream').map(({ status, message }) => [status, message])).toEqual([
      ['ok', `http://127.0.0.1:${port} accepts connections`],
      ['fail', 'https://127.0.0.1:1 accepts no connections (ECONNREFUSED)'],
      ['fail', expect.stringMatching(/^Cannot use .*nowhere\.pem, upstream\.tls\.ca of a \(ENOENT\)$/)],
    ]);
    expect(of('host names')).toMatchObject([{ status: 'ok', message: 'found: localhost' }]);
  });
});

describe('the data of test keys', () => {
  const found = async (profile: string, upstream: string) => {
    writeFileSync(
      join(folder, 'miftah.yaml'),
      `apis: [{ id: a, profile: ${profile}, hosts: [localhost], upstream: ${upstream} }]\n`,
    );
    return (await doctor(['--config', 'miftah.yaml', '--data', 'data'])).of('test data');
  };
  const one = 'http://127.0.0.1:9/base';

  test.each(['palm', 'classic'])('%s promises that it is separate: one upstream is a warning', async (profile) => {
    expect(await found(profile, one)).toEqual([
      {
        check: 'test data',
        status: 'warn',
        message: `live and test keys of a reach the same upstream, ${one}`,
        fix: expect.stringMatching(/upstream\.live and upstream\.test/),
      },
    ]);
  });

  test('one shared path is a warning, two upstreams are none, and other profiles promise nothing', async () => {
    const live = 'live: { url: http://127.0.0.1:9, paths: { /v1/pay: http://127.0.0.1:8 } }';
    expect(await found('palm', `{ ${live}, test: http://127.0.0.1:8 }`)).toMatchObject([
      { status: 'warn', message: 'live and test keys of a reach the same upstream, http://127.0.0.1:8' },
    ]);
    expect(await found('palm', `{ ${live}, test: http://127.0.0.1:7 }`)).toEqual([]);
    expect(await found('palcards', one)).toEqual([]);
  });
});

describe('a check', () => {
  test('accepts a Node.js that is new enough', () => {
    const statuses = ['26.10.0', '24.0.1', '22.18.0', '22.17.9', '20.20.2'].map((version) => checkNode(version).status);
    expect(statuses).toEqual(['ok', 'ok', 'ok', 'fail', 'fail']);
  });

  test('finds a clock that is behind the database, or behind the build of this program', () => {
    const nowMs = Date.UTC(2027, 0);
    const status = (newestAtMs: number, atMs = nowMs) => checkClock(newestAtMs, atMs).status;
    expect(status(nowMs - 1)).toBe('ok');
    expect(status(nowMs + 60_000)).toBe('ok');
    expect(status(nowMs + 60_001)).toBe('fail');
    expect(status(0, Date.UTC(2025, 0))).toBe('fail');
  });

  const exposure = (listen: string, trustedProxies: string[], host: string, internal = '127.0.0.1') =>
    checkExposure({
      public: { listen: { host: listen, port: 1 }, trustedProxies } as never,
      internal: { listen: { host: internal, port: 2 }, names: [], metrics: 'open', maxConnections: 1 },
      apis: [{ hosts: new Map([[host, undefined]]) } as unknown as ApiConfig],
    }).map(({ check, status }) => `${check}: ${status}`);

  test('finds a proxy configuration that makes client addresses wrong', () => {
    expect(exposure('127.0.0.1', [], 'api.localhost')).toEqual(['proxies: ok']);
    expect(exposure('127.0.0.1', [], 'api.example.com')).toEqual(['proxies: warn']);
    expect(exposure('127.0.0.1', ['127.0.0.1'], 'api.example.com')).toEqual(['proxies: ok']);
    expect(exposure('0.0.0.0', [], 'api.example.com')).toEqual(['proxies: warn']);
    expect(exposure('0.0.0.0', ['0.0.0.0/0'], 'api.example.com')).toEqual(['proxies: fail']);
    expect(exposure('::', ['::/0'], 'api.example.com')).toEqual(['proxies: fail']);
    expect(exposure('::1', [], 'localhost', '10.0.0.5')).toEqual(['proxies: ok', 'internal listener: warn']);
  });

  test('finds an address that this machine does not have', async () => {
    expect(await checkPort('public', { host: '192.0.2.1', port: 0 }, false)).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('EADDRNOTAVAIL'),
    });
  });

  test('lists the APIs that the public listener does not serve', async () => {
    writeFileSync(join(folder, 'miftah.yaml'), 'apis: [{ id: bare }, { id: named, hosts: [localhost] }]');
    const { of } = await doctor(['--config', 'miftah.yaml', '--data', 'data']);
    expect(of('upstream')).toMatchObject([
      { status: 'ok', message: 'none, so the public listener does not serve: bare named' },
    ]);
    expect(of('host names')).toMatchObject([{ status: 'ok' }]);
    expect(await checkHosts({ apis: [] })).toMatchObject([
      { status: 'ok', message: 'none: no API has hosts, and no console' },
    ]);
  });

  test('finds host names that do not resolve', async () => {
    const apis = [{ hosts: new Map([['api.miftah.invalid', undefined]]), consoleHosts: [] }] as unknown as ApiConfig[];
    expect(await checkHosts({ apis })).toMatchObject([{ status: 'warn', message: 'not found: api.miftah.invalid' }]);
  });

  test('calls a server that listens everywhere on this machine', () => {
    const at = (host: string) =>
      originOf({ internal: { listen: { host, port: 4101 }, names: [], metrics: 'open', maxConnections: 1 } });
    expect(['0.0.0.0', '::', '::1', 'admin.internal'].map(at)).toEqual([
      'http://127.0.0.1:4101',
      'http://[::1]:4101',
      'http://[::1]:4101',
      'http://admin.internal:4101',
    ]);
  });
});
