// The public keys of assertions on the public listener: at a path of Miftah's own, which takes none from an API.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';

const ours = '/.well-known/miftah/jwks.json';

function ask(
  { publicPort }: TestServer,
  line: string,
  host: string,
  fields: readonly (readonly [string, string])[] = [],
) {
  return sendRaw({ port: publicPort, text: requestText(line, [['Host', host], ['Connection', 'close'], ...fields]) });
}

const statusOf = async (server: TestServer, target: string, host: string): Promise<number> =>
  (await ask(server, `GET ${target} HTTP/1.1`, host)).status;

async function internalKeys({ internalPort }: TestServer): Promise<unknown> {
  return (await fetch(`http://127.0.0.1:${internalPort}/.well-known/jwks.json`)).json();
}

test('they are under every name that no API has, and have no private part', async () => {
  await using server = await startTestServer();
  const known = await internalKeys(server);
  for (const host of ['10.0.0.7:4100', 'miftah.default.svc', 'localhost']) {
    const reply = await ask(server, `GET ${ours} HTTP/1.1`, host);
    expect([reply.status, JSON.parse(reply.body)], host).toEqual([200, known]);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/jwk-set+json',
      'cache-control': 'public, max-age=300',
      'content-length': String(reply.body.length),
    });
  }
  const head = await ask(server, `HEAD ${ours} HTTP/1.1`, 'miftah');
  expect([head.status, head.body]).toEqual([200, '']);
  const { keys } = known as { keys: Record<string, unknown>[] };
  expect(keys.map((key) => Object.keys(key).toSorted())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x']]);
});

test('by default an API keeps the path, and its key is still needed', async () => {
  await using server = await startTestServer();
  const host = 'api.classic.localhost';
  expect(await statusOf(server, ours, host)).toBe(401);
  const { secret } = await server.createKey({ api: 'classic', org: await server.createOrg() });
  const reply = await ask(server, `GET ${ours} HTTP/1.1`, host, [['Authorization', `Bearer ${secret}`]]);
  expect(reply.status).toBe(200);
  expect(JSON.parse(reply.body)).toMatchObject({ method: 'GET', target: ours });
});

test('only this path, only for reading, and only in a well-formed request', async () => {
  await using server = await startTestServer();
  for (const path of [`${ours}/`, ours.toUpperCase(), `${ours}?x`, `/${ours}`, ours.replace('k', '%6b')])
    expect(await statusOf(server, path, 'miftah'), path).toBe(421);
  expect((await ask(server, `POST ${ours} HTTP/1.1`, 'miftah')).status).toBe(421);
  expect((await ask(server, `GET ${ours} HTTP/1.1`, 'a b')).status).toBe(400);
  expect((await ask(server, `GET ${ours} HTTP/1.1`, 'a\r\nHost: b')).status).toBe(400);
});

test('a configured path is answered under any name, until a reload takes it away', async () => {
  await using server = await startTestServer({ extra: 'public: { jwksPath: /keys.json }' });
  const hosts = ['api.classic.localhost', 'miftah'];
  for (const host of hosts) {
    const { status, body } = await ask(server, 'GET /keys.json HTTP/1.1', host);
    expect([status, JSON.parse(body)], host).toEqual([200, await internalKeys(server)]);
  }
  expect(await statusOf(server, ours, 'miftah')).toBe(421);
  const apis =
    '\napis: [{ id: classic, profile: classic, hosts: [api.classic.localhost], upstream: "http://127.0.0.1:9" }]';
  await writeFile(join(server.folder, 'miftah.yaml'), `public: { jwksPath: none }${apis}`);
  expect((await server.server.reload()).changed).toContain('public.jwksPath');
  for (const path of [ours, '/keys.json'])
    expect(await Promise.all(hosts.map((host) => statusOf(server, path, host))), path).toEqual([401, 421]);
});
