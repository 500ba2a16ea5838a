// `/auth/nginx`, `/auth/forward` and `/auth/envoy` as carriers, and what only they do: facts, tokens, the unix socket.
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { decodeJwt } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { serve } from '../../src/serve.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';
import { type CarriedApi, carriedApis, clockOfCarriers, describeCarrier } from './carrier-contract.ts';
import { ask, dialectIds, type Headers, openGateway, questionOf } from './gateways.ts';

const hostOf = (api: CarriedApi): string =>
  api === 'panel' ? 'panel.localhost' : /^pal|classic/.test(api) ? `api.${api}.localhost` : `${api}.localhost`;

for (const dialect of dialectIds) {
  describeCarrier(`/auth/${dialect}`, async () => {
    const server = await startTestServer({ clock: clockOfCarriers, apis: carriedApis });
    const send = openGateway(server, dialect);
    return {
      send: ({ api, ...rest }) => send({ api, host: hostOf(api), ...rest }),
      createOrg: () => server.createOrg(),
      createKey: (fields) => server.createKey(fields),
      async suspendOrg(id) {
        await server.admin('POST', `/v1/orgs/${id}/suspend`);
      },
      async revokeKey(id) {
        await server.admin('DELETE', `/v1/keys/${id}`);
      },
      close: () => server[Symbol.asyncDispose](),
    };
  });
}

let server: TestServer;
let org: string;
let key: { id: string; secret: string };
const faults: string[] = [];

beforeAll(async () => {
  const log = pino({ level: 'error' }, { write: (line: string) => void faults.push(line) });
  const apis = carriedApis.replace('profile: classic\n', 'profile: classic\n    passHeaders: [x-http-method]\n');
  server = await startTestServer({ apis, log, extra: 'public: { trustedProxies: [10.0.0.0/8] }' });
  org = await server.createOrg();
  key = await server.createKey({ api: 'classic', org, scopes: ['users:read'], rateLimits: ['100/m'] });
});
afterAll(() => server[Symbol.asyncDispose]());

interface Made {
  readonly id: string;
  readonly token: string;
}

const bearer = (secret: string): Headers => [['Authorization', `Bearer ${secret}`]];
const classic = (headers: Headers = bearer(key.secret), more: object = {}) => ({
  api: 'classic',
  host: 'api.classic.localhost',
  headers,
  ...more,
});

/** Sends the question of a gateway with some headers replaced, or without those whose value is `undefined`. */
function askWith(
  dialect: (typeof dialectIds)[number],
  changes: Readonly<Record<string, readonly string[]>>,
  { headers = bearer(key.secret), line }: { headers?: Headers; line?: string } = {},
) {
  const question = questionOf(dialect, classic());
  const all: Headers = [...question.headers, ['X-Miftah-Token', server.operatorToken], ...headers];
  const kept = all.filter(([name]) => !Object.keys(changes).some((each) => each.toLowerCase() === name.toLowerCase()));
  const added = Object.entries(changes).flatMap(([name, values]) => values.map((value) => [name, value] as const));
  return sendRaw({ port: server.internalPort, text: requestText(line ?? question.line, [...kept, ...added]) });
}

describe.each(dialectIds)('/auth/%s', (dialect) => {
  test('an allowed reply is an empty 200 with every identity and rate header', async () => {
    const { status, headers, body } = await ask(server, dialect, classic());
    expect([status, body, headers['content-length'], headers['cache-control']]).toEqual([200, '', '0', 'no-store']);
    expect(headers).toMatchObject({
      'x-miftah-api': 'classic',
      'x-miftah-key-id': key.id,
      'x-miftah-org': org,
      'x-miftah-environment': 'live',
      'x-miftah-scopes': 'users:read',
      'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
      'x-ratelimit-limit': '100',
    });
    expect(decodeJwt(headers['x-miftah-assertion'] as string)).toMatchObject({ sub: key.id, org, aud: 'classic' });
  });

  test('what an allowed reply does not know is explicitly empty', async () => {
    const { secret } = await server.createKey({ api: 'panel', org });
    const ofKey = await ask(server, dialect, { api: 'panel', host: 'panel.localhost', headers: bearer(secret) });
    expect(ofKey.status).toBe(200);
    const empty = ['x-miftah-scopes', 'x-miftah-meta-plan', 'x-miftah-meta-customer-id', 'x-ratelimit-limit'];
    expect(empty.map((name) => ofKey.headers[name])).toEqual(['', '', '', '']);
    expect(ofKey.headers['x-miftah-org']).toBe(org);
    const open = { api: 'palm', host: 'api.palm.localhost', path: '/health', headers: [] };
    const ofPublic = await ask(server, dialect, open);
    expect(ofPublic.status).toBe(200);
    const names = ['api', 'key-id', 'org', 'environment', 'scopes', 'assertion'].map((name) => `x-miftah-${name}`);
    const rates = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
    expect([...names, ...rates].map((name) => ofPublic.headers[name])).toEqual(Array(9).fill(''));
  });

  test('a token for decisions decides about its APIs until it is revoked', async () => {
    const create = async (fields: object) => (await server.admin('POST', '/v1/tokens', fields)).body as unknown as Made;
    const edge = await create({ name: 'edge', may: 'decide', apis: ['classic'] });
    const other = await create({ name: 'other', may: 'decide', apis: ['palm'] });
    const metrics = await create({ name: 'metrics', may: 'metrics' });
    const askAs = (token: string) => askWith(dialect, { 'X-Miftah-Token': [token] });
    expect((await askAs(edge.token)).status).toBe(200);
    // Here Authorization is the client's.
    expect((await askWith(dialect, { 'X-Miftah-Token': [] }, { headers: bearer(edge.token) })).status).toBe(401);
    for (const { token } of [other, metrics]) {
      const { status, body } = await askAs(token);
      expect([status, JSON.parse(body).code]).toEqual([403, 'token_not_allowed']);
    }
    expect((await server.admin('DELETE', `/v1/tokens/${edge.id}`)).status).toBe(200);
    const reply = await askAs(edge.token);
    expect(reply.status).toBe(401);
    expect(reply.headers['x-miftah-key-id']).toBeUndefined();
  });

  test.each([
    ['no token', []],
    ['a wrong token', ['mft_wrong']],
    ['an empty token', ['']],
  ])('%s is 401 without a verdict', async (_what, tokens) => {
    const reply = await askWith(dialect, { 'X-Miftah-Token': tokens });
    const refused = await askWith(dialect, { 'X-Miftah-Token': tokens }, { headers: [] });
    for (const each of [reply, refused]) {
      expect([each.status, each.headers['www-authenticate']]).toEqual([401, 'ApiKey realm="miftah"']);
      expect(JSON.parse(each.body).code).toBe('unauthenticated');
      expect(each.text).not.toMatch(/x-miftah-(api|org|key|scopes|assertion)|ratelimit/i);
    }
    expect(reply.body).toBe(refused.body);
  });

  test('the token twice, and the token in Authorization, are 401', async () => {
    const { operatorToken } = server;
    const twice = await askWith(dialect, { 'X-Miftah-Token': [operatorToken, operatorToken] });
    const elsewhere = await askWith(dialect, { 'X-Miftah-Token': [] }, { headers: bearer(operatorToken) });
    expect([twice.status, elsewhere.status]).toEqual([401, 401]);
  });

  test('the token is read again on each request of a connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { line, headers } = questionOf(dialect, classic());
    const [method, path] = line.split(' ');
    const send = async (token: Record<string, string>) => {
      const all = { ...Object.fromEntries([...headers, ...bearer(key.secret)]), ...token };
      const req = request({ port: server.internalPort, host: '127.0.0.1', method, path, headers: all, agent }).end();
      const [reply] = (await once(req, 'response')) as [IncomingMessage];
      await text(reply);
      return [reply.statusCode, req.reusedSocket];
    };
    expect(await send({ 'X-Miftah-Token': server.operatorToken })).toEqual([200, false]);
    expect(await send({ 'X-Miftah-Token': server.operatorToken })).toEqual([200, true]);
    expect(await send({})).toEqual([401, true]);
    expect(await send({ 'X-Miftah-Token': 'mft_wrong' })).toEqual([401, true]);
    agent.destroy();
  });

  test('a page, and any host name, may be the client', async () => {
    const reply = await ask(server, dialect, classic([...bearer(key.secret), ['Origin', 'https://evil.example']]));
    expect(reply.status).toBe(200);
    expect((await askWith(dialect, { Host: ['api.shop.example'] })).status).toBe(200);
  });

  test('an unknown API gets no verdict', async () => {
    const reply = await ask(server, dialect, { ...classic(), api: 'nowhere' });
    expect(reply.status).toBe(dialect === 'nginx' ? 403 : 400);
    expect(JSON.parse(reply.body).code).toBe('api_unknown');
  });

  test('each allowed request is recorded once, before its reply', async () => {
    const own = await server.createKey({ api: 'classic', org });
    for (let sent = 0; sent < 3; sent++)
      expect((await ask(server, dialect, classic(bearer(own.secret)))).status).toBe(200);
    const { body } = await server.admin('GET', `/v1/usage?key=${own.id}`);
    const rows = body.data as { outcome: string; count: number; statuses: Record<string, number> }[];
    // An hour may end between them.
    const total = rows.reduce((sum, { count }) => sum + count, 0);
    const unknown = rows.reduce((sum, { statuses }) => sum + (statuses.unknown ?? 0), 0);
    expect([new Set(rows.map(({ outcome }) => outcome)), total, unknown]).toEqual([new Set(['allowed']), 3, 3]);
  });

  test('a refused request is recorded with the facts of the client', async () => {
    const path = '/v1/recorded';
    await ask(server, dialect, classic(bearer('sk_live_wrong'), { method: 'PUT', path, from: '203.0.113.9' }));
    await server.restart(async () => undefined);
    const { body } = await server.admin('GET', '/v1/denials?api=classic&limit=100');
    expect(body.data).toEqual(
      expect.arrayContaining([expect.objectContaining({ reason: 'credential_malformed', method: 'PUT', path })]),
    );
  });

  test.each([
    ['X-HTTP-Method-Override', 'DELETE'],
    ['x_http_method_override', 'DELETE'],
    ['X-Rewrite-URL', '/admin'],
    ['X-Miftah-Foo', 'x'],
    ['X-Miftah-Meta-Plan', 'gold'],
    ['X_Miftah_Org', 'org_evil'],
    ['X.Miftah!Key-Id', 'key_evil'],
    ['X_Forwarded_For', '6.6.6.6'],
    ['x-forwarded.host', 'evil.example'],
  ])('%s of the client, which the gateway did not remove, is refused', async (name, value) => {
    const reply = await ask(server, dialect, classic([...bearer(key.secret), [name, value]]));
    expect([reply.status, reply.headers['x-miftah-status']]).toEqual(
      dialect === 'nginx' ? [403, '400'] : [400, undefined],
    );
    expect(JSON.parse(reply.body)).toMatchObject({ success: false, error: { code: 'BAD_REQUEST' } });
  });

  test('a header that every allowed reply sets, and one of passHeaders, pass', async () => {
    const headers: Headers = [...bearer(key.secret), ['X-Miftah-Org', 'org_evil'], ['X-HTTP-Method', 'GET']];
    const reply = await ask(server, dialect, classic(headers));
    expect([reply.status, reply.headers['x-miftah-org']]).toEqual([200, org]);
  });

  test('the client address is the last one, unless that is a trusted proxy', async () => {
    const { secret } = await server.createKey({ api: 'classic', org, addresses: ['203.0.113.7'] });
    const from = async (list: string) => (await ask(server, dialect, classic(bearer(secret), { from: list }))).status;
    expect(await from('203.0.113.7')).toBe(200);
    expect(await from('6.6.6.6, 203.0.113.7')).toBe(200);
    expect(await from('203.0.113.7, 10.1.2.3')).toBe(200);
    expect(await from('203.0.113.7, 6.6.6.6')).toBe(403);
    expect(await from('203.0.113.7, 127.0.0.1')).toBe(403);
  });

  test.each(['unknown', '6.6.6.6, unix:', 'evil', '1.2.3', ',', '127.0.0.1:x'])(
    'the client address %j is refused',
    async (from) => {
      const reply = await ask(server, dialect, classic(undefined, { from }));
      expect(reply.headers['x-miftah-status'] ?? String(reply.status)).toBe('400');
    },
  );

  test('a host that is bound to an environment is a fact', async () => {
    const { secret } = await server.createKey({ api: 'palcards', org, addresses: ['127.0.0.1'] });
    const headers: Headers = [['x-api-key', secret]];
    const at = async (host: string) => (await ask(server, dialect, { api: 'palcards', host, headers })).status;
    expect(await at('api.palcards.localhost')).toBe(200);
    expect(await at('API.palcards.localhost:8443')).toBe(200);
    expect(await at('api-sandbox.palcards.localhost')).toBe(401);
    for (const host of ['other.example', 'evil@api.palcards.localhost'])
      expect([400, 401, 403]).toContain(await at(host));
  });
});

test.each([
  ['nginx', ['X-Original-Method', 'X-Original-URI', 'X-Forwarded-For']],
  ['forward', ['X-Forwarded-Method', 'X-Forwarded-Uri', 'X-Forwarded-Host', 'X-Forwarded-For']],
] as const)('/auth/%s refuses a request without a fact, or with one twice', async (dialect, names) => {
  const status = async (changes: Readonly<Record<string, readonly string[]>>) => {
    const reply = await askWith(dialect, changes);
    return reply.headers['x-miftah-status'] ?? String(reply.status);
  };
  const original = (name: string) =>
    questionOf(dialect, classic()).headers.find(([each]) => each === name)?.[1] as string;
  for (const name of names) {
    expect(await status({ [name]: [] }), `no ${name}`).toBe('400');
    expect(await status({ [name]: [''] }), `empty ${name}`).toBe('400');
    expect(await status({ [name]: [original(name), original(name)] }), `${name} twice`).toBe('400');
    expect(faults.join('')).toContain(`sent no ${name.toLowerCase()}`);
  }
  const [methodName, target] = names;
  for (const method of ['TRACE', 'CONNECT']) expect(await status({ [methodName]: [method] }), method).toBe('405');
  for (const method of ['get', 'FOO', 'GET POST']) expect(await status({ [methodName]: [method] }), method).toBe('400');
  for (const value of ['v1/users', 'https://api.example/v1', '*', '?a=1'])
    expect(await status({ [target]: [value] })).toBe('400');
});

test('each dialect reads its own headers only', async () => {
  const foreign = await askWith('forward', {
    'X-Forwarded-Method': [],
    'X-Forwarded-Uri': [],
    'X-Original-Method': ['GET'],
    'X-Original-URI': ['/v1/users'],
  });
  expect(foreign.status).toBe(400);
  const other = await askWith('nginx', {
    'X-Original-Method': [],
    'X-Original-URI': [],
    'X-Forwarded-Method': ['GET'],
    'X-Forwarded-Uri': ['/v1/users'],
  });
  expect([other.status, other.headers['x-miftah-status']]).toEqual([403, '400']);
  const { secret } = await server.createKey({ api: 'classic', org, endpoints: ['GET /v1/users'] });
  const headers = bearer(secret);
  const spoofed = { 'X-Forwarded-Method': ['GET'], 'X-Forwarded-Uri': ['/v1/users'], 'X-Original-URI': ['/v1/cards'] };
  expect((await askWith('nginx', spoofed, { headers })).status).toBe(403);
});

test('an optional host is not needed where no host is bound', async () => {
  expect((await askWith('nginx', { 'X-Original-Host': [] })).status).toBe(200);
  const { secret } = await server.createKey({ api: 'palcards', org, addresses: ['127.0.0.1'] });
  const line = 'GET /auth/nginx/palcards HTTP/1.1';
  const headers: Headers = [['x-api-key', secret]];
  const without = await askWith('nginx', { 'X-Original-Host': [] }, { line, headers });
  expect([without.status, without.headers['x-miftah-status']]).toEqual([403, '400']);
});

test('Envoy without an address: a key with addresses is refused, another is not', async () => {
  const { secret } = await server.createKey({ api: 'classic', org, addresses: ['127.0.0.1'] });
  expect((await askWith('envoy', { 'x-forwarded-for': [] })).status).toBe(200);
  expect((await askWith('envoy', { 'x-forwarded-for': [] }, { headers: bearer(secret) })).status).toBe(403);
  expect((await askWith('envoy', {}, { line: 'GET /auth/envoy/classic HTTP/1.1' })).status).toBe(400);
  expect((await askWith('envoy', {}, { line: 'GET /auth/envoy/classic?a=1 HTTP/1.1' })).status).toBe(400);
});

test('a preflight never looks like an allowed request', async () => {
  const headers: Headers = [
    ['Origin', 'https://app.example.com'],
    ['Access-Control-Request-Method', 'POST'],
  ];
  const preflight = { api: 'palm', host: 'api.palm.localhost', method: 'OPTIONS', headers };
  const statuses = [];
  for (const dialect of dialectIds) {
    const reply = await ask(server, dialect, preflight);
    statuses.push([reply.status, reply.headers['x-miftah-status']]);
    expect(reply.headers['access-control-allow-origin']).toBe('https://app.example.com');
  }
  expect(statuses).toEqual([
    [403, '204'],
    [403, '204'],
    [204, undefined],
  ]);
});

test('nginx gets 401 or 403, and the whole reply by a second request', async () => {
  const { secret } = await server.createKey({ api: 'palpluss', org, rateLimits: ['1/m'] });
  const headers: Headers = [['Authorization', `Basic ${Buffer.from(`${secret}:`).toString('base64')}`]];
  const limited = { api: 'palpluss', host: 'api.palpluss.localhost', headers };
  expect((await ask(server, 'nginx', limited)).status).toBe(200);
  const asked = await ask(server, 'nginx', limited);
  expect([asked.status, asked.headers['x-miftah-status']]).toEqual([403, '429']);
  expect(Number(asked.headers['retry-after'])).toBeGreaterThan(0);
  const restored = await openGateway(server, 'nginx')(limited);
  expect(restored).toMatchObject({ status: 429, upstream: undefined });
  expect(JSON.parse(restored.body).error.code).toBe('RATE_LIMIT_EXCEEDED');
  expect(Number(restored.headers['retry-after'])).toBeGreaterThan(0);
});

test.each([
  [''],
  ['x'],
  [Buffer.from('{"status":200}').toString('base64url')],
  [Buffer.from('[]').toString('base64url')],
])('a reply to repeat that is none (%j) is 403', async (packed) => {
  const line = 'GET /auth/nginx/classic/reply HTTP/1.1';
  const reply = await askWith('nginx', { 'X-Miftah-Reply': [packed] }, { line });
  expect(reply.status).toBe(403);
  expect((await askWith('nginx', { 'X-Miftah-Token': [] }, { line })).status).toBe(401);
});

test('other paths below /auth need the token, and are not found', async () => {
  for (const path of [
    '/auth/',
    '/auth/nginx',
    '/auth/other/classic',
    '/auth/nginx/classic/x',
    '/auth/forward/classic/',
  ]) {
    const line = `GET ${path} HTTP/1.1`;
    expect((await askWith('nginx', { 'X-Miftah-Token': [] }, { line })).status).toBe(401);
    expect([400, 403, 404]).toContain((await askWith('nginx', {}, { line })).status);
  }
});

test('on a unix socket of mode 0660, gateways need no token, and nothing else is served', async () => {
  const file = join(server.folder, 'decisions.sock');
  const settings = { public: '127.0.0.1:0', internal: '127.0.0.1:0', data: join(server.folder, 'other') };
  const environment = { MIFTAH_DECISIONS__LISTEN: `unix:${file}` };
  const config = loadConfig({ file: join(server.folder, 'miftah.yaml'), flags: settings, environment });
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const req = request({ socketPath: file, path, headers, agent: false }).end();
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: string }>();
    req.on('error', reject);
    req.on('response', async (reply) => resolve({ status: reply.statusCode, body: await text(reply) }));
    return promise;
  };
  const other = await serve(config, { log: pino({ level: 'silent' }) });
  try {
    expect(other.decisionsAddress).toBe(`unix:${file}`);
    expect(statSync(file).mode & 0o7777).toBe(0o660);
    const facts = { 'x-original-method': 'GET', 'x-original-uri': '/v1', 'x-forwarded-for': '127.0.0.1' };
    const answer = await get('/auth/nginx/classic', { ...facts, 'x-miftah-token': 'of the client' });
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([401, 'MISSING_API_KEY']);
    expect((await get('/v1/keys')).status).toBe(404);
  } finally {
    await other.close();
  }
  expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
});
