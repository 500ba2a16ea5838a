// A key's page: whether it is in use, whether a request would pass, what a change would cut off, and its old secrets.
import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { type ConsoleClient, makeOwner } from '../people/console-client.ts';

let server: TestServer;
let client: ConsoleClient;
let keys: string;

beforeAll(async () => {
  server = await startTestServer({ extra: 'public: { trustedProxies: [127.0.0.1] }' });
  const owner = await makeOwner(server);
  client = owner.client;
  keys = `/api/orgs/${owner.orgId}/keys`;
});
afterAll(() => server[Symbol.asyncDispose]());

async function create(api: string, fields: Record<string, unknown> = {}): Promise<{ id: string; secret: string }> {
  const { status, body } = await client.post(keys, { api, name: 'Production', ...fields });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

async function call(secret: string, from = '203.0.113.9'): Promise<number> {
  const headers = { host: 'api.classic.localhost', authorization: `Bearer ${secret}`, 'x-forwarded-for': from };
  const req = request({ host: '127.0.0.1', port: server.publicPort, path: '/v1/x', headers, agent: false }).end();
  const [res] = await once(req, 'response');
  res.resume();
  return res.statusCode as number;
}

/** The key's activity, as soon as it has `member`. */
async function activity(id: string, member: 'lastUse' | 'denial', since = '') {
  for (;;) {
    const { status, body } = await client.get(`${keys}/${id}/activity${since}`);
    expect(status).toBe(200);
    if (body[member] !== null) return body;
  }
}

/** The key's superseded secret, as soon as its use is recorded. */
async function oldUse(id: string) {
  for (;;) {
    await client.get(`${keys}/${id}/activity`);
    const [, old] = (await client.get(`${keys}/${id}/secrets`)).body.data;
    if (old.useCount > 0) return old;
  }
}

describe('…/activity', () => {
  test('waits for the new secret of a rotated key, and ignores uses of the old one', async () => {
    const { id, secret } = await create('classic');
    const rotated = (await client.post(`${keys}/${id}/rotate`, { overlap: '24h' })).body;
    expect(await call(secret, '203.0.113.1')).toBe(200);
    expect(await oldUse(id)).toMatchObject({ useCount: 1, lastUsedAddress: '203.0.113.1' });
    expect((await client.get(`${keys}/${id}/activity`)).body.lastUse).toBeNull();
    expect(await call(rotated.secret, '203.0.113.2')).toBe(200);
    expect((await activity(id, 'lastUse')).lastUse.address).toBe('203.0.113.2');
  });

  test('shows the first denial with its fix, then the first use', async () => {
    const { id, secret } = await create('classic', { addresses: ['203.0.113.1'] });
    expect((await client.get(`${keys}/${id}/activity`)).body).toEqual({ lastUse: null, denial: null });
    expect(await call(secret)).toBe(403);
    const { denial } = await activity(id, 'denial');
    expect(denial).toMatchObject({
      reason: 'address_not_allowed',
      fix: { kind: 'add_address', params: { address: '203.0.113.9' }, canApply: true },
    });
    const since = `?since=${encodeURIComponent(denial.lastAt)}`;
    expect((await client.get(`${keys}/${id}/activity${since}`)).body.denial).toBeNull();
    expect(await call(secret, '203.0.113.1')).toBe(200);
    const { lastUse } = await activity(id, 'lastUse', since);
    expect(lastUse).toEqual({ at: expect.stringMatching(/Z$/), address: '203.0.113.1' });
    const later = `?since=${encodeURIComponent(new Date(Date.parse(lastUse.at) + 1).toISOString())}`;
    expect((await client.get(`${keys}/${id}/activity${later}`)).body.lastUse).toBeNull();
  });
});

describe('…/test', () => {
  test('returns the result of each check without the secret, and counts nothing', async () => {
    const { id } = await create('classic', { addresses: ['203.0.113.0/24'], endpoints: ['GET /v1/users/*'] });
    const trial = async (body: object) => {
      const reply = await client.post(`${keys}/${id}/test`, body);
      expect(reply.status, reply.text).toBe(200);
      return reply.body;
    };
    const good = await trial({ path: '/v1/users/usr_1?page=2', clientIp: '203.0.113.77' });
    expect(good).toMatchObject({ verdict: 'allowed', fix: null, reply: null });
    expect(good.checks.map(({ name, outcome }: { name: string; outcome: string }) => `${name}: ${outcome}`)).toEqual([
      'known: passed',
      'status: passed',
      'organization: passed',
      'expiry: passed',
      'environment: passed',
      'address: passed',
      'referrer: passed',
      'path: passed',
      'endpoint: passed',
      'scope: passed',
      'rate limit: passed',
    ]);
    const bad = await trial({ method: 'POST', path: '/v1/orders', clientIp: '198.51.100.1', environment: 'test' });
    expect(bad).toMatchObject({
      verdict: 'refused',
      reason: 'environment_mismatch',
      fix: { kind: 'use_environment', params: { environment: 'live' }, canApply: false },
      reply: { status: 401, contentType: 'application/json; charset=utf-8' },
    });
    const refusing = bad.checks.filter(({ outcome }: { outcome: string }) => outcome === 'refused');
    expect(refusing.map(({ reason }: { reason: string }) => reason)).toEqual([
      'environment_mismatch',
      'address_not_allowed',
      'endpoint_not_allowed',
    ]);
    expect((await client.get(`${keys}/${id}/activity`)).body).toEqual({ lastUse: null, denial: null });
  });

  test('returns the fix, and recognizes a revoked key', async () => {
    const { id } = await create('palcards');
    const trial = { path: '/user/profile', clientIp: '203.0.113.9' };
    expect((await client.post(`${keys}/${id}/test`, trial)).body).toMatchObject({
      reason: 'address_list_empty',
      fix: { kind: 'add_address', params: { address: '203.0.113.9' } },
      reply: { status: 401, body: '{"statusCode":401,"message":"Unauthorized"}' },
    });
    await client.call('DELETE', `${keys}/${id}`);
    expect((await client.post(`${keys}/${id}/test`, trial)).body.reason).toBe('key_revoked');
    const wrong = await client.post(`${keys}/${id}/test`, { clientIp: '203.0.113' });
    expect(wrong).toMatchObject({ status: 400, body: { field: 'clientIp' } });
  });
});

describe('…/impact', () => {
  test('names the uses that a change would cut off, and what is unknown', async () => {
    const { id, secret } = await create('classic', { addresses: ['203.0.113.9', '203.0.113.1'] });
    const preview = async (body: object) => {
      const reply = await client.post(`${keys}/${id}/impact`, body);
      expect(reply.status, reply.text).toBe(200);
      return reply.body;
    };
    expect(await preview({ addresses: ['203.0.113.1'] })).toMatchObject({ cutsOff: 'nobody', uses: [] });
    expect(await call(secret)).toBe(200);
    await activity(id, 'lastUse');
    expect(await preview({ addresses: ['203.0.113.1'] })).toEqual({
      cutsOff: 'everybody',
      uses: [{ address: '203.0.113.9', at: expect.any(String), of: 'key', isCutOff: true }],
      removed: { addresses: ['203.0.113.9'], referrers: [], endpoints: [], scopes: [] },
      unknown: ['earlier_addresses'],
      requests: { lastDay: { allowed: 1, refused: 0 }, last30Days: { allowed: 1, refused: 0 } },
    });
    expect(await preview({ addresses: ['203.0.113.9'] })).toMatchObject({
      cutsOff: 'nobody',
      removed: { addresses: ['203.0.113.1'] },
      unknown: ['earlier_addresses'],
    });
    expect(await preview({ endpoints: ['GET /v1/x'] })).toMatchObject({ cutsOff: 'nobody', unknown: ['endpoints'] });
    expect(await preview({ addresses: [] })).toMatchObject({ cutsOff: 'nobody', unknown: [] });
    expect(await preview({ action: 'revoke' })).toMatchObject({ cutsOff: 'everybody', unknown: [] });

    await client.post(`${keys}/${id}/rotate`, { overlap: '24h' });
    expect(await call(secret, '203.0.113.1')).toBe(200);
    await oldUse(id);
    const both = await preview({ addresses: ['203.0.113.9'] });
    expect(both.uses.map(({ of, address }: { of: string; address: string }) => [of, address])).toContainEqual([
      'superseded_secret',
      '203.0.113.1',
    ]);
    const blocked = await create('palcards');
    const first = await client.post(`${keys}/${blocked.id}/impact`, { addresses: ['203.0.113.9'] });
    expect(first.body).toMatchObject({ cutsOff: 'nobody', unknown: [] });
    const wrong = await client.post(`${keys}/${id}/impact`, { addresses: ['nowhere'] });
    expect(wrong).toMatchObject({ status: 400, body: { field: 'addresses[0]' } });
  });
});

describe('the secrets of a key', () => {
  test('are listed masked, and a superseded one can be ended', async () => {
    const { id, secret } = await create('classic');
    await client.post(`${keys}/${id}/rotate`, { overlap: '24h' });
    const { data } = (await client.get(`${keys}/${id}/secrets`)).body;
    expect(data.map(({ status }: { status: string }) => status)).toEqual(['in_force', 'superseded']);
    expect(JSON.stringify(data)).not.toContain(secret.slice(12, -4));
    expect(await call(secret)).toBe(200);
    const ended = await client.call('PATCH', `${keys}/${id}/secrets/${data[1].id}`, { body: { endsIn: 'now' } });
    expect(ended).toMatchObject({ status: 200, body: { status: 'ended' } });
    expect(await call(secret)).toBe(401);
  });
});

test('a change on an old revision is a 412 with the current key', async () => {
  const { id } = await create('classic');
  const rename = (name: string, revision: number) =>
    client.call('PATCH', `${keys}/${id}`, { body: { name }, headers: { 'if-match': `"${revision}"` } });
  expect((await rename('first', 1)).headers.etag).toBe('"2"');
  const stale = await rename('second', 1);
  expect(stale).toMatchObject({
    status: 412,
    body: { code: 'revision_mismatch', current: { id, name: 'first', revision: 2 } },
  });
  expect(stale.headers['content-type']).toBe('application/problem+json');
  const disable = { headers: { 'if-match': '"1"' } };
  expect((await client.call('DELETE', `${keys}/${id}`, disable)).status).toBe(412);
  expect((await client.get(`${keys}/${id}`)).body.status).toBe('active');
});
