// Storage contract: keys, their secrets and changes to both.

import { describe, expect, test } from 'vitest';
import { noAnnotations } from '../../../src/domain/annotations.ts';
import type { NewApiKey } from '../../../src/management/ports.ts';
import { addUsage, createOrg, newKey, newSecret, now } from '../storage-fixtures.ts';
import { day, hostileNames, hour, type StartStorage } from './harness.ts';

export function describeKeys(start: StartStorage): void {
  describe('keys', () => {
    test('are complete for management and verification as soon as they are created', async () => {
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
          grantedLimits: [{ limit: 600, windowSeconds: 60 }],
          expiresAtMs: now + day,
          tags: ['eu', 'فرع'],
          metadata: { name: keyName.trim() || '-', plan: 'gold' },
          externalId: `id_${hostileNames.indexOf(keyName)}`,
        });
        const created = await management.createKey(fields, secret);
        expect(created).toEqual({
          ...fields,
          hint: secret.hint,
          secretCreatedAtMs: now,
          updatedAtMs: now,
          revokedAtMs: null,
          disabledAtMs: null,
          revision: 1,
          lastUsedAtMs: null,
          lastUsedAddress: null,
        });
        expect(await management.findKey(fields.id)).toEqual(created);
        expect(await management.findKeyByDigest(secret.digest)).toEqual(created);
        expect(await management.listDigests(fields.id)).toEqual([secret.digest]);
        const { id, apiId, environment, restrictions, rateLimits, grantedLimits, expiresAtMs } = fields;
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
            grantedLimits,
            expiresAtMs,
            revokedAtMs: null,
            disabledAtMs: null,
            metadata: fields.metadata,
          },
          org: {
            seq: expect.any(Number),
            id: orgId,
            status: 'active',
            suspendedApis: [],
            grantedLimits: new Map(),
            metadata: {},
          },
        });
      }
      expect(await keyStore.findSecret(newSecret().digest)).toBeUndefined();
      expect(await management.findKey('key_none')).toBeUndefined();
      expect(await management.findKeyByDigest(newSecret().digest)).toBeUndefined();
      expect(await management.listDigests('key_none')).toEqual([]);
    });

    test('may have the external id of a revoked key, and of no other of their API', async () => {
      const { storage } = await start();
      const { management } = storage;
      const orgId = await createOrg(storage);
      const create = (fields: Partial<NewApiKey> = {}) =>
        management.createKey(newKey(orgId, { externalId: 'cus_1', ...fields }), newSecret());
      const first = await create();
      await create({ apiId: 'palm' });
      await expect(create()).rejects.toMatchObject({ code: 'conflict' });
      const other = await create({ externalId: 'CUS_1' });
      const change = management.updateKey(other.id, 1, { externalId: 'cus_1' }, now);
      await expect(change).rejects.toMatchObject({ code: 'conflict' });
      await management.revokeKey(first.id, now);
      const second = await create();
      const found = await management.listKeys({ apiId: 'classic', externalId: 'cus_1' }, { limit: 9 }, now);
      expect(found.items.map(({ id }) => id)).toEqual([second.id, first.id]);
    });

    test('are created completely or not at all', async () => {
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

    test('change only on the revision that the caller knows', async () => {
      const { storage } = await start();
      const { keyStore, management } = storage;
      const secret = newSecret();
      const key = await management.createKey(newKey(await createOrg(storage)), secret);
      const restrictions = { ...key.restrictions, addresses: ['192.0.2.1'], addressCheck: 'report' as const };
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

    test('accept one of many concurrent changes on the same revision', async () => {
      const { storage } = await start();
      const key = await storage.management.createKey(newKey(await createOrg(storage)), newSecret());
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, at) => storage.management.updateKey(key.id, 1, { name: `${at}` }, now)),
      );
      expect(results.filter((result) => result === 'conflict')).toHaveLength(19);
    });

    test('leave a tombstone when they are revoked, which never changes', async () => {
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

    test('keep their earlier secrets until the end of the overlap', async () => {
      const { storage } = await start();
      const { keyStore, management } = storage;
      const [first, second, third] = [newSecret(), newSecret(), newSecret()];
      const key = await management.createKey(newKey(await createOrg(storage)), first);
      const rotated = await management.rotateKey(key.id, second, now + hour, now + 1);
      expect(rotated?.key).toEqual({
        ...key,
        hint: second.hint,
        secretCreatedAtMs: now + 1,
        revision: 2,
        updatedAtMs: now + 1,
      });
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
      await management.revokeKey(key.id, now + 3);
      for (const { digest } of [first, second, third]) {
        expect((await management.findKeyByDigest(digest))?.id).toBe(key.id);
      }
    });
  });

  describe('transactions', () => {
    test('take effect together', async () => {
      const { storage } = await start();
      const secret = newSecret();
      const key = await storage.management.transaction(async (operations) => {
        const organization = {
          id: 'org_t',
          name: 't',
          kinds: ['dealer'],
          status: 'active',
          suspendedApis: [],
          grantedLimits: new Map(),
          ...noAnnotations,
          createdAtMs: now,
        } as const;
        await operations.createOrganization(organization);
        const created = await operations.createKey(newKey('org_t'), secret);
        expect(await operations.findKey(created.id)).toEqual(created);
        expect(await storage.management.findKey(created.id)).toBeUndefined();
        return operations.updateKey(created.id, 1, { name: 'in one go' }, now);
      });
      expect(key).toMatchObject({ name: 'in one go', revision: 2 });
      expect((await storage.keyStore.findSecret(secret.digest))?.org.id).toBe('org_t');
    });

    test('leave nothing when they throw, and others continue', async () => {
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

    test('are isolated: a value read in one is still current when it writes', async () => {
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

    test('that exceed the time limit are undone, and other writers continue', async () => {
      const { storage } = await start({ transactionTimeoutMs: 50 });
      const orgId = await createOrg(storage);
      const lost = newKey(orgId);
      const next = newKey(orgId);
      const work = storage.management.transaction(async (operations) => {
        await operations.createKey(lost, newSecret());
        // The mistake that the time limit exists for: waiting for a writer that waits for this transaction.
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
    ])('is refused, and other keys work: %o', async (columns) => {
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

  describe('superseded secrets', () => {
    test('are listed with their uses, and end at the time that is set', async () => {
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
}
