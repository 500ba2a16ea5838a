// POST /v1/import: imported keys work unchanged, once each, under the rules of their API.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestServer } from '../fixture.ts';
import { bearer, call, digestOf, oldSecret, startServer } from './setting.ts';

let server: TestServer;
let org: string;
beforeAll(async () => {
  server = await startServer();
  org = await server.createOrg('dealer');
});
afterAll(() => server[Symbol.asyncDispose]());

interface Outcome {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of many shapes.
  readonly body: any;
}

function importRows(rows: readonly object[], more: object = {}): Promise<Outcome> {
  return server.admin('POST', '/v1/import', { api: 'classic', rows, ...more });
}

const newest = async (api = 'classic') =>
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  ((await server.admin('GET', `/v1/keys?api=${api}&limit=1`)).body as any).data[0];

describe('an imported key works', () => {
  test.for([
    ['classic', 'sha256', 'hex', 'api.classic.localhost', oldSecret(), bearer],
    ['classic', 'sha256', 'base64', 'api.classic.localhost', oldSecret(), bearer],
    [
      'palpluss',
      'sha512',
      'hex',
      'api.palpluss.localhost',
      'anything/at+all=1234567890',
      (secret: string) => ({ authorization: `Basic ${Buffer.from(`${secret}:`).toString('base64')}` }),
    ],
    [
      'palcards',
      'sha256',
      'hex',
      'api.palcards.localhost',
      // As long as PalCards' own secrets, with the same prefix.
      `sk_prod_${'x'.repeat(72)}`,
      (secret: string) => ({ 'x-api-key': secret }),
    ],
  ] as const)(
    'in the place of its API’s keys: %s, %s in %s',
    async ([api, algorithm, encoding, host, secret, headers]) => {
      // Used before the import: the cached "unknown" must be forgotten.
      expect(await call(server, host, headers(secret))).toBe(401);
      const digest = digestOf(secret, algorithm, encoding);
      const addresses = api === 'palcards' ? { addresses: ['127.0.0.1'] } : {};
      const rows = [{ digest, algorithm, name: 'Brought along', org, ...addresses }];
      expect((await importRows(rows, { api })).body).toEqual({
        imported: 1,
        exists: 0,
        refused: [],
        organizations: [],
      });
      expect(await call(server, host, headers(secret))).toBe(200);
      expect(await call(server, host, headers(`${secret.slice(0, -1)}!`))).toBe(401);
    },
  );

  test('with all members of its row, which alone decides its environment', async () => {
    const secret = oldSecret();
    const row = {
      digest: digestOf(secret),
      name: 'Büro \u0041\u0308',
      org,
      environment: 'test',
      addresses: ['127.0.0.0/8', '::ffff:10.0.0.1'],
      referrers: ['https://Example.com'],
      endpoints: ['GET /v1/users/*'],
      scopes: ['users:read'],
      rateLimits: ['60/m'],
      expiresAt: '2999-01-01T00:00:00Z',
      createdAt: '2020-02-29T10:00:00+02:00',
      prefix: 'old_',
      start: secret.slice(4, 8),
      end: secret.slice(-4),
    };
    expect((await importRows([row])).body.imported).toBe(1);
    expect(await newest()).toMatchObject({
      name: 'Büro Ä',
      api: 'classic',
      org,
      environment: 'test',
      masked: `old_${secret.slice(4, 8)}…${secret.slice(-4)}`,
      status: 'active',
      addresses: ['127.0.0.0/8', '10.0.0.1'],
      referrers: ['https://example.com'],
      endpoints: ['GET /v1/users/*'],
      scopes: ['users:read'],
      rateLimits: ['60/m'],
      createdAt: '2020-02-29T08:00:00.000Z',
      expiresAt: '2999-01-01T00:00:00.000Z',
      revision: 1,
    });
    const headers = { ...bearer(secret), referer: 'https://example.com/' };
    expect(await call(server, 'api.classic.localhost', headers)).toBe(401);
    expect(await call(server, 'test.classic.localhost', headers)).toBe(403);
  });

  test('and can be rotated with an overlap, and revoked', async () => {
    const secret = oldSecret();
    await importRows([{ digest: digestOf(secret), name: 'To be rotated', org }]);
    const { id } = await newest();
    const rotated = (await server.admin('POST', `/v1/keys/${id}/rotate`, { overlap: '1h' })).body;
    expect(rotated.secret).toMatch(/^sk_live_/);
    expect(await call(server, 'api.classic.localhost', bearer(secret))).toBe(200);
    expect(await call(server, 'api.classic.localhost', bearer(rotated.secret as string))).toBe(200);
    await server.admin('DELETE', `/v1/keys/${id}`);
    expect(await call(server, 'api.classic.localhost', bearer(secret))).toBe(401);
    // Importing a revoked key again does not bring it back.
    expect((await importRows([{ digest: digestOf(secret), name: 'Again', org }])).body).toMatchObject({
      exists: 1,
      imported: 0,
    });
    expect(await call(server, 'api.classic.localhost', bearer(secret))).toBe(401);
  });

  test('and can be explained', async () => {
    const secret = oldSecret();
    await importRows([{ digest: digestOf(secret), name: 'Explained', org }]);
    const { body } = await server.admin('POST', '/v1/verify', {
      api: 'classic',
      secret,
      environment: 'live',
      explain: true,
    });
    expect(body).toMatchObject({
      verdict: 'allowed',
      checks: expect.arrayContaining([{ name: 'imported format', outcome: 'passed' }]),
    });
  });
});

test('a row is imported once, however often it is sent', async () => {
  const rows = [oldSecret(), oldSecret()].map((secret) => ({ digest: digestOf(secret), name: 'Once', org }));
  expect((await importRows([...rows, ...rows])).body).toMatchObject({ imported: 2, exists: 2, refused: [] });
  // Even if the row would be refused now.
  const later = rows.map((row) => ({ ...row, digest: row.digest.toUpperCase(), expiresAt: '2001-01-01T00:00:00Z' }));
  expect((await importRows(later)).body).toMatchObject({ imported: 0, exists: 2, refused: [] });
  // Under another API the same secret would belong to two keys.
  const elsewhere = await importRows([{ ...rows[0], name: 'Elsewhere', addresses: ['1.2.3.4'] }], { api: 'palcards' });
  expect(elsewhere.body).toMatchObject({
    imported: 0,
    exists: 0,
    refused: [{ row: 0, code: 'invalid_input', field: 'digest' }],
  });
});

test('organizations are found by name, or created once', async () => {
  const name = `Nablus Cards ${Math.random()}`;
  const row = () => ({ digest: digestOf(oldSecret()), name: 'Key', orgName: name });
  const first = (await importRows([row(), row()])).body;
  expect(first).toMatchObject({ imported: 2, organizations: [{ name, id: expect.stringMatching(/^org_/) }] });
  expect((await importRows([row()])).body).toMatchObject({ imported: 1, organizations: [] });
  expect((await newest()).org).toBe(first.organizations[0].id);
  // PalCards gives keys to dealers only, so the import creates dealers.
  const dealer = { digest: digestOf('d'.repeat(80)), name: 'Key', orgName: `${name} dealer` };
  const made = (await importRows([dealer], { api: 'palcards' })).body.organizations[0].id;
  expect((await server.admin('GET', `/v1/orgs/${made}`)).body).toMatchObject({ kind: 'dealer', name: dealer.orgName });

  await server.admin('POST', '/v1/orgs', { name });
  expect((await importRows([row()])).body.refused[0]).toMatchObject({
    field: 'orgName',
    detail: expect.stringContaining('several'),
  });
});

test('a row that the policy of the API forbids is refused with its field', async () => {
  const suspended = await server.createOrg();
  await server.admin('POST', `/v1/orgs/${suspended}/suspend`);
  const digest = digestOf(oldSecret());
  const rows: [row: object, code: string, field: string][] = [
    [{ digest: 'abc' }, 'invalid_input', 'digest'],
    [{ digest: digestOf('x', 'sha512') }, 'invalid_input', 'digest'],
    [{ digest: digestOf('x', 'sha1') }, 'invalid_input', 'digest'],
    [{ algorithm: 'sha512' }, 'invalid_input', 'algorithm'],
    [{ name: '' }, 'invalid_input', 'name'],
    [{ name: 'a\u202eb' }, 'invalid_input', 'name'],
    [{ org: 'org_nowhere' }, 'invalid_input', 'org'],
    [{ org: undefined }, 'invalid_input', 'org'],
    [{ orgName: 'Both' }, 'invalid_input', 'org'],
    [{ org: undefined, orgName: ' ' }, 'invalid_input', 'orgName'],
    [{ org: suspended }, 'org_not_active', 'org'],
    [{ environment: 'prod' }, 'invalid_input', 'environment'],
    [{ addresses: ['1.2.3'] }, 'invalid_input', 'addresses[0]'],
    [{ referrers: ['a b'] }, 'invalid_input', 'referrers[0]'],
    [{ endpoints: ['get /v1'] }, 'invalid_input', 'endpoints[0]'],
    [{ scopes: ['A'] }, 'invalid_input', 'scopes[0]'],
    [{ rateLimits: ['many'] }, 'invalid_input', 'rateLimits[0]'],
    [{ expiresAt: '2001-01-01T00:00:00Z' }, 'invalid_input', 'expiresAt'],
    [{ createdAt: '2999-01-01T00:00:00Z' }, 'invalid_input', 'createdAt'],
    [{ prefix: 'x'.repeat(41) }, 'invalid_input', 'prefix'],
    [{ start: '12345' }, 'invalid_input', 'start'],
    [{ end: 'ä' }, 'invalid_input', 'end'],
  ];
  const { body } = await importRows(rows.map(([row]) => ({ digest, name: 'Key', org, ...row })));
  expect(body.refused.map(({ row, code, field }: Record<string, unknown>) => [row, code, field])).toEqual(
    rows.map(([, code, field], row) => [row, code, field]),
  );
  expect(body.imported).toBe(0);
  expect(JSON.stringify(body)).not.toContain(digest);
  expect((await importRows([{ digest, name: 'Key', org }])).body.imported).toBe(1);
});

test('an organization gets no more keys than its maximum', async () => {
  const other = await server.createOrg();
  const rows = [1, 2, 3, 4].map((at) => ({ digest: digestOf(`${at}${other}`, 'sha512'), name: 'Key', org: other }));
  const { body } = await importRows(rows, { api: 'palpluss' });
  expect(body).toMatchObject({ imported: 3, refused: [{ row: 3, code: 'key_limit_reached', field: 'org' }] });
  const { body: again } = await importRows(rows, { api: 'palpluss' });
  expect(again).toMatchObject({ imported: 0, exists: 3, refused: [{ row: 3, code: 'key_limit_reached' }] });
});

test('a dry run returns the same and changes nothing; the first refused row can end a batch', async () => {
  const row = () => ({ digest: digestOf(oldSecret()), name: 'Key', orgName: 'Never made' });
  const rows = [row(), { ...row(), name: '' }, row()];
  const dry = (await importRows(rows, { dryRun: true })).body;
  expect(dry).toMatchObject({ imported: 2, refused: [{ row: 1 }], organizations: [{ name: 'Never made' }] });
  const stopped = { imported: 1, refused: [{ row: 1 }] };
  expect((await importRows(rows, { dryRun: true, onError: 'stop' })).body).toMatchObject(stopped);
  const { organizations, ...real } = (await importRows(rows, { onError: 'stop' })).body;
  expect([real, organizations.length]).toMatchObject([stopped, 1]);
  expect((await importRows(rows)).body).toMatchObject({
    imported: 1,
    exists: 1,
    refused: [{ row: 1 }],
    organizations: [],
  });
});

test('each batch has one audit entry with its first and last key', async () => {
  const rows = [1, 2, 3].map(() => ({ digest: digestOf(oldSecret()), name: 'Audited', org }));
  await importRows([...rows, { digest: 'x' }, rows[0] as object]);
  // Nothing was changed, so there is no entry.
  await importRows(rows);
  const { body } = await server.admin('GET', '/v1/audit?limit=2');
  const [record] = body.data as Record<string, unknown>[];
  const list = (await server.admin('GET', '/v1/keys?api=classic&limit=3')).body.data as { id: string }[];
  expect(record).toMatchObject({
    action: 'keys.imported',
    via: 'import',
    after: { imported: 3, exists: 1, refused: 1, firstKey: list[2]?.id, lastKey: list[0]?.id },
  });
});

describe('a whole batch is refused', () => {
  test.for<[what: string, body: object, status: number, code: string]>([
    ['for an API without importedKeys', { api: 'palm', rows: [] }, 409, 'import_not_configured'],
    ['for an unknown API', { api: 'nowhere', rows: [] }, 400, 'api_unknown'],
    ['with unknown members', { api: 'classic', rows: [{ digest: 'x', secret: 'y' }] }, 400, 'invalid_input'],
    ['without a digest', { api: 'classic', rows: [{ name: 'x' }] }, 400, 'invalid_input'],
    ['with too many rows', { api: 'classic', rows: Array(1001).fill({ digest: 'x' }) }, 400, 'invalid_input'],
    ['with too many bytes', { api: 'classic', rows: [{ digest: 'x'.repeat(2 * 1024 * 1024) }] }, 413, 'body_too_large'],
  ])('%s', async ([, body, status, code]) => {
    const answer = await server.admin('POST', '/v1/import', body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test('but may be larger than other bodies', async () => {
    const rows = Array.from({ length: 1000 }, () => ({ digest: digestOf(oldSecret()), name: 'x'.repeat(100), org }));
    expect((await importRows(rows)).body).toMatchObject({ imported: 1000 });
  });
});
