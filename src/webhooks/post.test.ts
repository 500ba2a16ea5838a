// The poster against real servers that misbehave. None of them may be reached by a name that resolves to a private
// address, and none may hold an attempt longer than its time.
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { compileTargets } from '../domain/webhook-target.ts';
import { createPost, type ResolveName } from './post.ts';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** Opens a server on the loopback address. Counts what reaches it. */
async function open(handler: RequestListener): Promise<{ readonly port: number; readonly requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((req, res) => {
    requests.push(`${req.method} ${req.url}`);
    handler(req, res);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, requests };
}

const allowed = compileTargets(['127.0.0.0/8']);
const posted = (url: string) => ({
  url,
  headers: { 'webhook-id': 'evt_1' },
  body: '{}',
  signal: new AbortController().signal,
});
const failed = (failure: string) => ({ kind: 'failed', failure });

test('the body and the headers arrive, and the status comes back', async () => {
  let body = '';
  const { port, requests } = await open(async (req, res) => {
    for await (const chunk of req) body += chunk;
    res.writeHead(204).end();
  });
  const answer = await createPost({ allowed })(posted(`http://127.0.0.1:${port}/hooks?a=1`));
  expect(answer).toEqual({ kind: 'answered', status: 204, retryAfter: undefined });
  expect([requests, body]).toEqual([['POST /hooks?a=1'], '{}']);
});

test.each([301, 302, 303, 307, 308])('a redirect %i is not followed', async (status) => {
  const inner = await open((_, res) => res.end());
  const outer = await open((_, res) =>
    res.writeHead(status, { location: `http://127.0.0.1:${inner.port}/admin` }).end(),
  );
  const answer = await createPost({ allowed })(posted(`http://127.0.0.1:${outer.port}/`));
  expect(answer).toEqual({ kind: 'answered', status, retryAfter: undefined });
  expect(inner.requests).toEqual([]);
});

test.each([
  ['a private address', ['127.0.0.1']],
  ['a public and a private one', ['1.1.1.1', '127.0.0.1']],
  ['a mapped one', ['::ffff:127.0.0.1']],
  ['the metadata service', ['169.254.169.254']],
])('a name of %s is not connected to', async (_, addresses) => {
  const { port, requests } = await open((_, res) => res.end());
  const resolve: ResolveName = async () => addresses;
  const answer = await createPost({ allowed: compileTargets([]), resolve })(posted(`http://hooks.example:${port}/`));
  expect(answer).toEqual(failed('address_not_allowed'));
  expect(requests).toEqual([]);
});

test('the connection goes to the address that was checked, also if the name has another one later', async () => {
  const { port, requests } = await open((_, res) => res.end());
  const answers = [['127.0.0.1'], ['127.0.0.2']];
  const resolve: ResolveName = async () => answers.shift() ?? [];
  // `hooks.invalid` has no address (RFC 6761), so a look-up of the connection itself would fail.
  const answer = await createPost({ allowed, resolve })(posted(`http://hooks.invalid:${port}/`));
  expect(answer).toMatchObject({ kind: 'answered', status: 200 });
  expect([requests.length, answers.length]).toEqual([1, 1]);
});

test('an address as host is checked too', async () => {
  const { port, requests } = await open((_, res) => res.end());
  for (const host of ['127.0.0.1', '[::ffff:7f00:1]', '[::1]']) {
    const answer = await createPost({ allowed: compileTargets([]) })(posted(`http://${host}:${port}/`));
    expect(answer).toEqual(failed('address_not_allowed'));
  }
  expect(requests).toEqual([]);
});

test.each<[string, RequestListener]>([
  ['says nothing', () => undefined],
  [
    'sends its head byte by byte',
    (req) => {
      req.socket.write('HTTP/1.1 200 OK\r\nx: ');
      const timer = setInterval(() => req.socket.write('x'), 20);
      req.socket.once('close', () => clearInterval(timer)).on('error', () => undefined);
    },
  ],
])('a server that %s ends at the time limit', async (_, handler) => {
  const { port } = await open(handler);
  const answer = await createPost({ allowed, timeoutMs: 200 })(posted(`http://127.0.0.1:${port}/`));
  expect(answer).toEqual(failed('timed_out'));
});

test('a name server that is silent ends at the time limit', async () => {
  const resolve: ResolveName = () => new Promise(() => undefined);
  const answer = await createPost({ allowed, resolve, timeoutMs: 50 })(posted('https://hooks.example/'));
  expect(answer).toEqual(failed('timed_out'));
});

test.each<[string, RequestListener]>([
  [
    'endless',
    (_, res) =>
      void res
        .writeHead(200)
        .on('drain', () => res.write('x'.repeat(65_536)))
        .write('x'.repeat(1 << 20)),
  ],
  ['of 10 MB', (_, res) => void res.writeHead(200).end(Buffer.alloc(10_000_000))],
  [
    'compressed without end',
    (_, res) => void res.writeHead(200, { 'content-encoding': 'gzip' }).write(Buffer.alloc(1 << 20)),
  ],
])('an answer that is %s is not read', async (_, handler) => {
  let sent = 0;
  const { port } = await open((req, res) => {
    req.socket.once('close', () => {
      sent = req.socket.bytesWritten;
    });
    handler(req, res);
  });
  const answer = await createPost({ allowed })(posted(`http://127.0.0.1:${port}/`));
  expect(answer).toMatchObject({ kind: 'answered', status: 200 });
  expect(sent).toBeLessThan(10_000_000);
});

test('a head without end is refused', async () => {
  const { port } = await open((req) => {
    req.socket.on('error', () => undefined);
    req.socket.write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`);
  });
  expect(await createPost({ allowed, timeoutMs: 5_000 })(posted(`http://127.0.0.1:${port}/`))).toEqual(
    failed('connection_failed'),
  );
});

test('a server that closes, refuses or speaks no TLS is unreachable', async () => {
  const { port } = await open((req) => void req.socket.destroy());
  const post = createPost({ allowed, timeoutMs: 5_000 });
  expect(await post(posted(`http://127.0.0.1:${port}/`))).toEqual(failed('connection_failed'));
  expect(await post(posted('http://127.0.0.1:1/'))).toEqual(failed('connection_failed'));
  const plain = await open((_, res) => res.end());
  expect(await post(posted(`https://127.0.0.1:${plain.port}/`))).toMatchObject({ kind: 'failed' });
});

test('a name without an address is reported', async () => {
  expect(await createPost({ allowed, resolve: async () => [] })(posted('https://hooks.example/'))).toEqual(
    failed('name_not_found'),
  );
  const resolve: ResolveName = () => Promise.reject(new Error('ENOTFOUND'));
  expect(await createPost({ allowed, resolve })(posted('https://hooks.example/'))).toEqual(failed('name_not_found'));
});

test('an attempt ends early when the sender closes', async () => {
  const { port } = await open(() => undefined);
  const closing = new AbortController();
  const answer = createPost({ allowed })({ ...posted(`http://127.0.0.1:${port}/`), signal: closing.signal });
  closing.abort();
  expect(await answer).toEqual(failed('timed_out'));
});
