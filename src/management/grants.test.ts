// Granted limits and scopes: members tighten them, only the operator loosens them, for a key or an organization. What
// members say of keys, and what the operator alone says.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actAsMember } from '../../test/people/acting-member.ts';
import { profiles } from '../config/bundled-profiles.ts';
import type { Actor, MemberActor } from '../domain/actor.ts';
import type { ApiKey } from '../domain/api-key.ts';
import { createManualClock } from '../domain/clock.ts';
import type { Policy, ProtectedApi } from '../domain/protected-api.ts';
import { formatRateLimit } from '../domain/rate-limit.ts';
import { type Role, roles } from '../domain/role.ts';
import { digestSecret } from '../domain/secret.ts';
import { KeyCache } from '../engine/key-cache.ts';
import { type OpenRevocationLog, openRevocationLog } from '../storage/revocation-log.ts';
import { openSqlite } from '../storage/sqlite/storage.ts';
import type { Storage } from '../storage/storage.ts';
import { createLocalCoherence } from './coherence.ts';
import { createImportKeys, type ImportKeys } from './import/import-keys.ts';
import type { KeyCommands, KeyUpdate, KeyWithSecret, NewKey } from './keys/commands.ts';
import { createKeyCommands } from './keys.ts';
import { ManagementError } from './management-error.ts';
import { createOrganizationCommands, type OrganizationCommands } from './organizations.ts';
import { libraryOperator as operator } from './rights.ts';

const apis = new Map<string, ProtectedApi>();
function addApi(id: string, base: keyof typeof profiles, policy: Partial<Policy> = {}): void {
  const { source, secret, policy: own } = profiles[base];
  const imported = { algorithm: 'sha256', prefix: 'old_', minLength: 20, maxLength: 64 } as const;
  apis.set(id, { id, source, secret, imported, policy: { ...own, ...policy } });
}
const perMinute = (limit: number) => ({ limit, windowSeconds: 60 });
addApi('palpluss', 'palpluss');
addApi('limited', 'classic', { rateLimits: [perMinute(60), { limit: 1000, windowSeconds: 3600 }] });
addApi('open', 'classic');
addApi('scoped', 'classic', { memberScopes: ['users:read', 'users:write'] });
addApi('scopeless', 'classic', { memberScopes: [] });
const noPresets = {
  ...{ name: { en: 'A', ar: 'أ' }, description: undefined, addresses: undefined, referrers: undefined },
  ...{ endpoints: undefined, scopes: undefined, rateLimits: undefined, expiresInDays: undefined },
};
addApi('templated', 'classic', {
  rateLimits: [perMinute(60)],
  memberScopes: ['users:read'],
  templates: [
    {
      ...noPresets,
      id: 'reader',
      addresses: ['203.0.113.0/24'],
      referrers: ['*.example.com'],
      endpoints: ['GET /v1/users/*'],
      scopes: ['users:read'],
      rateLimits: [perMinute(90)],
      expiresInDays: 30,
    },
    { ...noPresets, id: 'admin', scopes: ['admin:all'] },
  ],
});
addApi('annotated', 'classic', { memberMetadata: ['team'] });
addApi('panel', 'panel', { rateLimits: [perMinute(60)], memberScopes: ['read'] });

let folder: string;
let storage: Storage;
let revocations: OpenRevocationLog;
let cache: KeyCache;
let keys: KeyCommands;
let orgs: OrganizationCommands;
let importKeys: ImportKeys;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'miftah-'));
  storage = await openSqlite({ file: join(folder, 'miftah.db') });
  revocations = await openRevocationLog(join(folder, 'revocations.log'));
  cache = new KeyCache({ store: storage.keyStore, policyOf: (id) => apis.get(id)?.policy });
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const parts = { store: storage.management, apis, coherence: createLocalCoherence(cache), clock, revocations };
  keys = createKeyCommands(parts);
  orgs = createOrganizationCommands(parts);
  importKeys = createImportKeys({ ...parts, store: storage.imports });
});

afterAll(async () => {
  await storage.close();
  await revocations.close();
  await rm(folder, { recursive: true });
});

const origin = { via: 'console', address: null, requestId: null } as const;

function memberOf(orgId: string, role: Role = 'developer'): Promise<MemberActor> {
  return actAsMember(storage.people, orgId, role);
}

function asActor({ id, apiId, orgId, environment }: ApiKey): Actor {
  return { kind: 'key', keyId: id, label: 'xyp_…', apiId, orgId, environment, ...origin };
}

async function createOrg(): Promise<string> {
  return (await orgs.createOrganization(operator, { name: 'Acme' })).id;
}

async function create(actor: Actor, orgId: string, input: Partial<NewKey>): Promise<KeyWithSecret> {
  return keys.createKey(actor, { apiId: 'limited', orgId, name: 'server', ...input });
}

/** The limits that a decision would apply to the key. */
async function inForce({ secret }: Pick<KeyWithSecret, 'secret'>): Promise<string[] | undefined> {
  const digest = digestSecret(secret);
  const key = cache.get(digest) ?? (await cache.load(digest));
  return key?.rateLimits.map(formatRateLimit);
}

async function faultOf(running: Promise<unknown>): Promise<ManagementError> {
  const error = await running.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ManagementError) return error;
  throw new Error(`expected a ManagementError, got ${error}`);
}

test.each([
  ['palpluss', ['100000/m'], 0, '60/m'],
  ['palpluss', ['61/m'], 0, '60/m'],
  ['limited', ['10/s', '61/m'], 1, '60/m'],
  ['limited', ['5/m', '1001/h'], 1, '1000/h'],
  ['limited', ['61/60s'], 0, '60/m'],
] as const)('%s: a member asks for %j, which is more than is granted', async (apiId, rateLimits, at, granted) => {
  const orgId = await createOrg();
  for (const role of roles.filter((each) => each !== 'viewer')) {
    const actor = await memberOf(orgId, role);
    const made = await create(actor, orgId, { apiId });
    for (const running of [
      create(actor, orgId, { apiId, rateLimits }),
      keys.updateKey(actor, made.key.id, { rateLimits }),
    ]) {
      const { code, field, message } = await faultOf(running);
      expect([code, field]).toEqual(['invalid_input', `rateLimits[${at}]`]);
      expect(message).toContain(`more than the granted ${granted}`);
      expect(message).toContain('Only the operator can grant more');
    }
    expect((await keys.getKey(actor, made.key.id)).revision).toBe(1);
  }
});

test('a member tightens the limits, also with another window, and removes them again', async () => {
  const orgId = await createOrg();
  const actor = await memberOf(orgId);
  const made = await create(actor, orgId, { rateLimits: ['30/m', '2/s'] });
  expect(made.key).toMatchObject({ grantedLimits: null });
  expect(await inForce(made)).toEqual(['30/m', '1000/h', '2/s']);
  await keys.updateKey(actor, made.key.id, { rateLimits: ['60/m'] });
  expect(await inForce(made)).toEqual(['60/m', '1000/h']);
  await keys.updateKey(actor, made.key.id, { rateLimits: [] });
  expect(await inForce(made)).toEqual(['60/m', '1000/h']);
});

test('without a grant a member sets any limit', async () => {
  const orgId = await createOrg();
  const made = await create(await memberOf(orgId), orgId, { apiId: 'open', rateLimits: ['100000/m'] });
  expect(await inForce(made)).toEqual(['100000/m']);
  await keys.updateKey(await memberOf(orgId), made.key.id, { rateLimits: [] });
  expect(await inForce(made)).toEqual([]);
});

test('limits by the operator are the grant of the key, and members stay within it', async () => {
  const orgId = await createOrg();
  const actor = await memberOf(orgId);
  const made = await create(operator, orgId, { apiId: 'palpluss', rateLimits: ['600/m'] });
  expect(await inForce(made)).toEqual(['600/m']);
  await keys.updateKey(actor, made.key.id, { rateLimits: ['500/m'] });
  expect(await inForce(made)).toEqual(['500/m']);
  expect((await faultOf(keys.updateKey(actor, made.key.id, { rateLimits: ['601/m'] }))).message).toContain('600/m');
  await keys.updateKey(actor, made.key.id, { rateLimits: [] });
  expect(await inForce(made)).toEqual(['600/m']);
  await keys.rotateKey(actor, made.key.id, 'now').then(async (rotated) => {
    expect(await inForce(rotated)).toEqual(['600/m']);
    await keys.updateKey(operator, made.key.id, { rateLimits: [] });
    expect(await inForce(rotated)).toEqual(['60/m']);
  });
  const actions = (await storage.audit.listAudit({ targetId: made.key.id }, { limit: 1 })).items;
  expect(actions[0]).toMatchObject({ before: { grantedLimits: ['600/m'] }, after: { grantedLimits: null } });
});

test('own limits that are looser than the grant do not widen it', async () => {
  const orgId = await createOrg();
  const made = await create(await memberOf(orgId), orgId, {});
  const loose = { rateLimits: [perMinute(100_000)] };
  await storage.management.updateKey(made.key.id, 1, loose, 1);
  cache.forgetAll();
  expect(await inForce(made)).toEqual(['60/m', '1000/h']);
});

test('grants of an organization are by API, and apply to its keys at once', async () => {
  const orgId = await createOrg();
  const actor = await memberOf(orgId);
  const made = await create(actor, orgId, { rateLimits: ['50/m'] });
  const other = await create(actor, orgId, { apiId: 'palpluss' });
  const elsewhere = await create(operator, await createOrg(), {});
  expect(await inForce(made)).toEqual(['50/m', '1000/h']);
  const grant = (grantedLimits: Record<string, string[]>) =>
    orgs.updateOrganization(operator, orgId, { grantedLimits });

  await grant({ limited: ['600/m'], palpluss: ['6/m'] });
  expect([await inForce(made), await inForce(other), await inForce(elsewhere)]).toEqual([
    ['50/m'],
    ['6/m'],
    ['60/m', '1000/h'],
  ]);
  await keys.updateKey(actor, made.key.id, { rateLimits: ['600/m'] });
  expect(await inForce(made)).toEqual(['600/m']);
  expect((await faultOf(create(actor, orgId, { apiId: 'palpluss', rateLimits: ['7/m'] }))).field).toBe('rateLimits[0]');

  await grant({ limited: ['20/m'] });
  expect([await inForce(made), await inForce(other)]).toEqual([['20/m'], ['6/m']]);
  await grant({ limited: [], palpluss: [] });
  expect([await inForce(made), await inForce(other)]).toEqual([['60/m', '1000/h'], ['60/m']]);
  expect((await orgs.getOrganization(operator, orgId)).grantedLimits).toEqual(new Map());

  const audit = (await storage.audit.listAudit({ targetId: orgId }, { limit: 9 })).items;
  expect(audit.filter(({ action }) => action === 'org.updated').map(({ after }) => after)).toEqual([
    { grantedLimits: {} },
    { grantedLimits: { limited: ['20/m'], palpluss: ['6/m'] } },
    { grantedLimits: { limited: ['600/m'], palpluss: ['6/m'] } },
  ]);
});

test('a running read that missed a grant does not stay in the cache', async () => {
  const orgId = await createOrg();
  const made = await create(operator, orgId, {});
  const digest = digestSecret(made.secret);
  cache.forgetAll();
  const loading = cache.load(digest);
  await orgs.updateOrganization(operator, orgId, { grantedLimits: { limited: ['1/m'] } });
  await loading;
  expect(await inForce(made)).toEqual(['1/m']);
});

test.each([
  [{ nowhere: ['1/m'] }, 'grantedLimits.nowhere'],
  [{ nowhere: [] }, 'grantedLimits.nowhere'],
  [{ constructor: ['1/m'] }, 'grantedLimits.constructor'],
  [{ limited: ['fast'] }, 'grantedLimits.limited[0]'],
  [{ limited: ['1/m', '2/m'] }, 'grantedLimits.limited[1]'],
  [{ palpluss: ['1/s'] }, 'grantedLimits.palpluss[0]'],
])('a grant of %j is refused', async (grantedLimits, field) => {
  const orgId = await createOrg();
  const fault = await faultOf(orgs.updateOrganization(operator, orgId, { grantedLimits }));
  expect([fault.code, fault.field]).toEqual(['invalid_input', field]);
});

test.each(roles)('a member with the role %s grants nothing', async (role) => {
  const orgId = await createOrg();
  const grantedLimits = { limited: ['600/m'] };
  const fault = await faultOf(orgs.updateOrganization(await memberOf(orgId, role), orgId, { grantedLimits }));
  expect(fault.code).toBe('not_permitted');
});

test.each(['10/s', '3600/h', '60/2m', '1/d'])('limits of palpluss must be per minute, not %s', async (limit) => {
  const orgId = await createOrg();
  const made = await create(operator, orgId, { apiId: 'palpluss' });
  for (const actor of [operator, await memberOf(orgId)]) {
    for (const running of [
      create(actor, orgId, { apiId: 'palpluss', rateLimits: [limit] }),
      keys.updateKey(actor, made.key.id, { rateLimits: ['5/m', limit] }),
    ]) {
      expect(await faultOf(running)).toMatchObject({
        code: 'invalid_input',
        message: expect.stringContaining('limits of this API must use the window of 60/m'),
      });
    }
  }
  const row = { digest: 'ab'.repeat(32), orgName: 'Old', name: 'old', rateLimits: [limit] };
  const { refused } = await importKeys(operator, { apiId: 'palpluss', rows: [row] });
  expect(refused).toMatchObject([{ field: 'rateLimits[0]' }]);
});

test('a transferred key has the grant of its new organization', async () => {
  const [from, to] = [await createOrg(), await createOrg()];
  const grant = (orgId: string, limit: string) =>
    orgs.updateOrganization(operator, orgId, { grantedLimits: { limited: [limit] } });
  await grant(from, '600/m');
  await grant(to, '30/m');
  const plain = await create(await memberOf(from), from, {});
  const granted = await create(operator, from, { rateLimits: ['900/m', '4/s'] });
  const tight = await create(operator, from, { rateLimits: ['3/m'] });
  await keys.updateKey(await memberOf(from), tight.key.id, { rateLimits: [] });
  for (const { key } of [plain, granted, tight]) await keys.transferKey(operator, key.id, to);
  expect(await inForce(plain)).toEqual(['30/m']);
  expect(await inForce(granted)).toEqual(['30/m', '4/s']);
  expect(await inForce(tight)).toEqual(['3/m']);
  expect((await faultOf(keys.updateKey(await memberOf(to), granted.key.id, { rateLimits: ['31/m'] }))).field).toBe(
    'rateLimits[0]',
  );
});

test('imported limits are the operator’s grant', async () => {
  const orgId = await createOrg();
  const row = { digest: 'cd'.repeat(32), org: orgId, name: 'old', rateLimits: ['600/m'] };
  expect(await importKeys(operator, { apiId: 'palpluss', rows: [row] })).toMatchObject({ imported: 1 });
  const [key] = (await keys.listKeys(operator, { orgId }, { limit: 1 })).items;
  expect(key).toMatchObject({ rateLimits: [perMinute(600)], grantedLimits: [perMinute(600)] });
});

test('a key that creates a key passes on its limits, but no grant', async () => {
  const orgId = await createOrg();
  const mint = (parent: ApiKey, fields: Partial<NewKey> = {}) =>
    create(asActor(parent), orgId, { apiId: 'panel', ...fields });
  const tight = await create(operator, orgId, { apiId: 'panel', rateLimits: ['5/m'] });
  await keys.updateKey(await memberOf(orgId), tight.key.id, { rateLimits: [] });
  expect(await inForce(await mint(tight.key))).toEqual(['5/m']);
  const fault = await faultOf(mint(tight.key, { rateLimits: ['6/m'] }));
  expect([fault.code, fault.field]).toEqual(['exceeds_own_rights', 'rateLimits']);
  const wide = await create(operator, orgId, { apiId: 'panel', rateLimits: ['900/m'] });
  const child = await mint(wide.key);
  expect(await inForce(child)).toEqual(['60/m']);
  expect(child.key).toMatchObject({ rateLimits: [perMinute(60)], grantedLimits: null });
  expect((await faultOf(mint(wide.key, { rateLimits: ['61/m'] }))).field).toBe('rateLimits[0]');
});

test('members give the scopes of the policy’s list and keep those of a key; the operator gives any', async () => {
  const orgId = await createOrg();
  const actor = await memberOf(orgId, 'owner');
  for (const [apiId, scopes, at] of [
    ['scoped', ['users:read', 'admin:all'], 1],
    ['scoped', ['*'], 0],
    ['scopeless', ['users:read'], 0],
  ] as const) {
    const fault = await faultOf(create(actor, orgId, { apiId, scopes }));
    expect([fault.code, fault.field]).toEqual(['invalid_input', `scopes[${at}]`]);
  }
  const { key } = await create(operator, orgId, { apiId: 'scoped', scopes: ['admin:all', 'users:read'] });
  const update = (scopes: string[]) => keys.updateKey(actor, key.id, { scopes });
  expect((await faultOf(update(['admin:all', 'admin:more']))).field).toBe('scopes[1]');
  expect((await update(['admin:all', 'users:write'])).restrictions.scopes).toEqual(['admin:all', 'users:write']);
  await update([]);
  expect((await faultOf(update(['admin:all']))).field).toBe('scopes[0]');
  expect((await create(actor, orgId, { apiId: 'open', scopes: ['*'] })).key.restrictions.scopes).toEqual(['*']);
});

test('a key that creates keys does not give scopes that members may not give', async () => {
  const orgId = await createOrg();
  const { key } = await create(operator, orgId, { apiId: 'panel', scopes: ['read', 'admin'] });
  const mint = (scopes: string[]) => create(asActor(key), orgId, { apiId: 'panel', scopes });
  expect((await mint(['read'])).key.restrictions.scopes).toEqual(['read']);
  expect((await faultOf(mint(['admin']))).field).toBe('scopes[0]');
});

test('members set tags, and the metadata that the policy names', async () => {
  const orgId = await createOrg();
  const actor = await memberOf(orgId);
  const mine = { apiId: 'annotated', tags: ['EU'], metadata: { team: 'payments' } };
  expect((await create(actor, orgId, mine)).key).toMatchObject({ tags: ['eu'], metadata: { team: 'payments' } });
  for (const [apiId, metadata, field] of [
    ['annotated', { team: 'x', plan: 'gold' }, 'metadata.plan'],
    ['annotated', { Plan: 'gold' }, 'metadata'],
    ['annotated', { constructor: 'gold' }, 'metadata.constructor'],
    ['limited', { team: 'payments' }, 'metadata.team'],
  ] as const) {
    const fault = await faultOf(create(actor, orgId, { apiId, metadata: { ...metadata } }));
    expect([fault.code, fault.field]).toEqual(['invalid_input', field]);
  }
  expect((await faultOf(create(actor, orgId, { externalId: 'cus_mine' }))).code).toBe('not_permitted');

  const { key } = await create(operator, orgId, { ...mine, metadata: { plan: 'gold' }, externalId: 'cus_theirs' });
  const update = (input: KeyUpdate) => keys.updateKey(actor, key.id, input);
  expect((await faultOf(update({ metadata: { plan: 'free' } }))).field).toBe('metadata.plan');
  expect((await faultOf(update({ metadata: { plan: null } }))).field).toBe('metadata.plan');
  expect((await faultOf(update({ externalId: null }))).code).toBe('not_permitted');
  // A form may send back what it got.
  const changed = await update({ metadata: { plan: 'gold', team: 'cards', none: null }, tags: [] });
  expect(changed).toMatchObject({ metadata: { plan: 'gold', team: 'cards' }, tags: [], externalId: 'cus_theirs' });
  const [entry] = (await storage.audit.listAudit({ targetId: key.id }, { limit: 1 })).items;
  expect(entry).toMatchObject({
    before: { tags: ['eu'], metadata: { plan: 'gold' } },
    after: { tags: [], metadata: { plan: 'gold', team: 'cards' } },
  });
});

test.each(roles)('a member with the role %s sets nothing of an organization but its name', async (role) => {
  const orgId = await createOrg();
  const actor = await memberOf(orgId, role);
  for (const update of [{ tags: ['vip'] }, { metadata: { plan: 'gold' } }, { externalId: 'cus_1' }]) {
    expect((await faultOf(orgs.updateOrganization(actor, orgId, update))).code).toBe('not_permitted');
  }
});

test('an external id belongs to one organization, and to one key of an API until it is revoked', async () => {
  const [orgId, otherId] = [await createOrg(), await createOrg()];
  const taken = { code: 'external_id_taken', field: 'externalId' };
  await orgs.updateOrganization(operator, orgId, { externalId: 'crm-1' });
  expect(await faultOf(orgs.updateOrganization(operator, otherId, { externalId: 'crm-1' }))).toMatchObject(taken);
  expect(await faultOf(orgs.createOrganization(operator, { name: 'Acme', externalId: 'crm-1' }))).toMatchObject(taken);
  expect((await orgs.updateOrganization(operator, orgId, { externalId: 'crm-1', name: 'B' })).name).toBe('B');
  expect((await orgs.listOrganizations(operator, { limit: 9 }, { externalId: 'crm-1' })).items).toMatchObject([
    { id: orgId, name: 'B' },
  ]);

  const { key } = await create(operator, orgId, { externalId: 'svc-1' });
  expect(await faultOf(create(operator, otherId, { externalId: 'svc-1' }))).toMatchObject(taken);
  const { key: other } = await create(operator, otherId, { apiId: 'open', externalId: 'svc-1' });
  expect(await keys.updateKey(operator, other.id, { externalId: 'svc-1' })).toMatchObject({ externalId: 'svc-1' });
  const { key: plain } = await create(operator, otherId, {});
  expect(await faultOf(keys.updateKey(operator, plain.id, { externalId: 'svc-1' }))).toMatchObject(taken);
  const row = { digest: 'ef'.repeat(32), org: orgId, name: 'old', externalId: 'svc-1' };
  const twins = [row, { ...row, digest: 'fe'.repeat(32) }];
  expect(await importKeys(operator, { apiId: 'limited', rows: [row] })).toMatchObject({ refused: [taken] });
  await keys.revokeKey(operator, key.id);
  expect(await importKeys(operator, { apiId: 'limited', rows: twins })).toMatchObject({
    imported: 1,
    refused: [{ row: 1, ...taken }],
  });
  const found = await keys.listKeys(operator, { apiId: 'limited', externalId: 'svc-1' }, { limit: 9 });
  expect(found.items.map(({ name }) => name)).toEqual(['old', 'server']);
});

test('a transfer removes metadata, and keeps tags and the external id', async () => {
  const [from, to] = [await createOrg(), await createOrg()];
  const annotations = { tags: ['ci'], metadata: { plan: 'gold' }, externalId: 'svc-2' };
  const { key } = await create(operator, from, annotations);
  expect(await keys.transferKey(operator, key.id, from)).toMatchObject(annotations);
  const moved = await keys.transferKey(operator, key.id, to);
  expect(moved).toMatchObject({ ...annotations, orgId: to, metadata: {} });
});

test('a key that creates a key passes on its metadata, and nothing else that it says of itself', async () => {
  const orgId = await createOrg();
  const annotations = { tags: ['ci'], metadata: { plan: 'free' }, externalId: 'svc-3' };
  const { key } = await create(operator, orgId, { apiId: 'panel', ...annotations });
  const child = await create(asActor(key), orgId, { apiId: 'panel' });
  expect(child.key).toMatchObject({ tags: [], metadata: { plan: 'free' }, externalId: null });
  for (const input of [{ tags: ['a'] }, { metadata: { plan: 'gold' } }, { externalId: 'svc-4' }]) {
    expect((await faultOf(create(asActor(key), orgId, { apiId: 'panel', ...input }))).code).toBe('not_permitted');
  }
});

test('a template sets what the input leaves out, within what the actor may set', async () => {
  const orgId = await createOrg();
  const actor = await memberOf(orgId);
  const make = (input: Partial<NewKey>, by: Actor = actor) =>
    create(by, orgId, { apiId: 'templated', template: 'reader', ...input });
  const inFull = {
    restrictions: {
      addresses: ['203.0.113.0/24'],
      referrers: ['*.example.com'],
      endpoints: ['GET /v1/users/*'],
      scopes: ['users:read'],
    },
    expiresAtMs: Date.UTC(2026, 0, 31),
  };
  const made = await make({});
  // The grant is smaller than the template: it counts, and the member may not exceed it.
  expect(made.key).toMatchObject({ ...inFull, rateLimits: [perMinute(60)], grantedLimits: null });
  const [entry] = (await storage.audit.listAudit({ targetId: made.key.id }, { limit: 1 })).items;
  expect(entry?.after).toMatchObject({ template: 'reader', scopes: ['users:read'] });
  // From the operator, limits are the grant, as always.
  const granted = await make({}, operator);
  expect(granted.key).toMatchObject({ ...inFull, rateLimits: [perMinute(90)], grantedLimits: [perMinute(90)] });

  const own = { addresses: [], scopes: [], rateLimits: ['5/m'], expiresAt: '2026-01-02T00:00:00Z' };
  expect((await make(own)).key).toMatchObject({
    restrictions: { ...inFull.restrictions, addresses: [], scopes: [] },
    rateLimits: [perMinute(5)],
    expiresAtMs: Date.UTC(2026, 0, 2),
  });
  // What a member sends beside the template is theirs, and checked as ever.
  expect((await faultOf(make({ rateLimits: ['90/m'] }))).field).toBe('rateLimits[0]');
  expect((await faultOf(make({ scopes: ['users:write'] }))).field).toBe('scopes[0]');
});

test('a template gives no member what they may not give', async () => {
  const orgId = await createOrg();
  const actor = await memberOf(orgId);
  // The configuration refuses such a template. A program can still open an API with it.
  const fault = await faultOf(create(actor, orgId, { apiId: 'templated', template: 'admin' }));
  expect([fault.code, fault.field]).toEqual(['invalid_input', 'scopes[0]']);
  const viewer = await memberOf(orgId, 'viewer');
  expect((await faultOf(create(viewer, orgId, { apiId: 'templated', template: 'reader' }))).code).toBe('not_permitted');
  for (const [apiId, template] of [
    ['templated', 'none'],
    ['templated', 'constructor'],
    ['open', 'reader'],
  ] as const) {
    const { code, field } = await faultOf(create(operator, orgId, { apiId, template }));
    expect([code, field]).toEqual(['invalid_input', 'template']);
  }
  const { key } = await create(operator, orgId, { apiId: 'panel' });
  expect((await faultOf(create(asActor(key), orgId, { apiId: 'panel', template: 'reader' }))).code).toBe(
    'not_permitted',
  );
});
