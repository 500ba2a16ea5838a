// The access log of a whole server: its lines, its shares, its file, and that it holds no secret.
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { libraryOperator } from '../../src/management/rights.ts';
import { apiKeyAuth } from '../../src/middleware/node.ts';
import { openMiftah } from '../../src/open.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';

const apis = `
  - id: classic
    profile: classic
    hosts: [api.localhost]
    upstream: UPSTREAM
    publicPaths: [GET /health]
`;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Line {
  readonly [field: string]: unknown;
}

/** A server whose access log is `access.log` in its folder. */
async function start(
  settings: string,
  options: Parameters<typeof startTestServer>[0] = {},
): Promise<TestServer & { readonly file: string; readLines(): Promise<readonly Line[]> }> {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-access-'));
  const file = join(folder, 'access.log');
  const server = await startTestServer({
    apis,
    ...options,
    extra: `accessLog: { output: ${file}${settings} }`,
  });
  closing.push(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  return Object.assign(server, {
    file,
    /** Closes the server first, so that all lines are in the file. */
    async readLines() {
      await server.server.close();
      return linesOf(file);
    },
  });
}

function linesOf(file: string): readonly Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

function send(server: TestServer, line: string, headers: readonly (readonly [string, string])[] = []) {
  const text = requestText(`${line} HTTP/1.1`, [['Host', 'api.localhost'], ...headers]);
  return sendRaw({ port: server.publicPort, text });
}

const bearer = (secret: string) => [['Authorization', `Bearer ${secret}`]] as const;

test('each request has a line with what is known of it', async () => {
  const server = await start('');
  const org = await server.createOrg();
  const { id, secret } = await server.createKey({ api: 'classic', org });
  const allowed = await send(server, 'GET /v1/users/42?q=1', bearer(secret));
  const refused = await send(server, 'POST /v1/users', bearer('nonsense'));
  await send(server, 'GET /health');
  await send(server, 'OPTIONS *');
  await server.admin('POST', '/v1/verify', { api: 'classic', secret, method: 'GET', path: '/v1/a?b=c' });
  await server.admin('POST', '/v1/verify', { api: 'classic', secret, explain: true });
  server.upstream.close();
  server.upstream.closeAllConnections();
  await send(server, 'GET /v1/down', bearer(secret));

  const lines = await server.readLines();
  const shared = {
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    api: 'classic',
    durationMs: expect.any(Number),
  };
  const ofProxy = { ...shared, carrier: 'proxy', client: '127.0.0.1' };
  const ofKey = { environment: 'live', key: id, org };
  const upstreamMs = expect.any(Number);
  expect(lines).toEqual([
    {
      ...ofProxy,
      ...ofKey,
      method: 'GET',
      path: '/v1/users/42',
      status: 200,
      bytes: Buffer.byteLength(allowed.body),
      upstreamMs,
    },
    {
      ...ofProxy,
      method: 'POST',
      path: '/v1/users',
      status: 401,
      reason: 'credential_malformed',
      bytes: Buffer.byteLength(refused.body),
    },
    { ...ofProxy, method: 'GET', path: '/health', status: 200, bytes: expect.any(Number), upstreamMs },
    { ...ofProxy, method: 'OPTIONS', path: '*', status: 204, bytes: 0 },
    { ...shared, ...ofKey, carrier: 'verify', method: 'GET', path: '/v1/a' },
    {
      ...ofProxy,
      ...ofKey,
      method: 'GET',
      path: '/v1/down',
      status: 502,
      reason: 'upstream_failed',
      bytes: expect.any(Number),
      upstreamMs,
    },
  ]);
  expect(lines[0]?.requestId).toBe(allowed.headers['x-request-id']);
  for (const { durationMs, upstreamMs: ofUpstream = 0 } of lines as readonly {
    durationMs: number;
    upstreamMs?: number;
  }[])
    expect(durationMs).toBeGreaterThanOrEqual(ofUpstream);
});

test('a decision for a gateway has a line without a status, unless it is refused', async () => {
  const server = await start('');
  const { id, secret } = await server.createKey({ api: 'classic', org: await server.createOrg() });
  const ask = (dialect: string, key: string) => {
    const prefix = dialect === 'nginx' ? 'X-Original' : 'X-Forwarded';
    return sendRaw({
      port: server.internalPort,
      text: requestText(`GET /auth/${dialect}/classic HTTP/1.1`, [
        ['Host', 'api.localhost'],
        ['X-Miftah-Token', server.operatorToken],
        [`${prefix}-Method`, 'GET'],
        [`${prefix}-Uri`, '/v1/a?b=c'],
        [`${prefix}-Host`, 'api.localhost'],
        ['X-Forwarded-For', '203.0.113.7'],
        ['Authorization', `Bearer ${key}`],
      ]),
    });
  };
  for (const dialect of ['nginx', 'forward']) {
    expect((await ask(dialect, secret)).status).toBe(200);
    await ask(dialect, 'nonsense');
  }
  const lines = await server.readLines();
  expect(lines.map(({ carrier, path, status, reason, key }) => ({ carrier, path, status, reason, key }))).toEqual(
    ['nginx', 'forward'].flatMap((carrier) => [
      { carrier, path: '/v1/a', status: undefined, reason: undefined, key: id },
      { carrier, path: '/v1/a', status: 401, reason: 'credential_malformed', key: undefined },
    ]),
  );
});

test('shares: refused requests and 5xx are logged where allowed ones are not', async () => {
  const server = await start(', allowedShare: 0, refusedShare: 1', {
    upstream: (req, res) => void res.writeHead(req.url === '/broken' ? 503 : 200).end(),
  });
  const { secret } = await server.createKey({ api: 'classic', org: await server.createOrg() });
  await send(server, 'GET /fine', bearer(secret));
  await send(server, 'GET /broken', bearer(secret));
  await send(server, 'GET /refused');
  const lines = await server.readLines();
  expect(lines.map(({ path, status, share }) => [path, status, share])).toEqual([
    ['/broken', 503, undefined],
    ['/refused', 401, undefined],
  ]);
});

test('a share below 1 is drawn by lot, and each line says it', async () => {
  const server = await start(', refusedShare: 0.5');
  for (let at = 0; at < 200; at++) await send(server, 'GET /refused');
  const lines = await server.readLines();
  // Fewer than 50 or more than 150 of 200 happen once in 10^12 runs.
  expect(lines.length).toBeGreaterThan(50);
  expect(lines.length).toBeLessThan(150);
  expect(new Set(lines.map(({ share }) => share))).toEqual(new Set([0.5]));
});

test('a reload turns it on, off and elsewhere, and refuses a file that can’t be opened', async () => {
  const server = await start('');
  const config = join(server.folder, 'miftah.yaml');
  const written = readFileSync(config, 'utf8');
  const apply = async (accessLog: string) => {
    await writeFile(config, written.replace(/^accessLog: .*/m, accessLog));
    return server.server.reload();
  };
  await send(server, 'GET /first');
  expect(await apply('')).toMatchObject({ changed: ['accessLog.output'], needRestart: [] });
  await send(server, 'GET /off');
  await apply(`accessLog: { output: ${server.file}.2 }`);
  await send(server, 'GET /second');
  await expect(apply(`accessLog: { output: ${server.folder}/absent/log }`)).rejects.toMatchObject({
    code: 'access_log_unusable',
  });
  await send(server, 'GET /third');
  const first = await server.readLines();
  expect(first.map(({ path }) => path)).toEqual(['/first']);
  expect(linesOf(`${server.file}.2`).map(({ path }) => path)).toEqual(['/second', '/third']);
});

test('a reload opens a renamed file again, and no line is lost', async () => {
  const server = await start('');
  for (let turn = 0; turn < 5; turn++) {
    const sent = Array.from({ length: 40 }, (_, at) => send(server, `GET /${turn}/${at}`));
    await sent[0];
    await rename(server.file, `${server.file}.${turn}`);
    await server.server.reload();
    expect(existsSync(server.file)).toBe(true);
    await Promise.all(sent);
  }
  const last = await server.readLines();
  const all = [0, 1, 2, 3, 4].flatMap((turn) => linesOf(`${server.file}.${turn}`)).concat(last);
  expect(new Set(all.map(({ path }) => path)).size).toBe(200);
  expect(all).toHaveLength(200);
});

test('a full disk costs lines and no request, and a metric counts them', async () => {
  const faults: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void faults.push(line) });
  const server = await startTestServer({ apis, log, extra: 'accessLog: { output: /dev/full }' });
  closing.push(() => server[Symbol.asyncDispose]());
  const { secret } = await server.createKey({ api: 'classic', org: await server.createOrg() });
  const readDropped = async () => {
    const text = await (await fetch(`http://127.0.0.1:${server.internalPort}/metrics`)).text();
    return Number(/^miftah_access_log_lines_total\{result="dropped"\} (\d+)$/m.exec(text)?.[1]);
  };
  let sent = 0;
  do {
    expect((await send(server, 'GET /v1/users', bearer(secret))).status).toBe(200);
    sent++;
  } while ((await readDropped()) === 0);
  expect(await readDropped()).toBeLessThanOrEqual(sent);
  expect(faults.filter((line) => line.includes('access_log_failed'))).toHaveLength(1);
});

test('a secret in a path or in the id of a trusted proxy is masked', async () => {
  const server = await start(' }\npublic: { trustedProxies: [127.0.0.1]');
  const { secret } = await server.createKey({ api: 'classic', org: await server.createOrg() });
  await send(server, `GET /v1/users/${secret}/cards?key=${secret}`, [
    ['X-Request-Id', `id-${secret}`],
    ['Referer', `https://example.com/?key=${secret}`],
    ['User-Agent', secret],
  ]);
  await send(server, `GET /v1/${secret.replace('_', '%5f')}`, [['X-Request-Id', 'from-the-proxy']]);
  const [first, second] = await server.readLines();
  const prefix = secret.slice(0, secret.lastIndexOf('_') + 1);
  expect(first).toMatchObject({ path: `/v1/users/${prefix}…/cards`, requestId: `id-${prefix}…` });
  expect(second).toMatchObject({ path: `/v1/${prefix}…`, requestId: 'from-the-proxy' });
  expect(readFileSync(server.file, 'utf8')).not.toContain(secret.slice(12, 24));
});

test('a guard in an application logs the reply of the application', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-access-'));
  closing.push(() => rm(folder, { recursive: true }));
  const file = join(folder, 'access.log');
  const config = loadConfig({
    config: { dataDir: join(folder, 'data'), accessLog: { output: file }, apis: [{ id: 'acme' }] },
    environment: {},
  });
  const miftah = await openMiftah({ config });
  const guarded = apiKeyAuth(miftah.api('acme'))((_req, res) => void res.writeHead(202).end('taken'));
  const app = createServer(guarded).listen(0, '127.0.0.1');
  await once(app, 'listening');
  const { id: orgId } = await miftah.organizations.createOrganization(libraryOperator, { name: 'Acme' });
  const { key, secret } = await miftah.keys.createKey(libraryOperator, { apiId: 'acme', orgId, name: 'key' });
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}/v1/things`;
  await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${secret}` } });
  await fetch(url);
  app.closeAllConnections();
  await new Promise((resolve) => app.close(resolve));
  await miftah.close();
  expect(linesOf(file)).toMatchObject([
    { carrier: 'node', method: 'POST', path: '/v1/things', status: 202, key: key.id, org: orgId },
    { carrier: 'node', method: 'GET', path: '/v1/things', status: 401, reason: 'credential_missing' },
  ]);
});
