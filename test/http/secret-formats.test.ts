// Keys of formats like those of other vendors, through every part: created, shown, found, used, rotated and imported.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SecretFormat } from '../../src/domain/secret.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { bearer, call } from '../import/setting.ts';
import { ConsoleClient, makeOwner } from '../people/console-client.ts';

const formats = {
  bare: {
    prefixes: { live: 'AKIA' },
    length: 36,
    alphabet: 'base32',
    mask: { start: 0, mark: '****', end: 2 },
  },
  kebab: {
    prefixes: { live: 'sk-proj-', test: 'sk-test-' },
    length: 60,
    alphabet: 'base64url',
    mask: { start: 2, mark: '...', end: 0 },
  },
} as const satisfies Readonly<Record<string, SecretFormat>>;

let server: TestServer;
let owner: ConsoleClient;
let orgId: string;

beforeAll(async () => {
  server = await startTestServer({
    extra: `profiles:
  bare: { secret: ${JSON.stringify(formats.bare)} }
  kebab: { secret: ${JSON.stringify(formats.kebab)} }
`,
    apis: `
  - id: bare
    profile: bare
    hosts: [bare.localhost]
    upstream: UPSTREAM
    importedKeys: { algorithm: sha256, prefix: old_, minLength: 30, maxLength: 40 }
  - id: kebab
    profile: kebab
    hosts: [kebab.localhost]
    upstream: UPSTREAM
    importedKeys: { algorithm: sha256, prefix: sk-proj-, minLength: 60, maxLength: 60 }
`,
  });
  ({ client: owner, orgId } = await makeOwner(server));
});
afterAll(() => server[Symbol.asyncDispose]());

const shown = {
  bare: (secret: string) => `AKIA****${secret.slice(-2)}`,
  kebab: (secret: string) => `${secret.slice(0, 10)}...`,
} as const;

test.each(['bare', 'kebab'] as const)('a key of %s works, and is shown by its mask everywhere', async (api) => {
  const mask = shown[api];
  const created = await server.admin('POST', '/v1/keys', { api, org: orgId, name: `Key of ${api}` });
  const { id, secret, masked } = created.body as { id: string; secret: string; masked: string };
  expect(secret).toHaveLength(formats[api].length);
  expect(masked).toBe(mask(secret));
  expect(await call(server, `${api}.localhost`, bearer(secret))).toBe(200);
  const typed = secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A');
  expect(await call(server, `${api}.localhost`, bearer(typed))).toBe(401);
  expect(await call(server, `${api}.localhost`, bearer(`${secret.slice(0, -1)}!`))).toBe(401);

  const verified = await server.admin('POST', '/v1/verify', {
    api,
    headers: bearer(secret),
    method: 'GET',
    path: '/',
    clientIp: '203.0.113.7',
  });
  expect(verified.body).toMatchObject({ verdict: 'allowed', key: { id } });

  const rotated = await server.admin('POST', `/v1/keys/${id}/rotate`, {});
  const next = rotated.body as { secret: string; masked: string };
  expect(next.masked).toBe(mask(next.secret));
  expect(await call(server, `${api}.localhost`, bearer(secret))).toBe(200);
  expect(await call(server, `${api}.localhost`, bearer(next.secret))).toBe(200);

  const masks = [mask(next.secret), mask(secret)];
  const secrets = (await server.admin('GET', `/v1/keys/${id}/secrets`)).body.data as { masked: string }[];
  expect(secrets.map((each) => each.masked)).toEqual(masks);
  const rows = await owner.get(`/api/orgs/${orgId}/keys?api=${api}&q=${encodeURIComponent(masks[0] as string)}`);
  const [row] = rows.body.data;
  expect([row.id, row.masked, row.overlaps[0].masked]).toEqual([id, ...masks]);
  expect((await owner.get(`/api/orgs/${orgId}/keys/${id}`)).body.masked).toBe(masks[0]);
  // The last use may still be in memory.
  await expect
    .poll(async () => (await owner.get(`/api/orgs/${orgId}/usage?by=key&api=${api}`)).body.data[0]?.key.masked)
    .toBe(masks[0]);
  const audit = await server.admin('GET', `/v1/audit?target=${id}`);
  const [rotation, creation] = audit.body.data as { before: object; after: object }[];
  expect(creation?.after).toMatchObject({ masked: masks[1] });
  expect(rotation).toMatchObject({ before: { masked: masks[1] }, after: { masked: masks[0] } });

  for (const path of [
    `/v1/keys?search=${secret}`,
    // Half a secret counts with a digit in it, and one in 200 halves has none.
    `/v1/keys?search=${encodeURIComponent(`x ${secret.slice(0, 39)}7`)}`,
  ]) {
    const { status, body } = await server.admin('GET', path);
    expect([status, JSON.stringify(body).includes(secret.slice(14, 30))]).toEqual([400, false]);
  }
  const named = await server.admin('POST', '/v1/keys', { api, org: orgId, name: `from ${secret}` });
  expect([named.status, named.body.field]).toEqual([400, 'name']);
});

test('an imported key is shown by the mask of its API', async () => {
  const secret = 'old_AbCdEfGhIjKlMnOpQrSt01234567';
  const digest = createHash('sha256').update(secret).digest('hex');
  const rows = [{ digest, name: 'Brought along', org: orgId, start: 'AbCd', end: '4567' }];
  expect((await server.admin('POST', '/v1/import', { api: 'bare', rows })).body).toMatchObject({ imported: 1 });
  const { body } = await server.admin('GET', '/v1/keys?search=Brought');
  expect((body.data as { masked: string }[]).map(({ masked }) => masked)).toEqual(['old_****67']);
  expect(await call(server, 'bare.localhost', bearer(secret))).toBe(200);
});

test('an imported secret in the form of own ones works', async () => {
  const secret = `sk-proj-${'aB3-'.repeat(13)}`;
  const digest = createHash('sha256').update(secret).digest('hex');
  expect(await call(server, 'kebab.localhost', bearer(secret))).toBe(401);
  const rows = [{ digest, name: 'Of the former system', org: orgId }];
  expect((await server.admin('POST', '/v1/import', { api: 'kebab', rows })).body).toMatchObject({ imported: 1 });
  expect(await call(server, 'kebab.localhost', bearer(secret))).toBe(200);
});

test('the console knows the formats', async () => {
  const { body } = await new ConsoleClient(server).get('/api/config');
  expect(body.secretPrefixes).toEqual([
    { text: 'AKIA', isPlain: true },
    { text: 'old_', isPlain: false },
    { text: 'sk-proj-', isPlain: false },
    { text: 'sk-test-', isPlain: false },
  ]);
  expect(body.apis[0].keyFormat).toEqual(formats.bare);
});
