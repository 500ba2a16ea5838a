// `miftah/node` as a carrier: the engine in the same process as the API.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { openMiftah } from '../../src/compose.ts';
import { libraryOperator } from '../../src/management/rights.ts';
import { apiKeyAuth } from '../../src/middleware/node.ts';
import { fiveApis } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';
import { describeCarrier } from './carrier-contract.ts';

async function openEmbedded() {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-node-'));
  const config = join(folder, 'miftah.yaml');
  const apis = fiveApis.replaceAll('UPSTREAM', 'http://127.0.0.1:1');
  await writeFile(config, `dataDir: ${join(folder, 'data')}\napis:${apis}`);
  const miftah = await openMiftah({ config }, { log: pino({ level: 'silent' }) });
  return {
    miftah,
    async close() {
      await miftah.close();
      await rm(folder, { recursive: true });
    },
  };
}

describeCarrier('miftah/node', async () => {
  const { miftah, close } = await openEmbedded();
  const handlers = new Map(
    [...miftah.gates.keys()].map((id) => [
      id,
      apiKeyAuth(miftah.api(id))((req, res) => {
        res.end(JSON.stringify(req.auth));
      }),
    ]),
  );
  const server = createServer((req, res) => handlers.get(req.headers.host as string)?.(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    send: ({ api, method = 'GET', path = '/v1/users/usr_123', headers, from = '127.0.0.1' }) =>
      sendRaw({ port, from, text: requestText(`${method} ${path} HTTP/1.1`, [['Host', api], ...headers]) }),
    createOrg: async () =>
      (await miftah.organizations.createOrganization(libraryOperator, { name: 'Test', kind: 'dealer' })).id,
    async createKey({ api, org, ...fields }) {
      const input = { name: 'test key', ...fields, apiId: api as string, orgId: org as string };
      const { key, secret } = await miftah.keys.createKey(libraryOperator, input);
      return { id: key.id, secret };
    },
    async suspendOrg(id) {
      await miftah.organizations.suspendOrganization(libraryOperator, id);
    },
    async revokeKey(id) {
      await miftah.keys.revokeKey(libraryOperator, id);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await close();
    },
  };
});

test('an API that is not configured is a mistake, told before traffic', async () => {
  const { miftah, close } = await openEmbedded();
  expect(() => miftah.api('acme')).toThrow('no API acme is configured: use one of palcards, palpluss');
  expect(() => apiKeyAuth(miftah.api('classic'), { trustedProxies: ['10.0.0.0/33'] })).toThrow(TypeError);
  await close();
});

test('once the storage is gone, requests are refused as unavailable', async () => {
  const { miftah, close } = await openEmbedded();
  const org = await miftah.organizations.createOrganization(libraryOperator, { name: 'Test' });
  const { secret } = await miftah.keys.createKey(libraryOperator, { apiId: 'classic', orgId: org.id, name: 'key' });
  const handler = apiKeyAuth(miftah.api('classic'))((_req, res) => {
    res.end('let through');
  });
  await miftah.close();
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const headers = [
    ['Host', 'x'],
    ['Authorization', `Bearer ${secret}`],
  ] as const;
  const reply = await sendRaw({ port, text: requestText('GET / HTTP/1.1', headers) });
  server.close();
  await close();
  expect(reply.status).toBe(503);
  expect(reply.body).not.toContain('let through');
});
