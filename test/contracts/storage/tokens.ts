// Storage contract: tokens, which no list or look-up of keys and organizations shows.
import { describe, expect, test } from 'vitest';
import { noAnnotations } from '../../../src/domain/annotations.ts';
import { newTokenId, systemOrgId, tokenApiId } from '../../../src/domain/token.ts';
import type { NewToken } from '../../../src/management/ports.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { createOrg, newKey, newSecret, now } from '../storage-fixtures.ts';
import { hostileNames, type StartStorage } from './harness.ts';

function newToken(fields: Partial<NewToken> = {}): NewToken {
  return {
    ...{ id: newTokenId(), name: 'edge', createdAtMs: now, expiresAtMs: null },
    scopes: ['may:decide', 'api:Größe"\\', 'orgs:all', 'write'],
    ...fields,
  };
}

function create({ management }: Storage, token: NewToken, secret = newSecret()) {
  return management.transaction((operations) => operations.createToken(token, secret));
}

export function describeTokens(start: StartStorage): void {
  describe('tokens', () => {
    test('are complete for verification and management as soon as they are created', async () => {
      const { storage, reopen } = await start();
      for (const name of hostileNames) {
        const secret = newSecret();
        const token = newToken({ name, expiresAtMs: now + 1 });
        const created = await create(storage, token, secret);
        expect(created).toMatchObject({
          id: token.id,
          apiId: tokenApiId,
          orgId: systemOrgId,
          name,
          expiresAtMs: now + 1,
        });
        expect(await storage.management.findToken(token.id)).toEqual(created);
        expect(await storage.keyStore.findSecret(secret.digest)).toMatchObject({
          key: { id: token.id, apiId: tokenApiId, restrictions: { scopes: token.scopes }, metadata: { name } },
          org: { id: systemOrgId, status: 'active' },
        });
      }
      const { items } = await (await reopen()).management.listTokens({ limit: 100 });
      expect(items.map(({ name }) => name)).toEqual(hostileNames.toReversed());
    });

    test('created at once all exist', async () => {
      const { storage } = await start();
      const tokens = Array.from({ length: 20 }, () => newToken());
      await Promise.all(tokens.map((token) => create(storage, token)));
      const first = await storage.management.listTokens({ limit: 15 });
      const second = await storage.management.listTokens({ limit: 15, cursor: first.nextCursor as string });
      const ids = [...first.items, ...second.items].map(({ id }) => id);
      expect(ids.toSorted()).toEqual(tokens.map(({ id }) => id).toSorted());
      expect(second.nextCursor).toBeNull();
    });

    test('are rotated and revoked like keys', async () => {
      const { storage } = await start();
      const { management, keyStore } = storage;
      const [token, first, second] = [newToken(), newSecret(), newSecret()];
      await create(storage, token, first);
      const rotated = await management.rotateKey(token.id, second, now + 50, now + 10);
      expect(rotated?.key).toMatchObject({ id: token.id, secretCreatedAtMs: now + 10 });
      expect(rotated?.digests.toSorted()).toEqual([first.digest, second.digest].toSorted());
      expect((await keyStore.findSecret(first.digest))?.endsAtMs).toBe(now + 50);
      expect((await management.revokeKey(token.id, now + 20))?.key.revokedAtMs).toBe(now + 20);
      expect((await keyStore.findSecret(second.digest))?.key.revokedAtMs).toBe(now + 20);
      expect(await management.rotateKey(token.id, newSecret(), now, now)).toBeUndefined();
    });

    test('are in force until they are revoked or expire', async () => {
      const { storage } = await start();
      const { management } = storage;
      const token = newToken({ expiresAtMs: now + 10 });
      await create(storage, token);
      expect(await management.isTokenInForce(token.id, now + 9)).toBe(true);
      expect(await management.isTokenInForce(token.id, now + 10)).toBe(false);
      await management.revokeKey(token.id, now);
      expect(await management.isTokenInForce(token.id, now)).toBe(false);
      expect(await management.isTokenInForce('tok_none', now)).toBe(false);
      const key = await management.createKey(newKey(await createOrg(storage)), newSecret());
      expect(await management.isTokenInForce(key.id, now)).toBe(false);
      expect(await management.findToken(key.id)).toBeUndefined();
    });

    test('show their last use, which never goes back', async () => {
      const { storage } = await start();
      const { management, keyStore } = storage;
      const [token, secret] = [newToken(), newSecret()];
      await create(storage, token, secret);
      const keySeq = (await keyStore.findSecret(secret.digest))?.key.seq as number;
      await management.noteTokenUse({ keySeq, atMs: now + 5, address: '203.0.113.7' });
      await management.noteTokenUse({ keySeq, atMs: now + 4, address: '203.0.113.8' });
      const shown = { lastUsedAtMs: now + 5, lastUsedAddress: '203.0.113.7' };
      expect(await management.findToken(token.id)).toMatchObject(shown);
      await management.noteTokenUse({ keySeq, atMs: now + 6, address: null });
      expect(await management.findToken(token.id)).toMatchObject({ lastUsedAtMs: now + 6, lastUsedAddress: null });
    });

    test('and their organization are in no other list, count, look-up or change', async () => {
      const { storage } = await start();
      const { management, overview, imports } = storage;
      const org = await createOrg(storage);
      const key = await management.createKey(newKey(org), newSecret());
      const token = newToken({ name: 'edge' });
      await create(storage, token);
      expect((await management.listKeys({}, { limit: 10 }, now)).items.map(({ id }) => id)).toEqual([key.id]);
      for (const filter of [{ apiId: tokenApiId }, { orgId: systemOrgId }, { search: 'edge' }, { search: token.id }]) {
        expect((await management.listKeys(filter, { limit: 10 }, now)).items).toEqual([]);
        expect(await management.countKeys(filter, now)).toBe(0);
      }
      expect(await management.countKeys({}, now)).toBe(1);
      expect(await management.findKey(token.id)).toBeUndefined();
      expect(await management.updateKey(token.id, 1, { name: 'x' }, now)).toBeUndefined();
      expect(await overview.findKeys([token.id, key.id])).toEqual([key]);
      expect((await management.listOrganizations({ limit: 10 })).items.map(({ id }) => id)).toEqual([org]);
      expect((await management.listOrganizations({ limit: 10 }, { search: systemOrgId })).items).toEqual([]);
      expect((await overview.listOrgRows({ limit: 10 })).items.map(({ organization: { id } }) => id)).toEqual([org]);
      expect(await management.findOrganization(systemOrgId)).toBeUndefined();
      expect(await storage.people.findOrganization(systemOrgId)).toBeUndefined();
      expect(await management.setOrganizationStatus(systemOrgId, { status: 'suspended' })).toBeUndefined();
      expect(await management.updateOrganization(systemOrgId, { name: 'x' })).toBeUndefined();
      await imports.transaction(async (operations) => {
        expect(await operations.findOrganizations([systemOrgId, org])).toMatchObject([{ id: org }]);
        expect(await operations.findOrganizationsNamed(['Miftah'])).toEqual([]);
      });
      expect(await management.findToken(token.id)).toMatchObject({
        ...noAnnotations,
        name: 'edge',
        metadata: { name: 'edge' },
      });
    });
  });
}
