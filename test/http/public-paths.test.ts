// Public paths before the data plane: no use of a key, the upstream of the host's environment, and no vendor's route.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startTestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';

type Headers = readonly (readonly [string, string])[];

test('a public path is served without a key, by the environment of its host, and a vendor’s own route is not', async () => {
  const sandbox = createServer((_req, res) => void res.end('sandbox')).listen(0, '127.0.0.1');
  await once(sandbox, 'listening');
  await using server = await startTestServer({
    apis: `
  - id: classic
    profile: classic
    hosts: { live: [api.localhost], test: [sandbox.localhost] }
    upstream: { live: UPSTREAM, test: "http://127.0.0.1:${(sandbox.address() as AddressInfo).port}" }
    publicPaths: [GET /v1/**, GET /broken]`,
    upstream: (req, res) => (req.url === '/broken' ? res.destroy() : res.end('live')),
  });
  const send = (host: string, path: string, headers: Headers = []) =>
    sendRaw({
      port: server.publicPort,
      text: requestText(`GET ${path} HTTP/1.1`, [['Host', host], ...headers, ['Connection', 'close']]),
    });
  const key = await server.createKey({ api: 'classic', org: await server.createOrg() });
  const withKey: Headers = [['Authorization', `Bearer ${key.secret}`]];

  const open = await send('api.localhost', '/v1/users', withKey);
  expect([open.status, open.headers.vary, open.headers['cache-control']]).toEqual([200, undefined, undefined]);
  expect(open.text).toContain('live');
  expect((await send('sandbox.localhost', '/v1/users')).text).toContain('sandbox');
  expect(await send('api.localhost', '/broken')).toMatchObject({
    status: 502,
    headers: { 'content-type': 'application/json; charset=utf-8' },
  });
  expect((await server.admin('GET', `/v1/usage?key=${key.id}`)).body.data).toEqual([]);
  expect((await server.admin('GET', '/v1/denials')).body.data).toEqual([]);

  expect((await send('api.localhost', '/v1/api-keys')).status).toBe(401);
  expect((await send('api.localhost', '/v1/api-keys', withKey)).status).toBe(200);
  sandbox.closeAllConnections();
  await new Promise((resolve) => sandbox.close(resolve));
});
