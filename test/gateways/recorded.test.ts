// Traefik and Envoy by their recorded contracts: what each sends with a printed configuration, and what it does then.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { profileIds } from '../../src/config/bundled-profiles.ts';
import { describeReasons, openServer } from '../carriers/reason-contract.ts';
import { runCli } from '../cli/cli-process.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { sendThroughEnvoy, sendThroughTraefik } from './recorded.ts';

const gateways = { traefik: sendThroughTraefik, envoy: sendThroughEnvoy } as const;

async function print(id: string, api: string, server: TestServer): Promise<string> {
  const args = ['gateway', 'snippet', id, '--config', 'miftah.yaml', '--api', api];
  const address = ['--address', `127.0.0.1:${server.internalPort}`];
  const { code, stdout, stderr } = await runCli([...args, ...address], { cwd: server.folder });
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

for (const [id, send] of Object.entries(gateways)) {
  describeReasons(
    `${id}, all reasons`,
    () =>
      openServer((server) => {
        const printed = Promise.all(profileIds.map(async (api) => [api, await print(id, api, server)] as const));
        return async (request) => {
          const text = new Map<string, string>(await printed).get(request.api) as string;
          return send(text, server.operatorToken, request);
        };
      }),
    // Envoy appends to X-Forwarded-For: the upstream reads the last address.
    id === 'envoy' ? { further: false, replacesOutages: true, kept: ['x-forwarded-for'] } : { further: false },
  );
}

describe.each(Object.entries(gateways))('%s', (id, send) => {
  let server: TestServer;
  let key: { id: string; secret: string };

  beforeAll(async () => {
    server = await startTestServer();
    key = await server.createKey({ api: 'palm', org: await server.createOrg() });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('the upstream gets no key and no token, and a wrong token is refused', async () => {
    const text = await print(id, 'palm', server);
    const request = {
      api: 'palm',
      host: 'api.palm.localhost',
      headers: [['Authorization', `Bearer ${key.secret}`]] as const,
    };
    const { status, upstream, headers } = await send(text, server.operatorToken, request);
    expect([status, upstream?.['x-miftah-key-id']]).toEqual([200, key.id]);
    expect(JSON.stringify(upstream)).not.toContain(key.secret);
    expect(JSON.stringify(upstream)).not.toContain(server.operatorToken);
    // Traefik gives its client nothing of an allowed reply.
    expect(headers['x-ratelimit-limit']).toBe(id === 'envoy' ? '600' : undefined);
    const wrong = await send(text, 'mft_wrong', request);
    expect([wrong.status, wrong.upstream]).toEqual([401, undefined]);
  });
});
