// APIs without an upstream: Miftah decides about their requests, and the public listener does not serve them.
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';

const apis = `
  - id: bare
    cors: { origins: any }
    publicPaths: [GET /health]
  - id: named
    hosts: { live: [api.named.test], test: [sandbox.named.test] }
  - id: served
    hosts: [api.served.test]
    upstream: UPSTREAM
`;

const lines: string[] = [];
let server: TestServer;
beforeAll(async () => {
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  server = await startTestServer({ apis, log: pino(stream) });
});
afterAll(() => server[Symbol.asyncDispose]());

async function statusOf(host: string, path = '/health'): Promise<number> {
  const text = requestText(`GET ${path} HTTP/1.1`, [['Host', host]]);
  const reply = await sendRaw({ port: server.publicPort, text });
  return reply.status;
}

test('the public listener serves none of them, under any name', async () => {
  for (const host of ['api.named.test', 'sandbox.named.test', 'bare', 'bare.localhost', '', '127.0.0.1', 'undefined'])
    expect(await statusOf(host), host).not.toBe(200);
  expect(await statusOf('api.named.test')).toBe(421);
  expect(await statusOf('bare')).toBe(421);
  expect(await statusOf('api.served.test', '/v1/x')).toBe(401);
});

test('a host without an API is no console, and answers no page of another origin', async () => {
  const preflight: [string, string][] = [
    ['Host', 'bare'],
    ['Origin', 'https://evil.test'],
    ['Access-Control-Request-Method', 'GET'],
  ];
  const reply = await sendRaw({ port: server.publicPort, text: requestText('OPTIONS /health HTTP/1.1', preflight) });
  expect(reply.status).toBe(421);
  expect(reply.text.toLowerCase()).not.toContain('access-control');
});

test('the start says which, in one line', () => {
  const said = lines.map((line) => JSON.parse(line) as { msg: string; apis?: unknown }).filter(({ apis }) => apis);
  expect(said).toMatchObject([
    { apis: ['bare', 'named'], msg: 'the public listener does not serve these APIs: they have no upstream' },
  ]);
});

test('/v1/verify decides about them', async () => {
  const org = await server.createOrg();
  const { secret } = await server.createKey({ api: 'bare', org });
  const request = { api: 'bare', headers: { Authorization: `Bearer ${secret}` }, method: 'GET', path: '/v1/x' };
  expect((await server.admin('POST', '/v1/verify', request)).body).toMatchObject({ verdict: 'allowed' });
  expect((await server.admin('POST', '/v1/verify', { ...request, headers: {} })).body).toMatchObject({
    verdict: 'refused',
    reason: 'credential_missing',
  });
});

test('hosts without an upstream still bind a request to its environment', async () => {
  const org = await server.createOrg();
  const { secret } = await server.createKey({ api: 'named', org, environment: 'test' });
  const request = { api: 'named', headers: { Authorization: `Bearer ${secret}` }, method: 'GET', path: '/v1/x' };
  expect(await server.admin('POST', '/v1/verify', request)).toMatchObject({ status: 400 });
  const verdictIn = async (environment: string) =>
    (await server.admin('POST', '/v1/verify', { ...request, environment })).body;
  expect(await verdictIn('live')).toMatchObject({ verdict: 'refused', reason: 'environment_mismatch' });
  expect(await verdictIn('test')).toMatchObject({ verdict: 'allowed' });
});

test('the admin API names no address that does not answer', async () => {
  for (const id of ['bare', 'named'])
    expect((await server.admin('GET', `/v1/apis/${id}`)).body).toMatchObject({ urls: {} });
  expect((await server.admin('GET', '/v1/apis/served')).body).toMatchObject({
    urls: { live: `http://api.served.test:${server.publicPort}` },
  });
});
