// Storage contract: organizations, and the replies that are kept for repeated requests.
import { describe, expect, test } from 'vitest';
import { noAnnotations } from '../../../src/domain/annotations.ts';
import type { OrganizationFilter } from '../../../src/management/ports.ts';
import { createOrg, newKey, newSecret, now } from '../storage-fixtures.ts';
import { hostileNames, type StartStorage } from './harness.ts';

export function describeOrganizations(start: StartStorage): void {
  describe('organizations', () => {
    test('are found as they were created, and listed newest first', async () => {
      const { storage } = await start();
      const { management } = storage;
      for (const [at, organizationName] of hostileNames.entries()) {
        const organization = {
          id: `org_${at}`,
          name: organizationName,
          kinds: ['company'],
          status: 'active',
          suspendedApis: [],
          grantedLimits: new Map([['classic', [{ limit: at + 1, windowSeconds: 60 }]]]),
          tags: [`nr-${at}`, 'مجموعة'],
          metadata: { name: organizationName.trim() || '-', plan: 'gold' },
          externalId: `cus_${at}`,
        } as const;
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

    test('are found by their annotations, and no two have one external id', async () => {
      const { storage } = await start();
      const { keyStore, management, overview } = storage;
      const [a, b] = [await createOrg(storage), await createOrg(storage)];
      const annotations = { tags: ['eu', 'big'], metadata: { plan: 'Gold', size: '5"0%' }, externalId: 'cus_1' };
      expect(await management.updateOrganization(a, annotations)).toMatchObject({ id: a, ...annotations });
      expect(await management.findOrganization(a)).toMatchObject(annotations);
      const secret = newSecret();
      await management.createKey(newKey(a), secret);
      expect((await keyStore.findSecret(secret.digest))?.org.metadata).toEqual(annotations.metadata);
      await management.updateOrganization(b, { tags: ['eu'], metadata: { plan: 'gold' }, externalId: 'CUS_1' });
      const cases: readonly [OrganizationFilter, readonly string[]][] = [
        [{}, [b, a]],
        [{ tag: 'eu' }, [b, a]],
        [{ tag: 'EU' }, [b, a]],
        [{ tag: 'big' }, [a]],
        [{ tag: 'eu,big' }, []],
        [{ tag: 'e' }, []],
        [{ metadata: { name: 'plan', value: 'Gold' } }, [a]],
        [{ metadata: { name: 'plan', value: 'gold' } }, [b]],
        [{ metadata: { name: 'size', value: '5"0%' } }, [a]],
        [{ metadata: { name: 'size', value: '5' } }, []],
        [{ metadata: { name: 'lan', value: 'Gold' } }, []],
        [{ externalId: 'cus_1' }, [a]],
        [{ externalId: 'cus_1', tag: 'none' }, []],
        [{ search: 'cus_1' }, [a]],
        [{ search: 'big' }, [a]],
        [{ search: a }, [a]],
        [{ search: 'gold' }, []],
      ];
      for (const [filter, ids] of cases) {
        const page = await management.listOrganizations({ limit: 9 }, filter);
        expect(
          page.items.map(({ id }) => id),
          JSON.stringify(filter),
        ).toEqual(ids);
        const rows = await overview.listOrgRows({ ...filter, limit: 9 });
        expect(
          rows.items.map(({ organization }) => organization.id),
          JSON.stringify(filter),
        ).toEqual(ids);
      }
      await expect(management.updateOrganization(b, { externalId: 'cus_1' })).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(await management.updateOrganization(a, noAnnotations)).toMatchObject(noAnnotations);
      expect(await management.updateOrganization(b, { externalId: 'cus_1' })).toMatchObject({ externalId: 'cus_1' });
    });

    test('keep their granted limits until they are removed, and their keys are verified with them', async () => {
      const { storage } = await start();
      const { keyStore, management } = storage;
      const orgId = await createOrg(storage);
      const secret = newSecret();
      await management.createKey(newKey(orgId, { grantedLimits: [{ limit: 7, windowSeconds: 1 }] }), secret);
      const grantedLimits = new Map([
        ['classic', [{ limit: 600, windowSeconds: 60 }]],
        ['constructor', [{ limit: 1, windowSeconds: 86_400 }]],
      ]);
      for (const grants of [grantedLimits, new Map([['palm', [{ limit: 1, windowSeconds: 1 }]]]), new Map()]) {
        const updated = await management.updateOrganization(orgId, { grantedLimits: grants });
        expect(updated?.grantedLimits).toEqual(grants);
        expect((await management.findOrganization(orgId))?.grantedLimits).toEqual(grants);
        expect((await management.updateOrganization(orgId, { name: 'renamed' }))?.grantedLimits).toEqual(grants);
        const stored = await keyStore.findSecret(secret.digest);
        expect(stored?.org.grantedLimits).toEqual(grants);
        expect(stored?.key.grantedLimits).toEqual([{ limit: 7, windowSeconds: 1 }]);
      }
    });

    test('can be suspended and resumed, with immediate effect on verification', async () => {
      const { storage } = await start();
      const { keyStore, management } = storage;
      const orgId = await createOrg(storage);
      const secret = newSecret();
      await management.createKey(newKey(orgId), secret);
      for (const status of ['suspended', 'suspended', 'active'] as const) {
        expect((await management.setOrganizationStatus(orgId, { status }))?.status).toBe(status);
        expect((await keyStore.findSecret(secret.digest))?.org).toMatchObject({ id: orgId, status });
      }
      expect(await management.setOrganizationStatus('org_none', { status: 'suspended' })).toBeUndefined();
    });

    test('can be suspended for some APIs, beside their status', async () => {
      const { storage } = await start();
      const { keyStore, management } = storage;
      const orgId = await createOrg(storage);
      const secret = newSecret();
      await management.createKey(newKey(orgId), secret);
      for (const suspendedApis of [['classic', 'palcards'], ['palcards'], []]) {
        const expected = { id: orgId, status: 'active', suspendedApis };
        expect(await management.setOrganizationStatus(orgId, { suspendedApis })).toMatchObject(expected);
        expect((await keyStore.findSecret(secret.digest))?.org).toMatchObject(expected);
      }
    });

    test('change their name and kind independently', async () => {
      const { storage } = await start();
      const { management } = storage;
      const orgId = await createOrg(storage);
      const before = await management.findOrganization(orgId);
      expect(await management.updateOrganization(orgId, { name: 'Nablus' })).toEqual({ ...before, name: 'Nablus' });
      const after = { ...before, name: 'Nablus', kinds: ['dealer', 'school'] };
      expect(await management.updateOrganization(orgId, { kinds: ['dealer', 'school'] })).toEqual(after);
      expect(await management.findOrganization(orgId)).toEqual(after);
      expect(await management.updateOrganization('org_none', { name: 'x' })).toBeUndefined();
    });

    test('with an existing id are refused', async () => {
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

    test('are found until they expire, and their contents for a shorter time', async () => {
      const { management } = (await start()).storage;
      await management.transaction((operations) => operations.keepReply(reply, now));
      expect(await management.findReply(reply.name, now + 9)).toEqual(reply);
      expect(await management.findReply(reply.name, now + 10)).toEqual({ ...reply, sealed: null });
      expect(await management.findReply(reply.name, now + 20)).toBeUndefined();
      expect(await management.findReply('b'.repeat(64), now)).toBeUndefined();
    });

    test('are removed from the disk', async () => {
      const { management } = (await start()).storage;
      await management.transaction((operations) => operations.keepReply(reply, now));
      await management.sweepReplies(now + 10);
      expect(await management.findReply(reply.name, now)).toEqual({ ...reply, sealed: null });
      await management.sweepReplies(now + 20);
      expect(await management.findReply(reply.name, now)).toBeUndefined();
    });

    test('make room for a new one of the same name after they expire', async () => {
      const { management } = (await start()).storage;
      const later = { ...reply, fingerprint: 'g', sealedUntilMs: now + 30, keptUntilMs: now + 40 };
      await management.transaction((operations) => operations.keepReply(reply, now));
      await management.transaction((operations) => operations.keepReply(later, now + 20));
      expect(await management.findReply(reply.name, now + 20)).toEqual(later);
    });

    test('a second one of the same name undoes its change', async () => {
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
}
