// The smallest program with Miftah inside: a configuration of one API and a data folder, with nothing to proxy.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { libraryOperator, openMiftah } from '../../src/index.ts';
import { apiKeyAuth } from '../../src/middleware/node.ts';
import { startServer } from '../carriers/embedded.ts';

test('one API and a data folder are enough', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-object-'));
  const config = Object.freeze({ dataDir: join(folder, 'data'), apis: Object.freeze([Object.freeze({ id: 'acme' })]) });
  const miftah = await openMiftah({ config }, { log: pino({ level: 'silent' }) });
  const protect = apiKeyAuth(miftah.api('acme'));
  const app = await startServer(protect((req, res) => res.end(`${req.auth.apiId} ${req.auth.environment}`)));
  try {
    const { id: orgId } = await miftah.organizations.createOrganization(libraryOperator, { name: 'First' });
    const { secret } = await miftah.keys.createKey(libraryOperator, { apiId: 'acme', orgId, name: 'server' });
    const call = (authorization: string, host = 'a.test') =>
      fetch(`http://127.0.0.1:${app.port}/`, { headers: { authorization, host } });
    expect(await (await call(`Bearer ${secret}`)).text()).toBe('acme live');
    expect((await call('Bearer x')).status).toBe(401);
    expect(await readdir(join(folder, 'data'))).toContain('miftah.db');
  } finally {
    await app.close();
    await miftah.close();
    await rm(folder, { recursive: true });
  }
});
