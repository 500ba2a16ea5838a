// The health path of the public listener: any balancer may ask, by any name, and learns one bit.
import { expect, test } from 'vitest';
import { fiveApis, startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';

const extra = 'public: { healthPath: /-/health }';

function ask({ publicPort }: TestServer, line: string, host?: string) {
  const headers = host === undefined ? [] : [['Host', host] as const];
  return sendRaw({ port: publicPort, text: requestText(line, [...headers, ['Connection', 'close']]) });
}

test('it is answered under any name, and without one where HTTP needs none', async () => {
  await using server = await startTestServer({ extra });
  const replies = [
    await ask(server, 'GET /-/health HTTP/1.1', '10.0.0.7:4100'),
    await ask(server, 'GET /-/health HTTP/1.1', 'api.classic.localhost'),
    await ask(server, 'HEAD /-/health HTTP/1.1', 'unknown.example'),
    await ask(server, 'GET /-/health HTTP/1.0'),
  ];
  for (const reply of replies) {
    expect(reply).toMatchObject({ status: 200, body: '' });
    const { date, connection, ...headers } = reply.headers;
    expect([date !== undefined, connection]).toEqual([true, 'close']);
    expect(headers).toEqual({ 'content-length': '0', 'cache-control': 'no-store' });
  }
});

test('only this path, only for reading, and only in a well-formed request', async () => {
  await using server = await startTestServer({ extra });
  const statusOf = async (line: string, host: string) => (await ask(server, line, host)).status;
  for (const path of ['/-/health/', '/-/HEALTH', '/-/health?x', '//-/health', '/-/healt%68']) {
    expect(await statusOf(`GET ${path} HTTP/1.1`, 'unknown.example'), path).toBe(421);
    expect(await statusOf(`GET ${path} HTTP/1.1`, 'api.classic.localhost'), path).toBeGreaterThanOrEqual(400);
  }
  expect(await statusOf('POST /-/health HTTP/1.1', 'api.classic.localhost')).toBe(401);
  expect(await statusOf('GET /-/health HTTP/1.1', 'a b')).toBe(400);
  expect(await statusOf('GET /-/health HTTP/1.1', 'a\r\nHost: b')).toBe(400);
});

test('a server that stops says so, and one without the setting knows no such path', async () => {
  const server = await startTestServer({ extra: `${extra}\ndrainSeconds: 60` });
  const draining = server.server.drain();
  expect(await ask(server, 'GET /-/health HTTP/1.1', 'x')).toMatchObject({ status: 503, body: '' });
  await server[Symbol.asyncDispose]();
  await draining;
  await using plain = await startTestServer({ apis: fiveApis });
  expect((await ask(plain, 'GET /-/health HTTP/1.1', 'x')).status).toBe(421);
});
