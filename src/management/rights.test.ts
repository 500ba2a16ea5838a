// Permissions of operators, members and keys, the bounds of policies, and the audit entry of every change.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { actAsMember } from '../../test/people/acting-member.ts';
import { profiles } from '../config/bundled-profiles.ts';
import type { KeyActor, MemberActor } from '../domain/actor.ts';
import type { ApiKey } from '../domain/api-key.ts';
import { chainStart, hashAuditEntry } from '../domain/audit-record.ts';
import { createManualClock, type ManualClock } from '../domain/clock.ts';
import type { Policy, ProtectedApi } from '../domain/protected-api.ts';
import { type Role, roles } from '../domain/role.ts';
import { KeyCache } from '../engine/key-cache.ts';
import { type OpenRevocationLog, openRevocationLog, readRevocations } from '../storage/revocation-log.ts';
import { openSqlite } from '../storage/sqlite/storage.ts';
import type { Storage } from '../storage/storage.ts';
import { createLocalCoherence } from './coherence.ts';
import type { KeyCommands, NewKey } from './keys/commands.ts';
import { createKeyCommands } from './keys.ts';
import { ManagementError } from './management-error.ts';
import { createOrganizationCommands, type OrganizationCommands } from './organizations.ts';
import { libraryOperator } from './rights.ts';

const startMs = Date.UTC(2026, 0, 1);
const operator = libraryOperator;
const hour = 3_600_000;

const apis = new Map<string, ProtectedApi>(
  Object.values(profiles).map(({ id, source, secret, policy }) => [id, { id, source, secret, policy }]),
);
function addApi(id: string, base: keyof typeof profiles, policy: Partial<Policy>): void {
  const profile = profiles[base];
  apis.set(id, { id, source: profile.source, secret: profile.secret, policy: { ...profile.policy, ...policy } });
}
addApi('few', 'classic', { maxKeysPerOrg: 3 });
addApi('switchable', 'classic', { canDisable: true });
addApi('short', 'classic', { expiry: { defaultDays: 30, maxDays: 90 } });
addApi('bound', 'classic', { requiresAddresses: true });
addApi('turning', 'classic', { selfService: { list: true, create: true, revoke: true, rotate: true } });

let folder: string;
let storage: Storage;
let revocations: OpenRevocationLog;
let clock: ManualClock;
let keys: KeyCommands;
let orgs: OrganizationCommands;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'miftah-'));
  storage = await openSqlite({ file: join(folder, 'miftah.db') });
  revocations = await openRevocationLog(join(folder, 'revocations.log'));
});

beforeEach(() => {
  clock = createManualClock(startMs);
  const cache = new KeyCache({ store: storage.keyStore, policyOf: (id) => apis.get(id)?.policy });
  const parts = { store: storage.management, apis, coherence: createLocalCoherence(cache), clock, revocations };
  keys = createKeyCommands(parts);
  orgs = createOrganizationCommands(parts);
});

afterAll(async () => {
  await storage.close();
  await revocations.close();
  await rm(folder, { recursive: true });
});

async function createOrg(kind?: string): Promise<string> {
  return (await orgs.createOrganization(operator, { name: 'Acme', kind })).id;
}

async function createOwned(input: Partial<NewKey> = {}, kind?: string): Promise<ApiKey> {
  const orgId = input.orgId ?? (await createOrg(kind));
  return (await keys.createKey(operator, { apiId: 'classic', name: 'server', ...input, orgId })).key;
}

function memberOf(orgId: string, role: Role): Promise<MemberActor> {
  return actAsMember(storage.people, orgId, role);
}

function asActor({ id, apiId, orgId, environment }: ApiKey): KeyActor {
  const origin = { via: 'panel', address: '192.0.2.2', requestId: 'req-2' } as const;
  return { kind: 'key', keyId: id, label: 'xyp_1234…abcd', apiId, orgId, environment, ...origin };
}

async function faultOf(running: Promise<unknown>): Promise<string> {
  const error = await running.then(
    () => 'no fault',
    (reason: unknown) => reason,
  );
  return error instanceof ManagementError ? `${error.code} ${error.field ?? ''}`.trim() : String(error);
}

async function auditOfTarget(id: string) {
  return (await storage.audit.listAudit({ targetId: id }, { limit: 50 })).items.toReversed();
}

/** Every command on a key, by name. */
const commands: Readonly<Record<string, (actor: MemberActor | KeyActor, key: ApiKey) => Promise<unknown>>> = {
  get: (actor, key) => keys.getKey(actor, key.id),
  secrets: (actor, key) => keys.listSecrets(actor, key.id),
  create: (actor, key) => keys.createKey(actor, { apiId: key.apiId, orgId: key.orgId, name: 'another' }),
  update: (actor, key) => keys.updateKey(actor, key.id, { name: 'renamed' }),
  rotate: (actor, key) => keys.rotateKey(actor, key.id),
  endSecret: (actor, key) => keys.endSecret(actor, key.id, 'sec_0', 'now'),
  disable: (actor, key) => keys.disableKey(actor, key.id),
  enable: (actor, key) => keys.enableKey(actor, key.id),
  transfer: (actor, key) => keys.transferKey(actor, key.id, key.orgId),
  revoke: (actor, key) => keys.revokeKey(actor, key.id),
};

describe('members', () => {
  test.each(roles)('as %s may do exactly what the role allows', async (role) => {
    const key = await createOwned({ apiId: 'switchable' });
    const actor = await memberOf(key.orgId, role);
    const allowed: string[] = [];
    for (const [name, command] of Object.entries(commands)) {
      if ((await faultOf(command(actor, key))) !== 'not_permitted') allowed.push(name);
    }
    const reading = ['get', 'secrets'];
    const writing = [...reading, 'create', 'update', 'rotate', 'endSecret', 'disable', 'enable', 'revoke'];
    expect(allowed).toEqual(role === 'viewer' ? reading : writing);
  });

  test('of another organization find nothing, as if it did not exist', async () => {
    const key = await createOwned({ apiId: 'switchable' });
    const stranger = await memberOf(await createOrg(), 'owner');
    const unknown = { ...key, id: 'key_none' };
    for (const [name, command] of Object.entries(commands)) {
      if (name === 'create' || name === 'transfer') continue;
      const [theirs, none] = await Promise.all(
        [key, unknown].map((each) => command(stranger, each).catch((error: unknown) => error)),
      );
      expect(theirs, name).toEqual(none);
      expect((theirs as ManagementError).code, name).toBe('not_found');
    }
    expect(await faultOf(keys.createKey(stranger, { apiId: 'classic', orgId: key.orgId, name: 'mine' }))).toBe(
      'not_found',
    );
    expect(await faultOf(keys.listKeys(stranger, { orgId: key.orgId }, { limit: 9 }))).toBe('not_found');
    expect((await keys.listKeys(stranger, {}, { limit: 9 })).items).toEqual([]);
    expect(await faultOf(orgs.getOrganization(stranger, key.orgId))).toBe('not_found');
    expect(await keys.getKey(operator, key.id)).toEqual(key);
  });

  test('with the role admin or higher rename their organization, and no other', async () => {
    const orgId = await createOrg();
    const rename = async (role: Role) =>
      orgs.updateOrganization(await memberOf(orgId, role), orgId, { name: `by ${role}` });
    expect(await faultOf(rename('viewer'))).toBe('not_permitted');
    expect(await faultOf(rename('developer'))).toBe('not_permitted');
    expect((await rename('admin')).name).toBe('by admin');
    expect((await rename('owner')).name).toBe('by owner');
    const other = await memberOf(await createOrg(), 'owner');
    expect(await faultOf(orgs.updateOrganization(other, orgId, { name: 'Mine' }))).toBe('not_found');
  });

  test('of any role may not create, list, suspend or resume organizations, or change their kind', async () => {
    const orgId = await createOrg();
    const owner = await memberOf(orgId, 'owner');
    expect(await faultOf(orgs.suspendOrganization(owner, orgId))).toBe('not_permitted');
    expect(await faultOf(orgs.resumeOrganization(owner, orgId))).toBe('not_permitted');
    expect(await faultOf(orgs.updateOrganization(owner, orgId, { name: 'Mine', kind: 'dealer' }))).toBe(
      'not_permitted',
    );
    expect(await faultOf(orgs.createOrganization(owner, { name: 'Mine' }))).toBe('not_permitted');
    expect(await faultOf(orgs.listOrganizations(owner, { limit: 9 }))).toBe('not_permitted');
  });
});

describe('keys', () => {
  test.each(['palcards', 'palpluss', 'palm'])('of %s can do nothing', async (apiId) => {
    const key = await createOwned({ apiId, name: 'first' }, 'dealer');
    const other = await createOwned({ apiId, orgId: key.orgId, name: 'second' });
    expect(await faultOf(keys.getKey(asActor(key), other.id))).toBe('not_found');
    expect(await faultOf(keys.listSecrets(asActor(key), other.id))).toBe('not_found');
    await keys.revokeKey(operator, other.id);
    for (const name of Object.keys(commands).filter((each) => each !== 'get' && each !== 'secrets')) {
      expect(await faultOf((commands[name] as (typeof commands)[string])(asActor(key), key)), name).toBe(
        'not_permitted',
      );
    }
    expect(await faultOf(keys.listKeys(asActor(key), {}, { limit: 9 }))).toBe('not_permitted');
    const living = { orgId: key.orgId, status: 'active' } as const;
    expect((await storage.management.listKeys(living, { limit: 9 }, startMs)).items).toEqual([key]);
  });

  test('of the classic API list and revoke keys of their environment, and create none', async () => {
    const live = await createOwned();
    const test = await createOwned({ orgId: live.orgId, environment: 'test' });
    const stranger = await createOwned();
    const listed = await keys.listKeys(asActor(test), {}, { limit: 9 });
    expect(listed.items).toEqual([test]);
    expect(await faultOf(keys.createKey(asActor(live), { apiId: 'classic', orgId: live.orgId, name: 'no' }))).toBe(
      'not_permitted',
    );
    expect(await faultOf(keys.revokeKey(asActor(test), live.id))).toBe('not_found');
    expect(await faultOf(keys.revokeKey(asActor(test), stranger.id))).toBe('not_found');
    expect(await faultOf(keys.updateKey(asActor(live), live.id, { scopes: ['*'] }))).toBe('not_permitted');
    expect((await keys.revokeKey(asActor(test), test.id)).revokedAtMs).toBe(startMs);
    const other = await createOwned({ orgId: live.orgId, environment: 'test' });
    // The request of the key was allowed before the key was revoked. Afterwards it still revokes nothing.
    expect(await faultOf(keys.revokeKey(asActor(test), other.id))).toBe('key_not_active');
  });

  test('rotate only themselves, and choose no overlap', async () => {
    const narrow = await createOwned({ apiId: 'turning', addresses: ['203.0.113.7'] });
    const wide = await createOwned({ apiId: 'turning', orgId: narrow.orgId });
    // The secret of the other key would work from any address.
    expect(await faultOf(keys.rotateKey(asActor(narrow), wide.id))).toBe('not_permitted');
    for (const overlap of ['now', '30d', 'until_ended'])
      expect(await faultOf(keys.rotateKey(asActor(narrow), narrow.id, overlap))).toBe('not_permitted');
    const { key } = await keys.rotateKey(asActor(narrow), narrow.id);
    expect([key.id, key.restrictions]).toEqual([narrow.id, narrow.restrictions]);
    const [inForce, superseded] = await keys.listSecrets(operator, narrow.id);
    expect([inForce?.endsAtMs, superseded?.endsAtMs]).toEqual([null, startMs + 24 * hour]);
    const still = await createOwned();
    expect(await faultOf(keys.rotateKey(asActor(still), still.id))).toBe('not_permitted');
    await keys.revokeKey(operator, narrow.id);
    expect(await faultOf(keys.rotateKey(asActor(narrow), narrow.id))).toBe('key_not_active');
  });

  test('of the panel create keys with their own permissions at most', async () => {
    const parent = await createOwned({
      apiId: 'panel',
      addresses: ['203.0.113.7', '2001:db8::7'],
      scopes: ['read', 'write'],
      rateLimits: ['60/m'],
      expiresAt: '2026-06-01T00:00:00Z',
    });
    const mint = (fields: Partial<NewKey>) =>
      keys.createKey(asActor(parent), { apiId: 'panel', orgId: parent.orgId, ...fields });
    const { key } = await mint({});
    expect(key.id).toMatch(/^c[0-9a-z]{23}$/);
    expect(key).toMatchObject({
      restrictions: { addresses: ['203.0.113.7', '2001:db8::7'], scopes: [] },
      rateLimits: [{ limit: 60, windowSeconds: 60 }],
      expiresAtMs: Date.UTC(2026, 5, 1),
    });
    const narrow = {
      addresses: ['2001:db8::7'],
      scopes: ['read'],
      rateLimits: ['10/m'],
      expiresAt: '2026-05-01T00:00:00Z',
    };
    expect((await mint(narrow)).key.restrictions).toMatchObject({ addresses: ['2001:db8::7'], scopes: ['read'] });
    for (const [wider, field] of [
      [{ addresses: ['203.0.113.7', '203.0.113.8'] }, 'addresses[1]'],
      [{ scopes: ['*'] }, 'scopes[0]'],
      [{ scopes: ['read', 'admin'] }, 'scopes[1]'],
      [{ rateLimits: ['61/m'] }, 'rateLimits'],
      [{ rateLimits: ['1/h'] }, 'rateLimits'],
      [{ expiresAt: '2026-06-01T00:00:00.001Z' }, 'expiresAt'],
    ] as const) {
      expect(await faultOf(mint(wider)), field).toBe(`exceeds_own_rights ${field}`);
    }
    expect(await faultOf(mint({ orgId: await createOrg() }))).toBe('not_found');
    expect(await faultOf(mint({ apiId: 'classic', name: 'other' }))).toBe('not_permitted');
    await keys.revokeKey(operator, parent.id);
    expect(await faultOf(mint({}))).toBe('key_not_active');
  });
});

describe('policies', () => {
  test('of 20 keys created at once an organization gets exactly its limit', async () => {
    const orgId = await createOrg();
    const create = () => keys.createKey(operator, { apiId: 'few', orgId, name: 'one of many' });
    const faults = await Promise.all(Array.from({ length: 20 }, () => faultOf(create())));
    expect(faults.filter((fault) => fault === 'no fault')).toHaveLength(3);
    expect(faults.filter((fault) => fault === 'key_limit_reached org')).toHaveLength(17);
    const [first] = (await keys.listKeys(operator, { orgId }, { limit: 1 })).items;
    await keys.revokeKey(operator, (first as ApiKey).id);
    expect(await faultOf(create())).toBe('no fault');
    const elsewhere = await createOwned({ apiId: 'few' });
    expect(await faultOf(keys.transferKey(operator, elsewhere.id, orgId))).toBe('key_limit_reached org');
  });

  test('give keys a default expiry and a longest life', async () => {
    const key = await createOwned({ apiId: 'short' });
    expect(key.expiresAtMs).toBe(startMs + 30 * 24 * hour);
    expect(await faultOf(createOwned({ apiId: 'short', expiresAt: null }))).toBe('invalid_input expiresAt');
    expect(await faultOf(createOwned({ apiId: 'short', expiresAt: '2026-04-02T00:00:00Z' }))).toBe(
      'invalid_input expiresAt',
    );
    expect((await createOwned({ apiId: 'short', expiresAt: '2026-04-01T00:00:00Z' })).expiresAtMs).toBe(
      Date.UTC(2026, 3, 1),
    );
    // The longest life counts from the key's creation, however often it is extended.
    clock.advance(29 * 24 * hour);
    expect(await faultOf(keys.updateKey(operator, key.id, { expiresAt: '2026-04-02T00:00:00Z' }))).toBe(
      'invalid_input expiresAt',
    );
    expect((await keys.updateKey(operator, key.id, { expiresAt: '2026-04-01T00:00:00Z' })).revision).toBe(2);
  });

  test('require an address, also after a change', async () => {
    expect(await faultOf(createOwned({ apiId: 'bound' }))).toBe('invalid_input addresses');
    const key = await createOwned({ apiId: 'bound', addresses: ['203.0.113.7'] });
    expect(await faultOf(keys.updateKey(operator, key.id, { addresses: [] }))).toBe('invalid_input addresses');
    expect((await keys.updateKey(operator, key.id, { name: 'still bound' })).restrictions).toEqual(key.restrictions);
  });

  test('allow keys to be disabled, or name an alternative', async () => {
    const fixed = await createOwned();
    expect(await faultOf(keys.disableKey(operator, fixed.id))).toBe('disabling_not_supported');
    const key = await createOwned({ apiId: 'switchable' });
    clock.advance(hour);
    const off = await keys.disableKey(operator, key.id);
    expect(off).toMatchObject({ disabledAtMs: startMs + hour, revision: 2 });
    expect(await keys.disableKey(operator, key.id)).toEqual(off);
    expect(await faultOf(keys.rotateKey(operator, key.id))).toBe('key_not_active');
    expect(await keys.enableKey(operator, key.id)).toMatchObject({ disabledAtMs: null, revision: 3 });
    expect((await auditOfTarget(key.id)).map(({ action }) => action)).toEqual([
      'key.created',
      'key.disabled',
      'key.enabled',
    ]);
  });
});

describe('overlaps', () => {
  test('end earlier, later or by hand, never after the key, and never again after their end', async () => {
    const key = await createOwned({ expiresAt: '2026-02-01T00:00:00Z' });
    await keys.rotateKey(operator, key.id, '1h');
    const [current, old] = await keys.listSecrets(operator, key.id);
    if (current === undefined || old === undefined) throw new TypeError('two secrets were expected');
    expect([current.endsAtMs, old.endsAtMs]).toEqual([null, startMs + hour]);
    const endOf = async (end: string) =>
      (await keys.endSecret(operator, key.id, old.id, end)).find(({ id }) => id === old.id)?.endsAtMs;
    expect(await endOf('7d')).toBe(startMs + 7 * 24 * hour);
    expect(await endOf('until_ended')).toBe(key.expiresAtMs);
    expect(await endOf('now')).toBe(startMs);
    expect(await faultOf(endOf('1h'))).toBe('secret_ended');
    expect(await faultOf(keys.endSecret(operator, key.id, current.id, 'now'))).toBe('secret_in_force');
    expect(await faultOf(keys.endSecret(operator, key.id, 'sec_0', 'now'))).toBe('not_found');
    expect(await faultOf(keys.endSecret(operator, key.id, old.id, 'soon'))).toBe('invalid_input endsIn');
    const logged = await readRevocations(join(folder, 'revocations.log'));
    expect(logged.filter((entry) => 'secret' in entry && entry.secret === old.digest)).toHaveLength(4);
    expect((await auditOfTarget(key.id)).map(({ action }) => action)).toEqual([
      'key.created',
      'key.rotated',
      ...Array.from({ length: 3 }, () => 'key.overlap_changed'),
    ]);
  });
});

describe('transfers', () => {
  test('move the key to an organization that may own it, only for operators', async () => {
    const key = await createOwned({ apiId: 'palcards' }, 'dealer');
    const other = await createOrg('dealer');
    expect(await faultOf(keys.transferKey(operator, key.id, await createOrg()))).toBe('org_kind_not_allowed org');
    expect(await faultOf(keys.transferKey(operator, key.id, 'org_none'))).toBe('invalid_input org');
    expect(await faultOf(keys.transferKey(await memberOf(key.orgId, 'owner'), key.id, other))).toBe('not_permitted');
    const moved = await keys.transferKey(operator, key.id, other);
    expect(moved).toMatchObject({ id: key.id, orgId: other, revision: 2 });
    expect(await faultOf(keys.getKey(await memberOf(key.orgId, 'owner'), key.id))).toBe('not_found');
    expect(await keys.getKey(await memberOf(other, 'viewer'), key.id)).toEqual(moved);
    const [, transfer] = await auditOfTarget(key.id);
    expect(transfer).toMatchObject({ orgId: key.orgId, before: { org: key.orgId }, after: { org: other } });
  });
});

describe('a name', () => {
  test('may contain no secret of any API, plain or encoded', async () => {
    const { secret } = await keys.createKey(operator, { apiId: 'panel', orgId: await createOrg() });
    const key = await createOwned();
    const spellings = [secret, `key ${secret.slice(0, 30)}`, secret.replace('_', '%5f')];
    for (const name of spellings) {
      expect(await faultOf(keys.createKey(operator, { apiId: 'classic', orgId: key.orgId, name }))).toBe(
        'invalid_input name',
      );
      expect(await faultOf(keys.updateKey(operator, key.id, { name }))).toBe('invalid_input name');
      expect(await faultOf(orgs.createOrganization(operator, { name }))).toBe('invalid_input name');
      expect(await faultOf(orgs.updateOrganization(operator, key.orgId, { name }))).toBe('invalid_input name');
    }
    expect((await keys.updateKey(operator, key.id, { name: 'xyp_1a2b…9f3c' })).name).toBe('xyp_1a2b…9f3c');
  });
});

describe('the audit log', () => {
  test('has an entry for every change, with actor, origin, and the state before and after', async () => {
    const orgId = await createOrg();
    const member = await memberOf(orgId, 'developer');
    const { key } = await keys.createKey(member, {
      apiId: 'classic',
      orgId,
      name: 'server',
      addresses: ['203.0.113.7'],
    });
    clock.advance(1000);
    await keys.updateKey(member, key.id, { name: 'proxy', addresses: [] });
    await keys.rotateKey(member, key.id, '1h');
    await keys.revokeKey(member, key.id);
    const rows = await auditOfTarget(key.id);
    expect(rows.map(({ action }) => action)).toEqual(['key.created', 'key.updated', 'key.rotated', 'key.revoked']);
    for (const row of rows) {
      expect(row).toMatchObject({
        actor: { kind: 'member', id: 'person_1', label: 'someone@example.com' },
        via: 'console',
        address: '192.0.2.1',
        requestId: 'req-1',
        orgId,
        target: { kind: 'key', id: key.id },
      });
    }
    expect(rows[0]).toMatchObject({ before: null, after: { name: 'server', addresses: ['203.0.113.7'] } });
    expect(rows[1]).toMatchObject({
      atMs: startMs + 1000,
      before: { name: 'server', addresses: ['203.0.113.7'], revision: 1 },
      after: { name: 'proxy', addresses: [], revision: 2 },
    });
    expect(Object.keys(rows[1]?.after ?? {}).sort()).toEqual(['addresses', 'name', 'revision']);
    expect(rows[2]?.after).toMatchObject({ earlierSecretsEndAt: '2026-01-01T01:00:01.000Z' });
    expect(rows[3]).toMatchObject({ before: { revokedAt: null }, after: { revokedAt: '2026-01-01T00:00:01.000Z' } });
  });

  test('has no entry for a command that changed nothing or was refused', async () => {
    const key = await createOwned();
    const viewer = await memberOf(key.orgId, 'viewer');
    await keys.updateKey(operator, key.id, {});
    await faultOf(keys.updateKey(operator, key.id, { name: '' }));
    await faultOf(keys.updateKey(operator, key.id, { name: 'late', expectedRevision: 7 }));
    await faultOf(keys.revokeKey(viewer, key.id));
    await keys.revokeKey(operator, key.id);
    await keys.revokeKey(operator, key.id);
    expect((await auditOfTarget(key.id)).map(({ action }) => action)).toEqual(['key.created', 'key.revoked']);
    await orgs.resumeOrganization(operator, key.orgId);
    expect((await auditOfTarget(key.orgId)).map(({ action }) => action)).toEqual(['org.created']);
  });

  test('is a chain without gaps under parallel changes, and contains no secret', async () => {
    const orgId = await createOrg();
    const made = await Promise.all(
      Array.from({ length: 30 }, (_, at) => keys.createKey(operator, { apiId: 'classic', orgId, name: `key ${at}` })),
    );
    let previousHash = chainStart;
    const rows = await storage.audit.readAudit(0, 10_000);
    for (const [at, row] of rows.entries()) {
      expect(row.seq).toBe(at + 1);
      expect(row.previousHash).toBe(previousHash);
      expect(row.hash).toBe(hashAuditEntry(row, row.seq, previousHash, row.seals));
      previousHash = row.hash;
    }
    const text = JSON.stringify(rows) + (await readFile(join(folder, 'revocations.log'), 'utf8'));
    for (const { secret } of made) expect(text).not.toContain(secret.slice(8, 20));
  });
});
