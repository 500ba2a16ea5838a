// What the HTTP parser gives up is answered in the dialect of the API that the message was for, where its Host can be
// told.
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { sendRaw } from '../raw-http.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const ask = (lines: readonly string[], body = '') =>
  sendRaw({ port: server.publicPort, text: `${lines.join('\r\n')}\r\n\r\n${body}` });

const tooLarge = `X-Test: ${'a'.repeat(17 * 1024)}`;

test.each([
  ['api.palcards.localhost', '{"statusCode":400,"message":"Bad Request"}', '{"statusCode":431,'],
  ['api.classic.localhost:4100', '"code":"BAD_REQUEST"', '"code":"HEADERS_TOO_LARGE"'],
  ['API.palm.localhost', '"status":400', '"status":431'],
])('a message that is not HTTP, or too large, speaks the dialect of %s', async (host, malformed, large) => {
  for (const [lines, status, text, body] of [
    [['GET / HTTP/1.1', `Host: ${host}`, 'X-Test : 1'], 400, malformed],
    [['FOO / HTTP/1.1', `Host: ${host}`], 400, malformed],
    [['POST / HTTP/1.1', `Host: ${host}`, 'Content-Length: 1', 'Transfer-Encoding: chunked'], 400, malformed],
    [['GET / HTTP/1.1', `Host: ${host}`, tooLarge], 431, large],
    [['POST / HTTP/1.1', `Host: ${host}`, 'Transfer-Encoding: xchunked'], 400, malformed, '0\r\n\r\n'],
  ] as const) {
    const reply = await ask(lines, body);
    expect(reply.status, lines[2]).toBe(status);
    expect(reply.body).toContain(text);
    expect(reply.headers).toMatchObject({ connection: 'close', 'cache-control': 'no-store' });
    expect(reply.headers['x-request-id']).toBeDefined();
    expect(Buffer.byteLength(reply.body, 'latin1')).toBe(Number(reply.headers['content-length']));
  }
});

test('the client is counted as for every request without a key, where the vendor promises its headers', async () => {
  const reply = await ask(['GET / HTTP/1.1', 'Host: api.palpluss.localhost', 'X-Test : 1']);
  expect(reply).toMatchObject({ status: 400, headers: { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '59' } });
  const again = await ask(['GET / HTTP/1.1', 'Host: api.palpluss.localhost']);
  expect(again).toMatchObject({ status: 401, headers: { 'x-ratelimit-remaining': '58' } });
});

test.each([
  ['a host of no API', ['GET / HTTP/1.1', 'Host: evil.com', 'X-Test : 1']],
  ['a console', ['GET / HTTP/1.1', 'Host: localhost', 'X-Test : 1']],
  ['two hosts', ['GET / HTTP/1.1', 'Host: api.classic.localhost', 'Host: api.palm.localhost', 'X-Test : 1']],
  ['no host', ['GET / HTTP/1.1', 'X-Test : 1']],
  ['a malformed host', ['GET / HTTP/1.1', 'Host: api.classic.localhost@evil.com', 'X-Test : 1']],
  ['no HTTP', ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03']],
])('a message for %s is answered without words', async (_what, lines) => {
  const reply = await ask(lines);
  expect([reply.status, reply.body, reply.headers['content-length']]).toEqual([400, '', '0']);
});

test('of many malformed messages on one connection no more than the first is answered, and the process lives', async () => {
  const text = await new Promise<string>((resolve) => {
    const socket = connect(server.publicPort, '127.0.0.1');
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
    });
    socket.on('error', () => socket.destroy()).on('close', () => resolve(received));
    for (let at = 0; at < 200; at++)
      socket.write('GET / HTTP/1.1\r\nHost: api.classic.localhost\r\nX-Test : 1\r\n\r\n');
  });
  // The connection is cut under what is still sent, and the reply may be lost with it.
  expect(text.match(/HTTP\/1\.1 \d+/g) ?? ['HTTP/1.1 400']).toEqual(['HTTP/1.1 400']);
  expect((await ask(['GET / HTTP/1.1', 'Host: api.classic.localhost'])).status).toBe(401);
});
