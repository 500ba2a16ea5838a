// The services of docs/how-to/services: each runtime asks a real Miftah about each request, and refuses what it can't
// decide.
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { freePort } from '../free-port.ts';
import { type RawReply, requestText, sendRaw } from '../raw-http.ts';
import { languagesOf, type Program, startProgram } from './programs.ts';

const apis = `
  - id: acme
    profile: acme
    hosts: { live: [api.acme.test], test: [sandbox.acme.test] }
    upstream: UPSTREAM
    cors: { origins: any }
    publicPaths: [GET /health]
    policy:
      rateLimit: [1000/m]
      scopes: { "POST /v1/payments": "payments:write" }
profiles:
  acme:
    extends: classic
    source: [{ header: x-api-key }, { query: api_key, risk: keys in URLs end up in logs and histories }]
`;

/** Long, because the machine may be busy. */
const patient = { MIFTAH_WAIT_MS: '60000' };
const proxy = '127.0.0.9';

type Fields = readonly (readonly [name: string, value: string])[];

/** Stands between a service and Miftah: it counts connections, and can lead them elsewhere. */
interface Relay {
  readonly url: string;
  /** The port that new connections reach. */
  target: number;
  readonly connections: number;
  /** Ends all connections, as a restart of Miftah does. */
  cut(): void;
  close(): Promise<void>;
}

async function openRelay(target: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const relay = { target, connections: 0 };
  const server = createServer((socket) => {
    relay.connections += 1;
    const onward = connect(relay.target, '127.0.0.1');
    for (const each of [socket, onward]) {
      sockets.add(each);
      each.on('error', () => undefined).on('close', () => sockets.delete(each));
    }
    socket.on('close', () => onward.destroy()).pipe(onward);
    onward.on('close', () => socket.destroy()).pipe(socket);
  });
  const cut = (): void => {
    for (const each of sockets) each.destroy();
  };
  return Object.assign(relay, {
    url: `http://127.0.0.1:${await listen(server)}`,
    cut,
    close: () => closeServer(server, cut),
  });
}

async function listen(server: Server): Promise<number> {
  const port = await freePort();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return port;
}

async function closeServer(server: Server, cut: () => void): Promise<void> {
  cut();
  await new Promise((resolve) => server.close(resolve));
}

/** The reply without what differs from one reply to the next, and what the server's library adds. */
function plain({ status, headers, body }: RawReply): object {
  const { date, server, connection, 'keep-alive': kept, host, via, 'x-request-id': id, ...rest } = headers;
  expect(id).toMatch(/^\S{8,}$/);
  return { status, headers: rest, body };
}

describe.each(languagesOf('service'))('the service in %s', (language) => {
  let miftah: TestServer;
  let relay: Relay;
  let service: Program;
  let org: string;

  beforeAll(async () => {
    // In the middle of a minute, where no window ends.
    const clock = createManualClock(Math.floor(Date.now() / 60_000) * 60_000 + 30_000);
    miftah = await startTestServer({ apis, clock });
    relay = await openRelay(miftah.internalPort);
    const environment = { ...patient, MIFTAH_URL: relay.url, MIFTAH_TOKEN: miftah.operatorToken };
    service = await startProgram(language, 'service', { ...environment, TRUSTED_PROXIES: `${proxy},127.0.0.8` });
    org = await miftah.createOrg();
  });
  afterAll(async () => {
    await service?.[Symbol.asyncDispose]();
    await relay?.close();
    await miftah?.[Symbol.asyncDispose]();
  });

  const createKey = (fields: Record<string, unknown> = {}) => miftah.createKey({ api: 'acme', org, ...fields });

  const text = (line: string, fields: Fields, host = 'api.acme.test:8080') =>
    requestText(`${line} HTTP/1.1`, [['Host', host], ['Connection', 'close'], ...fields]);

  const call = (line: string, fields: Fields = [], { port = service.port, from = '127.0.0.1' } = {}) =>
    sendRaw({ port, text: text(line, fields), from });

  /** The reply of the service, which must be that of Miftah's proxy. */
  async function callBoth(line: string, fields: Fields = []): Promise<RawReply> {
    const reply = await call(line, fields);
    expect(plain(reply)).toEqual(plain(await call(line, fields, { port: miftah.publicPort })));
    return reply;
  }

  /** Waits until the service has noticed that its connections ended. */
  async function settle(): Promise<void> {
    relay.cut();
    await expect.poll(async () => (await call('GET /health')).status).toBe(200);
  }

  const keyed = (secret: string): Fields => [['X-API-Key', secret]];

  test('without a key, with an unknown one or with two, the client gets the reply of the vendor', async () => {
    const { secret } = await createKey();
    expect(await callBoth('GET /v1/users/7')).toMatchObject({ status: 401 });
    const unknown = await callBoth('GET /v1/users/7', keyed(`${secret.slice(0, -1)}!`));
    expect(unknown).toMatchObject({ status: 401, headers: { 'cache-control': 'no-store' } });
    expect(JSON.parse(unknown.body)).toEqual({
      success: false,
      error: { code: 'INVALID_API_KEY', message: 'Invalid API key.' },
    });
    for (const second of ['X-API-Key', 'x-api-key'])
      expect((await call('GET /v1/users/7', [...keyed(secret), [second, secret]])).status, second).toBe(401);
    expect((await callBoth(`GET /v1/users/7?api_key=${secret}`, keyed(secret))).status).toBe(401);
    const head = await call('HEAD /v1/users/7');
    expect([head.status, head.body]).toEqual([401, '']);
  });

  test('an allowed request reaches the service, which knows its sender and adds the headers of Miftah', async () => {
    const { id, secret } = await createKey();
    const forged: Fields = [
      ['X-Miftah-Org', 'org_forged'],
      ['x_miftah.org', 'org_forged'],
    ];
    const reply = await call('GET /v1/users/7?a=%2e%2e', [...keyed(secret), ...forged]);
    expect([reply.status, JSON.parse(reply.body)]).toEqual([200, { org, key: id }]);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'private',
      'x-ratelimit-limit': '1000',
      'access-control-allow-origin': '*',
    });
    expect(reply.headers.vary?.replace('\n', ', ')).toBe('Accept, x-api-key');
    expect(reply.headers['x-request-id']).toMatch(/^\S{8,}$/);
    expect((await call('HEAD /v1/users/7', keyed(secret))).status).toBe(200);
    expect((await call(`GET /v1/users/7?b=1&api_key=${secret}`)).status).toBe(200);
  });

  test('a public path needs no key, and a preflight is answered for the service', async () => {
    const open = await call('GET /health', [['X-Miftah-Org', 'org_forged']]);
    expect([open.status, Object.values(JSON.parse(open.body)).filter(Boolean)]).toEqual([200, []]);
    const preflight = await callBoth('OPTIONS /v1/users/7', [
      ['Origin', 'https://app.example'],
      ['Access-Control-Request-Method', 'GET'],
    ]);
    expect([preflight.status, preflight.body]).toEqual([204, '']);
    expect(preflight.headers['access-control-allow-origin']).toBe('*');
  });

  test('a key works from its addresses alone, and only a trusted proxy names another', async () => {
    const { secret } = await createKey({ addresses: ['203.0.113.7'] });
    const status = async (forwarded: readonly string[], from: string) => {
      const fields = forwarded.map((value) => ['X-Forwarded-For', value] as const);
      return (await call('GET /v1/users/7', [...keyed(secret), ...fields], { from })).status;
    };
    expect((await callBoth('GET /v1/users/7', keyed(secret))).status).toBe(403);
    expect(await status(['203.0.113.7'], '127.0.0.1')).toBe(403);
    expect(await status(['203.0.113.7'], proxy)).toBe(200);
    expect(await status(['198.51.100.1, 203.0.113.7,127.0.0.8'], proxy)).toBe(200);
    expect(await status(['203.0.113.7, 198.51.100.1'], proxy)).toBe(403);
    expect(await status(['198.51.100.1', '203.0.113.7'], proxy)).toBe(200);
    expect(await status(['203.0.113.7', '198.51.100.1'], proxy)).toBe(403);
    expect(await status([], proxy)).toBe(403);
  });

  test('above its limit, a key gets the 429 of the vendor and when to come back', async () => {
    const { secret } = await createKey({ rateLimits: ['2/m'] });
    const statuses = [];
    for (let at = 0; at < 2; at++) statuses.push((await call('GET /v1/users/7', keyed(secret))).status);
    expect(statuses).toEqual([200, 200]);
    const limited = await callBoth('GET /v1/users/7', keyed(secret));
    expect(limited).toMatchObject({ status: 429, headers: { 'retry-after': '30', 'x-ratelimit-remaining': '0' } });
  });

  test('a rule about method and path holds in every spelling', async () => {
    const { secret } = await createKey({ scopes: ['users:read'] });
    expect((await call('GET /v1/payments', keyed(secret))).status).toBe(200);
    for (const path of ['/v1/payments', '/v1/p%61yments', '/V1/Payments?x=1'])
      expect((await callBoth(`POST ${path}`, [...keyed(secret), ['Content-Length', '0']])).status, path).toBe(403);
    const writer = await createKey({ scopes: ['payments:write'] });
    const reply = await call('POST /v1/payments', [...keyed(writer.secret), ['Content-Length', '0']]);
    expect(reply.status).toBe(200);
  });

  test('a test key works on the test host alone', async () => {
    const { secret } = await createKey({ environment: 'test' });
    expect((await callBoth('GET /v1/users/7', keyed(secret))).status).toBe(401);
    const sandbox = text('GET /v1/users/7', keyed(secret), 'SANDBOX.acme.test');
    expect((await sendRaw({ port: service.port, text: sandbox })).status).toBe(200);
  });

  test('it asks nothing about a host that it does not serve, or a target without a path', async () => {
    const { secret } = await createKey();
    const before = relay.connections;
    relay.cut();
    for (const host of ['evil.example', 'api.acme.test.evil.example']) {
      const reply = await sendRaw({ port: service.port, text: text('GET /', keyed(secret), host) });
      expect(reply.status, host).toBe(421);
    }
    const twice = text('GET /', [...keyed(secret), ['Host', 'sandbox.acme.test']]);
    expect((await sendRaw({ port: service.port, text: twice })).status).toBeGreaterThanOrEqual(400);
    expect((await call('GET http://api.acme.test/v1/users/7', keyed(secret))).status).toBe(400);
    expect(relay.connections).toBe(before);
    await settle();
  });

  test('it keeps its connection to Miftah, or opens one for each request', async () => {
    const { secret } = await createKey();
    await settle();
    const before = relay.connections;
    for (let at = 0; at < 5; at++) expect((await call('GET /v1/users/7', keyed(secret))).status).toBe(200);
    expect(relay.connections - before).toBe(language === 'php' ? 5 : 0);
  });

  test('while Miftah is down it refuses, and afterwards it goes on', async () => {
    const { secret } = await createKey();
    const unavailable = {
      status: 503,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'retry-after': '1' },
      body: '{"error":"unavailable"}',
    };
    await miftah.restart(async () => {
      for (let at = 0; at < 2; at++) expect(await call('GET /v1/users/7', keyed(secret))).toMatchObject(unavailable);
    });
    expect((await call('GET /v1/users/7', keyed(secret))).status).toBe(200);
    expect((await call('GET /health')).status).toBe(200);
    expect(service.printed()).not.toContain(secret);
  });

  test.each([
    ['503 without a verdict', 503, '{"code":"unavailable"}'],
    ['401 with a verdict', 401, '{"verdict":"allowed","forward":{"headers":{}},"reply":{"headers":{}}}'],
    ['a redirect', 307, ''],
    ['no JSON', 200, '<html>'],
    ['an empty body', 200, ''],
    ['no object', 200, '[]'],
    ['null', 200, 'null'],
    ['an unknown verdict', 200, '{"verdict":"maybe","forward":{"headers":{}},"reply":{"headers":{}}}'],
    ['a verdict of another type', 200, '{"verdict":true,"forward":{"headers":{}},"reply":{"headers":{}}}'],
    ['allowed and nothing else', 200, '{"verdict":"allowed"}'],
    ['refused and nothing else', 200, '{"verdict":"refused"}'],
    ['refused without a status', 200, '{"verdict":"refused","reply":{"headers":{},"body":""}}'],
    ['half an answer', 200, '{"verdict":"allowed","forward":{"headers":{}},"reply":{"headers":{}'],
  ])('it refuses when the answer is %s', async (_, status, body) => {
    const stub = createHttpServer((_req, res) => {
      res.writeHead(status, { 'Content-Type': 'application/json', Location: '/v1/verify' }).end(body);
    });
    relay.target = await listen(stub);
    relay.cut();
    try {
      const reply = await call('GET /v1/users/7', keyed('sk_live_never_logged'));
      expect([reply.status, reply.body]).toEqual([503, '{"error":"unavailable"}']);
      expect(service.printed()).toMatch(/no verdict: .+/);
      expect(service.printed()).not.toContain('never_logged');
    } finally {
      relay.target = miftah.internalPort;
      await settle();
      await closeServer(stub, () => stub.closeAllConnections());
    }
  });

  test('with a wrong token it refuses, and its log says why without the token or the key', async () => {
    const { secret } = await createKey();
    const token = `mft_${'A'.repeat(40)}`;
    const environment = { ...patient, MIFTAH_URL: relay.url, MIFTAH_TOKEN: token };
    await using other = await startProgram(language, 'service', environment);
    const reply = await call('GET /v1/users/7', keyed(secret), { port: other.port });
    expect([reply.status, reply.headers['www-authenticate']]).toEqual([503, undefined]);
    await expect.poll(() => other.printed()).toContain('no verdict: Miftah answered 401');
    for (const each of [token, secret]) expect(other.printed()).not.toContain(each);
  });

  test('it does not wait for a Miftah that hangs, and a late answer decides nothing', async () => {
    const { id, secret } = await createKey();
    const sockets = new Set<Socket>();
    // It begins a valid answer, and never ends it.
    const silent = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"verdict":'));
    });
    const stuck = await openRelay(await listen(silent));
    const environment = { MIFTAH_URL: stuck.url, MIFTAH_TOKEN: miftah.operatorToken };
    await using other = await startProgram(language, 'service', environment);
    try {
      const port = other.port;
      expect((await call('GET /v1/users/7', keyed(secret), { port })).status).toBe(503);
      stuck.target = miftah.internalPort;
      // A busy machine may take longer than the service waits.
      const answered = async () => {
        const { status, body } = await call('GET /v1/users/7', keyed(secret), { port });
        return status === 503 ? undefined : [status, JSON.parse(body)];
      };
      await expect.poll(answered).toEqual([200, { org, key: id }]);
    } finally {
      await stuck.close();
      await closeServer(silent, () => {
        for (const socket of sockets) socket.destroy();
      });
    }
  });
});
