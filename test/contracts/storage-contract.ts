// What every database driver must do: one suite, run unchanged through each of them.
import { afterEach, describe, expect, test } from 'vitest';
import type { AuditFilter } from '../../src/audit/ports.ts';
import type { DenialGroup } from '../../src/denials/ports.ts';
import type { Environment, KeyStatus } from '../../src/domain/api-key.ts';
import { type AuditEntry, chainStart, hashAuditEntry } from '../../src/domain/audit-record.ts';
import type { KeyFilter, NewApiKey } from '../../src/management/ports.ts';
import type { UsageSeries } from '../../src/metering/ports.ts';
import type { Storage } from '../../src/storage/storage.ts';
import {
  addUsage,
  createOrg,
  lastUseOf,
  newKey,
  newSecret,
  now,
  type PlainUsage,
  usageBatch,
} from './storage-fixtures.ts';

/** Limits that a test sets low. */
export interface StorageLimits {
  readonly maxDenials?: number;
  readonly maxDenialAgeMs?: number;
  readonly transactionTimeoutMs?: number;
}

/** A fresh, empty database with what only the driver's own test knows how to do to it. */
export interface StorageHarness {
  readonly storage: Storage;
  /** Closes the storage and opens the same database again. */
  reopen(): Promise<Storage>;
  /** Overwrites columns of a key's record behind the storage's back. */
  damageKey(keyId: string, columns: Readonly<Record<string, string | number | null>>): Promise<void>;
  /** All bytes that the database keeps on disk, as they are while it is open. */
  readBytesAtRest(): Promise<Buffer>;
  /** Closes what is open and removes everything. */
  dispose(): Promise<void>;
}

const hour = 3_600_000;
const day = 24 * hour;
const hostileNames = [
  "Robert'); DROP TABLE api_keys;--",
  'مفتاح الإنتاج',
  '🔑👨‍👩‍👧‍👦 \u202Eesrever',
  '%_\\%',
  '<script>alert(1)</script>',
  ' '.repeat(3),
  'a\nb\tc"d\'e`f',
  'x'.repeat(5000),
];

/** Runs the contract against the driver that `open` opens. */
export function describeStorage(name: string, open: (limits?: StorageLimits) => Promise<StorageHarness>): void {
  describe(`storage contract: ${name}`, () => {
    const opened: StorageHarness[] = [];
    afterEach(async () => {
      for (const harness of opened.splice(0)) await harness.dispose();
    });
    async function start(limits?: StorageLimits): Promise<StorageHarness> {
      const harness = await open(limits);
      opened.push(harness);
      return harness;
    }

    describe('organizations', () => {
      test('are found as they were created, and listed newest first', async () => {
        const { storage } = await start();
        const { management } = storage;
        for (const [at, organizationName] of hostileNames.entries()) {
          const organization = { id: `org_${at}`, name: organizationName, kind: 'company', status: 'active' } as const;
          await management.createOrganization({ ...organization, createdAtMs: now });
          expect(await management.findOrganization(organization.id)).toEqual({ ...organization, createdAtMs: now });
        }
        expect(await management.findOrganization('org_none')).toBeUndefined();
        const ids: string[] = [];
        let cursor: string | null | undefined;
        while (cursor !== null) {
          const page = await management.listOrganizations({ limit: 3, cursor });
          ids.push(...page.items.map(({ id }) => id));
          cursor = page.nextCursor;
        }
        expect(ids).toEqual(hostileNames.map((_, at) => `org_${at}`).reverse());
      });

      test('can be suspended and resumed, which verification sees at once', async () => {
        const { storage } = await start();
        const { keyStore, management } = storage;
        const orgId = await createOrg(storage);
        const secret = newSecret();
        await management.createKey(newKey(orgId), secret);
        for (const status of ['suspended', 'suspended', 'active'] as const) {
          expect((await management.setOrganizationStatus(orgId, status))?.status).toBe(status);
          expect((await keyStore.findSecret(secret.digest))?.org).toMatchObject({ id: orgId, status });
        }
        expect(await management.setOrganizationStatus('org_none', 'suspended')).toBeUndefined();
      });

      test('change their name and kind, each by itself', async () => {
        const { storage } = await start();
        const { management } = storage;
        const orgId = await createOrg(storage);
        const before = await management.findOrganization(orgId);
        expect(await management.updateOrganization(orgId, { name: 'Nablus' })).toEqual({ ...before, name: 'Nablus' });
        const after = { ...before, name: 'Nablus', kind: 'dealer' };
        expect(await management.updateOrganization(orgId, { kind: 'dealer' })).toEqual(after);
        expect(await management.findOrganization(orgId)).toEqual(after);
        expect(await management.updateOrganization('org_none', { name: 'x' })).toBeUndefined();
      });

      test('with an id that exists are refused', async () => {
        const { storage } = await start();
        await createOrg(storage, 'org_a');
        await expect(createOrg(storage, 'org_a')).rejects.toMatchObject({ code: 'conflict' });
      });
    });

    describe('kept replies', () => {
      const reply = {
        name: 'a'.repeat(64),
        fingerprint: 'f',
        sealed: 'sealed',
        sealedUntilMs: now + 10,
        keptUntilMs: now + 20,
      };

      test('are found until their time is over, their contents sooner', async () => {
        const { management } = (await start()).storage;
        await management.transaction((operations) => operations.keepReply(reply, now));
        expect(await management.findReply(reply.name, now + 9)).toEqual(reply);
        expect(await management.findReply(reply.name, now + 10)).toEqual({ ...reply, sealed: null });
        expect(await management.findReply(reply.name, now + 20)).toBeUndefined();
        expect(await management.findReply('b'.repeat(64), now)).toBeUndefined();
      });

      test('are swept off the disk', async () => {
        const { management } = (await start()).storage;
        await management.transaction((operations) => operations.keepReply(reply, now));
        await management.sweepReplies(now + 10);
        expect(await management.findReply(reply.name, now)).toEqual({ ...reply, sealed: null });
        await management.sweepReplies(now + 20);
        expect(await management.findReply(reply.name, now)).toBeUndefined();
      });

      test('make room for a new one of their name when their time is over', async () => {
        const { management } = (await start()).storage;
        const later = { ...reply, fingerprint: 'g', sealedUntilMs: now + 30, keptUntilMs: now + 40 };
        await management.transaction((operations) => operations.keepReply(reply, now));
        await management.transaction((operations) => operations.keepReply(later, now + 20));
        expect(await management.findReply(reply.name, now + 20)).toEqual(later);
      });

      test('undo the change of a second one of their name', async () => {
        const { storage } = await start();
        const { management } = storage;
        await management.transaction((operations) => operations.keepReply(reply, now));
        const orgId = await createOrg(storage);
        const second = management.transaction(async (operations) => {
          await operations.updateOrganization(orgId, { name: 'changed' });
          await operations.keepReply(reply, now);
        });
        await expect(second).rejects.toMatchObject({ code: 'conflict' });
        expect((await management.findOrganization(orgId))?.name).not.toBe('changed');
      });
    });

    describe('keys', () => {
      test('are read back whole by management and by verification as soon as they are created', async () => {
        const { storage } = await start();
        const { keyStore, management } = storage;
        const orgId = await createOrg(storage);
        for (const keyName of hostileNames) {
          const secret = newSecret('test');
          const fields = newKey(orgId, {
            name: keyName,
            environment: 'test',
            restrictions: {
              addresses: ['203.0.113.7', '2001:db8::/32'],
              referrers: ['*.example.com'],
              endpoints: ['GET /v1/users/*'],
              scopes: ['read', 'wäre"\\'],
            },
            rateLimits: [
              { limit: 60, windowSeconds: 60 },
              { limit: 5000, windowSeconds: 86_400 },
            ],
            expiresAtMs: now + day,
          });
          const created = await management.createKey(fields, secret);
          expect(created).toEqual({
            ...fields,
            hint: secret.hint,
            updatedAtMs: now,
            revokedAtMs: null,
            disabledAtMs: null,
            revision: 1,
            lastUsedAtMs: null,
            lastUsedAddress: null,
          });
          expect(await management.findKey(fields.id)).toEqual(created);
          expect(await management.listDigests(fields.id)).toEqual([secret.digest]);
          const { id, apiId, environment, restrictions, rateLimits, expiresAtMs } = fields;
          expect(await keyStore.findSecret(secret.digest)).toEqual({
            digest: secret.digest,
            endsAtMs: null,
            key: {
              seq: expect.any(Number),
              id,
              apiId,
              orgId,
              environment,
              restrictions,
              rateLimits,
              expiresAtMs,
              revokedAtMs: null,
              disabledAtMs: null,
            },
            org: { seq: expect.any(Number), id: orgId, status: 'active' },
          });
        }
        expect(await keyStore.findSecret(newSecret().digest)).toBeUndefined();
        expect(await management.findKey('key_none')).toBeUndefined();
        expect(await management.listDigests('key_none')).toEqual([]);
      });

      test('are created wholly or not at all', async () => {
        const { storage } = await start();
        const { management } = storage;
        const orgId = await createOrg(storage);
        const secret = newSecret();
        const key = await management.createKey(newKey(orgId), secret);
        const second = newKey(orgId);
        await expect(management.createKey(second, secret)).rejects.toMatchObject({ code: 'conflict' });
        expect(await management.findKey(second.id)).toBeUndefined();
        const other = newSecret();
        await expect(management.createKey(newKey(orgId, { id: key.id }), other)).rejects.toMatchObject({
          code: 'conflict',
        });
        await expect(management.createKey(newKey('org_none'), other)).rejects.toMatchObject({
          code: 'reference_missing',
        });
        expect(await storage.keyStore.findSecret(other.digest)).toBeUndefined();
        expect(await management.countKeys({}, now)).toBe(1);
      });

      test('can be created 100 at a time', async () => {
        const { storage } = await start();
        const orgId = await createOrg(storage);
        const secrets = Array.from({ length: 100 }, () => newSecret());
        const keys = await Promise.all(secrets.map((secret) => storage.management.createKey(newKey(orgId), secret)));
        const found = await Promise.all(secrets.map(({ digest }) => storage.keyStore.findSecret(digest)));
        expect(found.map((stored) => stored?.key.id)).toEqual(keys.map(({ id }) => id));
        expect(await storage.management.countKeys({ orgId }, now)).toBe(100);
      });

      test('change only from the revision that the caller knew', async () => {
        const { storage } = await start();
        const { keyStore, management } = storage;
        const secret = newSecret();
        const key = await management.createKey(newKey(await createOrg(storage)), secret);
        const restrictions = { ...key.restrictions, addresses: ['192.0.2.1'] };
        const updated = await management.updateKey(key.id, 1, { name: 'new', restrictions }, now + 5);
        expect(updated).toEqual({ ...key, name: 'new', restrictions, revision: 2, updatedAtMs: now + 5 });
        expect((await keyStore.findSecret(secret.digest))?.key.restrictions).toEqual(restrictions);
        expect(await management.updateKey(key.id, 1, { name: 'late' }, now + 6)).toBe('conflict');
        expect(await management.findKey(key.id)).toEqual(updated);
        expect(await management.updateKey('key_none', 1, { name: 'x' }, now)).toBeUndefined();
        const rateLimits = [{ limit: 1, windowSeconds: 1 }];
        expect(await management.updateKey(key.id, 2, { rateLimits, expiresAtMs: now + 9 }, now + 7)).toMatchObject({
          name: 'new',
          restrictions,
          rateLimits,
          expiresAtMs: now + 9,
          revision: 3,
        });
        expect(await management.updateKey(key.id, 3, { expiresAtMs: null }, now + 8)).toMatchObject({
          expiresAtMs: null,
        });
      });

      test('that many change at once from one revision are changed by one', async () => {
        const { storage } = await start();
        const key = await storage.management.createKey(newKey(await createOrg(storage)), newSecret());
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, at) => storage.management.updateKey(key.id, 1, { name: `${at}` }, now)),
        );
        expect(results.filter((result) => result === 'conflict')).toHaveLength(19);
      });

      test('leave a tombstone when they are revoked, once and for all', async () => {
        const { storage, reopen } = await start();
        const secret = newSecret();
        const key = await storage.management.createKey(newKey(await createOrg(storage)), secret);
        const revoked = await storage.management.revokeKey(key.id, now + 1);
        expect(revoked).toEqual({
          key: { ...key, revokedAtMs: now + 1, updatedAtMs: now + 1, revision: 2 },
          digests: [secret.digest],
        });
        expect((await storage.keyStore.findSecret(secret.digest))?.key.revokedAtMs).toBe(now + 1);
        expect(await storage.management.revokeKey(key.id, now + 2)).toEqual(revoked);
        expect(await storage.management.revokeKey('key_none', now)).toBeUndefined();
        expect(await storage.management.rotateKey(key.id, newSecret(), now, now)).toBeUndefined();
        await storage.management.updateKey(key.id, 2, { name: 'still revoked' }, now + 3);
        const { keyStore } = await reopen();
        expect((await keyStore.findSecret(secret.digest))?.key.revokedAtMs).toBe(now + 1);
      });

      test('keep their earlier secrets to the end of a rotation', async () => {
        const { storage } = await start();
        const { keyStore, management } = storage;
        const [first, second, third] = [newSecret(), newSecret(), newSecret()];
        const key = await management.createKey(newKey(await createOrg(storage)), first);
        const rotated = await management.rotateKey(key.id, second, now + hour, now + 1);
        expect(rotated?.key).toEqual({ ...key, hint: second.hint, revision: 2, updatedAtMs: now + 1 });
        expect(rotated?.digests.toSorted()).toEqual([first.digest, second.digest].toSorted());
        expect((await keyStore.findSecret(first.digest))?.endsAtMs).toBe(now + hour);
        expect((await keyStore.findSecret(second.digest))?.endsAtMs).toBeNull();
        await management.rotateKey(key.id, third, now + day, now + 2);
        const ends = await Promise.all(
          [first, second, third].map(async ({ digest }) => (await keyStore.findSecret(digest))?.endsAtMs),
        );
        expect(ends).toEqual([now + hour, now + day, null]);
        await expect(management.rotateKey(key.id, first, now, now)).rejects.toMatchObject({ code: 'conflict' });
        expect((await management.findKey(key.id))?.hint).toEqual(third.hint);
      });
    });

    describe('lists of keys', () => {
      test('hold what each filter asks, and the count agrees', async () => {
        const { storage } = await start();
        const { management } = storage;
        const a = await createOrg(storage);
        const b = await createOrg(storage);
        const create = (id: string, orgId: string, fields: Partial<NewApiKey>) =>
          management.createKey(newKey(orgId, { id, ...fields }), newSecret(fields.environment));
        await create('k1', a, { name: 'Build 50%' });
        await create('k2', a, { environment: 'test', name: 'build_x' });
        await create('k3', a, { apiId: 'palm', expiresAtMs: now });
        await create('k4', b, { name: 'مفتاح البناء' });
        await create('k5', b, { apiId: 'palm', expiresAtMs: now + 1 });
        await management.revokeKey('k5', now);
        const hint = (await management.findKey('k2'))?.hint;
        const cases: readonly [KeyFilter, readonly string[]][] = [
          [{}, ['k5', 'k4', 'k3', 'k2', 'k1']],
          [{ orgId: a }, ['k3', 'k2', 'k1']],
          [{ apiId: 'palm' }, ['k5', 'k3']],
          [{ apiId: 'palm', orgId: a }, ['k3']],
          [{ orgId: a, environment: 'test' }, ['k2']],
          [{ status: 'active' }, ['k4', 'k2', 'k1']],
          [{ status: 'expired' }, ['k3']],
          [{ status: 'revoked' }, ['k5']],
          [{ isRevoked: true }, ['k5']],
          [{ isRevoked: false }, ['k4', 'k3', 'k2', 'k1']],
          [{ search: 'BUILD' }, ['k2', 'k1']],
          [{ search: '0%' }, ['k1']],
          [{ search: 'd_' }, ['k2']],
          [{ search: 'البناء' }, ['k4']],
          [{ search: 'k3' }, ['k3']],
          [{ search: hint?.start, environment: 'test' }, ['k2']],
          [{ search: hint?.end, environment: 'test' }, ['k2']],
          [{ search: "' OR 1=1 --" }, []],
          [{ orgId: 'org_none' }, []],
        ];
        for (const [filter, ids] of cases) {
          const page = await management.listKeys(filter, { limit: 10 }, now);
          expect(page, JSON.stringify(filter)).toMatchObject({ items: ids.map((id) => ({ id })), nextCursor: null });
          expect(page.items).toHaveLength(ids.length);
          expect(await management.countKeys(filter, now), JSON.stringify(filter)).toBe(ids.length);
        }
      });

      test("never show another organization's keys, by whichever page or search", async () => {
        const { storage } = await start();
        const { management } = storage;
        const orgs = [await createOrg(storage), await createOrg(storage), await createOrg(storage)];
        for (let at = 0; at < 30; at++) {
          const orgId = orgs[at % 3] as string;
          await management.createKey(newKey(orgId, { name: 'shared name' }), newSecret());
        }
        const foreign = (await management.listKeys({ orgId: orgs[0] }, { limit: 3 }, now)).nextCursor ?? undefined;
        for (const orgId of orgs) {
          for (const filter of [{ orgId }, { orgId, apiId: 'classic' }, { orgId, search: 'shared' }]) {
            const { items } = await management.listKeys(filter, { limit: 100 }, now);
            expect(items).toHaveLength(10);
            const onward = await management.listKeys(filter, { limit: 100, cursor: foreign }, now);
            expect([...items, ...onward.items].every((key) => key.orgId === orgId)).toBe(true);
          }
        }
      });

      test('can be paged through while keys are created, each older key being shown once', async () => {
        const { storage } = await start();
        const { management } = storage;
        const orgId = await createOrg(storage);
        const ids: string[] = [];
        // All created within one millisecond: order must not depend on the clock.
        for (let at = 0; at < 25; at++) ids.unshift((await management.createKey(newKey(orgId), newSecret())).id);
        const seen: string[] = [];
        let cursor: string | null | undefined;
        while (cursor !== null) {
          const page = await management.listKeys({ orgId }, { limit: 4, cursor }, now);
          seen.push(...page.items.map(({ id }) => id));
          cursor = page.nextCursor;
          await management.createKey(newKey(orgId), newSecret());
        }
        expect(seen).toEqual(ids);
      });

      test('can be numbered pages', async () => {
        const { storage } = await start();
        const { management } = storage;
        const orgId = await createOrg(storage);
        for (let at = 0; at < 5; at++) await management.createKey(newKey(orgId, { id: `k${at}` }), newSecret());
        const page = await management.listKeys({ orgId }, { limit: 2, offset: 2 }, now);
        expect(page.items.map(({ id }) => id)).toEqual(['k2', 'k1']);
      });

      test('refuse a cursor that is not theirs', async () => {
        const { storage } = await start();
        for (const cursor of ['', 'x', '1-2', '-1', "1'", '9'.repeat(40)]) {
          await expect(storage.management.listKeys({}, { limit: 1, cursor }, now)).rejects.toMatchObject({
            code: 'cursor_invalid',
          });
        }
      });
    });

    describe('transactions', () => {
      test('take effect together', async () => {
        const { storage } = await start();
        const secret = newSecret();
        const key = await storage.management.transaction(async (operations) => {
          const organization = { id: 'org_t', name: 't', kind: 'dealer', status: 'active', createdAtMs: now } as const;
          await operations.createOrganization(organization);
          const created = await operations.createKey(newKey('org_t'), secret);
          expect(await operations.findKey(created.id)).toEqual(created);
          expect(await storage.management.findKey(created.id)).toBeUndefined();
          return operations.updateKey(created.id, 1, { name: 'in one go' }, now);
        });
        expect(key).toMatchObject({ name: 'in one go', revision: 2 });
        expect((await storage.keyStore.findSecret(secret.digest))?.org.id).toBe('org_t');
      });

      test('leave nothing when they throw, and others go on', async () => {
        const { storage } = await start();
        const orgId = await createOrg(storage);
        const secret = newSecret();
        const existing = await storage.management.createKey(newKey(orgId), newSecret());
        const work = storage.management.transaction(async (operations) => {
          await operations.createKey(newKey(orgId), secret);
          await operations.revokeKey(existing.id, now);
          throw new RangeError('changed my mind');
        });
        const beside = storage.management.createKey(newKey(orgId), newSecret());
        await expect(work).rejects.toThrow('changed my mind');
        await beside;
        expect(await storage.keyStore.findSecret(secret.digest)).toBeUndefined();
        expect(await storage.management.findKey(existing.id)).toEqual(existing);
        expect(await storage.management.countKeys({}, now)).toBe(2);
      });

      test('do not overlap: a read in one is still true when it writes', async () => {
        const { storage } = await start();
        const key = await storage.management.createKey(newKey(await createOrg(storage)), newSecret());
        await Promise.all(
          Array.from({ length: 25 }, () =>
            storage.management.transaction(async (operations) => {
              const found = await operations.findKey(key.id);
              const changed = await operations.updateKey(key.id, found?.revision ?? 0, { name: 'n' }, now);
              expect(changed).not.toBe('conflict');
            }),
          ),
        );
        expect((await storage.management.findKey(key.id))?.revision).toBe(26);
      });

      test('that outlast their time are undone, and writers go on', async () => {
        const { storage } = await start({ transactionTimeoutMs: 50 });
        const orgId = await createOrg(storage);
        const lost = newKey(orgId);
        const next = newKey(orgId);
        const work = storage.management.transaction(async (operations) => {
          await operations.createKey(lost, newSecret());
          // The mistake that the time limit is for: waiting for a writer that waits for us.
          await storage.management.createKey(next, newSecret());
          await operations.revokeKey(next.id, now);
        });
        await expect(work).rejects.toMatchObject({ code: 'transaction_timeout' });
        expect(await storage.management.findKey(lost.id)).toBeUndefined();
        expect(await storage.management.findKey(next.id)).toMatchObject({ revokedAtMs: null });
      });
    });

    describe('a damaged record', () => {
      const restrictions = '{"addresses":[],"referrers":[],"endpoints":[],"scopes":[]}';
      test.each([
        { restrictions: '' },
        { restrictions: '{"addresses":["1.2.3.4"]' },
        { restrictions: 'null' },
        { restrictions: '[]' },
        { restrictions: '{}' },
        { restrictions: restrictions.replace('[]', 'null') },
        { restrictions: restrictions.replace('[]', '[1]') },
        { restrictions: restrictions.replace('}', ',"countries":["SA"]}') },
        { rate_limits: '{}' },
        { rate_limits: '[{"limit":0,"windowSeconds":60}]' },
        { rate_limits: '[{"limit":1}]' },
        { rate_limits: '[{"limit":"60","windowSeconds":60}]' },
        { rate_limits: '[{"limit":1e99,"windowSeconds":60}]' },
      ])('is refused, and no other: %o', async (columns) => {
        const { storage, damageKey } = await start();
        const { keyStore, management } = storage;
        const orgId = await createOrg(storage);
        const [bad, good] = [newSecret(), newSecret()];
        const key = await management.createKey(newKey(orgId), bad);
        const sound = await management.createKey(newKey(orgId), good);
        await damageKey(key.id, columns);
        await expect(keyStore.findSecret(bad.digest)).rejects.toMatchObject({
          code: 'record_corrupt',
          message: expect.stringContaining(key.id),
        });
        await expect(management.findKey(key.id)).rejects.toMatchObject({ code: 'record_corrupt' });
        expect(await keyStore.findSecret(good.digest)).toMatchObject({ key: { id: sound.id } });
        expect(await management.findKey(sound.id)).toEqual(sound);
      });
    });

    test('secrets are never at rest', async () => {
      const { storage, readBytesAtRest } = await start();
      const orgId = await createOrg(storage);
      const secrets = Array.from({ length: 200 }, () => newSecret());
      for (const [at, secret] of secrets.entries()) {
        const key = await storage.management.createKey(newKey(orgId), secret);
        if (at % 10 === 0) await storage.management.rotateKey(key.id, newSecret(), now, now);
        if (at % 10 === 1) await storage.management.revokeKey(key.id, now);
      }
      const text = (await readBytesAtRest()).toString('latin1');
      expect(text).toContain(secrets[0]?.digest);
      const slices = new Set<string>();
      for (let at = 0; at + 12 <= text.length; at++) slices.add(text.slice(at, at + 12));
      const hits = secrets.flatMap(({ secret }) =>
        Array.from({ length: secret.length - 19 }, (_, at) => secret.slice(at + 8, at + 20)).filter((slice) =>
          slices.has(slice),
        ),
      );
      expect(hits).toEqual([]);
    });

    describe('usage', () => {
      const all = { fromMs: 0, toMs: now } as const;

      /** Keys made for the test, in their organization, with the short numbers that usage is counted under. */
      async function addKeys(storage: Storage, count: number, fields: Partial<NewApiKey> & { readonly orgId: string }) {
        const added: { readonly keyId: string; readonly keySeq: number; readonly orgSeq: number }[] = [];
        for (let at = 0; at < count; at++) {
          const secret = newSecret();
          const { id } = await storage.management.createKey(newKey(fields.orgId, fields), secret);
          const found = await storage.keyStore.findSecret(secret.digest);
          if (found === undefined) throw new TypeError('the key is not found');
          added.push({ keyId: id, keySeq: found.key.seq, orgSeq: found.org.seq });
        }
        return added;
      }

      const series = (
        keys: readonly { readonly keySeq: number; readonly orgSeq: number }[],
        counts: readonly number[],
        fields: Partial<Omit<UsageSeries, 'keySeqs' | 'orgSeqs' | 'counts'>> = {},
      ): PlainUsage => ({
        series: [
          {
            apiId: 'classic',
            environment: 'live',
            outcome: 'allowed',
            hourMs: 100 * hour,
            keySeqs: keys.map(({ keySeq }) => keySeq),
            orgSeqs: keys.map(({ orgSeq }) => orgSeq),
            counts,
            ...fields,
          },
        ],
      });

      test('adds up under parallel flushes', async () => {
        const { storage } = await start();
        const [real] = await addKeys(storage, 1, { orgId: await createOrg(storage) });
        const keySeq = (real as { keySeq: number }).keySeq;
        // Far more keys than one statement takes; their numbers suffice for counting.
        const keys = Array.from({ length: 1100 }, (_, at) => ({ keySeq: keySeq + at, orgSeq: 1 })).reverse();
        await Promise.all(
          Array.from({ length: 20 }, (_, flush) =>
            addUsage(
              storage,
              series(
                keys,
                keys.map(() => flush + 1),
              ),
            ),
          ),
        );
        expect(await storage.usage.listUsage({ ...all, groupBy: [] })).toEqual([{ count: 1100 * 210 }]);
        expect(
          await storage.usage.listUsage({ ...all, keyId: (real as { keyId: string }).keyId, groupBy: [] }),
        ).toEqual([{ count: 210 }]);
      });

      test('is summed by what the query names, within its hours', async () => {
        const { storage } = await start();
        const [orgA, orgB] = [await createOrg(storage, 'org_a'), await createOrg(storage, 'org_b')];
        const [a, b] = await addKeys(storage, 2, { orgId: orgA });
        const [c] = await addKeys(storage, 1, { orgId: orgB, apiId: 'palm' });
        const [t] = await addKeys(storage, 1, { orgId: orgA, environment: 'test' });
        if (a === undefined || b === undefined || c === undefined || t === undefined) throw new TypeError('no keys');
        const { listUsage } = storage.usage;
        await addUsage(storage, series([a, b], [1, 16]));
        await addUsage(storage, series([a], [2], { hourMs: 101 * hour }));
        await addUsage(storage, series([a], [4], { outcome: 'rate_limited' }));
        await addUsage(storage, series([t], [8], { environment: 'test' }));
        await addUsage(storage, series([c], [32], { apiId: 'palm' }));
        const query = { ...all, orgId: orgA };
        expect(await listUsage({ ...query, groupBy: [] })).toEqual([{ count: 31 }]);
        expect(await listUsage({ ...query, fromMs: 101 * hour, groupBy: [] })).toEqual([{ count: 2 }]);
        expect(await listUsage({ ...query, toMs: 101 * hour, groupBy: [] })).toEqual([{ count: 29 }]);
        expect(await listUsage({ ...query, keyId: a.keyId, groupBy: [] })).toEqual([{ count: 7 }]);
        expect(await listUsage({ ...all, orgId: orgB, keyId: a.keyId, groupBy: [] })).toEqual([{ count: 0 }]);
        expect(await listUsage({ ...all, apiId: 'palm', groupBy: ['orgId', 'keyId'] })).toEqual([
          { orgId: orgB, keyId: c.keyId, count: 32 },
        ]);
        expect(await listUsage({ ...query, environment: 'test', groupBy: ['keyId', 'environment'] })).toEqual([
          { keyId: t.keyId, environment: 'test', count: 8 },
        ]);
        expect(await listUsage({ ...query, environment: 'live', groupBy: ['outcome', 'hourMs'] })).toEqual([
          { hourMs: 100 * hour, outcome: 'allowed', count: 17 },
          { hourMs: 100 * hour, outcome: 'rate_limited', count: 4 },
          { hourMs: 101 * hour, outcome: 'allowed', count: 2 },
        ]);
        expect(await listUsage({ ...all, orgId: 'org_none', groupBy: [] })).toEqual([{ count: 0 }]);
        expect(await listUsage({ ...all, orgId: 'org_none', groupBy: ['keyId'] })).toEqual([]);
      });

      test('moves the last use forward only', async () => {
        const { storage } = await start();
        const { management } = storage;
        const [key] = await addKeys(storage, 1, { orgId: await createOrg(storage) });
        const { keyId, keySeq } = key as { keyId: string; keySeq: number };
        const use = (atMs: number, address: string | null) => addUsage(storage, lastUseOf(keySeq, atMs, address));
        await use(now + 10, '192.0.2.1');
        expect(await management.findKey(keyId)).toMatchObject({ lastUsedAtMs: now + 10, lastUsedAddress: '192.0.2.1' });
        await use(now + 5, '192.0.2.2');
        expect(await management.findKey(keyId)).toMatchObject({ lastUsedAtMs: now + 10, lastUsedAddress: '192.0.2.1' });
        await use(now + 20, null);
        const { items } = await management.listKeys({}, { limit: 1 }, now);
        expect(items).toMatchObject([{ lastUsedAtMs: now + 20, lastUsedAddress: null, revision: 1, updatedAtMs: now }]);
      });

      test('is flushed wholly or not at all', async () => {
        const { storage } = await start();
        await createOrg(storage);
        const keys = Array.from({ length: 600 }, (_, at) => ({ keySeq: at + 1, orgSeq: 1 }));
        const good = series(
          keys,
          keys.map(() => 1),
        );
        const broken = series(
          keys,
          keys.map(() => 1),
          { environment: 'prod' as Environment },
        );
        await expect(
          addUsage(storage, { series: [...(good.series ?? []), ...(broken.series ?? [])] }),
        ).rejects.toMatchObject({ code: 'storage_failed' });
        expect(await storage.usage.listUsage({ ...all, groupBy: [] })).toEqual([{ count: 0 }]);
        await addUsage(storage, good);
        expect(await storage.usage.listUsage({ ...all, groupBy: [] })).toEqual([{ count: 600 }]);
      });

      test('is added once, however often and from wherever a batch is flushed', async () => {
        const { storage } = await start();
        const [key] = await addKeys(storage, 1, { orgId: await createOrg(storage) });
        const use = series([key as { keySeq: number; orgSeq: number }], [1]);
        const flush = (run: string, sequence: number) => storage.usage.flushUsage(usageBatch(use, { run, sequence }));
        const count = async () => (await storage.usage.listUsage({ ...all, groupBy: [] }))[0]?.count;
        expect(await flush('a', 1)).toBe('unknown_run');
        expect(await count()).toBe(0);
        await storage.usage.beginRun('a', now);
        await storage.usage.beginRun('b', now);
        const atOnce = await Promise.all(Array.from({ length: 8 }, () => flush('a', 1)));
        expect(atOnce.toSorted()).toEqual(['added', ...Array(7).fill('repeated')]);
        expect([await flush('b', 1), await flush('a', 3), await flush('a', 3)]).toEqual(['added', 'added', 'repeated']);
        // Numbers may be left out; a run never goes back.
        expect(await flush('a', 2)).toBe('repeated');
        await storage.usage.beginRun('a', now);
        expect(await flush('a', 3)).toBe('repeated');
        expect(await count()).toBe(3);
        await storage.usage.endRun('a');
        await storage.usage.endRun('a');
        expect([await flush('a', 4), await flush('b', 2)]).toEqual(['unknown_run', 'added']);
        expect(await count()).toBe(4);
      });
    });

    describe('superseded secrets', () => {
      test('are listed with what they are still used for, and end when they are told to', async () => {
        const { storage } = await start();
        const { management, keyStore } = storage;
        const [first, second] = [newSecret(), newSecret()];
        const { id } = await management.createKey(newKey(await createOrg(storage)), first);
        await management.rotateKey(id, second, now + hour, now + 1);
        const use = { digest: first.digest, count: 3, atMs: now + 2, address: '192.0.2.1' };
        await addUsage(storage, { superseded: [use] });
        await addUsage(storage, { superseded: [{ ...use, count: 1, atMs: now + 3, address: null }] });
        const unused = { useCount: 0, lastUsedAtMs: null, lastUsedAddress: null };
        const { digest, hint } = first;
        const superseded = {
          digest,
          hint,
          createdAtMs: now,
          useCount: 4,
          lastUsedAtMs: now + 3,
          lastUsedAddress: null,
        };
        expect(await management.listSecrets(id)).toEqual([
          { digest: second.digest, hint: second.hint, createdAtMs: now + 1, endsAtMs: null, ...unused },
          { ...superseded, endsAtMs: now + hour },
        ]);
        expect(await management.setSecretEnd(first.digest, now + 9)).toBe(true);
        expect((await keyStore.findSecret(first.digest))?.endsAtMs).toBe(now + 9);
        expect(await management.setSecretEnd(newSecret().digest, now)).toBe(false);
        expect(await management.listSecrets('key_none')).toEqual([]);
      });
    });

    describe('living keys', () => {
      test('are those of the API and organization that are neither revoked nor expired', async () => {
        const { storage } = await start();
        const { management } = storage;
        const orgId = await createOrg(storage);
        const create = (fields: Partial<NewApiKey>) => management.createKey(newKey(orgId, fields), newSecret());
        await create({});
        const off = await create({});
        await management.updateKey(off.id, 1, { disabledAtMs: now }, now);
        await create({ expiresAtMs: now + 1 });
        await create({ expiresAtMs: now });
        await create({ apiId: 'palm' });
        await management.revokeKey((await create({})).id, now);
        expect(await management.countLivingKeys('classic', orgId, now)).toBe(3);
        expect(await management.countLivingKeys('classic', 'org_none', now)).toBe(0);
        const listOf = async (status: KeyStatus) =>
          (await management.listKeys({ orgId, apiId: 'classic', status }, { limit: 9 }, now)).items.length;
        expect([
          await listOf('active'),
          await listOf('disabled'),
          await listOf('expired'),
          await listOf('revoked'),
        ]).toEqual([2, 1, 1, 1]);
      });
    });

    describe('the audit log', () => {
      const entry = (fields: Partial<AuditEntry> = {}): AuditEntry => ({
        atMs: now,
        actor: { kind: 'member', id: 'person_1', label: 'someone@example.com' },
        via: 'console',
        address: '192.0.2.1',
        requestId: 'req-1',
        action: 'key.created',
        target: { kind: 'key', id: 'key_1' },
        orgId: 'org_a',
        before: null,
        after: { name: hostileNames.join('|') },
        ...fields,
      });
      const append = (storage: Storage, fields?: Partial<AuditEntry>) =>
        storage.management.transaction((operations) => operations.appendAudit(entry(fields)));

      test('keeps what it is given, chained in the order of commits', async () => {
        const { storage } = await start();
        await Promise.all(Array.from({ length: 20 }, (_, at) => append(storage, { atMs: now + at })));
        const rows = await storage.audit.readAudit(0, 100);
        expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
        let previousHash = chainStart;
        for (const row of rows) {
          const { seq, hash, previousHash: previous, ...kept } = row;
          expect(previous).toBe(previousHash);
          expect(hash).toBe(hashAuditEntry(kept, seq, previousHash));
          expect(kept).toEqual(entry({ atMs: kept.atMs }));
          previousHash = hash;
        }
        expect((await storage.audit.readAudit(18, 100)).map(({ seq }) => seq)).toEqual([19, 20]);
      });

      test('is there if and only if the change is', async () => {
        const { storage } = await start();
        const { management } = storage;
        const undone = management.transaction(async (operations) => {
          await operations.createOrganization({
            id: 'org_x',
            name: 'x',
            kind: 'x',
            status: 'active',
            createdAtMs: now,
          });
          await operations.appendAudit(entry());
          throw new Error('undone');
        });
        await expect(undone).rejects.toThrow('undone');
        expect(await storage.audit.readAudit(0, 9)).toEqual([]);
        expect(await management.findOrganization('org_x')).toBeUndefined();
      });

      test('is listed newest first by what is asked for', async () => {
        const { storage } = await start();
        await append(storage, { action: 'key.created', target: { kind: 'key', id: 'key_1' } });
        await append(storage, { action: 'key.revoked', target: { kind: 'key', id: 'key_2' } });
        await append(storage, { action: 'keys.imported', orgId: 'org_b', before: { a: 1 }, after: null });
        await append(storage, {
          action: 'org.created',
          orgId: null,
          actor: { kind: 'operator', id: null, label: 'x' },
        });
        const seqs = async (filter: AuditFilter) =>
          (await storage.audit.listAudit(filter, { limit: 9 })).items.map(({ seq }) => seq);
        expect(await seqs({})).toEqual([4, 3, 2, 1]);
        expect(await seqs({ orgId: 'org_a' })).toEqual([2, 1]);
        expect(await seqs({ targetId: 'key_2' })).toEqual([2]);
        expect(await seqs({ actorId: 'person_1' })).toEqual([3, 2, 1]);
        expect(await seqs({ action: 'key' })).toEqual([2, 1]);
        expect(await seqs({ action: 'key.created', orgId: 'org_a' })).toEqual([1]);
        const page = await storage.audit.listAudit({}, { limit: 3 });
        expect(page.items.map(({ seq }) => seq)).toEqual([4, 3, 2]);
        const rest = await storage.audit.listAudit({}, { limit: 3, cursor: page.nextCursor as string });
        expect(rest).toMatchObject({ items: [{ seq: 1 }], nextCursor: null });
        await expect(storage.audit.listAudit({}, { limit: 3, cursor: '!' })).rejects.toMatchObject({
          code: 'cursor_invalid',
        });
      });
    });

    describe('denials', () => {
      const group = (fields: Partial<DenialGroup> = {}): DenialGroup => ({
        apiId: 'classic',
        orgId: 'org_a',
        keyId: 'key_a',
        reason: 'address_not_allowed',
        clientAddress: '192.0.2.1',
        hourMs: now,
        count: 1,
        firstAtMs: now,
        lastAtMs: now,
        method: 'GET',
        path: '/v1/a',
        ...fields,
      });

      test('of a kind are counted together, the last one being the sample', async () => {
        const { storage } = await start();
        const first = group({ count: 3, lastAtMs: now + 1 });
        await storage.denials.flushDenials([first, group({ reason: 'key_expired' })], now);
        const last = group({ count: 2, firstAtMs: now + 5, lastAtMs: now + 6, method: 'POST', path: '/v1/b?secret=1' });
        await storage.denials.flushDenials([last, group({ hourMs: now + hour, lastAtMs: now + hour })], now);
        const { items } = await storage.denials.listDenials({ limit: 10 });
        expect(items.map(({ id: _, ...rest }) => rest)).toEqual([
          group({ hourMs: now + hour, lastAtMs: now + hour }),
          group({ count: 5, lastAtMs: now + 6, method: 'POST', path: '/v1/b' }),
          group({ reason: 'key_expired' }),
        ]);
      });

      test("that are nobody's are grouped too, and long paths are cut", async () => {
        const { storage } = await start();
        const nobody = group({ orgId: null, keyId: null, clientAddress: null, reason: 'key_unknown' });
        await storage.denials.flushDenials([nobody], now);
        await storage.denials.flushDenials([{ ...nobody, path: `/${'x'.repeat(5000)}`, method: 'M'.repeat(99) }], now);
        const { items } = await storage.denials.listDenials({ limit: 10 });
        expect(items).toHaveLength(1);
        expect(items[0]).toMatchObject({ ...nobody, count: 2, path: `/${'x'.repeat(199)}`, method: 'M'.repeat(20) });
      });

      test('are listed newest first, page by page, for one owner alone', async () => {
        const { storage } = await start();
        const groups = Array.from({ length: 30 }, (_, at) =>
          group({
            orgId: `org_${at % 3}`,
            keyId: `key_${at % 6}`,
            apiId: at % 2 === 0 ? 'classic' : 'palm',
            clientAddress: `192.0.2.${at}`,
            lastAtMs: now + Math.floor(at / 2),
          }),
        );
        await storage.denials.flushDenials(groups, now);
        const seen: number[] = [];
        let cursor: string | null | undefined;
        while (cursor !== null) {
          const page = await storage.denials.listDenials({ orgId: 'org_1', limit: 3, cursor });
          expect(page.items.every(({ orgId }) => orgId === 'org_1')).toBe(true);
          seen.push(...page.items.map(({ clientAddress }) => Number(clientAddress?.slice(8))));
          cursor = page.nextCursor;
        }
        expect(seen).toEqual([28, 25, 22, 19, 16, 13, 10, 7, 4, 1]);
        const { listDenials } = storage.denials;
        expect((await listDenials({ keyId: 'key_5', limit: 10 })).items).toHaveLength(5);
        expect((await listDenials({ apiId: 'palm', orgId: 'org_1', limit: 10 })).items).toHaveLength(5);
        expect((await listDenials({ keyId: 'key_5', orgId: 'org_0', limit: 10 })).items).toEqual([]);
        await expect(listDenials({ limit: 1, cursor: 'x' })).rejects.toMatchObject({ code: 'cursor_invalid' });
      });

      test('stay within their bounds: the oldest and the outdated go', async () => {
        const { storage } = await start({ maxDenials: 50, maxDenialAgeMs: 10 * day });
        const many = (from: number, count: number) =>
          Array.from({ length: count }, (_, at) =>
            group({ clientAddress: `c${from + at}`, lastAtMs: now + from + at }),
          );
        await storage.denials.flushDenials(many(0, 40), now);
        await storage.denials.flushDenials(many(40, 1000), now);
        const { items } = await storage.denials.listDenials({ limit: 1000 });
        expect(items.map(({ clientAddress }) => clientAddress)).toEqual(
          Array.from({ length: 50 }, (_, at) => `c${1039 - at}`),
        );
        await storage.denials.flushDenials([], now + 1030 + 10 * day);
        expect((await storage.denials.listDenials({ limit: 1000 })).items).toHaveLength(10);
      });
    });

    test('everything is there again after closing and opening', async () => {
      const { storage, reopen } = await start();
      const orgId = await createOrg(storage);
      const secret = newSecret();
      const key = await storage.management.createKey(newKey(orgId), secret);
      const before = await storage.keyStore.findSecret(secret.digest);
      await addUsage(storage, lastUseOf(before?.key.seq ?? 0, now));
      const again = await reopen();
      await again.readyCheck();
      expect(await again.checkIntegrity()).toEqual([]);
      expect(await again.keyStore.findSecret(secret.digest)).toEqual(before);
      expect(await again.management.findKey(key.id)).toEqual({ ...key, lastUsedAtMs: now });
      expect(await again.management.findOrganization(orgId)).toMatchObject({ id: orgId });
    });

    test('a closed storage says so, and closing again is harmless', async () => {
      const { storage } = await start();
      const orgId = await createOrg(storage);
      const pending = storage.management.createKey(newKey(orgId), newSecret());
      await Promise.all([storage.close(), storage.close()]);
      await expect(pending).resolves.toMatchObject({ orgId });
      const closed = { code: 'storage_closed' };
      await expect(storage.keyStore.findSecret(newSecret().digest)).rejects.toMatchObject(closed);
      await expect(storage.management.findKey('x')).rejects.toMatchObject(closed);
      await expect(storage.management.revokeKey('x', now)).rejects.toMatchObject(closed);
      await expect(storage.usage.flushUsage(usageBatch(lastUseOf(1, now)))).rejects.toMatchObject(closed);
      await expect(storage.readyCheck()).rejects.toMatchObject(closed);
    });
  });
}
