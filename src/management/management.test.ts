// Management commands on real storage, cache and engine: they refuse wrong input, and changes apply when they return.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { profiles } from '../config/bundled-profiles.ts';
import { createInProcessLimiter } from '../coordination/in-process.ts';
import { createManualClock, type ManualClock } from '../domain/clock.ts';
import { presentCredential } from '../domain/credential.ts';
import { parseReferrerPattern } from '../domain/referrer.ts';
import { inspectSecret } from '../domain/secret.ts';
import { createAuthorize } from '../engine/authorize.ts';
import { KeyCache } from '../engine/key-cache.ts';
import { type OpenRevocationLog, openRevocationLog } from '../storage/revocation-log.ts';
import { openSqlite } from '../storage/sqlite/storage.ts';
import type { Storage } from '../storage/storage.ts';
import { createLocalCoherence } from './coherence.ts';
import { finishErasures } from './erasure.ts';
import type { KeyCommands, NewKey } from './keys/commands.ts';
import { createKeyCommands } from './keys.ts';
import { ManagementError } from './management-error.ts';
import { createOrganizationCommands, type OrganizationCommands } from './organizations.ts';
import type { ManagementStore } from './ports.ts';
import { libraryOperator } from './rights.ts';

const startMs = Date.UTC(2026, 0, 1);
const day = 86_400_000;
const operator = libraryOperator;
const apis = new Map(
  Object.values(profiles).map(({ id, source, secret, policy }) => [id, { id, source, secret, policy }]),
);

let folder: string;
let storage: Storage;
let clock: ManualClock;
let cache: KeyCache;
let keys: KeyCommands;
let orgs: OrganizationCommands;
let revocations: OpenRevocationLog;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'miftah-'));
  storage = await openSqlite({ file: join(folder, 'miftah.db') });
  revocations = await openRevocationLog(join(folder, 'revocations.log'));
});

beforeEach(() => {
  clock = createManualClock(startMs);
  cache = new KeyCache({ store: storage.keyStore, policyOf: (id) => apis.get(id)?.policy });
  const parts = { store: storage.management, apis, coherence: createLocalCoherence(cache), clock, revocations };
  keys = createKeyCommands(parts);
  orgs = createOrganizationCommands(parts);
});

afterAll(async () => {
  await storage.close();
  await revocations.close();
  await rm(folder, { recursive: true });
});

/** The engine's decision about a request with `secret`: `allowed`, or the reason. */
async function decide(apiId: string, secret: string, clientAddress = '203.0.113.9'): Promise<string> {
  const api = apis.get(apiId) as NonNullable<ReturnType<typeof apis.get>>;
  const limiter = createInProcessLimiter();
  const authorize = createAuthorize(api, {
    keys: cache,
    limiter,
    chargeClient: () => undefined,
    clock,
    onFault(error) {
      throw error;
    },
  });
  const { headers, query } = presentCredential(api.source, secret);
  const verdict = await authorize({
    method: 'GET',
    path: '/',
    rawHeaders: headers,
    query,
    clientAddress,
    environment: undefined,
  });
  return verdict.kind === 'allowed' ? 'allowed' : verdict.reason;
}

async function faultOf(
  running: Promise<unknown>,
): Promise<{ code: string; field: string | undefined; message: string }> {
  const error = await running.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ManagementError);
  const { code, field, message } = error as ManagementError;
  return { code, field, message };
}

async function createOwned(input: Partial<NewKey> = {}, kind?: string) {
  const org = await orgs.createOrganization(operator, { name: 'Acme', kind });
  return keys.createKey(operator, { apiId: 'classic', orgId: org.id, name: 'server', ...input });
}

describe('organizations', () => {
  test('are created, found and listed newest first', async () => {
    const first = await orgs.createOrganization(operator, { name: '  Acme ' });
    const second = await orgs.createOrganization(operator, { name: 'Dealer', kind: 'dealer' });
    expect(first).toEqual({
      id: expect.stringMatching(/^org_[0-9A-Za-z]{20}$/),
      name: 'Acme',
      kinds: ['standard'],
      status: 'active',
      suspendedApis: [],
      grantedLimits: new Map(),
      tags: [],
      metadata: {},
      externalId: null,
      createdAtMs: startMs,
    });
    expect(await orgs.getOrganization(operator, first.id)).toEqual(first);
    expect((await orgs.listOrganizations(operator, { limit: 2 })).items).toEqual([second, first]);
  });

  test('that do not exist are not found', async () => {
    for (const command of [orgs.getOrganization, orgs.suspendOrganization, orgs.resumeOrganization]) {
      expect((await faultOf(command(operator, 'org_none'))).code).toBe('not_found');
    }
  });

  test('refuse odd kinds', async () => {
    expect(await faultOf(orgs.createOrganization(operator, { name: 'Acme', kind: 'Dealer!' }))).toMatchObject({
      code: 'invalid_input',
      field: 'kind',
    });
  });

  test('are deleted at once, and erased step by step: beside the reply, and again after an interruption', async () => {
    const { key, secret } = await createOwned();
    expect(await decide('classic', secret)).toBe('allowed');
    let isBroken = true;
    const { eraseNext } = storage.management;
    const store: ManagementStore = {
      ...storage.management,
      async eraseNext(...step) {
        if (isBroken) throw new Error('the connection was lost');
        clock.advance(20_000);
        return eraseNext(...step);
      },
    };
    const parts = { store, apis, coherence: createLocalCoherence(cache), clock, revocations };
    const { deleteOrganization } = createOrganizationCommands(parts);
    await expect(deleteOrganization(operator, key.orgId)).rejects.toThrow('the connection was lost');
    expect(await decide('classic', secret)).toBe('key_unknown');
    const unerased = async () => (await storage.management.listUnerased()).map(({ id }) => id);
    expect(await unerased()).toEqual([key.orgId]);

    isBroken = false;
    expect(await deleteOrganization(operator, key.orgId)).toMatchObject({ keysRevoked: 0, isErasing: true });
    await expect.poll(unerased).toEqual([]);
    expect(await storage.management.countUnrevokedKeys(key.orgId)).toBe(0);
    expect(await readFile(join(folder, 'revocations.log'), 'utf8')).toContain(key.id);

    const other = await createOwned();
    isBroken = true;
    await expect(deleteOrganization(operator, other.key.orgId)).rejects.toThrow();
    await finishErasures({ store: storage.management, revocations });
    expect(await unerased()).toEqual([]);
    expect(await readFile(join(folder, 'revocations.log'), 'utf8')).toContain(other.key.id);
  });

  test('suspend and resume apply to cached keys when they return', async () => {
    const { key, secret } = await createOwned();
    expect(await decide('classic', secret)).toBe('allowed');
    await orgs.suspendOrganization(operator, key.orgId);
    expect(await decide('classic', secret)).toBe('org_suspended');
    await orgs.resumeOrganization(operator, key.orgId);
    expect(await decide('classic', secret)).toBe('allowed');
  });
});

describe('an organization of several kinds', () => {
  test('is a customer of vendors that ask for different kinds', async () => {
    const org = await orgs.createOrganization(operator, { name: 'Acme', kinds: ['school', 'dealer', 'school'] });
    expect(org.kinds).toEqual(['school', 'dealer']);
    const make = () => keys.createKey(operator, { apiId: 'palcards', orgId: org.id, name: 'server' });
    await make();
    // A kind that keys depend on must stay.
    const fault = await faultOf(orgs.updateOrganization(operator, org.id, { kinds: ['school'] }));
    expect(fault).toMatchObject({ code: 'org_kind_in_use', field: 'kind' });
    expect((await orgs.updateOrganization(operator, org.id, { kind: 'dealer' })).kinds).toEqual(['dealer']);
    const other = await orgs.createOrganization(operator, { name: 'Other', kinds: ['school', 'standard'] });
    const refused = keys.createKey(operator, { apiId: 'palcards', orgId: other.id, name: 'server' });
    expect(await faultOf(refused)).toMatchObject({
      code: 'org_kind_not_allowed',
      message: expect.stringContaining('this one is "school, standard"'),
    });
    const { items } = await storage.audit.listAudit({ orgId: org.id }, { limit: 9 });
    expect(items.filter(({ action }) => action.startsWith('org.')).map(({ before, after }) => [before, after])).toEqual(
      [
        [{ kind: 'school, dealer' }, { kind: 'dealer' }],
        [null, { name: 'Acme', kind: 'school, dealer' }],
      ],
    );
  });

  test.each([
    [{ kinds: [] }, 'kinds'],
    [{ kinds: Array.from({ length: 11 }, (_, at) => `k${at}`) }, 'kinds'],
    [{ kinds: ['dealer', 'a,b'] }, 'kinds[1]'],
    [{ kind: 'dealer', kinds: ['dealer'] }, 'kind'],
  ])('can not be %j', async (kinds, field) => {
    const fault = await faultOf(orgs.createOrganization(operator, { name: 'Acme', ...kinds }));
    expect(fault).toMatchObject({ code: 'invalid_input', field });
  });
});

describe('an organization that is suspended for one API', () => {
  test('keeps its keys of the others, and gets those of this one back', async () => {
    const org = await orgs.createOrganization(operator, { name: 'Acme' });
    const make = (apiId: string) => keys.createKey(operator, { apiId, orgId: org.id, name: 'server' });
    const [classic, palm] = [await make('classic'), await make('palm')];
    const verdicts = async () => [await decide('classic', classic.secret), await decide('palm', palm.secret)];
    expect(await verdicts()).toEqual(['allowed', 'allowed']);

    const suspended = await orgs.suspendForApi(operator, org.id, 'classic');
    expect(suspended).toEqual({ ...org, suspendedApis: ['classic'] });
    expect(await verdicts()).toEqual(['org_suspended', 'allowed']);
    expect(await faultOf(make('classic'))).toMatchObject({
      code: 'org_not_active',
      message: 'org: the organization is suspended for this API: resume it first',
    });
    expect((await make('palm')).key.apiId).toBe('palm');

    // The two suspensions are independent.
    await orgs.suspendOrganization(operator, org.id);
    expect(await verdicts()).toEqual(['org_suspended', 'org_suspended']);
    await orgs.resumeOrganization(operator, org.id);
    expect(await verdicts()).toEqual(['org_suspended', 'allowed']);
    expect(await orgs.resumeForApi(operator, org.id, 'classic')).toEqual(org);
    expect(await verdicts()).toEqual(['allowed', 'allowed']);
  });

  test('is in the audit log, each change once', async () => {
    const org = await orgs.createOrganization(operator, { name: 'Acme' });
    for (const apiId of ['palm', 'palm', 'classic']) await orgs.suspendForApi(operator, org.id, apiId);
    for (const apiId of ['palm', 'palm']) await orgs.resumeForApi(operator, org.id, apiId);
    const { items } = await storage.audit.listAudit({ orgId: org.id }, { limit: 9 });
    expect(items.map(({ action, before, after }) => [action, before, after])).toEqual([
      ['org.resumed', { suspendedApis: ['classic', 'palm'] }, { suspendedApis: ['classic'] }],
      ['org.suspended', { suspendedApis: ['palm'] }, { suspendedApis: ['classic', 'palm'] }],
      ['org.suspended', { suspendedApis: [] }, { suspendedApis: ['palm'] }],
      ['org.created', null, { name: 'Acme', kind: 'standard' }],
    ]);
  });

  test('must exist, and so must the API', async () => {
    const org = await orgs.createOrganization(operator, { name: 'Acme' });
    for (const command of [orgs.suspendForApi, orgs.resumeForApi]) {
      expect((await faultOf(command(operator, 'org_none', 'classic'))).code).toBe('not_found');
      expect((await faultOf(command(operator, org.id, 'acme'))).code).toBe('not_found');
    }
  });

  test('can be resumed for an API that is no longer configured', async () => {
    const org = await orgs.createOrganization(operator, { name: 'Acme' });
    await storage.management.setOrganizationStatus(org.id, { suspendedApis: ['gone'] });
    expect((await faultOf(orgs.suspendForApi(operator, org.id, 'gone'))).code).toBe('not_found');
    expect(await orgs.resumeForApi(operator, org.id, 'gone')).toEqual(org);
  });
});

describe('creating keys', () => {
  test('returns the record and its secret once, in canonical form', async () => {
    const { key, secret } = await createOwned({
      name: 'e\u0301tude ',
      environment: 'test',
      addresses: ['::ffff:203.0.113.9', '203.0.113.9', '2001:DB8::/32'],
      referrers: ['https://Example.com', '*.example.com'],
      endpoints: ['GET /v1/users/*'],
      scopes: ['users:read'],
      rateLimits: ['60/m', '1000/h'],
      expiresAt: '2026-06-01T00:00:00+02:00',
    });
    expect(inspectSecret(secret, profiles.classic.secret)).toBe('test');
    expect(key).toEqual({
      id: expect.stringMatching(/^key_[0-9A-Za-z]{20}$/),
      apiId: 'classic',
      orgId: expect.any(String),
      environment: 'test',
      name: 'étude',
      hint: { prefix: 'sk_test_', start: secret.slice(8, 12), end: secret.slice(-4) },
      restrictions: {
        addresses: ['203.0.113.9', '2001:db8::/32'],
        referrers: ['https://example.com', '*.example.com'],
        endpoints: ['GET /v1/users/*'],
        scopes: ['users:read'],
      },
      rateLimits: [
        { limit: 60, windowSeconds: 60 },
        { limit: 1000, windowSeconds: 3600 },
      ],
      grantedLimits: [
        { limit: 60, windowSeconds: 60 },
        { limit: 1000, windowSeconds: 3600 },
      ],
      tags: [],
      metadata: {},
      externalId: null,
      createdAtMs: startMs,
      secretCreatedAtMs: startMs,
      updatedAtMs: startMs,
      expiresAtMs: Date.UTC(2026, 4, 31, 22),
      revokedAtMs: null,
      disabledAtMs: null,
      lastUsedAtMs: null,
      lastUsedAddress: null,
      revision: 1,
    });
    expect(await keys.getKey(operator, key.id)).toEqual(key);
    expect(JSON.stringify(key)).not.toContain(secret);
  });

  test.each<[Partial<NewKey>, string, string]>([
    [{ apiId: 'nope' }, 'api_unknown', 'api'],
    [{ orgId: 'org_none' }, 'invalid_input', 'org'],
    [{ name: undefined }, 'invalid_input', 'name'],
    [{ name: ' ' }, 'invalid_input', 'name'],
    [{ name: 'a\u0000b' }, 'invalid_input', 'name'],
    [{ name: 'a\u202eb' }, 'invalid_input', 'name'],
    [{ name: 'a\ud800b' }, 'invalid_input', 'name'],
    [{ name: 'x'.repeat(201) }, 'invalid_input', 'name'],
    [{ addresses: ['203.0.113.7', '203.0.113.300'] }, 'invalid_input', 'addresses[1]'],
    [
      { addresses: Array.from({ length: 501 }, (_, at) => `10.0.${at >> 8}.${at & 255}`) },
      'invalid_input',
      'addresses',
    ],
    [{ referrers: ['https://example.com/path'] }, 'invalid_input', 'referrers[0]'],
    [{ endpoints: ['get /v1'] }, 'invalid_input', 'endpoints[0]'],
    [{ scopes: ['Users:Read'] }, 'invalid_input', 'scopes[0]'],
    [{ scopes: [`a${'b'.repeat(100)}`] }, 'invalid_input', 'scopes[0]'],
    [{ rateLimits: ['60 per minute'] }, 'invalid_input', 'rateLimits[0]'],
    [{ rateLimits: ['60/m', '1/60s'] }, 'invalid_input', 'rateLimits[1]'],
    [{ rateLimits: ['1/s', '1/m', '1/h', '1/d', '1/2s', '1/3s'] }, 'invalid_input', 'rateLimits'],
    [{ expiresAt: '2026-01-01T00:00:00Z' }, 'invalid_input', 'expiresAt'],
    [{ expiresAt: '2027-02-30T00:00:00Z' }, 'invalid_input', 'expiresAt'],
    [{ expiresAt: '9999-12-31T23:00:00-02:00' }, 'invalid_input', 'expiresAt'],
    [{ expiresAt: 'tomorrow' }, 'invalid_input', 'expiresAt'],
    [{ apiId: 'panel', environment: 'test' }, 'invalid_input', 'environment'],
    [{ apiId: 'panel', addresses: ['203.0.113.0/24'] }, 'invalid_input', 'addresses[0]'],
    [{ apiId: 'palpluss', addresses: ['203.0.113.7'] }, 'invalid_input', 'addresses[0]'],
    [{ apiId: 'palpluss', referrers: ['example.com'] }, 'invalid_input', 'referrers[0]'],
    [{ apiId: 'palpluss', endpoints: ['GET /'] }, 'invalid_input', 'endpoints[0]'],
    [{ apiId: 'palpluss', expiresAt: '2027-01-01T00:00:00Z' }, 'invalid_input', 'expiresAt'],
    [{ apiId: 'palcards' }, 'org_kind_not_allowed', 'org'],
    [{ apiId: 'palcards', name: 'ab' }, 'invalid_input', 'name'],
    [{ apiId: 'palcards', addresses: ['2001:db8::7'] }, 'invalid_input', 'addresses[0]'],
  ])('refuses %j', async (input, code, field) => {
    const fault = await faultOf(createOwned(input));
    expect(fault).toMatchObject({ code, field });
    expect(fault.message.startsWith(`${field}: `)).toBe(true);
  });

  test('a stored referrer can be parsed again', async () => {
    const { key } = await createOwned({ referrers: ['HTTPS://Example.COM:8443'] });
    expect(key.restrictions.referrers.map(parseReferrerPattern)).toEqual([
      { kind: 'origin', origin: 'https://example.com:8443' },
    ]);
  });

  test('counts a name in code points after NFC', async () => {
    expect((await createOwned({ apiId: 'palcards', name: '🗝🗝🗝' }, 'dealer')).key.name).toBe('🗝🗝🗝');
    expect((await faultOf(createOwned({ apiId: 'palcards', name: 'e\u0301🗝' }, 'dealer'))).field).toBe('name');
    expect((await createOwned({ apiId: 'panel', name: undefined })).key.name).toBe('');
  });

  test('is refused for suspended organizations', async () => {
    const org = await orgs.createOrganization(operator, { name: 'Acme' });
    await orgs.suspendOrganization(operator, org.id);
    const fault = await faultOf(keys.createKey(operator, { apiId: 'classic', orgId: org.id, name: 'server' }));
    expect(fault).toMatchObject({ code: 'org_not_active', field: 'org' });
  });
});

describe('updating keys', () => {
  test('changes the given fields, leaves the rest, and applies to cached keys when it returns', async () => {
    const { key, secret } = await createOwned({ addresses: ['203.0.113.9'], scopes: ['a'] });
    expect(await decide('classic', secret)).toBe('allowed');
    clock.advance(1000);
    const updated = await keys.updateKey(operator, key.id, { addresses: ['198.51.100.1'] });
    expect(updated).toEqual({
      ...key,
      restrictions: { ...key.restrictions, addresses: ['198.51.100.1'] },
      updatedAtMs: startMs + 1000,
      revision: 2,
    });
    expect(await decide('classic', secret)).toBe('address_not_allowed');
    await keys.updateKey(operator, key.id, { addresses: [] });
    expect(await decide('classic', secret)).toBe('allowed');
  });

  test('a list that reports refuses no one until it is enforced, where the policy allows that', async () => {
    const { key, secret } = await createOwned({ addresses: ['203.0.113.9'], addressCheck: 'report' });
    expect(key.restrictions.addressCheck).toBe('report');
    expect(await decide('classic', secret, '198.51.100.1')).toBe('allowed');
    const { restrictions } = await keys.updateKey(operator, key.id, { addressCheck: 'enforce' });
    expect(restrictions).toEqual({ ...key.restrictions, addressCheck: undefined });
    expect(await decide('classic', secret, '198.51.100.1')).toBe('address_not_allowed');
    const dealer = await orgs.createOrganization(operator, { name: 'Dealer', kind: 'dealer' });
    const blocked = { apiId: 'palcards', orgId: dealer.id, name: 'blocked', addresses: ['203.0.113.9'] };
    await expect(keys.createKey(operator, { ...blocked, addressCheck: 'report' })).rejects.toMatchObject({
      code: 'invalid_input',
      field: 'addressCheck',
    });
  });

  test('sets and clears the expiry', async () => {
    const { key, secret } = await createOwned();
    await keys.updateKey(operator, key.id, { expiresAt: '2026-01-02T00:00:00Z' });
    clock.advance(day);
    expect(await decide('classic', secret)).toBe('key_expired');
    await keys.updateKey(operator, key.id, { expiresAt: null });
    expect(await decide('classic', secret)).toBe('allowed');
  });

  test('without a field changes nothing', async () => {
    const { key } = await createOwned();
    expect(await keys.updateKey(operator, key.id, {})).toEqual(key);
  });

  test('of parallel updates of one revision exactly one succeeds', async () => {
    const { key } = await createOwned();
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, at) =>
        keys.updateKey(operator, key.id, { name: `name ${at}`, expectedRevision: 1 }),
      ),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(9);
    for (const { reason } of refused) expect(reason.code).toBe('revision_mismatch');
    expect((await keys.getKey(operator, key.id)).revision).toBe(2);
  });

  test('is refused for revoked and unknown keys, and checked like a new key', async () => {
    const { key } = await createOwned();
    expect(await faultOf(keys.updateKey(operator, key.id, { name: '' }))).toMatchObject({
      code: 'invalid_input',
      field: 'name',
    });
    await keys.revokeKey(operator, key.id);
    expect((await faultOf(keys.updateKey(operator, key.id, { name: 'x' }))).code).toBe('key_not_active');
    expect((await faultOf(keys.updateKey(operator, 'key_none', { name: 'x' }))).code).toBe('not_found');
  });
});

describe('rotating keys', () => {
  test('both secrets work until the overlap ends, then only the new one', async () => {
    const { key, secret } = await createOwned();
    expect(await decide('classic', secret)).toBe('allowed');
    const rotated = await keys.rotateKey(operator, key.id, '1h');
    expect(rotated.secret).not.toBe(secret);
    expect(rotated.key).toMatchObject({ id: key.id, revision: 2, hint: { end: rotated.secret.slice(-4) } });
    clock.advance(3_600_000 - 1);
    expect([await decide('classic', secret), await decide('classic', rotated.secret)]).toEqual(['allowed', 'allowed']);
    clock.advance(1);
    expect([await decide('classic', secret), await decide('classic', rotated.secret)]).toEqual([
      'key_expired',
      'allowed',
    ]);
  });

  test('without an overlap the old secret is refused when it returns', async () => {
    const { key, secret } = await createOwned();
    expect(await decide('classic', secret)).toBe('allowed');
    await keys.rotateKey(operator, key.id, 'now');
    expect(await decide('classic', secret)).toBe('key_expired');
  });

  test('a second rotation never extends the first one’s overlap, and no overlap outlasts the key', async () => {
    const { key, secret } = await createOwned({ expiresAt: '2026-01-02T00:00:00Z' });
    await keys.rotateKey(operator, key.id, '1h');
    const second = await keys.rotateKey(operator, key.id, '30d');
    clock.advance(3_600_000);
    expect(await decide('classic', secret)).toBe('key_expired');
    clock.advance(day);
    await keys.updateKey(operator, key.id, { expiresAt: null });
    expect(await decide('classic', second.secret)).toBe('allowed');
  });

  test('is refused if the policy does not allow it, with an alternative', async () => {
    const { key } = await createOwned({ apiId: 'panel' });
    const fault = await faultOf(keys.rotateKey(operator, key.id));
    expect(fault.code).toBe('rotation_not_supported');
    expect(fault.message).toContain('create a new key, switch your clients to it, then revoke this one');
  });

  test('is refused for keys that are not active', async () => {
    const { key } = await createOwned({ expiresAt: '2026-01-02T00:00:00Z' });
    clock.advance(day);
    expect((await faultOf(keys.rotateKey(operator, key.id))).code).toBe('key_not_active');
    await keys.revokeKey(operator, key.id);
    expect((await faultOf(keys.rotateKey(operator, key.id))).code).toBe('key_not_active');
    expect((await faultOf(keys.rotateKey(operator, 'key_none'))).code).toBe('not_found');
  });
});

describe('revoking keys', () => {
  test('applies to every secret when it returns, keeps the record, and is idempotent', async () => {
    const { key, secret } = await createOwned();
    const rotated = await keys.rotateKey(operator, key.id);
    expect([await decide('classic', secret), await decide('classic', rotated.secret)]).toEqual(['allowed', 'allowed']);
    clock.advance(1000);
    const revoked = await keys.revokeKey(operator, key.id);
    expect(revoked.revokedAtMs).toBe(startMs + 1000);
    expect([await decide('classic', secret), await decide('classic', rotated.secret)]).toEqual([
      'key_revoked',
      'key_revoked',
    ]);
    clock.advance(1000);
    expect(await keys.revokeKey(operator, key.id)).toEqual(revoked);
    expect((await faultOf(keys.revokeKey(operator, 'key_none'))).code).toBe('not_found');
  });
});
