// A use is recorded before its reply is complete, through every carrier.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Miftah, openMiftah } from '../../src/compose.ts';
import { createTrustedProxies } from '../../src/domain/client-address.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { createAssertions, generateSigningKey } from '../../src/gateway/assertion.ts';
import { createProxy } from '../../src/gateway/proxy.ts';
import { createDataPlane } from '../../src/http/data-plane.ts';
import { createLoopTurns } from '../../src/http/loop-turns.ts';
import { libraryOperator } from '../../src/management/rights.ts';
import { apiKeyAuth } from '../../src/middleware/node.ts';
import type { Gate } from '../../src/profiles/gate.ts';
import { closeAll, LIMITS, listen, RawClient, routedTo } from '../gateway/gateway-harness.ts';

let folder: string;
let miftah: Miftah;
let secret: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'miftah-recorded-'));
  const config = join(folder, 'miftah.yaml');
  const apis = 'apis: [{ id: classic, profile: classic, hosts: [a.localhost], upstream: "http://127.0.0.1:1" }]';
  await writeFile(config, `dataDir: ${join(folder, 'data')}\n${apis}\n`);
  miftah = await openMiftah({ config });
  const { id: orgId } = await miftah.organizations.createOrganization(libraryOperator, { name: 'Acme' });
  ({ secret } = await miftah.keys.createKey(libraryOperator, { apiId: 'classic', orgId, name: 'key' }));
});
afterEach(async () => {
  await closeAll();
  await miftah.close();
  await rm(folder, { recursive: true });
});

const carriers: Record<string, (gate: Gate) => Promise<RequestListener>> = {
  async 'data plane'(gate) {
    const target = routedTo(await listen(createServer((_req, res) => res.end('from the upstream'))));
    const upstream = { live: target, test: target };
    const proxy = createProxy(LIMITS);
    return createDataPlane({
      routes: [{ gate, hosts: new Map([['a.localhost', undefined]]), upstream, limits: LIMITS }],
      proxy,
      trustedProxies: createTrustedProxies([]),
      assertions: await createAssertions(await generateSigningKey(), systemClock),
      management: {
        keys: miftah.keys,
        usage: miftah.usage,
        clock: miftah.clock,
        findMember: async () => undefined,
        takeTurn: createLoopTurns(),
        onFault() {},
      },
      onUpstreamFailure: () => undefined,
    }).request;
  },
  middleware: async (gate) => apiKeyAuth(gate)((_req, res) => void res.end('from the handler')),
};

test.each(Object.entries(carriers))('%s: no reply is complete before its use is recorded', async (_name, open) => {
  const asked = Promise.withResolvers<void>();
  const recorded = Promise.withResolvers<void>();
  const usage: Gate['usage'] = {
    recordUse: () => expect.fail('an allowed request is recorded with those of its turn'),
    recordUseInTurn() {
      asked.resolve();
      return recorded.promise;
    },
  };
  const port = await listen(createServer(await open({ ...miftah.api('classic'), usage })));
  const head = 'GET /v1/things HTTP/1.1\r\nHost: a.localhost\r\nConnection: close\r\n';
  const client = new RawClient(port).send(`${head}Authorization: Bearer ${secret}\r\n\r\n`);
  await asked.promise;
  // A request without a key is no use, and is answered meanwhile.
  expect(await new RawClient(port).send(`${head}\r\n`).closed()).toContain(' 401 ');
  expect(client.text).not.toContain('from the');
  recorded.resolve();
  expect(await client.closed()).toContain('from the');
});
