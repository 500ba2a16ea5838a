// Miftah inside an application, with its console, admin API and command line by one option.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ListeningMiftah, libraryOperator, openMiftah } from '../../src/index.ts';
import { apiKeyAuth } from '../../src/middleware/node.ts';
import { startServer } from '../carriers/embedded.ts';
import { runCli } from '../cli/cli-process.ts';
import { freePort } from '../free-port.ts';
import { requestText, sendRaw } from '../raw-http.ts';

const log = pino({ level: 'silent' });

let folder: string;
let listen: { public: { listen: string }; internal: { listen: string } };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'miftah-listening-'));
  listen = {
    public: { listen: `127.0.0.1:${await freePort()}` },
    internal: { listen: `127.0.0.1:${await freePort()}` },
  };
});
afterEach(() => rm(folder, { recursive: true }));

const configOf = (policy: object = {}) => ({
  ...listen,
  dataDir: join(folder, 'miftah-data'),
  apis: [{ id: 'acme', policy }],
});

const open = (policy?: object): Promise<ListeningMiftah> =>
  openMiftah({ config: configOf(policy) }, { log, listen: true });

test('the command line changes what the application decides', async () => {
  const miftah = await open();
  const protect = apiKeyAuth(miftah.api('acme'));
  const app = await startServer(protect((req, res) => res.end(req.auth.orgId)));
  const statusWith = async (secret: string) =>
    (await fetch(`http://127.0.0.1:${app.port}/`, { headers: { authorization: `Bearer ${secret}` } })).status;
  try {
    expect(miftah.server.internalAddress).toBe(listen.internal.listen);
    const run = async (...args: readonly string[]) => {
      const env = { MIFTAH_URL: `http://${listen.internal.listen}` };
      const { code, stdout, stderr } = await runCli([...args, '--json'], { cwd: folder, env });
      expect(stderr).toBe('');
      expect(code).toBe(0);
      return JSON.parse(stdout) as Record<string, string>;
    };
    const { id: org = '' } = await run('orgs', 'create', '--name', 'First customer');
    const key = await run('keys', 'create', '--api', 'acme', '--org', org, '--name', 'server');
    expect(await statusWith(key.secret ?? '')).toBe(200);
    await run('keys', 'revoke', key.id ?? '');
    expect(await statusWith(key.secret ?? '')).toBe(401);
    // Both see one database and one cache: what the library makes, the admin API shows.
    const own = await miftah.keys.createKey(libraryOperator, { apiId: 'acme', orgId: org, name: 'other' });
    expect(await run('keys', 'get', own.key.id)).toMatchObject({ name: 'other' });
  } finally {
    await app.close();
    await miftah.close();
  }
});

test('the console is there, on the public listener alone, until the close', async () => {
  const miftah = await open();
  const [publicUrl, internalUrl] = [`http://${listen.public.listen}`, `http://${listen.internal.listen}`];
  const [, port] = listen.public.listen.split(':');
  const visit = (host: string) =>
    sendRaw({ port: Number(port), text: requestText('GET /api/config HTTP/1.1', [['Host', host]]) });
  expect(miftah.server.setUpToken).toMatch(/^[0-9A-Za-z]{43}$/);
  expect(JSON.parse((await visit('localhost')).body)).toMatchObject({ apis: [{ id: 'acme' }] });
  // The application serves the API, so the listener does not.
  expect((await visit('acme.test')).status).toBe(421);
  expect((await fetch(`${internalUrl}/v1/keys`)).status).toBe(401);
  expect((await fetch(`${internalUrl}/readyz`)).status).toBe(200);
  await miftah.close();
  await miftah.close();
  await expect(fetch(publicUrl)).rejects.toThrow();
  await expect(fetch(internalUrl)).rejects.toThrow();
  // The folder and the ports are free again.
  await (await open()).close();
});

test('without the option, nothing listens', async () => {
  const miftah = await openMiftah({ config: configOf() }, { log });
  expect('server' in miftah).toBe(false);
  for (const { listen: address } of [listen.public, listen.internal])
    await expect(fetch(`http://${address}`)).rejects.toThrow();
  await miftah.close();
});

test('with `shared`, a module that is evaluated again keeps the listeners and changes the configuration', async () => {
  const again = (policy?: object) => openMiftah({ config: configOf(policy) }, { log, listen: true, shared: true });
  const first = await again();
  const { id: orgId } = await first.organizations.createOrganization(libraryOperator, { name: 'Acme' });
  const { secret } = await first.keys.createKey(libraryOperator, { apiId: 'acme', orgId, name: 'server' });
  const second = await again({ scopes: { 'GET /': 'x:read' } });
  expect(second.server.publicAddress).toBe(first.server.publicAddress);
  const rawHeaders = ['Authorization', `Bearer ${secret}`];
  const facts = { method: 'GET', path: '/', rawHeaders, clientAddress: '127.0.0.1', environment: undefined };
  expect(await second.api('acme').authorize(facts)).toMatchObject({ reason: 'scope_missing' });
  await expect(again({ rateLimit: 'often' })).rejects.toMatchObject({ code: 'config_invalid' });
  // Who wants no listeners shares the engine too.
  const third = await openMiftah({ config: configOf() }, { log, shared: true });
  expect(await third.api('acme').authorize(facts)).toMatchObject({ kind: 'allowed' });
  await first.close();
  await second.close();
  expect((await fetch(`http://${listen.internal.listen}/readyz`)).status).toBe(200);
  await third.close();
  await expect(fetch(`http://${listen.internal.listen}`)).rejects.toThrow();
});

test('an engine that is shared without listeners gets none later', async () => {
  const quiet = await openMiftah({ config: configOf() }, { log, shared: true });
  await expect(openMiftah({ config: configOf() }, { log, shared: true, listen: true })).rejects.toThrow(
    'open it with listen first',
  );
  await quiet.checkReady();
  await quiet.close();
});

test('a port in use closes what was opened', async () => {
  const other = await startServer((_, res) => res.end());
  const taken = { ...configOf(), internal: { listen: `127.0.0.1:${other.port}` } };
  await expect(openMiftah({ config: taken }, { log, listen: true })).rejects.toMatchObject({ code: 'port_in_use' });
  await other.close();
  await (await openMiftah({ config: taken }, { log, listen: true })).close();
});
