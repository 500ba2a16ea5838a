// Storage contract: pages, filters and counts of keys.
import { describe, expect, test } from 'vitest';
import type { KeyStatus } from '../../../src/domain/api-key.ts';
import type { KeyFilter, NewApiKey } from '../../../src/management/ports.ts';
import { createOrg, newKey, newSecret, now } from '../storage-fixtures.ts';
import type { StartStorage } from './harness.ts';

export function describeKeyLists(start: StartStorage): void {
  describe('lists of keys', () => {
    test('match each filter, and the count agrees', async () => {
      const { storage } = await start();
      const { management } = storage;
      const a = await createOrg(storage);
      const b = await createOrg(storage);
      const create = (id: string, orgId: string, fields: Partial<NewApiKey>) =>
        management.createKey(newKey(orgId, { id, ...fields }), newSecret(fields.environment));
      await create('k1', a, { name: 'Build 50%', tags: ['eu', 'x_y'], metadata: { plan: 'Gold', to: 'a"b' } });
      await create('k2', a, {
        environment: 'test',
        name: 'build_x',
        tags: ['eu'],
        metadata: { plan: 'gold' },
        externalId: 'cus_1',
      });
      await create('k3', a, { apiId: 'palm', expiresAtMs: now });
      const lists = { addresses: ['203.0.113.77', '2001:db8::/32'], referrers: [], endpoints: [], scopes: [] };
      await create('k4', b, { name: 'مفتاح البناء', restrictions: lists });
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
        [{ search: `${hint?.prefix}${hint?.start}…${hint?.end}` }, ['k2']],
        [{ search: `${hint?.prefix}${hint?.start}...${hint?.end}` }, ['k2']],
        [{ search: `…${hint?.end}` }, ['k2']],
        [{ search: `${hint?.prefix}${hint?.start}` }, ['k2']],
        [{ search: hint?.prefix, environment: 'test' }, ['k2']],
        [{ search: `other_${hint?.start}…${hint?.end}` }, []],
        [{ tag: 'eu' }, ['k2', 'k1']],
        [{ tag: 'EU', orgId: b }, []],
        [{ tag: 'x_y' }, ['k1']],
        [{ tag: 'x' }, []],
        [{ tag: 'eu,x_y' }, []],
        [{ search: 'X_Y' }, ['k1']],
        [{ search: 'cus_1' }, ['k2']],
        [{ externalId: 'cus_1' }, ['k2']],
        [{ externalId: 'CUS_1' }, []],
        [{ metadata: { name: 'plan', value: 'Gold' } }, ['k1']],
        [{ metadata: { name: 'plan', value: 'gold' }, tag: 'eu' }, ['k2']],
        [{ metadata: { name: 'to', value: 'a"b' } }, ['k1']],
        [{ metadata: { name: 'to', value: 'a' } }, []],
        [{ search: '203.0.113.77' }, ['k4']],
        [{ search: '2001:DB8::/32' }, ['k4']],
        [{ search: '203.0.113' }, []],
        [{ search: 'addresses' }, []],
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

    test("never show another organization's keys, whatever the page or search", async () => {
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

    test('show each older key on exactly one page while keys are created', async () => {
      const { storage } = await start();
      const { management } = storage;
      const orgId = await createOrg(storage);
      const ids: string[] = [];
      // All are created within one millisecond: the order must not depend on the clock.
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

    test('support numbered pages', async () => {
      const { storage } = await start();
      const { management } = storage;
      const orgId = await createOrg(storage);
      for (let at = 0; at < 5; at++) await management.createKey(newKey(orgId, { id: `k${at}` }), newSecret());
      const page = await management.listKeys({ orgId }, { limit: 2, offset: 2 }, now);
      expect(page.items.map(({ id }) => id)).toEqual(['k2', 'k1']);
    });

    test('refuse the cursor of another list', async () => {
      const { storage } = await start();
      for (const cursor of ['', 'x', '1-2', '-1', '01', '00', "1'", '9'.repeat(40)]) {
        await expect(storage.management.listKeys({}, { limit: 1, cursor }, now)).rejects.toMatchObject({
          code: 'cursor_invalid',
        });
      }
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
}
