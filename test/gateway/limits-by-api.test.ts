// Time and size limits as the configuration sets them: each API has its own, over one upstream.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { closeAll, RawClient } from './gateway-harness.ts';

const apis = `
  - id: quick
    profile: classic
    hosts: [quick.localhost]
    upstream: UPSTREAM
    upstreamTimeouts: { firstByteSeconds: 1, idleSeconds: 1 }
    uploadIdleSeconds: 1
    maxBodyBytes: 1000
    maxReplyHeaderBytes: 4096
  - id: patient
    profile: classic
    hosts: [patient.localhost]
    secretPrefix: { live: patient_live_, test: patient_test_ }
    upstream: UPSTREAM
    upstreamTimeouts: { firstByteSeconds: 300, idleSeconds: 3600 }
    uploadIdleSeconds: 120
    maxReplyHeaderBytes: 65536
`;
const extra = `
finishSeconds: 0
public: { maxHeaderBytes: 32768, keepAliveSeconds: 1, replyStallSeconds: 1 }
`;

let server: TestServer;
let secrets: Record<'quick' | 'patient', string>;
/** Requests that the upstream has not answered, by path. */
const waiting = new Map<string, ServerResponse>();
let onArrival: () => void = () => undefined;

function answer(req: IncomingMessage, res: ServerResponse): void {
  const [, what, size] = (req.url as string).split('/');
  if (what === 'stream') res.write('begin,');
  if (what === 'wait' || what === 'stream') {
    waiting.set(req.headers.host as string, res);
    onArrival();
  } else if (what === 'headers') {
    res.writeHead(200, { 'X-Filler': 'x'.repeat(Number(size)) }).end('ok');
  } else if (what === 'endless') {
    const more = () => void (res.write(Buffer.alloc(65_536)) ? setImmediate(more) : res.once('drain', more));
    res.on('close', () => onArrival());
    more();
  } else {
    req.resume().on('end', () => res.end('ok'));
  }
}

beforeAll(async () => {
  server = await startTestServer({ apis, extra, upstream: answer });
  const org = await server.createOrg();
  const secretOf = async (api: string) => (await server.createKey({ api, org })).secret;
  secrets = { quick: await secretOf('quick'), patient: await secretOf('patient') };
});
afterAll(() => server[Symbol.asyncDispose]());
afterEach(async () => {
  await closeAll();
  waiting.clear();
});

function send(api: 'quick' | 'patient', line: string, rest = 'Connection: close\r\n\r\n'): RawClient {
  const head = `${line} HTTP/1.1\r\nHost: ${api}.localhost\r\nAuthorization: Bearer ${secrets[api]}\r\n`;
  return new RawClient(server.publicPort).send(head + rest);
}

/** Resolves when the upstream has so many requests that wait. */
function arrivals(count: number): Promise<void> {
  return new Promise((resolve) => {
    onArrival = () => void (waiting.size === count && resolve());
    onArrival();
  });
}

describe('upstreamTimeouts', () => {
  test('firstByteSeconds: one API gives up where another waits on', async () => {
    const [quick, patient] = [send('quick', 'GET /wait'), send('patient', 'GET /wait')];
    await arrivals(2);
    expect(await quick.closed()).toMatch(/^HTTP\/1\.1 504/);
    waiting.get('patient.localhost')?.end('late');
    expect(await patient.closed()).toMatch(/^HTTP\/1\.1 200[\s\S]*late/);
  });

  test('idleSeconds: a stream that is silent is cut for one API and goes on for another', async () => {
    const [quick, patient] = [send('quick', 'GET /stream'), send('patient', 'GET /stream')];
    await Promise.all([quick, patient].map((client) => client.until((text) => text.includes('begin,'))));
    expect(await quick.closed()).not.toContain('\r\n0\r\n');
    waiting.get('patient.localhost')?.end('end');
    expect(await patient.closed()).toMatch(/begin,[\s\S]*end\r\n0\r\n\r\n$/);
  });
});

test('uploadIdleSeconds: a client that stalls gets a 408 from one API and may go on with another', async () => {
  const rest = 'Content-Length: 10\r\n\r\nhalf,';
  const [quick, patient] = [send('quick', 'POST /', rest), send('patient', 'POST /', rest)];
  expect(await quick.closed()).toMatch(/^HTTP\/1\.1 408[\s\S]*REQUEST_TIMEOUT/);
  expect(patient.text).toBe('');
  patient.send('whole');
  expect(await patient.until((text) => text.endsWith('ok'))).toMatch(/^HTTP\/1\.1 200/);
});

test('maxBodyBytes is an API’s own, or that of public', async () => {
  const rest = `Content-Length: 2000\r\nConnection: close\r\n\r\n${'x'.repeat(2_000)}`;
  expect(await send('quick', 'POST /', rest).closed()).toMatch(/^HTTP\/1\.1 413/);
  expect(await send('patient', 'POST /', rest).closed()).toMatch(/^HTTP\/1\.1 200/);
});

test.each([
  ['quick', 3_000, 200],
  ['quick', 6_000, 502],
  ['patient', 6_000, 200],
  ['patient', 60_000, 200],
  ['patient', 70_000, 502],
] as const)('maxReplyHeaderBytes: %s gets %i bytes of headers with a %i', async (api, size, status) => {
  expect((await send(api, `GET /headers/${size}`).closed()).slice(9, 12)).toBe(String(status));
});

describe('public', () => {
  test('maxHeaderBytes bounds the head of a request', async () => {
    // Without a key, since the upstream has a limit too.
    const ask = (size: number) =>
      new RawClient(server.publicPort)
        .send(`GET / HTTP/1.1\r\nHost: quick.localhost\r\nX-Filler: ${'x'.repeat(size)}\r\nConnection: close\r\n\r\n`)
        .closed();
    expect(await ask(30_000)).toMatch(/^HTTP\/1\.1 401/);
    expect(await ask(40_000)).toMatch(/^HTTP\/1\.1 431/);
  });

  test('keepAliveSeconds ends a connection that carries nothing', async () => {
    expect(await send('patient', 'GET /', '\r\n').closed()).toMatch(/^HTTP\/1\.1 200/);
  });

  test('replyStallSeconds cuts a client that does not read', async () => {
    const stopped = new Promise<void>((resolve) => {
      onArrival = resolve;
    });
    const client = send('patient', 'GET /endless');
    client.socket.pause();
    await stopped;
  });
});

test('finishSeconds: 0 cuts what is under way when the server stops', async () => {
  await using own = await startTestServer({ apis, extra, upstream: (_req, res) => void res.write('begin,') });
  const { secret } = await own.createKey({ api: 'patient', org: await own.createOrg() });
  const head = `GET / HTTP/1.1\r\nHost: patient.localhost\r\nAuthorization: Bearer ${secret}\r\n\r\n`;
  const client = new RawClient(own.publicPort).send(head);
  await client.until((text) => text.includes('begin,'));
  const cut = once(client.socket, 'close');
  const startedMs = performance.now();
  await Promise.all([own.server.close(), cut]);
  expect(performance.now() - startedMs).toBeLessThan(8_000);
});
