// A whole Miftah on PostgreSQL: normal work, crashes of PostgreSQL under load, kill -9 of Miftah.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { runCli, spawnCli } from '../cli/cli-process.ts';
import { fiveApis, startTestServer, type TestServer } from '../fixture.ts';
import { makeOwner } from '../people/console-client.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';

const restarts = 3;
const kills = 5;

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());

/** The status of a request with this key to the classic API. */
function callWith(server: TestServer, agent: Agent, secret: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'api.classic.localhost', authorization: `Bearer ${secret}` };
    request({ port: server.publicPort, host: '127.0.0.1', path: '/v1/users/1', headers, agent }, (res) => {
      res.resume().on('end', () => resolve(res.statusCode as number));
    })
      .on('error', reject)
      .end();
  });
}

async function startOn(database: string): Promise<TestServer> {
  return startTestServer({ extra: `database: ${postgres.urlOf(database)}`, upstream: (_req, res) => res.end('ok') });
}

test('keys, people, usage, denials and the audit log work as on SQLite', async () => {
  const database = await postgres.createDatabase();
  await using server = await startOn(database);
  const agent = new Agent({ keepAlive: true });
  const { client, orgId } = await makeOwner(server);
  const made = await client.post(`/api/orgs/${orgId}/keys`, { api: 'classic', name: 'from the console' });
  expect(made.status, made.text).toBe(201);
  const { id, secret } = made.body;
  expect(await callWith(server, agent, secret)).toBe(200);
  expect((await client.get(`/api/orgs/${orgId}/keys`)).body.data).toMatchObject([{ id, name: 'from the console' }]);
  const rotated = await server.admin('POST', `/v1/keys/${id}/rotate`, { overlap: 'now' });
  expect(rotated.status).toBe(200);
  expect(await callWith(server, agent, secret)).toBe(401);
  expect(await callWith(server, agent, rotated.body.secret as string)).toBe(200);
  expect((await server.admin('DELETE', `/v1/keys/${id}`)).status).toBe(200);
  expect(await callWith(server, agent, rotated.body.secret as string)).toBe(401);

  expect(await server.countsByOutcome(`org=${orgId}`)).toEqual({ allowed: 2, key_expired: 1, key_revoked: 1 });
  const denials = await server.admin('GET', `/v1/denials?org=${orgId}`);
  expect(denials.body.data).toMatchObject([{ reason: 'key_revoked' }, { reason: 'key_expired' }]);

  const env = { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_TOKEN: server.operatorToken };
  const cli = (...args: string[]) => runCli(args, { cwd: server.folder, env });
  const exported = await cli('audit', 'export', '--format', 'jsonl', '--out', 'audit.jsonl');
  expect(exported.code, exported.stderr).toBe(0);
  const verified = await cli('audit', 'verify', '--file', 'audit.jsonl');
  expect(verified.code, verified.stderr).toBe(0);
  const actions = readFileSync(join(server.folder, 'audit.jsonl'), 'utf8').match(/"action":"key\.\w+"/g);
  expect(actions).toEqual(['key.created', 'key.rotated', 'key.revoked'].map((action) => `"action":"${action}"`));

  const backup = await cli('backup', 'copy.backup', '--json');
  expect([backup.code, backup.stderr]).toEqual([1, expect.stringContaining('pg_dump')]);
  const config = join(server.folder, 'miftah.yaml');
  const restored = await cli('restore', 'audit.jsonl', '--config', config);
  expect([restored.code, restored.stderr]).toEqual([2, expect.stringContaining('pg_restore')]);
  const doctor = JSON.parse((await cli('doctor', '--config', config, '--json')).stdout);
  expect(doctor.checks).toContainEqual(
    expect.objectContaining({ check: 'database', status: 'ok', message: expect.stringContaining('PostgreSQL') }),
  );
  agent.destroy();
});

test(`${restarts} crashes of PostgreSQL under load: no wrong answer, no loss, no restart`, async () => {
  const database = await postgres.createDatabase();
  await using server = await startOn(database);
  const agent = new Agent({ keepAlive: true });
  const org = await server.createOrg();
  const known = await server.createKey({ api: 'classic', org });
  const revoked = await server.createKey({ api: 'classic', org });
  expect((await server.admin('DELETE', `/v1/keys/${revoked.id}`)).status).toBe(200);
  expect(await callWith(server, agent, known.secret)).toBe(200);

  let isOver = false;
  let accepted = 1;
  const acknowledged = new Map<string, string>();
  const loaders = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      expect(await callWith(server, agent, known.secret)).toBe(200);
      accepted++;
      // A node with the key in memory refuses it. Others may fail to answer, but are never wrong.
      expect([401, 503]).toContain(await callWith(server, agent, revoked.secret));
    }
  });
  const changes = (async () => {
    while (!isOver) {
      const made = await server.admin('POST', '/v1/keys', { api: 'classic', org, name: 'under load' });
      expect([201, 503], JSON.stringify(made.body)).toContain(made.status);
      if (made.status !== 201) continue;
      acknowledged.set(made.body.id as string, made.body.secret as string);
      // A key that no one used before: a look-up in the database.
      expect([200, 503]).toContain(await callWith(server, agent, made.body.secret as string));
    }
  })();

  const isReady = async () => (await fetch(`http://127.0.0.1:${server.internalPort}/readyz`)).status === 200;
  for (let restart = 0; restart < restarts; restart++) {
    const before = acknowledged.size;
    await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan(before + 5), 10_000);
    await postgres.crash();
    expect(await isReady()).toBe(false);
    expect(await callWith(server, agent, known.secret)).toBe(200);
    await postgres.start();
    await vi.waitFor(async () => expect(await isReady()).toBe(true), 10_000);
  }
  isOver = true;
  await Promise.all([...loaders, changes]);

  for (const [id, secret] of acknowledged) {
    expect((await server.admin('GET', `/v1/keys/${id}`)).status).toBe(200);
    expect(await callWith(server, agent, secret)).toBe(200);
  }
  const sum = async () => {
    const counts = await server.countsByOutcome(`key=${known.id}`);
    return Object.values(counts).reduce((total, count) => total + count, 0);
  };
  // Usage that was not written when PostgreSQL crashed is written when it returns.
  await vi.waitFor(async () => expect(await sum()).toBeGreaterThanOrEqual(accepted), 15_000);
  agent.destroy();
});

test(`after each of ${kills} kills the next Miftah starts at once, with all acknowledged changes`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-test-'));
  const file = join(folder, 'miftah.yaml');
  const database = await postgres.createDatabase();
  writeFileSync(
    file,
    `database: ${postgres.urlOf(database)}\napis:${fiveApis.replaceAll('UPSTREAM', 'http://127.0.0.1:1')}`,
  );
  expect(loadConfig({ file, environment: {} }).database.kind).toBe('postgres');
  const ports = ['--public', '127.0.0.1:0', '--internal', '127.0.0.1:0', '--data', join(folder, 'data')];
  let child: ChildProcess | undefined;
  const start = async () => {
    const process_ = spawnCli(['serve', '--config', file, ...ports, '--json'], { cwd: folder });
    child = process_;
    let complaint = '';
    process_.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    const [line] = await Promise.race([
      once(process_.stdout.setEncoding('utf8'), 'data'),
      once(process_, 'exit').then(() => Promise.reject(new Error(complaint))),
    ]);
    const { internal } = JSON.parse(line) as { internal: string };
    const token = readFileSync(join(folder, 'data', 'operator-token'), 'utf8').trim();
    return async (method: string, path: string, body?: unknown) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const reply = await fetch(`${internal}${path}`, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
    };
  };
  try {
    const ids: string[] = [];
    let org: unknown;
    for (let kill = 0; kill <= kills; kill++) {
      const admin = await start();
      org ??= (await admin('POST', '/v1/orgs', { name: 'Test' })).body.id;
      for (const id of ids) expect((await admin('GET', `/v1/keys/${id}`)).body).toMatchObject({ id });
      const running = child as ChildProcess;
      const exited = once(running, 'exit');
      const racing = Array.from({ length: 10 }, async () => {
        const made = await admin('POST', '/v1/keys', { api: 'classic', org, name: 'a key' }).catch(() => undefined);
        if (made?.status === 201) ids.push(made.body.id as string);
        running.kill('SIGKILL');
      });
      await Promise.all([...racing, exited]);
    }
    expect(ids.length).toBeGreaterThan(kills);
    const whole = await postgres.query(
      database,
      `SELECT count(*)::int AS keys, (SELECT count(*)::int FROM audit_log WHERE action = 'key.created') AS told FROM api_keys`,
    );
    expect(whole[0]?.keys).toBe(whole[0]?.told);
  } finally {
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
