// Everything that is open when a key loses its permissions ends: WebSockets, event streams, downloads, uploads,
// requests without a reply.
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../../src/domain/clock.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { closeAll, RawClient } from '../gateway/gateway-harness.ts';

/** The bound that docs/explanation/consistency.md states. `roomMs` is for a busy machine. */
const endsWithinMs = 2_000;
const roomMs = 2_000;

let server: TestServer;
let sockets: WebSocketServer;
let aheadMs = 0;
/** Requests without a reply that have reached the upstream. */
let arrived = 0;
const clock: Clock = { nowMs: () => systemClock.nowMs() + aheadMs };

/** Begins to answer `/stream` and `/download`, reads `/upload`, and leaves `/poll` without a reply. */
function handle(req: IncomingMessage, res: ServerResponse): void {
  req.resume();
  req.on('error', () => undefined);
  if (req.url === '/poll' || req.url === '/upload') arrived++;
  if (req.url === '/stream') {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    res.write('data: begun\n\n');
  } else if (req.url === '/download') {
    res.writeHead(200, { 'Content-Length': 1_000_000 });
    res.write('begun');
  } else if (req.url === '/early') {
    res.write('begun');
  }
}

beforeAll(async () => {
  const apis = `
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: UPSTREAM
    policy:
      { disable: true, rotate: true, expiry: true, referrers: true, endpoints: true, rateLimit: off,
        addresses: { mode: cidr, whenEmpty: any }, scopes: { "GET /**": "read" } }
  - id: panel
    profile: panel
    hosts: [panel.localhost]
    upstream: UPSTREAM
    policy: { keysMay: [list, create, revoke], orgKind: any }
`;
  server = await startTestServer({ apis, upstream: handle, clock });
  sockets = new WebSocketServer({ server: server.upstream });
  sockets.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('message', (data) => socket.send(data));
    socket.send('begun');
  });
});
afterAll(async () => {
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
  await server[Symbol.asyncDispose]();
});

afterEach(closeAll);

interface Key {
  readonly id: string;
  readonly secret: string;
  readonly org: string;
}

async function createKey(fields: object = {}): Promise<Key> {
  const org = await server.createOrg();
  return { ...(await server.createKey({ api: 'classic', org, scopes: ['read'], ...fields })), org };
}

function open(secret: string, line: string, more = ''): RawClient {
  const head =
    `${line} HTTP/1.1\r\nHost: api.classic.localhost\r\nAuthorization: Bearer ${secret}\r\n` +
    'Referer: https://good.example/page\r\n';
  return new RawClient(server.publicPort).send(`${head}${more}\r\n`);
}

const upgradeFields =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

/** Opens one exchange of each kind, and resolves when all are in progress. */
async function openAll(secret: string) {
  const socket = open(secret, 'GET /socket', upgradeFields);
  const stream = open(secret, 'GET /stream');
  const download = open(secret, 'GET /download');
  const early = open(secret, 'POST /early', 'Content-Length: 1000\r\n').send('some');
  const begun = [socket, stream, download, early];
  for (const client of begun) expect(await client.until((text) => text.includes('begun'))).toContain('begun');
  const arrivedBefore = arrived;
  const upload = open(secret, 'POST /upload', 'Transfer-Encoding: chunked\r\n').send('4\r\nsome\r\n');
  const poll = open(secret, 'GET /poll');
  await expect.poll(() => arrived, { interval: 2 }).toBe(arrivedBefore + 2);
  return { socket, stream, download, early, upload, poll };
}

type Opened = Awaited<ReturnType<typeof openAll>>;

async function expectAllToEnd(all: Opened, status: number): Promise<void> {
  const startedMs = performance.now();
  const texts = Object.fromEntries(
    await Promise.all(Object.entries(all).map(async ([name, client]) => [name, await client.closed()] as const)),
  ) as Record<keyof Opened, string>;
  expect(performance.now() - startedMs).toBeLessThan(endsWithinMs + roomMs);
  // A close frame with 1008 and nothing after it (RFC 6455 §7.4.1).
  expect(Buffer.from(texts.socket.slice(-4), 'latin1').toString('hex')).toBe('880203f0');
  // Cut, so that no one takes it for complete.
  for (const name of ['stream', 'early'] as const) expect(texts[name]).not.toContain('\r\n0\r\n\r\n');
  expect(texts.download.split('\r\n\r\n')[1]).toBe('begun');
  // Exchanges without a reply get the refusal in the dialect.
  for (const name of ['upload', 'poll'] as const) {
    expect(texts[name]).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(texts[name]).toContain('"success":false');
    expect(texts[name]).toContain('Connection: close');
  }
}

const admin = async (method: string, path: string, body?: unknown) => {
  const reply = await server.admin(method, path, body);
  expect([path, reply.status]).toEqual([path, 200]);
  return reply.body;
};
const update = (fields: object) => (key: Key) => admin('PATCH', `/v1/keys/${key.id}`, fields);

const changes: Record<string, { change(key: Key): Promise<unknown>; status: number }> = {
  'is revoked': { change: ({ id }) => admin('DELETE', `/v1/keys/${id}`), status: 401 },
  'is disabled': { change: ({ id }) => admin('POST', `/v1/keys/${id}/disable`), status: 401 },
  'has its organization suspended': { change: ({ org }) => admin('POST', `/v1/orgs/${org}/suspend`), status: 401 },
  'may be used from other addresses only': { change: update({ addresses: ['192.0.2.0/24'] }), status: 403 },
  'may call other endpoints only': { change: update({ endpoints: ['GET /other'] }), status: 403 },
  'may be used from other sites only': { change: update({ referrers: ['https://other.example'] }), status: 403 },
  'is transferred to another organization': {
    change: async ({ id }) => admin('POST', `/v1/keys/${id}/transfer`, { org: await server.createOrg() }),
    status: 503,
  },
};

describe('an open exchange ends when its key', () => {
  for (const [what, { change, status }] of Object.entries(changes)) {
    test(what, async () => {
      const key = await createKey();
      const [all, others] = [await openAll(key.secret), await openAll((await createKey()).secret)];
      await change(key);
      await expectAllToEnd(all, status);
      // Exchanges of another key go on, and its WebSocket still echoes.
      for (const client of Object.values(others)) expect(client.isClosed).toBe(false);
      others.socket.send('\x81\x82\0\0\0\0hi');
      expect(await others.socket.until((text) => text.endsWith('hi'))).toMatch(/hi$/);
      for (const client of Object.values(others)) client.socket.destroy();
    });
  }

  test('loses the scope of the endpoint, but goes on if it needs no scope', async () => {
    const key = await createKey();
    const { socket, upload, ...others } = await openAll(key.secret);
    await update({ scopes: [] })(key);
    expect((await socket.closed()).slice(-4)).toBe('\x88\x02\x03\xf0');
    expect(await others.poll.closed()).toMatch(/^HTTP\/1\.1 403 /);
    expect(upload.isClosed).toBe(false);
    for (const client of [upload, others.early]) client.socket.destroy();
  });

  test('expires', async () => {
    const key = await createKey({ expiresAt: new Date(clock.nowMs() + 3_600_000).toISOString() });
    const all = await openAll(key.secret);
    aheadMs += 3_600_001;
    await expectAllToEnd(all, 401);
  });

  test('was rotated and the overlap has ended, but goes on with the newer secret', async () => {
    for (const way of ['by hand', 'over']) {
      const key = await createKey();
      const { secret } = await admin('POST', `/v1/keys/${key.id}/rotate`, { overlap: '1h' });
      const [all, newer] = [await openAll(key.secret), await openAll(secret as string)];
      if (way === 'over') aheadMs += 3_600_001;
      else {
        const { data } = await admin('GET', `/v1/keys/${key.id}/secrets`);
        const old = (data as { id: string; status: string }[]).find(({ status }) => status === 'superseded');
        await admin('PATCH', `/v1/keys/${key.id}/secrets/${old?.id}`, { endsIn: 'now' });
      }
      await expectAllToEnd(all, 401);
      for (const client of Object.values(newer)) {
        expect(client.isClosed).toBe(false);
        client.socket.destroy();
      }
    }
  });
});

test('a request that waits for a connection ends too, and frees its place', async () => {
  const key = await createKey();
  arrived = 0;
  // More than one key's share of connections.
  const polls = Array.from({ length: 70 }, () => open(key.secret, 'GET /poll'));
  await expect.poll(() => arrived, { interval: 2 }).toBeGreaterThan(40);
  await admin('DELETE', `/v1/keys/${key.id}`);
  for (const poll of polls) expect(await poll.until((text) => text.includes('\r\n\r\n'))).toMatch(/^HTTP\/1\.1 401 /);
  const again = await openAll((await createKey()).secret);
  for (const client of Object.values(again)) client.socket.destroy();
});

test('a WebSocket in the middle of a frame is closed without a close frame', async () => {
  const key = await createKey();
  const client = open(key.secret, 'GET /half', upgradeFields);
  await client.until((text) => text.includes('begun'));
  const [socket] = [...sockets.clients].slice(-1);
  // The head of a frame of 126 bytes, and five bytes of it.
  (socket as unknown as { _socket: Socket })._socket.write('\x81\x7e\x00\x7ehello', 'latin1');
  await client.until((text) => text.endsWith('hello'));
  await admin('DELETE', `/v1/keys/${key.id}`);
  expect(await client.closed()).toMatch(/hello$/);
});

test('a management route whose body is incomplete does nothing', async () => {
  const org = await server.createOrg();
  const { id, secret } = await server.createKey({ api: 'panel', org, name: 'manager' });
  const client = new RawClient(server.publicPort).send(
    `POST /api/account/api-keys HTTP/1.1\r\nHost: panel.localhost\r\nAuthorization: Bearer ${secret}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 17\r\nExpect: 100-continue\r\n\r\n',
  );
  expect(await client.until((text) => text.includes('\r\n\r\n'))).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  client.send('{"memo":"la');
  await admin('DELETE', `/v1/keys/${id}`);
  expect(await client.closed()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  expect((await admin('GET', `/v1/keys?org=${org}`)).data).toHaveLength(1);
});

test('each is counted once, as allowed', async () => {
  const key = await createKey();
  const all = await openAll(key.secret);
  await admin('DELETE', `/v1/keys/${key.id}`);
  await expectAllToEnd(all, 401);
  await expect.poll(() => server.countsByOutcome(`key=${key.id}`)).toEqual({ allowed: 6 });
});

describe('after a reload of the configuration', () => {
  let file = '';
  let before = '';
  beforeAll(() => {
    file = join(server.folder, 'miftah.yaml');
    before = readFileSync(file, 'utf8');
  });
  afterEach(() => reload((text) => text));

  const reload = (change: (text: string) => string) => {
    writeFileSync(file, change(before));
    return server.server.reload();
  };
  const removePanel = (text: string) => text.replace(/\n {2}- id: panel[\s\S]*$/, '\n');

  test('exchanges go on where they began, and end if the policy refuses them now', async () => {
    const all = await openAll((await createKey()).secret);
    const origin = /http:\/\/127\.0\.0\.1:\d+/g;
    expect((await reload((text) => text.replace(origin, 'http://127.0.0.1:9'))).changed).toContain(
      'apis[classic].upstream',
    );
    all.socket.send('\x81\x82\0\0\0\0hi');
    expect(await all.socket.until((text) => text.endsWith('hi'))).toMatch(/hi$/);
    for (const client of Object.values(all)) expect(client.isClosed).toBe(false);
    all.socket.text = '';
    await reload((text) => text.replace('"GET /**": "read"', '"* /**": "admin"'));
    await expectAllToEnd(all, 403);
  });

  test('exchanges without a key end if their path is not public any more', async () => {
    const addPublic = (text: string) => text.replace('hosts: [panel.localhost]', '$&\n    publicPaths: [GET /*]');
    await reload(addPublic);
    const openPublic = (line: string, more = '') =>
      new RawClient(server.publicPort).send(`${line} HTTP/1.1\r\nHost: panel.localhost\r\n${more}\r\n`);
    const opened = [openPublic('GET /stream'), openPublic('GET /socket', upgradeFields)] as const;
    for (const client of opened) expect(await client.until((text) => text.includes('begun'))).toContain('begun');
    await reload((text) => addPublic(text).replace('[GET /*]', '[GET /stream]'));
    expect((await opened[1].closed()).slice(-4)).toBe('\x88\x02\x03\xf0');
    expect(opened[0].isClosed).toBe(false);
    await reload((text) => text);
    expect(await opened[0].closed()).not.toContain('\r\n0\r\n\r\n');
  });

  test('all exchanges of a removed API end, with and without a key', async () => {
    await reload((text) => text.replace('hosts: [panel.localhost]', '$&\n    publicPaths: [GET /stream]'));
    const { secret } = await server.createKey({ api: 'panel', org: await server.createOrg() });
    const openPanel = (line: string, more = '') =>
      new RawClient(server.publicPort).send(`${line} HTTP/1.1\r\nHost: panel.localhost\r\n${more}\r\n`);
    const opened = [openPanel('GET /stream'), openPanel('GET /early', `Authorization: Bearer ${secret}\r\n`)];
    for (const client of opened) expect(await client.until((text) => text.includes('begun'))).toContain('begun');
    const kept = await openAll((await createKey()).secret);
    expect((await reload(removePanel)).changed).toEqual(['apis[panel]']);
    for (const client of opened) expect(await client.closed()).not.toContain('\r\n0\r\n\r\n');
    for (const client of Object.values(kept)) expect(client.isClosed).toBe(false);
  });
});
