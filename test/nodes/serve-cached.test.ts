// Two servers on one PostgreSQL. One is cut off from it and serves from its cache: replies to revocations say until
// when.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';

const serveCachedMs = 3_000;
/** What a machine adds on which other tests run. */
const busyMs = 1_500;

/** A connection to PostgreSQL that can fall silent: data is held back without an error. */
async function startLine(path: string) {
  const sockets = new Set<Socket>();
  const isSilent = { value: false };
  const server = createServer((socket) => {
    const far = connect({ path });
    for (const each of [socket, far]) {
      sockets.add(each);
      each.on('error', () => undefined).on('close', () => sockets.delete(each));
      if (isSilent.value) each.pause();
    }
    socket.on('data', (bytes) => far.write(bytes)).on('end', () => far.end());
    far.on('data', (bytes) => socket.write(bytes)).on('end', () => socket.end());
    if (isSilent.value) for (const each of [socket, far]) each.pause();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    setSilent(value: boolean) {
      isSilent.value = value;
      for (const socket of sockets) value ? socket.pause() : socket.resume();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

let postgres: PostgresServer;
let redis: RedisServer;
let line: Awaited<ReturnType<typeof startLine>>;
let near: TestServer;
let far: TestServer;
let farId: string;

const apis = `
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: UPSTREAM
`;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  line = await startLine(join(decodeURIComponent(postgres.host), '.s.PGSQL.5432'));
  const database = await postgres.createDatabase();
  const extra = (url: string) =>
    `database: "${url}"\ncoordination: redis://127.0.0.1:${redis.port}\nnodes: 2\n` +
    `onStoreOutage: serve-cached(${serveCachedMs / 1000})`;
  near = await startTestServer({ apis, extra: extra(postgres.urlOf(database)) });
  far = await startTestServer({ apis, extra: extra(`postgres://miftah@127.0.0.1:${line.port}/${database}`) });
  const { data } = (await far.admin('GET', '/v1/nodes')).body as { data: { id: string; isThis: boolean }[] };
  farId = data.find(({ isThis }) => isThis)?.id ?? expect.fail('the node does not know itself');
});
afterAll(async () => {
  line.setSilent(false);
  await far[Symbol.asyncDispose]();
  await near[Symbol.asyncDispose]();
  await line.close();
  await Promise.all([postgres.dispose(), redis.stop()]);
});

interface Verified {
  readonly status: number;
  readonly verdict: unknown;
  readonly reason: unknown;
  readonly code: unknown;
  readonly tookMs: number;
}

async function verify(server: TestServer, secret: string, minRevision?: string): Promise<Verified> {
  const startedMs = performance.now();
  const { status, body } = await server.admin('POST', '/v1/verify', { api: 'classic', secret, minRevision });
  const { verdict, reason, code } = body;
  return { status, verdict, reason, code, tookMs: performance.now() - startedMs };
}

/** A change through `near`, with its revision. */
async function change(method: string, path: string, body?: unknown) {
  const startedMs = performance.now();
  const reply = await fetch(`http://${near.server.internalAddress}${path}`, {
    method,
    headers: { authorization: `Bearer ${near.operatorToken}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const { coherence } = (await reply.json()) as { coherence?: { nodes: string[] | null; boundUntil: string } };
  const revision = reply.headers.get('x-miftah-revision') ?? expect.fail('no revision');
  return { status: reply.status, revision, coherence, tookMs: performance.now() - startedMs };
}

test('a node that is cut off uses its cache until the time that the revocation states', async () => {
  const org = await near.createOrg();
  const [revoked, kept] = [
    await near.createKey({ api: 'classic', org }),
    await near.createKey({ api: 'classic', org }),
  ];
  for (const { secret } of [revoked, kept]) {
    expect(await verify(far, secret)).toMatchObject({ status: 200, verdict: 'allowed' });
  }

  line.setSilent(true);
  const reply = await change('DELETE', `/v1/keys/${revoked.id}`);
  const repliedAtMs = Date.now();
  expect(reply).toMatchObject({ status: 200, coherence: { reached: false, nodes: [farId] } });
  expect(reply.tookMs).toBeLessThan(1_500 + busyMs);
  const boundUntilMs = Date.parse(reply.coherence?.boundUntil ?? '');
  expect(boundUntilMs - repliedAtMs).toBeGreaterThan(0);
  expect(boundUntilMs - repliedAtMs).toBeLessThanOrEqual(serveCachedMs * 1.01 + 50);
  expect((await verify(near, revoked.secret)).reason).toBe('key_revoked');
  const { body: listed } = await near.admin('GET', '/v1/nodes');
  expect((listed.data as { id: string; state: string }[]).find(({ id }) => id === farId)?.state).toBe(
    'may_serve_cached',
  );

  // Meanwhile it decides by its old state, but not for callers who name the revision. It still takes requests.
  const bound = await verify(far, revoked.secret, reply.revision);
  expect(bound).toMatchObject({ status: 503, code: 'unavailable' });
  expect(bound.tookMs).toBeLessThan(1_500 + busyMs);
  expect(await verify(far, kept.secret)).toMatchObject({ status: 200, verdict: 'allowed' });
  expect((await fetch(`http://${far.server.internalAddress}/readyz`)).status).toBe(200);

  let accepted = 0;
  let lastAcceptedAtMs = 0;
  for (;;) {
    const sentAtMs = Date.now();
    if (sentAtMs > boundUntilMs) break;
    const verdict = await Promise.race([verify(far, revoked.secret), wait(200, undefined)]);
    if (verdict?.verdict === 'allowed') {
      accepted++;
      lastAcceptedAtMs = Date.now();
    }
    await wait(10);
  }
  expect(accepted).toBeGreaterThan(10);
  expect(lastAcceptedAtMs).toBeLessThanOrEqual(boundUntilMs);
  for (const { secret } of [revoked, kept]) expect((await verify(far, secret)).verdict).not.toBe('allowed');
  expect((await fetch(`http://${far.server.internalAddress}/readyz`)).status).toBe(503);

  line.setSilent(false);
  const isBack = async () => (await fetch(`http://${far.server.internalAddress}/readyz`)).ok;
  while (!(await isBack())) await wait(50);
  expect((await verify(far, revoked.secret, reply.revision)).reason).toBe('key_revoked');
  expect((await verify(far, kept.secret, reply.revision)).verdict).toBe('allowed');
  const after = await change('DELETE', `/v1/keys/${kept.id}`);
  expect([after.status, after.coherence]).toEqual([200, undefined]);
});

test('a node that is gone is unregistered, even without any change', async () => {
  const database = await postgres.createDatabase();
  const extra = `database: "${postgres.urlOf(database)}"\ncoordination: redis://127.0.0.1:${redis.port}\nnodes: 2`;
  await using node = await startTestServer({ apis, extra });
  await postgres.query(
    database,
    `INSERT INTO nodes (node_id, node_name, number, serve_cached_ms) VALUES ('gone-1', 'gone', 7, 0)`,
  );
  const states = async () => {
    const { data } = (await node.admin('GET', '/v1/nodes')).body as { data: { name: string; state: string }[] };
    return data.filter(({ name }) => name === 'gone').map(({ state }) => state);
  };
  const seen = new Set<string>();
  for (const endMs = Date.now() + 20_000; Date.now() < endMs; await wait(20)) {
    const found = await states();
    if (found.length === 0) break;
    for (const state of found) seen.add(state);
  }
  expect(await states()).toEqual([]);
  expect(seen).toContain('stale');
});
