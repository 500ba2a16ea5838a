// When a revocation returns, the next request is refused, even on a busy server.
import { Agent, request } from 'node:http';
import { expect, test } from 'vitest';
import { startTestServer } from '../fixture.ts';

const rounds = 100;
const loaders = 16;

test(`none of ${rounds} keys revoked under load is accepted afterwards or refused before`, async () => {
  await using server = await startTestServer({ upstream: (_req, res) => res.end('ok') });
  const org = await server.createOrg();
  const agent = new Agent({ keepAlive: true });
  const call = (secret: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { host: 'api.classic.localhost', authorization: `Bearer ${secret}` };
      request({ port: server.publicPort, host: '127.0.0.1', path: '/v1/users/1', headers, agent }, (res) => {
        res.resume().on('end', () => resolve(res.statusCode as number));
      })
        .on('error', reject)
        .end();
    });

  const { secret: busy } = await server.createKey({ api: 'classic', org });
  let isOver = false;
  let served = 0;
  const load = Array.from({ length: loaders }, async () => {
    while (!isOver) {
      expect(await call(busy)).toBe(200);
      served++;
    }
  });

  for (let round = 0; round < rounds; round++) {
    const { id, secret } = await server.createKey({ api: 'classic', org });
    expect(await call(secret)).toBe(200);
    // Requests in progress during the revocation may be allowed or refused. Later ones must be refused.
    const racing = [call(secret), call(secret)];
    const { status } = await server.admin('DELETE', `/v1/keys/${id}`);
    expect(status).toBe(200);
    expect(await Promise.all([call(secret), call(secret), call(secret)])).toEqual([401, 401, 401]);
    await Promise.all(racing);
  }
  isOver = true;
  await Promise.all(load);
  agent.destroy();
  expect(served).toBeGreaterThan(rounds);
});
