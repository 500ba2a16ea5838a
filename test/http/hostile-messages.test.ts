// Malicious messages: the public listener refuses them, reveals nothing, and never forwards them to the upstream.
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';

let server: TestServer;
let secret: string;
let upstreamRequests: string[] = [];

beforeAll(async () => {
  server = await startTestServer({
    upstream(req, res) {
      upstreamRequests.push(`${req.method} ${req.url}`);
      req.resume().on('end', () => res.end('ok'));
    },
  });
  ({ secret } = await server.createKey({ api: 'classic', org: await server.createOrg() }));
});

beforeEach(() => {
  upstreamRequests = [];
});

afterAll(() => server[Symbol.asyncDispose]());

const host = 'Host: api.classic.localhost';
const auth = (): string => `Authorization: Bearer ${secret}`;

/** Head lines that must lead to a 4xx, with nothing forwarded to the upstream. */
const battery: [name: string, lines: () => readonly string[], body?: string][] = [
  [
    'Content-Length and Transfer-Encoding',
    () => ['POST / HTTP/1.1', host, auth(), 'Content-Length: 5', 'Transfer-Encoding: chunked'],
    '0\r\n\r\n',
  ],
  [
    'two different Content-Lengths',
    () => ['POST / HTTP/1.1', host, auth(), 'Content-Length: 5', 'Content-Length: 6'],
    'hello!',
  ],
  ['a signed Content-Length', () => ['POST / HTTP/1.1', host, auth(), 'Content-Length: +5'], 'hello'],
  ['a negative Content-Length', () => ['POST / HTTP/1.1', host, auth(), 'Content-Length: -1'], ''],
  ['a hexadecimal Content-Length', () => ['POST / HTTP/1.1', host, auth(), 'Content-Length: 0x5'], 'hello'],
  [
    'Transfer-Encoding: xchunked',
    () => ['POST / HTTP/1.1', host, auth(), 'Transfer-Encoding: xchunked'],
    '5\r\nhello\r\n0\r\n\r\n',
  ],
  [
    'Transfer-Encoding: chunked, identity',
    () => ['POST / HTTP/1.1', host, auth(), 'Transfer-Encoding: chunked, identity'],
    '0\r\n\r\n',
  ],
  [
    'Transfer-Encoding: gzip, chunked',
    () => ['POST / HTTP/1.1', host, auth(), 'Transfer-Encoding: gzip, chunked'],
    '0\r\n\r\n',
  ],
  [
    'Transfer-Encoding twice',
    () => ['POST / HTTP/1.1', host, auth(), 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    '0\r\n\r\n',
  ],
  ['a space before the colon', () => ['GET / HTTP/1.1', host, auth(), 'X-Test : 1']],
  ['a folded header', () => ['GET / HTTP/1.1', host, auth(), 'X-Test: 1', ' folded']],
  ['a NUL in a value', () => ['GET / HTTP/1.1', host, auth(), 'X-Test: a\0b']],
  ['a bare carriage return', () => ['GET / HTTP/1.1', host, auth(), 'X-Test: a\rb']],
  ['two Host lines', () => ['GET / HTTP/1.1', host, 'Host: api.palm.localhost', auth()]],
  ['two equal Host lines', () => ['GET / HTTP/1.1', host, host, auth()]],
  ['no Host', () => ['GET / HTTP/1.1', auth()]],
  ['an absolute-form target of another host', () => ['GET http://evil.com/v1/users/1 HTTP/1.1', host, auth()]],
  [
    'an absolute-form target with two Host lines',
    () => ['GET http://api.classic.localhost/ HTTP/1.1', host, host, auth()],
  ],
  ['an absolute-form target without Host', () => ['GET http://api.classic.localhost/v1/users/1 HTTP/1.1', auth()]],
  [
    'an absolute-form target and a malformed Host',
    () => ['GET http://api.classic.localhost/ HTTP/1.1', 'Host: a b', auth()],
  ],
  [
    'an absolute-form target of another scheme',
    () => ['GET ftp://api.classic.localhost/v1/users/1 HTTP/1.1', host, auth()],
  ],
  [
    'an absolute-form target with a user',
    () => ['GET http://a@api.classic.localhost/v1/users/1 HTTP/1.1', host, auth()],
  ],
  ['an absolute-form target without a host', () => ['GET http:///v1/users/1 HTTP/1.1', host, auth()]],
  [
    'an absolute-form target with a port that is none',
    () => ['GET http://api.classic.localhost:99999/ HTTP/1.1', host, auth()],
  ],
  [
    'an absolute-form target with a backslash',
    () => ['GET http://api.classic.localhost\\@evil.com/ HTTP/1.1', host, auth()],
  ],
  ['an asterisk with another method', () => ['GET * HTTP/1.1', host, auth()]],
  ['a target without a slash', () => ['GET v1/users/1 HTTP/1.1', host, auth()]],
  ['an authority target', () => ['CONNECT api.classic.localhost:443 HTTP/1.1', host, auth()]],
  ['a fragment', () => ['GET /v1/users/1#x HTTP/1.1', host, auth()]],
  ['a method that does not exist', () => ['FOO / HTTP/1.1', host, auth()]],
  ['HTTP/2 preface', () => ['PRI * HTTP/2.0', '', 'SM']],
  ['not HTTP at all', () => ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03']],
  ['201 headers', () => ['GET / HTTP/1.1', host, auth(), ...Array.from({ length: 201 }, (_, at) => `X-${at}: 1`)]],
  [
    '1,990 small headers before the key',
    () => ['GET / HTTP/1.1', host, ...Array.from({ length: 1990 }, () => 'a:b'), auth()],
  ],
  ['a header of 17 KiB', () => ['GET / HTTP/1.1', host, auth(), `X-Test: ${'a'.repeat(17 * 1024)}`]],
  ['a target of 17 KiB', () => [`GET /${'a'.repeat(17 * 1024)} HTTP/1.1`, host, auth()]],
];

test.each(battery)('%s is refused', async (_name, lines, body = '') => {
  const status = await sendRaw({ port: server.publicPort, text: `${lines().join('\r\n')}\r\n\r\n${body}` }).then(
    (reply) => {
      expect(reply.text).not.toContain(secret);
      return reply.status;
    },
    // A connection that closes without a reply is fine too.
    () => 400,
  );
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(upstreamRequests).toEqual([]);
});

const malformedHosts = [
  ...['api.classic.localhost:@evil.com', 'api.classic.localhost:80:80', 'api.classic.localhost:99999'],
  ...[
    'api.classic.localhost:+80',
    'user@api.classic.localhost',
    'api.classic.localhost:80@evil.com',
    'localhost:99999',
  ],
  ...[
    'localhost:1e3',
    '127.0.0.1:65536',
    '[::1]:99999',
    '[::1',
    'localhost\\@evil.com',
    'local%68ost',
    'a b',
    'localhost:0',
  ],
];

test.each([
  ['GET /v1/keys HTTP/1.1', '', 'keep-alive'],
  ['DELETE /v1/keys/x HTTP/1.1', '', 'keep-alive'],
  ['POST /v1/keys HTTP/1.1\r\nContent-Length: 0', '', 'keep-alive'],
  ['POST /v1/keys HTTP/1.1\r\nContent-Length: 2', '', 'close'],
  ['POST /v1/keys HTTP/1.1\r\nTransfer-Encoding: chunked', '2\r\n{}\r\n', 'close'],
])('refused by the internal listener without a token: %j, %j, then %s', async (head, body, connection) => {
  const text = `${head}\r\nHost: localhost\r\n\r\n${body}`;
  const reply = await sendRaw({ port: server.internalPort, text });
  expect(reply).toMatchObject({ status: 401, headers: { connection } });
});

test.each(malformedHosts)(
  'the Host %j is a bad request on every listener, and nothing goes upstream',
  async (value) => {
    const send = (port: number, credential: string) =>
      sendRaw({
        port,
        text: `GET /v1/users/1 HTTP/1.1\r\nHost: ${value}\r\nAuthorization: Bearer ${credential}\r\n\r\n`,
      });
    for (const reply of [
      await send(server.publicPort, secret),
      await send(server.internalPort, server.operatorToken),
    ]) {
      expect(reply).toMatchObject({
        status: 400,
        headers: { connection: 'close', 'content-type': 'application/problem+json' },
      });
      expect(reply.body).toContain('The request head is malformed');
    }
    const head = `GET / HTTP/1.1\r\nHost: ${value}\r\n${auth()}\r\n`;
    const upgrade = `${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    expect((await sendRaw({ port: server.publicPort, text: upgrade })).status).toBe(400);
    expect(upstreamRequests).toEqual([]);
  },
);

test.each(['gzip, chunked', 'chunked, identity', 'xchunked', 'chunked, chunked'])(
  'after Transfer-Encoding: %s the connection is closed, with a key and without',
  async (coding) => {
    for (const credential of [auth(), 'X-None: 1', 'Authorization: Bearer sk_live_wrong']) {
      for (const name of ['api.classic.localhost', 'nothing.localhost', 'localhost']) {
        const head = `POST / HTTP/1.1\r\nHost: ${name}\r\n${credential}\r\nTransfer-Encoding: ${coding}\r\n\r\n`;
        const text = `${head}0\r\n\r\n`;
        const reply = await sendRaw({ port: server.publicPort, text });
        expect(reply.status).toBeGreaterThanOrEqual(400);
        expect(reply.headers.connection).toBe('close');
      }
    }
    expect(upstreamRequests).toEqual([]);
  },
);

test('a broken chunk after a valid head does not reach the upstream as a complete request', async () => {
  let wholeRequests = 0;
  await using own = await startTestServer({
    upstream(req, res) {
      req.on('error', () => undefined);
      req.resume().on('end', () => {
        wholeRequests++;
        res.end('ok');
      });
    },
  });
  const key = await own.createKey({ api: 'classic', org: await own.createOrg() });
  const head = requestText('POST /v1/users HTTP/1.1', [
    ['Host', 'api.classic.localhost'],
    ['Authorization', `Bearer ${key.secret}`],
    ['Transfer-Encoding', 'chunked'],
  ]);
  await sendRaw({ port: own.publicPort, text: `${head}5\r\nhello\r\nZZ\r\n` }).catch(() => undefined);
  await own.server.close();
  expect(wholeRequests).toBe(0);
});

test('each of two pipelined requests is decided by its own key', async () => {
  const request = (key: string): string =>
    requestText('GET /v1/users/1 HTTP/1.1', [
      ['Host', 'api.classic.localhost'],
      ['Authorization', `Bearer ${key}`],
    ]);
  const text = await new Promise<string>((resolve) => {
    const socket = connect(server.publicPort, '127.0.0.1');
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
      if (/HTTP\/1\.1 200[\s\S]*HTTP\/1\.1 401[\s\S]*"success":false/.test(received)) socket.destroy();
    });
    socket.on('close', () => resolve(received));
    socket.write(request(secret) + request('sk_live_wrong'));
  });
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401']);
  expect(upstreamRequests).toEqual(['GET /v1/users/1']);
});

test('an endless body without a key is not read', async () => {
  const reply = await new Promise<string>((resolve) => {
    const socket = connect(server.publicPort, '127.0.0.1');
    let received = '';
    const pour = (): void => {
      while (!socket.destroyed && socket.write('x'.repeat(65_536)));
    };
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
    });
    socket.on('drain', pour);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(received));
    socket.write(`POST /upload HTTP/1.1\r\n${host}\r\nContent-Length: 100000000\r\n\r\n`);
    pour();
  });
  // The server closes. The client may see a reset before it reads the answer.
  if (reply !== '') expect(reply).toMatch(/^HTTP\/1\.1 401/);
  expect(upstreamRequests).toEqual([]);
});
