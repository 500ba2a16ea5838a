// Secrets in URLs and fields of the session API: refused without an echo, on every route, before any look-up.
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner } from '../people/console-client.ts';

let server: TestServer;
let owner: ConsoleClient;
let orgId: string;
const secrets: Record<string, string> = {};
const lines: string[] = [];

beforeAll(async () => {
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  server = await startTestServer({
    log: pino({ level: 'trace' }, sink),
    apis: `
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: UPSTREAM
    importedKeys: { algorithm: sha256, prefix: old_, minLength: 20, maxLength: 64 }
  - id: panel
    profile: panel
    hosts: [panel.localhost]
    upstream: UPSTREAM
    # Begins like the ids of keys.
    importedKeys: { algorithm: sha256, prefix: key_, minLength: 20, maxLength: 64 }
  - id: short
    profile: panel
    hosts: [short.localhost]
    upstream: UPSTREAM
    # Stands in ordinary words.
    importedKeys: { algorithm: sha256, prefix: k_, minLength: 20, maxLength: 64 }
`,
  });
  ({ client: owner, orgId } = await makeOwner(server));
  for (const api of ['classic', 'panel']) secrets[api] = (await server.createKey({ api, org: orgId })).secret;
  secrets.imported = 'old_AbCdEfGhIjKlMnOpQrSt0123';
});
afterAll(() => server[Symbol.asyncDispose]());

test('a secret in a text field is refused with the name of the field, and repeated nowhere', async () => {
  const org = `/api/orgs/${orgId}`;
  const { id } = await server.createKey({ api: 'classic', org: orgId });
  const key = { api: 'classic', name: 'A key' };
  for (const secret of Object.values(secrets)) {
    for (const [method, path, body, field] of [
      ['POST', `${org}/invitations`, { email: `${secret}@example.com`, role: 'viewer' }, 'email'],
      ['POST', `${org}/invitations`, { email: `amal@${secret}.example.com`, role: 'viewer' }, 'email'],
      ['POST', `${org}/members`, { email: `${secret}@example.com`, role: 'viewer' }, 'email'],
      ['POST', '/api/auth/update-user', { name: `Amal ${secret}` }, 'name'],
      ['POST', `${org}/keys`, { ...key, name: secret }, 'name'],
      ['POST', `${org}/keys`, { ...key, endpoints: [`GET /v1/${secret}`] }, 'endpoints[0]'],
      ['POST', `${org}/keys`, { ...key, referrers: ['example.com', `${secret}.com`] }, 'referrers[1]'],
      ['POST', `${org}/keys`, { ...key, scopes: [secret] }, 'scopes[0]'],
      ['PATCH', `${org}/keys/${id}`, { addresses: [secret] }, 'addresses[0]'],
      ['POST', `${org}/keys/${id}/impact`, { rateLimits: [secret] }, 'rateLimits[0]'],
      ['POST', '/api/operator/orgs', { name: 'Org', kind: secret }, 'kind'],
      ['POST', '/api/operator/orgs', { name: secret }, 'name'],
    ] as const) {
      const reply = await owner.call(method, path, { body });
      expect([path, reply.status, reply.body.code, reply.body.field]).toEqual([path, 400, 'invalid_input', field]);
      expect(reply.text).not.toContain(secret.slice(8, 20));
    }
    const unknown = await owner.post(`${org}/keys`, { ...key, [secret]: 1 });
    expect([unknown.status, unknown.body.field]).toEqual([400, expect.stringMatching(/_…$/)]);
    expect(lines.join()).not.toContain(secret.slice(8, 20));
  }
});

test('text that only resembles a secret is accepted', async () => {
  const org = `/api/orgs/${orgId}`;
  for (const fields of [
    { name: 'sk_live_ of the shop' },
    { name: 'old_accounts', endpoints: ['GET /old_accounts/*'] },
    { name: 'task_force_of_2026' },
    { endpoints: ['GET /v1/sk_live_keys/*'], referrers: ['*.example.com'], scopes: ['old_a:read'] },
  ]) {
    expect((await owner.post(`${org}/keys`, { api: 'classic', name: 'A key', ...fields })).status).toBe(201);
  }
  const invited = await owner.post(`${org}/invitations`, { email: 'old_ones@long-domain.example.com', role: 'viewer' });
  expect(invited.status).toBe(201);
});

test('every console gets the prefixes of all APIs, and imported ones of 3 characters or more', async () => {
  const { body } = await new ConsoleClient(server).get('/api/config');
  const texts = body.secretPrefixes.map(({ text }: { text: string }) => text);
  expect(texts.toSorted()).toEqual(['key_', 'old_', 'sk_live_', 'sk_test_', 'xyp_']);
});

test.each(['classic', 'panel', 'imported'])('a secret of %s in a URL is refused and not repeated', async (kind) => {
  const secret = secrets[kind] as string;
  const encoded = [...secret].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
  const org = `/api/orgs/${orgId}`;
  for (const [path, field] of [
    [`${org}/keys?q=${secret}`, 'q'],
    [`${org}/keys?q=KEY%3D${secret}+x`, 'q'],
    [`${org}/usage?by=day&key=${secret}`, 'key'],
    [`${org}/denials?key=${encoded}`, 'key'],
    [`${org}/audit?actor=${secret}`, 'actor'],
    [`${org}/audit?target=x&target=${secret}`, 'target'],
    [`/api/operator/orgs?q=${secret}`, 'q'],
    [`${org}/keys?${secret}=x`, 'query'],
    [`${org}/keys?a%5B${secret}=${secret}`, 'query'],
    [`${org}/keys/${secret}`, 'path'],
    [`/api/orgs/${encoded}/keys`, 'path'],
  ] as const) {
    const reply = await owner.get(path);
    expect([path, reply.status, reply.body.code]).toEqual([path, 400, 'invalid_input']);
    expect(reply.body.field).toBe(field);
    expect(reply.text).not.toContain(secret.slice(8, 20));
  }
  expect(lines.join()).not.toContain(secret.slice(8, 20));
});

test('masked secrets, ids and digests are not secrets', async () => {
  const org = `/api/orgs/${orgId}`;
  const { body } = await owner.get(`${org}/keys`);
  for (const { id, masked } of body.data) {
    expect((await owner.get(`${org}/keys?q=${encodeURIComponent(masked)}`)).status).toBe(200);
    expect((await owner.get(`${org}/keys/${id}`)).status).toBe(200);
  }
  expect((await owner.get(`${org}/keys?digest=${'0a'.repeat(32)}`)).status).toBe(200);
  expect((await owner.get(`${org}/keys?q=sk_live_`)).status).toBe(200);
});
