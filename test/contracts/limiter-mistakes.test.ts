// A Redis that refuses by its answer is a mistake to tell at start; one that does not answer is an outage.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRedisUrl } from '../../src/config/redis-url.ts';
import { openRedisLimiter, type RedisServers } from '../../src/coordination/redis.ts';
import { inspectRedis } from '../../src/coordination/redis-inspect.ts';
import { findRedisMistake } from '../../src/coordination/redis-mistake.ts';
import { type Authority, createAuthority } from '../certificates.ts';
import { freePort } from '../free-port.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';

let folder: string;
let authority: Authority;
const servers: RedisServer[] = [];
let open: RedisServer;
let locked: RedisServer;
let sentinel: RedisServer;
let tlsPort: number;

const needed = '+eval +evalsha +hmget +hset +pexpire +time +info +hello +auth +select +client';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-redis-tls-'));
  authority = createAuthority(folder, 'redis authority');
  const { certFile, keyFile } = authority.sign('redis', 'DNS:localhost');
  tlsPort = await freePort();
  const tls = [`tls-port ${tlsPort}`, `tls-cert-file ${certFile}`, `tls-key-file ${keyFile}`, 'tls-auth-clients no'];
  const users = [
    `user able on >able-password ~miftah:* ${needed}`,
    `user scriptless on >scriptless-password ~miftah:* ${needed.replace('+eval +evalsha ', '')}`,
    `user halfway on >halfway-password ~miftah:* ${needed.replace('+hset ', '')}`,
    `user elsewhere on >elsewhere-password ~other:* ${needed}`,
  ];
  [open, locked] = await Promise.all([
    startRedis([...tls, `tls-ca-cert-file ${authority.certFile}`]),
    startRedis(['requirepass right-password', ...users]),
  ]);
  sentinel = await startRedis([`sentinel monitor limits 127.0.0.1 ${open.port} 1`], 'sentinel');
  servers.push(open, locked, sentinel);
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true });
});

function start(url: string, onOutage: 'closed' | 'local-share' = 'closed') {
  const parsed = parseRedisUrl(url) as RedisServers;
  return openRedisLimiter({ servers: parsed, nodes: 2, onOutage, deadlineMs: 5_000, onChange: () => undefined });
}

test.each<[string, () => string, RegExp]>([
  [
    'a wrong password',
    () => `redis://:wrong-password@127.0.0.1:${locked.port}`,
    /^Redis at 127\.0\.0\.1:\d+ refuses the user or the password \(WRONGPASS .*\): correct them in coordination$/,
  ],
  [
    'an unknown user',
    () => `redis://stranger:able-password@127.0.0.1:${locked.port}`,
    /refuses the user or the password/,
  ],
  [
    'no password',
    () => `redis://127.0.0.1:${locked.port}`,
    /asks for a password \(NOAUTH .*\): set it in coordination/,
  ],
  [
    'a user that may not run scripts',
    () => `redis://scriptless:scriptless-password@127.0.0.1:${locked.port}`,
    /refuses a permission that Miftah needs \(.*eval.*\): give its user the permissions/,
  ],
  [
    'a user that may not run what the script does',
    () => `redis://halfway:halfway-password@127.0.0.1:${locked.port}`,
    /refuses a permission that Miftah needs \(.*\): give its user/,
  ],
  [
    'a user without the names of Miftah',
    () => `redis://elsewhere:elsewhere-password@127.0.0.1:${locked.port}`,
    /refuses a permission that Miftah needs \(.*\): give its user/,
  ],
  [
    'a database that is not there',
    () => `redis://127.0.0.1:${open.port}/99`,
    /has no database with this number \(ERR DB index is out of range\): correct the number at the end of coordination/,
  ],
  ['TLS where there is none', () => `rediss://localhost:${open.port}`, /does not speak TLS: use redis:\/\/ instead/],
  ['no TLS where it is wanted', () => `redis://127.0.0.1:${tlsPort}`, /wants TLS: use rediss:\/\/ instead/],
  [
    'a certificate of an authority that is not trusted',
    () => `rediss://localhost:${tlsPort}`,
    /has a certificate of an unknown certificate authority: set NODE_EXTRA_CA_CERTS/,
  ],
  ['a cluster that is none', () => `redis+cluster://127.0.0.1:${open.port}`, /is no cluster \(.*\): use redis:\/\//],
  [
    'a master that the Sentinels do not know',
    () => `redis+sentinel://127.0.0.1:${sentinel.port}/stranger`,
    /knows no master with this name \(.*\): correct the name of the master/,
  ],
])('%s', async (_what, url, message) => {
  const error: unknown = await start(url()).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: 'redis_refused', message: expect.stringMatching(message) });
  expect(inspect(error, { depth: 9 })).not.toMatch(/(?:wrong|right|able|scriptless|halfway|elsewhere)-password/);
});

test('a user with the listed permissions is enough', async () => {
  const limiter = await start(`redis://able:able-password@127.0.0.1:${locked.port}`);
  expect(limiter.isOut).toBe(false);
  limiter.close();
});

test('a server that is not there is an outage', async () => {
  const limiter = await start(`redis://127.0.0.1:${await freePort()}`, 'local-share');
  expect(limiter.isOut).toBe(true);
  limiter.close();
});

test('doctor finds the database that is not there, and does not look into another one', async () => {
  const place = parseRedisUrl(`redis://127.0.0.1:${open.port}/99`) as RedisServers;
  const error: unknown = await inspectRedis(place, 5_000).catch((cause: unknown) => cause);
  expect(findRedisMistake(error)).toMatchObject({ problem: expect.stringContaining('no database with this number') });
});

test('a node of a cluster that is asked alone is a mistake', () => {
  expect(findRedisMistake(new Error('MOVED 3999 127.0.0.1:6381'))).toMatchObject({
    fix: 'use redis+cluster:// in coordination',
  });
});
