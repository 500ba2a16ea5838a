// The server's descriptions of its APIs, for clients that create keys.
import { expect, test } from 'vitest';
import { startTestServer } from '../fixture.ts';

test('each API has the place of its key and the URL of each environment', async () => {
  await using server = await startTestServer();
  const port = server.publicPort;
  expect((await server.admin('GET', '/v1/apis/palcards')).body).toEqual({
    id: 'palcards',
    profile: 'palcards',
    credential: { kind: 'header', header: 'x-api-key' },
    environments: ['live', 'test'],
    urls: { live: `http://api.palcards.localhost:${port}`, test: `http://api-sandbox.palcards.localhost:${port}` },
    hosts: [
      { host: 'api.palcards.localhost', environment: 'live' },
      { host: 'api-sandbox.palcards.localhost', environment: 'test' },
    ],
    upstream: { live: expect.stringMatching(/^http:/), test: expect.stringMatching(/^http:/) },
    keyFormat: {
      prefixes: { live: 'sk_prod_', test: 'sk_sandbox_' },
      length: expect.any(Number),
      alphabet: 'base62',
      checksum: 'crc32',
    },
    limitWindows: 'fixed',
    templates: [],
  });
  expect((await server.admin('GET', '/v1/apis/panel')).body).toMatchObject({
    credential: { kind: 'bearer' },
    environments: ['live'],
    urls: { live: `http://panel.localhost:${port}` },
  });
  const { body } = await server.admin('GET', '/v1/apis');
  expect((body.data as { id: string }[]).map(({ id }) => id)).toEqual([
    'palcards',
    'palpluss',
    'panel',
    'classic',
    'palm',
  ]);
  expect((await server.admin('GET', '/v1/apis/acme')).status).toBe(404);
});
