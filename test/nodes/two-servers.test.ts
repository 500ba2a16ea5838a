// Two servers on one PostgreSQL and one Redis: changes on one hold on the other, and limits are counted together.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../cli/cli-process.ts';
import { fiveApis, startTestServer, type TestServer, type TestServerOptions } from '../fixture.ts';
import { closeAll, RawClient } from '../gateway/gateway-harness.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { requestText, sendRaw } from '../raw-http.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';

/** An entry of the audit log about a reload. */
interface Entry {
  readonly requestId: string;
  readonly target: { readonly id: string };
  readonly after: { readonly changed: readonly string[] };
}

let postgres: PostgresServer;
let redis: RedisServer;
let first: TestServer;
let second: TestServer;
let options: TestServerOptions;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const database = postgres.urlOf(await postgres.createDatabase());
  const extra = `database: "${database}"\ncoordination: redis://127.0.0.1:${redis.port}\nnodes: 2`;
  // By the day, so that no window ends during the test.
  const apis = fiveApis.replace('hosts: [api.classic.localhost]\n', '$&    policy: { rateLimit: 60/d }\n');
  // Keeps a stream open, and switches protocols, on request.
  const upstream: TestServerOptions['upstream'] = (req, res) => {
    if (req.url === '/stream') res.write('begun');
    else req.resume().on('end', () => res.end());
  };
  options = { extra, apis, upstream };
  first = await startTestServer(options);
  second = await startTestServer(options);
});
afterAll(async () => {
  await closeAll();
  for (const server of [first, second]) await server[Symbol.asyncDispose]();
  await Promise.all([postgres.dispose(), redis.stop()]);
});

/** The status of a call with a key to a node. */
async function callOn({ publicPort: port }: TestServer, host: string, authorization: string): Promise<number> {
  const headers = [
    ['Host', host],
    ['Authorization', authorization],
  ] as const;
  return (await sendRaw({ port, text: requestText('GET /v1/users/usr_123 HTTP/1.1', headers) })).status;
}

test('a key works on both nodes after its creation, and on none after its revocation', async () => {
  const org = await first.createOrg();
  for (let round = 0; round < 10; round++) {
    const { id, secret } = await first.createKey({ api: 'classic', org });
    const call = (server: TestServer) => callOn(server, 'api.classic.localhost', `Bearer ${secret}`);
    expect([await call(second), await call(first)]).toEqual([200, 200]);
    expect((await second.admin('DELETE', `/v1/keys/${id}`)).status).toBe(200);
    expect([await call(first), await call(second)]).toEqual([401, 401]);
  }
});

test('a token works on both nodes after its creation, and on none after its revocation, on open connections neither', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let round = 0; round < 10; round++) {
    const made = (await first.admin('POST', '/v1/tokens', { name: 'CI', may: 'admin', readOnly: true })).body;
    const call = async ({ internalPort: port }: TestServer): Promise<[number, number]> => {
      const headers = { 'x-miftah-token': String(made.token) };
      const [res] = await once(
        request({ host: '127.0.0.1', port, path: '/v1/orgs', headers, agent }).end(),
        'response',
      );
      const { localPort } = res.socket;
      for await (const _ of res);
      return [res.statusCode, localPort];
    };
    const [[onFirst, ofFirst], [onSecond, ofSecond]] = [await call(first), await call(second)];
    expect([onFirst, onSecond]).toEqual([200, 200]);
    const rotated = (await second.admin('POST', `/v1/tokens/${made.id}/rotate`, { overlap: 'now' })).body;
    expect([await call(first), await call(second)]).toEqual([
      [401, ofFirst],
      [401, ofSecond],
    ]);
    made.token = rotated.token;
    expect([await call(second), await call(first)]).toEqual([
      [200, ofSecond],
      [200, ofFirst],
    ]);
    expect((await first.admin('DELETE', `/v1/tokens/${made.id}`)).status).toBe(200);
    expect([await call(second), await call(first)]).toEqual([
      [401, ofSecond],
      [401, ofFirst],
    ]);
  }
  agent.destroy();
});

test('a deleted organization has no working key on any node', async () => {
  for (let round = 0; round < 5; round++) {
    const org = await first.createOrg();
    const { secret } = await first.createKey({ api: 'classic', org });
    const call = (server: TestServer) => callOn(server, 'api.classic.localhost', `Bearer ${secret}`);
    expect([await call(second), await call(first)]).toEqual([200, 200]);
    expect((await second.admin('DELETE', `/v1/orgs/${org}`)).body.keysRevoked).toBe(1);
    expect([await call(first), await call(second)]).toEqual([401, 401]);
    expect((await first.admin('DELETE', `/v1/orgs/${org}`)).body.keysRevoked).toBe(0);
  }
});

test('an open exchange on one node ends after a change on the other', async () => {
  first.upstream.on('upgrade', (_req, socket) => {
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy()).resume();
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  });
  const upgradeFields = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
  for (const [method, path] of [
    ['DELETE', (id: string) => `/v1/keys/${id}`],
    ['POST', (_id: string, org: string) => `/v1/orgs/${org}/suspend`],
    ['POST', (_id: string, org: string) => `/v1/orgs/${org}/apis/classic/suspend`],
    ['DELETE', (_id: string, org: string) => `/v1/orgs/${org}`],
  ] as const) {
    const org = await first.createOrg();
    const { id, secret } = await first.createKey({ api: 'classic', org });
    const open = (line: string, more: string) =>
      new RawClient(first.publicPort).send(
        `${line} HTTP/1.1\r\nHost: api.classic.localhost\r\nAuthorization: Bearer ${secret}\r\n${more}\r\n`,
      );
    const stream = open('GET /stream', '');
    const socket = open('GET /socket', `${upgradeFields}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`);
    await stream.until((text) => text.includes('begun'));
    await socket.until((text) => text.includes('101 Switching'));
    expect((await second.admin(method, path(id, org))).status).toBe(200);
    const returnedMs = performance.now();
    const [streamed, framed] = await Promise.all([stream.closed(), socket.closed()]);
    // The documentation promises 2 s. The rest is for a busy machine.
    expect(performance.now() - returnedMs).toBeLessThan(4_000);
    expect(streamed).not.toContain('\r\n0\r\n');
    expect(framed.slice(-4)).toBe('\x88\x02\x03\xf0');
  }
});

test('of 200 requests at once on two nodes exactly the limit is admitted', async () => {
  const { secret } = await first.createKey({ api: 'classic', org: await first.createOrg() });
  const statuses = await Promise.all(
    Array.from({ length: 200 }, (_, at) =>
      callOn(at % 2 === 0 ? first : second, 'api.classic.localhost', `Bearer ${secret}`),
    ),
  );
  expect(statuses.filter((status) => status === 200)).toHaveLength(60);
  expect(statuses.filter((status) => status === 429)).toHaveLength(140);
});

test('all nodes are registered, and one that stops unregisters, so that no one waits for it', async () => {
  const third = await startTestServer(options);
  const listed = await second.admin('GET', '/v1/nodes');
  const nodes = listed.body.data as { isThis: boolean; revision: number; seenMsAgo: number }[];
  expect(nodes).toHaveLength(3);
  expect(nodes.filter(({ isThis }) => isThis)).toHaveLength(1);
  for (const { revision, seenMsAgo } of nodes) expect([revision >= 0, seenMsAgo < 5_000]).toEqual([true, true]);
  await third[Symbol.asyncDispose]();
  expect((await second.admin('GET', '/v1/nodes')).body.data).toHaveLength(2);
  const org = await second.createOrg();
  const startedMs = performance.now();
  await second.createKey({ api: 'classic', org });
  expect(performance.now() - startedMs).toBeLessThan(900);
});

test('a reload changes the configuration of all nodes, or of none', async () => {
  const files = [first, second].map(({ folder }) => join(folder, 'miftah.yaml')) as [string, string];
  const [own, other] = files.map((file) => readFileSync(file, 'utf8')) as [string, string];
  const write = (...texts: [string, string]) =>
    files.forEach((file, at) => void writeFileSync(file, texts[at] as string));
  const reload = (server: TestServer, wish: object = {}) => server.admin('POST', '/v1/config/reload', wish);
  const digests = async () => {
    const { data } = (await first.admin('GET', '/v1/nodes')).body as { data: { configuration: string }[] };
    return new Set(data.map(({ configuration }) => configuration)).size;
  };
  const secret = `Bearer ${(await first.createKey({ api: 'classic', org: await first.createOrg() })).secret}`;
  const callNew = () => Promise.all([first, second].map((server) => callOn(server, 'new.localhost', secret)));

  const cli = (...args: string[]) =>
    runCli(args, {
      cwd: first.folder,
      env: { MIFTAH_URL: `http://127.0.0.1:${first.internalPort}`, MIFTAH_TOKEN: first.operatorToken },
    });
  const doctorOnNodes = async () => {
    const { checks } = JSON.parse((await cli('doctor', '--json')).stdout) as { checks: { check: string }[] };
    return checks.filter(({ check }) => check === 'nodes');
  };

  // Each has its own upstream.
  await expect.poll(digests).toBe(2);
  expect((await cli('nodes', 'list')).stdout).toMatch(/CONFIGURATION.*The nodes use different configurations\. Make/s);
  expect(await doctorOnNodes()).toMatchObject([{ status: 'warn', fix: expect.stringContaining('config reload') }]);
  const differing = await reload(first);
  expect(differing).toMatchObject({ status: 409, body: { code: 'config_differs', nodes: [{}, {}] } });
  write(own, own);
  const alike = await reload(first);
  expect(alike).toMatchObject({ status: 200, body: { applied: true } });
  const nodes = alike.body.nodes as { isThis: boolean; outcome: string; after: string }[];
  for (const { isThis, outcome } of nodes) expect(outcome).toBe(isThis ? 'unchanged' : 'changed');
  await expect.poll(digests).toBe(1);
  expect(await doctorOnNodes()).toMatchObject([
    { status: 'ok', message: expect.stringMatching(/^2 nodes use the configuration [0-9a-f]{12}$/) },
  ]);

  const next = own.replace('hosts: [api.classic.localhost]', 'hosts: [api.classic.localhost, new.localhost]');
  write(next, next.replace('profile: palm', 'profile: plam'));
  const refused = await reload(first);
  expect(refused).toMatchObject({ status: 422, body: { code: 'config_invalid' } });
  const outcomes = (refused.body.nodes as typeof nodes).map(({ isThis, outcome }) => [isThis, outcome]);
  expect(outcomes.toSorted()).toEqual([
    [false, 'refused'],
    [true, 'ready'],
  ]);
  expect(refused.body.detail).toMatch(/^\S+: .*miftah\.yaml:\d+: apis\[4\]\.profile: "plam" is not known/);
  expect(await callNew()).toEqual([421, 421]);

  write(next, next);
  expect((await reload(second, { dryRun: true })).body).toMatchObject({ applied: false });
  expect(await callNew()).toEqual([421, 421]);
  expect((await reload(second)).body).toMatchObject({ nodes: [{ outcome: 'changed' }, { outcome: 'changed' }] });
  expect(await callNew()).toEqual([200, 200]);
  const { data } = (await first.admin('GET', '/v1/audit?action=config.reloaded&limit=2')).body as { data: Entry[] };
  expect(data.map(({ after }) => after.changed)).toEqual([['apis[classic].hosts'], ['apis[classic].hosts']]);
  expect(new Set(data.map(({ requestId }) => requestId)).size).toBe(1);
  expect(new Set(data.map(({ target }) => target.id)).size).toBe(2);

  // A signal reaches one node.
  write(own, own);
  await first.server.reload();
  expect(await callNew()).toEqual([421, 200]);
  await expect.poll(digests).toBe(2);
  write(own, other);
  expect((await reload(first, { allowDifferences: true })).status).toBe(200);
});
