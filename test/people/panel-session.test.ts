// A person's session token on the panel's own host: the vendor's management routes accept it in place of a key.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fiveApis, startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner, ownerEmail, password, tokenInMail } from './console-client.ts';

const list = '/api/account/api-keys';
let server: TestServer;
let owner: ConsoleClient;
let orgId: string;

beforeAll(async () => {
  const own = '  - { id: own, profile: own, hosts: [own.panel.localhost], upstream: "UPSTREAM" }';
  const risk = 'keys in URLs end up in logs and histories';
  const profile = `  own: { extends: panel, source: { query: api_key, risk: ${risk} } }`;
  server = await startTestServer({ apis: `${fiveApis}${own}\nprofiles:\n${profile}\n` });
  ({ client: owner, orgId } = await makeOwner(server));
});
afterAll(() => server[Symbol.asyncDispose]());

function tokenOf(email: string): Promise<string> {
  return new ConsoleClient(server).signInForToken(email, password);
}

/** A caller that sends a token as `Authorization: Bearer` and no Origin to an API's host, as scripts do. */
function callAs(token: string, host = 'panel.localhost') {
  const client = new ConsoleClient(server, host);
  const headers = { authorization: `Bearer ${token}`, origin: null };
  return (method: string, path: string, body?: unknown) =>
    client.call(method, path, { headers, ...(body !== undefined && { body }) });
}

test('a session token lists, creates and deletes the keys of its organization, as that person', async () => {
  const call = callAs(await tokenOf(ownerEmail));
  await server.createKey({ api: 'classic', org: orgId });
  await server.createKey({ api: 'panel', org: await server.createOrg() });
  expect((await call('GET', list)).body).toEqual({
    data: [],
    pagination: { page: 1, perPage: 50, total: 0, totalPages: 1 },
  });
  const made = await call('POST', list, { memo: 'by hand', allowedIps: ['127.0.0.1'] });
  expect(made).toMatchObject({ status: 201, body: { meta: { secret_token: expect.stringMatching(/^xyp_/) } } });
  const { identifier } = made.body.data;
  const key = callAs(made.body.meta.secret_token);
  expect((await key('GET', list)).body.data).toMatchObject([{ identifier }]);
  expect((await call('DELETE', `${list}/${identifier}`)).body).toEqual({ success: true });
  expect((await call('DELETE', `${list}/${identifier}`)).status).toBe(404);
  expect((await key('GET', list)).status).toBe(401);

  const { body } = await server.admin('GET', `/v1/audit?target=${identifier}`);
  expect(body.data).toMatchObject([
    { action: 'key.revoked', via: 'panel', actor: { kind: 'member', label: ownerEmail } },
    { action: 'key.created', via: 'panel', actor: { kind: 'member', label: ownerEmail } },
  ]);
});

test('where keys are in the query, a session token is still in Authorization, and a route sees no key', async () => {
  const call = callAs(await tokenOf(ownerEmail), 'own.panel.localhost');
  const made = await call('POST', list, { memo: 'by hand' });
  expect(made.status).toBe(201);
  const { secret_token: secret } = made.body.meta;
  const key = new ConsoleClient(server, 'own.panel.localhost');
  const listed = await key.call('GET', `${list}?page=1&api_key=${secret}&limit=1`, { headers: { origin: null } });
  expect(listed).toMatchObject({
    status: 200,
    body: { data: [{ description: 'by hand' }], pagination: { perPage: 1 } },
  });
  expect(listed.text).not.toContain(secret);
  const both = await call('GET', `${list}?api_key=${secret}`);
  // The token is no key, so it is a foreign value beside one.
  expect(both.status).toBe(200);
  expect((await key.call('GET', list, { headers: { origin: null } })).status).toBe(401);
});

test('a session token does what the role allows, and reaches no key of another API or organization', async () => {
  const email = 'viewer@example.com';
  await owner.post(`/api/orgs/${orgId}/invitations`, { email, role: 'viewer' });
  const token = await tokenInMail(server, email, 'accept-invitation');
  await new ConsoleClient(server).post('/api/invitations/accept', { token, name: 'Viewer', password });
  const viewer = callAs(await tokenOf(email));
  expect((await viewer('GET', list)).status).toBe(200);
  expect(await viewer('POST', list, {})).toMatchObject({ status: 403, body: { errors: [{ code: 'FORBIDDEN' }] } });

  const ownerCall = callAs(await tokenOf(ownerEmail));
  const other = await server.createKey({ api: 'panel', org: await server.createOrg() });
  const classic = await server.createKey({ api: 'classic', org: orgId });
  const unknown = await ownerCall('DELETE', `${list}/cunknown`);
  for (const { id } of [other, classic]) expect((await ownerCall('DELETE', `${list}/${id}`)).text).toBe(unknown.text);
  expect(unknown.status).toBe(404);
});

test('a session token is refused as a key everywhere else, and after signing out', async () => {
  const token = await tokenOf(ownerEmail);
  expect((await callAs(token)('GET', '/api/account')).status).toBe(401);
  expect((await callAs(token, 'api.classic.localhost')('GET', '/v1/api-keys')).status).toBe(401);
  expect((await callAs(token, 'api.palcards.localhost')('GET', list)).status).toBe(401);
  expect((await callAs(`${token.slice(0, -6)}AAAAA=`)('GET', list)).status).toBe(401);
  // A browser's cookie is ignored on an API's host.
  const browser = new ConsoleClient(server, 'panel.localhost');
  for (const [name, value] of owner.cookies) browser.cookies.set(name, value);
  expect((await browser.get(list)).status).toBe(401);

  await new ConsoleClient(server).call('POST', '/api/auth/sign-out', {
    body: {},
    headers: { authorization: `Bearer ${token}`, origin: null },
  });
  expect((await callAs(token)('GET', list)).status).toBe(401);
});
