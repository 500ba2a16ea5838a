// Organizations, the audit log and the operator's pages: who sees them, and how much.
import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner, password, tokenInMail } from '../people/console-client.ts';

let server: TestServer;
/** The operator, who also is an owner of `orgId`. */
let operator: ConsoleClient;
let orgId: string;

beforeAll(async () => {
  server = await startTestServer({ extra: 'public: { trustedProxies: [198.51.100.1] }' });
  ({ client: operator, orgId } = await makeOwner(server));
});
afterAll(() => server[Symbol.asyncDispose]());

/** A signed-in person with a role in the organization. */
async function join(org: string, role: string): Promise<ConsoleClient> {
  const email = `${role}-${org.slice(-6).toLowerCase()}@example.com`;
  await operator.post(`/api/orgs/${org}/invitations`, { email, role });
  const client = new ConsoleClient(server);
  const token = await tokenInMail(server, email, 'accept-invitation');
  await client.post('/api/invitations/accept', { token, name: role, password });
  expect((await client.signIn(email, password)).status).toBe(200);
  return client;
}

async function call(secret: string): Promise<number> {
  const headers = { host: 'api.classic.localhost', authorization: `Bearer ${secret}` };
  const req = request({ host: '127.0.0.1', port: server.publicPort, path: '/v1/x', headers, agent: false }).end();
  const [res] = await once(req, 'response');
  res.resume();
  return res.statusCode as number;
}

describe('an organization', () => {
  test('is renamed by its admins, and its viewers see the new name', async () => {
    const made = await operator.post('/api/operator/orgs', { name: 'Old name', kind: 'dealer' });
    expect(made.status).toBe(201);
    const org = `/api/orgs/${made.body.id}`;
    const viewer = await join(made.body.id, 'viewer');
    const admin = await join(made.body.id, 'admin');
    expect((await viewer.call('PATCH', org, { body: { name: 'Mine' } })).status).toBe(403);
    expect((await admin.call('PATCH', org, { body: { name: '  شركة  ' } })).body.name).toBe('شركة');
    expect((await viewer.get(org)).body).toMatchObject({ name: 'شركة', kind: 'dealer', status: 'active' });
    expect((await admin.call('PATCH', org, { body: { kind: 'other' } })).status).toBe(400);

    const audit = await admin.get(`${org}/audit?action=org`);
    expect(audit.body.data[0]).toMatchObject({
      action: 'org.updated',
      actor: { kind: 'member' },
      before: { name: 'Old name' },
      after: { name: 'شركة' },
    });
    expect((await viewer.get(`${org}/audit`)).status).toBe(403);
    const { at, actor } = audit.body.data[0];
    const count = async (query: string) => (await admin.get(`${org}/audit?${query}`)).body.data.length;
    expect(await count(`actor=${actor.label}&action=org.updated`)).toBe(1);
    expect(await count(`actor=${actor.id}&action=org.updated`)).toBe(1);
    expect(await count(`from=${at}&action=org.updated`)).toBe(1);
    expect(await count(`to=${at}&action=org.updated`)).toBe(0);
    expect((await admin.get(`${org}/audit?from=yesterday`)).body).toMatchObject({ status: 400, field: 'from' });
    const page = (await admin.get(`${org}/audit?limit=1`)).body;
    expect((await admin.get(`${org}/audit?limit=1&cursor=${page.nextCursor}`)).body.data[0].seq).toBeLessThan(
      page.data[0].seq,
    );
  });

  test('its audit log shows the names of its own keys and members', async () => {
    const { body: made } = await operator.post('/api/operator/orgs', { name: 'Named', kind: 'dealer' });
    const org = `/api/orgs/${made.id}`;
    const admin = await join(made.id, 'admin');
    const key = await admin.post(`${org}/keys`, { api: 'palcards', name: 'Production', addresses: [] });
    expect(key.status).toBe(201);
    const firstOf = async (action: string) => (await admin.get(`${org}/audit?action=${action}`)).body.data[0];
    expect(await firstOf('key.created')).toMatchObject({ target: { id: key.body.id }, targetName: 'Production' });
    const { after, target, targetName } = await firstOf('member.added');
    expect(targetName).toBe(after.email);
    const gone = await operator.call('DELETE', `${org}/members/${target.id}`);
    expect(gone.status).toBeLessThan(300);
    const { body } = await server.admin('GET', `/v1/audit?org=${made.id}&action=member`);
    expect(body.data).toHaveLength(2);
    const other = await operator.get(`${org}/audit?target=${target.id}`);
    expect(other.body.data.map((entry: { targetName: unknown }) => entry.targetName)).toEqual([null, null]);
  });
});

describe('/api/operator', () => {
  test('does not exist for others', async () => {
    const owner = await join(orgId, 'owner');
    const { paths } = (await operator.get('/api/openapi.json')).body;
    const routes = Object.entries(paths as Record<string, object>).filter(([path]) => /operator/.test(path));
    expect(routes.length).toBeGreaterThan(6);
    for (const [path, methods] of routes) {
      for (const method of Object.keys(methods)) {
        const body = method === 'get' || method === 'delete' ? {} : { body: {} };
        const reply = await owner.call(method.toUpperCase(), path.replace('{id}', orgId), body);
        expect(reply.status, `${method} ${path}`).toBe(404);
      }
    }
  });

  test('finds organizations, suspends and resumes them', async () => {
    const { body: made } = await operator.post('/api/operator/orgs', { name: 'Kiosk 100%' });
    const key = await operator.post(`/api/orgs/${made.id}/keys`, { api: 'classic', name: 'first' });
    expect(await call(key.body.secret)).toBe(200);
    expect((await operator.post(`/api/operator/orgs/${made.id}/suspend`, undefined)).body.status).toBe('suspended');
    expect(await call(key.body.secret)).toBe(401);
    const { data } = (await operator.get('/api/operator/orgs?q=kiosk%20100%25&status=suspended')).body;
    expect(data).toMatchObject([{ id: made.id, keys: 1, members: 0 }]);
    const resumed = await operator.post(`/api/operator/orgs/${made.id}/resume`, undefined);
    expect(resumed.body.status).toBe('active');
    expect(resumed.headers['x-miftah-revision']).toMatch(/^\d+-/);
    expect(await call(key.body.secret)).toBe(200);
    const renamed = await operator.call('PATCH', `/api/operator/orgs/${made.id}`, { body: { kind: 'dealer' } });
    expect(renamed.body.kind).toBe('dealer');
    const granted = await operator.call('PATCH', `/api/operator/orgs/${made.id}`, {
      body: { grantedLimits: { palm: ['600/m'] } },
    });
    expect(granted.body).toMatchObject({ kind: 'dealer', grantedLimits: { palm: ['600/m'] } });
  });

  test('shows the APIs, the nodes, and denials of unknown keys', async () => {
    const apis = (await operator.get('/api/operator/apis')).body.data;
    expect(apis[0]).toMatchObject({
      id: 'palcards',
      hosts: [
        { host: 'api.palcards.localhost', environment: 'live' },
        { host: 'api-sandbox.palcards.localhost', environment: 'test' },
      ],
      upstream: { live: expect.stringMatching(/^http:/) },
    });
    expect((await operator.get('/api/operator/nodes')).body.data).toMatchObject([{ isThis: true }]);
    expect(await call('sk_live_nonsense')).toBe(401);
    for (;;) {
      const { data } = (await operator.get('/api/operator/denials?reason=credential_malformed')).body;
      if (data.length === 0) continue;
      expect(data).toMatchObject([{ org: null, key: null, fix: { kind: 'copy_key_again', canApply: false } }]);
      break;
    }
  });

  test('shows how a request reached the server, and the line that trusts its proxy', async () => {
    const echo = async (headers: Record<string, string>) =>
      (await operator.get('/api/operator/echo', { headers })).body;
    expect(await echo({})).toMatchObject({
      peer: '127.0.0.1',
      forwardedFor: null,
      clientAddress: '127.0.0.1',
      finding: 'direct',
      configLine: null,
    });
    expect(await echo({ 'x-forwarded-for': '203.0.113.9' })).toEqual({
      peer: '127.0.0.1',
      forwardedHeader: 'x-forwarded-for',
      forwardedFor: '203.0.113.9',
      clientAddress: '127.0.0.1',
      isPeerTrusted: false,
      trustedProxies: ['198.51.100.1'],
      finding: 'proxy_not_trusted',
      configLine: 'public: { trustedProxies: ["198.51.100.1", "127.0.0.1"] }',
    });
  });
});

test('the operator sees the header that the configuration names', async () => {
  const extra = 'public: { trustedProxies: [127.0.0.1], forwardedHeader: x-real-ip }';
  await using behindProxy = await startTestServer({ extra });
  const { client } = await makeOwner(behindProxy);
  const echo = async (headers: Record<string, string>) => (await client.get('/api/operator/echo', { headers })).body;
  expect(await echo({ 'x-real-ip': '203.0.113.9', 'x-forwarded-for': '198.51.100.7' })).toMatchObject({
    forwardedHeader: 'x-real-ip',
    forwardedFor: '203.0.113.9',
    clientAddress: '203.0.113.9',
    finding: 'proxy_trusted',
  });
  expect(await echo({})).toMatchObject({ forwardedHeader: 'x-real-ip', forwardedFor: null, finding: 'proxy_silent' });
});

test('GET /api/client-address returns the address of the caller, and detects an untrusted proxy', async () => {
  const read = async (headers: Record<string, string>) => (await operator.get('/api/client-address', { headers })).body;
  expect(await read({})).toEqual({ address: '127.0.0.1', isPrivate: true, isBehindUntrustedProxy: false });
  expect((await read({ 'x-forwarded-for': '203.0.113.9' })).isBehindUntrustedProxy).toBe(true);
  expect((await new ConsoleClient(server).get('/api/client-address')).status).toBe(401);
});
