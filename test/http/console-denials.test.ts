// Denials in the console: how they are shown, the click that fixes each, and who may click.
import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fiveApis, startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, type ConsoleReply, makeOwner, password, tokenInMail } from '../people/console-client.ts';

let server: TestServer;
let client: ConsoleClient;
let org: string;

beforeAll(async () => {
  const apis = fiveApis.replace('    policy:\n', '    policy:\n      disable: true\n').concat(`
  - id: scoped
    profile: classic
    hosts: [api.scoped.localhost]
    upstream: UPSTREAM
    policy:
      scopes: { "POST /v1/orders": "orders:write", "POST /v1/refunds": "refunds:write" }
      memberScopes: ["orders:write"]
`);
  server = await startTestServer({ apis, extra: 'public: { trustedProxies: [127.0.0.1] }' });
  const owner = await makeOwner(server);
  client = owner.client;
  org = `/api/orgs/${owner.orgId}`;
});
afterAll(() => server[Symbol.asyncDispose]());

async function create(api: string, fields: Record<string, unknown> = {}): Promise<{ id: string; secret: string }> {
  const { status, body } = await client.post(`${org}/keys`, { api, name: 'Production', ...fields });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

interface Call {
  readonly host: string;
  readonly headers: Record<string, string>;
  readonly from?: string;
  readonly method?: string;
  readonly path?: string;
}

/** The status of a call by an API client through a trusted proxy. */
async function call({ host, headers, from = '203.0.113.9', method = 'GET', path = '/user/profile' }: Call) {
  const sent = { host, 'x-forwarded-for': from, ...headers };
  const req = request({ host: '127.0.0.1', port: server.publicPort, method, path, headers: sent, agent: false }).end();
  const [res] = await once(req, 'response');
  res.resume();
  return res.statusCode as number;
}

const palcards = (secret: string) => ({ host: 'api.palcards.localhost', headers: { 'x-api-key': secret } });
const bearer = (api: string, secret: string) => ({
  host: `api.${api}.localhost`,
  headers: { authorization: `Bearer ${secret}` },
});

/** The newest denial of the key, which may not be stored yet. */
async function newestDenial(key: string, as = client) {
  for (;;) {
    const { status, body } = await as.get(`${org}/denials?key=${key}`);
    expect(status).toBe(200);
    if (body.data.length > 0) return body.data[0];
  }
}

interface Shown {
  readonly id: string;
  readonly fix: { readonly kind: string; readonly params: Readonly<Record<string, string>> };
  readonly key: { readonly revision: number };
}

/** Fixes `denial` as a reader of the page would. */
async function fix({ id, fix: { kind, params }, key: { revision } }: Shown, as = client) {
  return as.post(`${org}/denials/${id}/fix`, { kind, params, revision });
}

describe('one click', () => {
  test('adds the refused address, is in the audit log with its denial, and can be undone', async () => {
    const { id, secret } = await create('palcards');
    expect(await call(palcards(secret))).toBe(401);
    const denial = await newestDenial(id);
    expect(denial).toMatchObject({
      id: expect.stringMatching(/^den_\d+$/),
      reason: 'address_list_empty',
      clientAddress: '203.0.113.9',
      key: { id, name: 'Production', environment: 'live', status: 'active' },
      fix: { kind: 'add_address', params: { address: '203.0.113.9' }, canApply: true, isDone: false },
    });
    expect(denial.fix.text).toContain('203.0.113.9');

    const { status, body } = await fix(denial);
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.before.addresses).toEqual([]);
    expect(body.after).toMatchObject({ id, addresses: ['203.0.113.9'], revision: 2 });
    expect(await call(palcards(secret))).toBe(200);
    expect(await call({ ...palcards(secret), from: '203.0.113.10' })).toBe(401);
    const audit = await server.admin('GET', `/v1/audit?target=${id}&action=key.updated`);
    expect(audit.body.data).toMatchObject([
      {
        actor: { kind: 'operator', label: 'amal@example.com' },
        via: 'console',
        after: { source: `denial:${denial.id}` },
      },
    ]);

    // The second click has nothing to do.
    expect((await newestDenial(id)).fix).toBeDefined();
    expect((await fix(denial)).body.after.revision).toBe(2);
    const undo = { addresses: body.before.addresses };
    const headers = { 'if-match': `"${body.after.revision}"` };
    expect((await client.call('PATCH', `${org}/keys/${id}`, { body: undo, headers })).status).toBe(200);
    expect(await call(palcards(secret))).toBe(401);
  });

  test('adds only the endpoint', async () => {
    const { id, secret } = await create('classic', { endpoints: ['GET /v1/ping'] });
    expect(await call({ ...bearer('classic', secret), path: '/v1/users/usr_1' })).toBe(403);
    const { body } = await fix(await newestDenial(id));
    expect(body.after.endpoints).toEqual(['GET /v1/ping', 'GET /v1/users/usr_1']);
    expect(await call({ ...bearer('classic', secret), path: '/v1/users/usr_1' })).toBe(200);
    expect(await call({ ...bearer('classic', secret), path: '/v1/users/usr_2' })).toBe(403);
  });

  test('adds the scope, and enables a key', async () => {
    const { id, secret } = await create('palm');
    const post = { ...bearer('palm', secret), method: 'POST', path: '/v1/verifications' };
    expect(await call(post)).toBe(403);
    expect((await fix(await newestDenial(id))).body.after.scopes).toEqual(['verifications:write']);
    expect(await call(post)).toBe(200);
    await client.post(`${org}/keys/${id}/disable`, undefined);
    expect(await call(post)).toBe(401);
    let denial = await newestDenial(id);
    while (denial.reason !== 'key_disabled') denial = await newestDenial(id);
    expect((await fix(denial)).body.after.status).toBe('active');
    expect(await call(post)).toBe(200);
  });

  test('is not offered if it would not fix the denial', async () => {
    const { id, secret } = await create('palcards', { addresses: ['203.0.113.1'] });
    expect(await call({ ...palcards(secret), from: '10.0.0.7' })).toBe(401);
    const fromPrivate = await newestDenial(id);
    // The reader is outside, so 10.0.0.7 is the address of some proxy.
    const headers = { 'x-forwarded-for': '198.51.100.7' };
    const seen = (await client.get(`${org}/denials?key=${id}`, { headers })).body.data[0];
    expect(seen.fix).toMatchObject({ kind: 'trust_proxy', params: { address: '10.0.0.7' }, canApply: false });
    const body = { kind: seen.fix.kind, params: seen.fix.params, revision: seen.key.revision };
    const refused = await client.call('POST', `${org}/denials/${fromPrivate.id}/fix`, { headers, body });
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
    await client.call('DELETE', `${org}/keys/${id}`);
    expect((await newestDenial(id)).fix).toMatchObject({ kind: 'create_replacement', canApply: false });
    expect(await fix(fromPrivate)).toMatchObject({
      status: 409,
      body: { code: 'fix_changed', current: { fix: { kind: 'create_replacement' }, key: { status: 'revoked' } } },
    });
  });
});

describe('a click grants only what its reader saw', () => {
  /** All denials of the key, as soon as there are `count` of them. */
  async function denialsOf(key: string, count: number) {
    for (;;) {
      const { body } = await client.get(`${org}/denials?key=${key}&limit=100`);
      const requests = body.data.reduce((sum: number, each: { count: number }) => sum + each.count, 0);
      if (requests >= count) return body.data;
    }
  }

  test('whatever the key’s caller requests meanwhile', async () => {
    const { id, secret } = await create('classic', { endpoints: ['GET /v1/ping'] });
    const ask = (method: string, path: string) => call({ ...bearer('classic', secret), method, path });
    expect(await ask('GET', '/v1/reports')).toBe(403);
    const [shown] = await denialsOf(id, 1);
    expect(shown).toMatchObject({ method: 'GET', path: '/v1/reports' });
    expect(await ask('DELETE', '/admin/everything')).toBe(403);
    expect(await ask('GET', '/v1/reports')).toBe(403);
    const later = await denialsOf(id, 3);
    expect(later.find((each: { id: string }) => each.id === shown.id)).toMatchObject({
      method: 'GET',
      path: '/v1/reports',
      count: 2,
    });
    expect(later).toHaveLength(2);
    expect((await fix(shown)).body.after.endpoints).toEqual(['GET /v1/ping', 'GET /v1/reports']);
    expect(await ask('DELETE', '/admin/everything')).toBe(403);
  });

  test('also a scope, and nothing for requests after the twentieth', async () => {
    const { id, secret } = await create('palm');
    const ask = (path: string) => call({ ...bearer('palm', secret), method: 'POST', path });
    expect(await ask('/v1/verifications')).toBe(403);
    const [shown] = await denialsOf(id, 1);
    const byEndpoint = await create('classic', { endpoints: ['GET /v1/ping'] });
    for (let at = 0; at < 25; at++) {
      expect(await call({ ...bearer('classic', byEndpoint.secret), path: `/v1/${at}` })).toBe(403);
    }
    const all = await denialsOf(byEndpoint.id, 25);
    const rest = all.filter(({ path }: { path: string }) => path === '');
    expect(rest).toMatchObject([{ method: '', count: 5, fix: { kind: 'edit_endpoints', canApply: false } }]);
    expect(rest[0].fix.text).not.toContain('miftah');
    expect(all).toHaveLength(21);
    expect((await fix(shown)).body.after.scopes).toEqual(['verifications:write']);
  });

  test('and nothing if the state has changed', async () => {
    const { id, secret } = await create('classic', { endpoints: ['GET /v1/ping'] });
    expect(await call({ ...bearer('classic', secret), path: '/v1/users/usr_1' })).toBe(403);
    const [shown] = await denialsOf(id, 1);
    const endpoints = async () => (await client.get(`${org}/keys/${id}`)).body.endpoints;
    const others = [
      { ...shown.fix, params: { endpoint: 'GET /v1/users/*' } },
      { ...shown.fix, params: { endpoint: 'DELETE /v1/users/usr_1' } },
      { ...shown.fix, params: {} },
      { kind: 'add_scope', params: { scope: 'all' } },
      { kind: 'enable', params: {} },
      { kind: 'extend', params: { expiresAt: '2099-01-01T00:00:00.000Z' } },
    ];
    for (const other of others) {
      const refused = await fix({ ...shown, fix: other });
      expect(refused, JSON.stringify(other)).toMatchObject({ status: 409, body: { code: 'fix_changed' } });
      expect(refused.body.current).toEqual(shown);
    }
    expect((await client.post(`${org}/denials/${shown.id}/fix`, undefined)).status).toBe(400);
    await client.call('PATCH', `${org}/keys/${id}`, { body: { name: 'Renamed' } });
    const stale = await fix(shown);
    expect(stale).toMatchObject({ status: 409, body: { code: 'fix_changed' } });
    expect(stale.body.current.key).toMatchObject({ name: 'Renamed', revision: 2 });
    expect(await endpoints()).toEqual(['GET /v1/ping']);
    expect((await fix(stale.body.current)).status).toBe(200);
    expect(await endpoints()).toEqual(['GET /v1/ping', 'GET /v1/users/usr_1']);
    // Done already: nothing more is granted, whatever the revision.
    expect((await fix(shown)).body.after.revision).toBe(3);
  });
});

test('members ask the operator for a scope beyond memberScopes, who grants it with one click', async () => {
  const { id, secret } = await create('scoped', { endpoints: [] });
  const post = { ...bearer('scoped', secret), method: 'POST' };
  expect(await call({ ...post, path: '/v1/orders' })).toBe(403);
  expect(await call({ ...post, path: '/v1/refunds' })).toBe(403);
  await client.post(`${org}/invitations`, { email: 'developer@example.com', role: 'developer' });
  const developer = new ConsoleClient(server);
  const token = await tokenInMail(server, 'developer@example.com', 'accept-invitation');
  await developer.post('/api/invitations/accept', { token, name: 'Developer', password });
  await developer.signIn('developer@example.com', password);
  const denialOf = async (path: string, as: ConsoleClient) => {
    for (;;) {
      const { body } = await as.get(`${org}/denials?key=${id}`);
      const found = body.data.find((each: { path: string }) => each.path === path);
      if (found !== undefined) return found;
    }
  };
  const refunds = await denialOf('/v1/refunds', developer);
  expect(refunds.fix).toMatchObject({
    kind: 'ask_for_scope',
    params: { scope: 'refunds:write' },
    canApply: false,
    isDone: false,
  });
  expect(await fix(refunds, developer)).toMatchObject({ status: 400, body: { code: 'invalid_input', field: 'kind' } });
  const trial = (path: string, as: ConsoleClient) => as.post(`${org}/keys/${id}/test`, { method: 'POST', path });
  expect((await trial('/v1/refunds', developer)).body.fix.kind).toBe('ask_for_scope');
  expect((await trial('/v1/orders', developer)).body.fix.kind).toBe('add_scope');
  expect((await trial('/v1/refunds', client)).body.fix.kind).toBe('add_scope');
  const given = await fix(await denialOf('/v1/orders', developer), developer);
  expect(given.body.after.scopes).toEqual(['orders:write']);
  const byOperator = await fix(await denialOf('/v1/refunds', client));
  expect(byOperator.body.after.scopes).toEqual(['orders:write', 'refunds:write']);
});

test('pages are bounded in bytes, for members and the operator, and together are the whole list', async () => {
  const endpoints = Array.from({ length: 100 }, (_, at) => `GET /${'e'.repeat(480)}${at}`);
  const { id, secret } = await create('classic', { endpoints });
  for (let at = 0; at < 12; at++) expect(await call({ ...bearer('classic', secret), path: `/v1/${at}` })).toBe(403);
  for (const list of [`${org}/denials?`, '/api/operator/denials?of=everyone&']) {
    let seen: string[] = [];
    // Waits until the last denial is stored.
    while (seen.length < 12) {
      seen = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: ConsoleReply = await client.get(`${list}key=${id}&limit=100${cursor && `&cursor=${cursor}`}`);
        expect(page.status).toBe(200);
        expect(page.text.length).toBeLessThan(256 * 1024 * 1.1);
        seen.push(...page.body.data.map(({ path }: { path: string }) => path));
        cursor = page.body.nextCursor;
      }
    }
    expect(new Set(seen).size).toBe(12);
    expect(seen).toHaveLength(12);
  }
});

test('viewers see denials and cannot fix them', async () => {
  const { id, secret } = await create('palcards');
  await call(palcards(secret));
  await client.post(`${org}/invitations`, { email: 'viewer@example.com', role: 'viewer' });
  const viewer = new ConsoleClient(server);
  const token = await tokenInMail(server, 'viewer@example.com', 'accept-invitation');
  await viewer.post('/api/invitations/accept', { token, name: 'Viewer', password });
  await viewer.signIn('viewer@example.com', password);
  const denial = await newestDenial(id, viewer);
  expect(await fix(denial, viewer)).toMatchObject({ status: 403, body: { code: 'not_permitted' } });
  expect((await fix(denial)).status).toBe(200);
});

test('the list filters by environment, reason and API, and shows no denial without a key', async () => {
  const live = await create('palcards');
  await call(palcards(live.secret));
  await newestDenial(live.id);
  const { id, secret } = await create('palcards', { environment: 'test' });
  await call({ ...palcards(secret), host: 'api-sandbox.palcards.localhost' });
  await call(palcards(`${secret.slice(0, -1)}${secret.endsWith('x') ? 'y' : 'x'}`));
  await newestDenial(id);
  const list = async (query: string) => (await client.get(`${org}/denials?limit=100&${query}`)).body.data;
  const environments = (denials: { key: { environment: string } }[]) => [
    ...new Set(denials.map(({ key }) => key.environment)),
  ];
  expect(environments(await list('environment=test'))).toEqual(['test']);
  expect(environments(await list('environment=live'))).toEqual(['live']);
  expect(await list('api=palpluss')).toEqual([]);
  expect((await list('reason=address_list_empty')).length).toBeGreaterThan(0);
  expect(await list('reason=credential_malformed')).toEqual([]);
});

describe('GET /api/orgs/{org}/usage', () => {
  test('sums uses by the requested groups', async () => {
    const { id, secret } = await create('classic', { addresses: ['203.0.113.9'] });
    expect(await call(bearer('classic', secret))).toBe(200);
    expect(await call(bearer('classic', secret))).toBe(200);
    expect(await call({ ...bearer('classic', secret), from: '203.0.113.8' })).toBe(403);
    await newestDenial(id);
    const usage = async (query: string) => {
      for (;;) {
        const { status, body } = await client.get(`${org}/usage?${query}`);
        expect(status, JSON.stringify(body)).toBe(200);
        const counts = body.data.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
        if (counts >= 3) return body;
      }
    };
    const byOutcome = await usage(`key=${id}&by=outcome`);
    const none = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, none: 0, unknown: 0 };
    const both = { ...none, '2xx': 2 };
    expect(byOutcome.data).toEqual([
      { outcome: 'address_not_allowed', count: 1, billed: 0, statuses: none },
      { outcome: 'allowed', count: 2, billed: 2, statuses: both },
    ]);
    const byDay = await usage(`key=${id}&by=day,environment,api`);
    expect(byDay.data).toEqual([
      {
        ...{ at: expect.stringMatching(/T00:00:00\.000Z$/), api: 'classic', environment: 'live' },
        ...{ count: 3, billed: 2, statuses: both },
      },
    ]);
    const byKey = await usage('by=key&api=classic');
    expect(byKey.data.find(({ key }: { key: { id: string } }) => key.id === id)).toEqual({
      key: { id, name: 'Production', masked: expect.stringContaining('…'), environment: 'live', status: 'active' },
      count: 3,
      billed: 2,
      statuses: both,
    });
    expect(byKey.isCut).toBe(false);
  });

  test('names the wrong field of a query', async () => {
    for (const [query, field] of [
      ['by=size', 'by'],
      ['by=key,hour', 'by'],
      ['from=yesterday', 'from'],
      ['from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00Z', 'from'],
      ['from=2021-01-01T00:00:00Z&to=2020-01-01T00:00:00Z', 'from'],
    ]) {
      const { status, body } = await client.get(`${org}/usage?${query}`);
      expect([status, body.field], query).toEqual([400, field]);
    }
  });
});
