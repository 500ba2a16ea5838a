// `miftah doctor` on PostgreSQL and Redis: healthy servers, and the problems it finds.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { checkDurability, checkRenewals } from '../../src/cli/doctor/postgres.ts';
import { describeRedis } from '../../src/cli/doctor/redis.ts';
import { openPostgres } from '../../src/storage/postgres/storage.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';
import { runCli } from './cli-process.ts';

let postgres: PostgresServer;
let redis: RedisServer;
let pooler: Server;
let folder: string;

/** Like a pooler in transaction mode: holds notifications back. A message is a letter, its length, and the rest. */
function dropNotifications(): (bytes: Buffer) => Buffer {
  let waiting = Buffer.alloc(0);
  return (bytes) => {
    waiting = Buffer.concat([waiting, bytes]);
    const passed: Buffer[] = [];
    while (waiting.length >= 5 && waiting.length > waiting.readInt32BE(1)) {
      const end = 1 + waiting.readInt32BE(1);
      if (waiting[0] !== 'A'.charCodeAt(0)) passed.push(waiting.subarray(0, end));
      waiting = waiting.subarray(end);
    }
    return Buffer.concat(passed);
  };
}

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  folder = await mkdtemp(join(tmpdir(), 'miftah-doctor-'));
  pooler = createServer((socket) => {
    const far = connect({ path: join(decodeURIComponent(postgres.host), '.s.PGSQL.5432') });
    const pass = dropNotifications();
    for (const each of [socket, far]) each.on('error', () => undefined);
    socket.pipe(far);
    far.on('data', (bytes) => socket.write(pass(bytes as Buffer))).on('end', () => socket.end());
  }).listen(0, '127.0.0.1');
  await once(pooler, 'listening');
});
afterAll(async () => {
  pooler.close();
  await Promise.all([postgres.dispose(), redis.stop()]);
  await rm(folder, { recursive: true });
});

async function examine(database: string, coordination: string): Promise<(check: string) => Finding[]> {
  const config = join(folder, 'miftah.yaml');
  await writeFile(
    config,
    `database: "${database}"\ncoordination: ${coordination}\nnodes: 2\n` +
      'apis: [{ id: a, profile: classic, hosts: [a.localhost], upstream: "http://127.0.0.1:9" }]\n',
  );
  const env = { MIFTAH_URL: 'http://127.0.0.1:1' };
  const { stdout } = await runCli(['doctor', '--config', config, '--data', join(folder, 'data'), '--json'], {
    cwd: folder,
    env,
  });
  const { checks } = JSON.parse(stdout) as { checks: Finding[] };
  return (wanted) => checks.filter(({ check }) => check === wanted);
}

test('doctor finds nothing wrong with healthy servers', async () => {
  const url = postgres.urlOf(await postgres.createDatabase());
  const findingsOf = await examine(url, `redis://127.0.0.1:${redis.port}`);
  expect(findingsOf('retention')).toMatchObject([{ status: 'ok', message: 'nothing was removed yet' }]);
  await (await openPostgres({ url })).close();
  expect((await examine(url, 'none'))('retention')).toMatchObject([
    { status: 'ok', message: 'usage (kept 400 days): none\ndenials (kept 30 days): none\naudit (kept forever): none' },
  ]);
  expect(findingsOf('database')).toMatchObject([{ status: 'ok', message: expect.stringMatching(/^PostgreSQL \d+/) }]);
  expect(findingsOf('database sessions')).toMatchObject([{ status: 'ok' }]);
  expect(findingsOf('leases')).toMatchObject([
    { status: 'ok', message: expect.stringMatching(/^a commit takes [\d.]+ ms, of the 500 ms/) },
  ]);
  expect(findingsOf('redis')).toMatchObject([
    { status: 'ok', message: expect.stringMatching(/^(Redis|Valkey) \d+\./) },
  ]);
  expect(findingsOf('redis memory')).toEqual([]);
  expect(await redis.command('DBSIZE')).toMatch(/\b0\b/);
});

test('doctor finds a pooler in transaction mode, and a Redis that may evict counters', async () => {
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
  const { port } = pooler.address() as AddressInfo;
  // The pooler of this test takes every answer for a message, and that about TLS is none.
  const url = `postgres://miftah@127.0.0.1:${port}/${await postgres.createDatabase()}?sslmode=disable`;
  const findingsOf = await examine(url, `redis://127.0.0.1:${redis.port}`).finally(() =>
    redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction'),
  );
  expect(findingsOf('database sessions')).toMatchObject([
    { status: 'fail', message: expect.stringContaining('pooler') },
  ]);
  expect(findingsOf('redis memory')).toMatchObject([{ status: 'fail', fix: 'Set maxmemory-policy noeviction.' }]);
});

test('doctor finds a Redis that is down or refuses the password, and shows no password', async () => {
  const url = postgres.urlOf(await postgres.createDatabase());
  for (const [place, message] of [
    ['redis://127.0.0.1:1', /cannot be used \(.+\)$/],
    [`redis://someone:pa55word@127.0.0.1:${redis.port}`, /refuses the user or the password \(WRONGPASS .+\)$/],
  ] as const) {
    const findingsOf = await examine(url, place);
    expect(findingsOf('redis')).toMatchObject([{ status: 'fail', message: expect.stringMatching(message) }]);
    expect(JSON.stringify(findingsOf('redis'))).not.toContain('pa55word');
  }
});

test.each([
  [2.34, 'ok'],
  [249, 'ok'],
  [250, 'warn'],
  [500, 'fail'],
  [undefined, 'warn'],
])('a commit time of %s ms gets the status %s', (commitMs, status) => {
  expect(checkRenewals({ commitMs }).status).toBe(status);
});

test('doctor finds old versions, a Redis without a disk, and commits that do not wait for the disk', () => {
  expect(checkDurability({ synchronousCommit: 'off' })).toMatchObject([{ status: 'fail' }]);
  expect(checkDurability({ synchronousCommit: 'remote_apply' })).toEqual([]);
  const facts = { kind: 'Redis', version: '5.0.14', evictionPolicy: 'noeviction', isKeptOnDisk: true } as const;
  expect(describeRedis(facts, 'r:1')).toMatchObject([{ check: 'redis', status: 'fail' }]);
  expect(describeRedis({ ...facts, version: '7.2.4', isKeptOnDisk: false }, 'r:1')).toMatchObject([
    { check: 'redis', status: 'ok' },
    { check: 'redis disk', status: 'warn' },
  ]);
  expect(describeRedis({ ...facts, kind: 'Valkey', version: '8.0.1' }, 'r:1')).toMatchObject([{ status: 'ok' }]);
});
