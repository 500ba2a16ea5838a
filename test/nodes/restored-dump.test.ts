// A restored dump of PostgreSQL: the command or the next start revokes again what was revoked since.
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openMiftah } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/load.ts';
import { runCli } from '../cli/cli-process.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { findProgram, type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';

let postgres: PostgresServer;
let redis: RedisServer;
let folder: string;
let url: string;
let config: string;
/** The revocation logs of two nodes. */
const logs: string[] = [];
const living: string[] = [];
const revoked: { readonly byNode: number; readonly id: string; readonly secret: string }[] = [];
const ended: { readonly byNode: number; readonly secret: string }[] = [];

const apis = `
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: UPSTREAM
`;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  folder = await mkdtemp(join(tmpdir(), 'miftah-dump-'));
  url = postgres.urlOf(await postgres.createDatabase());
  const extra = `database: "${url}"\ncoordination: redis://127.0.0.1:${redis.port}\nnodes: 2`;
  config = join(folder, 'miftah.yaml');
  await writeFile(config, `${extra}\napis:${apis.replace('UPSTREAM', 'http://127.0.0.1:9')}`);

  const nodes = [await startTestServer({ apis, extra }), await startTestServer({ apis, extra })] as const;
  const org = await nodes[0].createOrg();
  const keys: { readonly id: string; readonly secret: string }[] = [];
  // One after the other: on a busy machine, many at once wait too long for each other.
  while (keys.length < 60) keys.push(await (nodes[keys.length % 2] as TestServer).createKey({ api: 'classic', org }));
  execFileSync(findProgram('pg_dump'), ['--format=custom', `--file=${join(folder, 'dump')}`, url]);

  for (const [at, { id, secret }] of keys.entries()) {
    const byNode = at % 2;
    const node = nodes[byNode] as TestServer;
    if (at < 40) {
      expect((await node.admin('DELETE', `/v1/keys/${id}`)).status).toBe(200);
      revoked.push({ byNode, id, secret });
    } else if (at < 50) {
      expect((await node.admin('POST', `/v1/keys/${id}/rotate`, { overlap: 'now' })).status).toBe(200);
      ended.push({ byNode, secret });
    } else {
      living.push(secret);
    }
  }
  for (const [at, node] of nodes.entries()) {
    const log = join(folder, `node-${at}.log`);
    await copyFile(join(node.folder, 'data', 'revocations.log'), log);
    logs.push(log);
    await node[Symbol.asyncDispose]();
  }
});
afterAll(async () => {
  await Promise.all([postgres.dispose(), redis.stop()]);
  await rm(folder, { recursive: true });
});

function restoreDump(): void {
  execFileSync(findProgram('pg_restore'), ['--clean', '--if-exists', `--dbname=${url}`, join(folder, 'dump')]);
}

/** A data folder with the log of a node, as a start finds it. */
async function dataFolder(name: string, log: string | undefined): Promise<string> {
  const data = join(folder, name);
  await mkdir(data, { mode: 0o700 });
  if (log !== undefined) await copyFile(log, join(data, 'revocations.log'));
  return data;
}

/** Opens Miftah on the database and returns the secrets that it accepts. */
async function listAccepted(data: string, secrets: readonly string[]): Promise<string[]> {
  const loaded = loadConfig({ file: config, flags: { data }, environment: {} });
  const miftah = await openMiftah({ config: loaded }, { log: pino({ level: 'silent' }) });
  try {
    const accepted: string[] = [];
    for (const secret of secrets) {
      const facts = {
        method: 'GET',
        path: '/',
        rawHeaders: ['Authorization', `Bearer ${secret}`],
        clientAddress: undefined,
        environment: undefined,
        requiredScopes: undefined,
      };
      if ((await miftah.api('classic').authorize(facts)).kind === 'allowed') accepted.push(secret);
    }
    return accepted;
  } finally {
    await miftah.close();
  }
}

const secretsOf = (list: readonly { readonly secret: string }[]) => list.map(({ secret }) => secret);

test('a dump without a log brings revoked keys back', async () => {
  restoreDump();
  const data = await dataFolder('no-log', undefined);
  expect(await listAccepted(data, secretsOf(revoked))).toHaveLength(40);
  const { code, stderr } = await runCli(['restore', '--config', config, '--data', join(folder, 'nowhere'), '--json'], {
    cwd: folder,
  });
  expect([code, JSON.parse(stderr).error.code]).toEqual([1, 'revocations_unknown']);
});

test('miftah restore applies the logs of all nodes: no revoked or ended secret works', async () => {
  restoreDump();
  const data = await dataFolder('command', logs[0]);
  const args = ['restore', '--config', config, '--data', data, '--log', logs[1] as string, '--json'];
  const { code, stdout, stderr } = await runCli(args, { cwd: folder });
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({ keysRevoked: 40, secretsEnded: 10 });
  expect(await listAccepted(data, [...secretsOf(revoked), ...secretsOf(ended)])).toEqual([]);
  expect(await listAccepted(data, living)).toEqual(living);

  const again = JSON.parse((await runCli(args, { cwd: folder })).stdout);
  expect(again).toMatchObject({ keysRevoked: 0, secretsEnded: 0 });
  const named = await runCli(['restore', 'some.backup', '--config', config, '--json'], { cwd: folder });
  expect([named.code, JSON.parse(named.stderr).error.code]).toEqual([2, 'backup_not_supported']);
});

test('a start revokes again what its own node had revoked, with an audit entry', async () => {
  restoreDump();
  const data = await dataFolder('start', logs[0]);
  const own = revoked.filter(({ byNode }) => byNode === 0);
  expect(own).toHaveLength(20);
  expect(await listAccepted(data, secretsOf(own))).toEqual([]);
  expect(await listAccepted(data, living)).toEqual(living);
  const rows = await postgres.query(
    new URL(url).pathname.slice(1),
    "SELECT after FROM audit_log WHERE action = 'database.caught_up'",
  );
  expect(rows.map(({ after }) => JSON.parse(String(after)))).toEqual([{ keysRevoked: 20, secretsEnded: 0 }]);
});
