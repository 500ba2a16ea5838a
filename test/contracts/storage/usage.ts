// Storage contract: counts of requests and last uses.
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../src/domain/api-key.ts';
import type { NewApiKey } from '../../../src/management/ports.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import {
  addUsage,
  createOrg,
  lastUseOf,
  newKey,
  newSecret,
  now,
  type PlainSeries,
  type PlainUsage,
  usageBatch,
} from '../storage-fixtures.ts';
import { hour, type StartStorage } from './harness.ts';

export function describeUsageStore(start: StartStorage): void {
  describe('usage', () => {
    const all = { fromMs: 0, toMs: now } as const;

    /** Keys of the test in their organization, with the short numbers that usage is counted under. */
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
      fields: Partial<Omit<PlainSeries, 'keySeqs' | 'orgSeqs' | 'counts'>> = {},
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

    test('adds up parallel flushes', async () => {
      const { storage } = await start();
      const [real] = await addKeys(storage, 1, { orgId: await createOrg(storage) });
      const keySeq = (real as { keySeq: number }).keySeq;
      // Far more keys than one statement takes. Their numbers suffice for counting.
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
      expect(await storage.usage.listUsage({ ...all, groupBy: [] })).toMatchObject([{ count: 1100 * 210 }]);
      expect(
        await storage.usage.listUsage({ ...all, keyId: (real as { keyId: string }).keyId, groupBy: [] }),
      ).toMatchObject([{ count: 210 }]);
    });

    test('is summed as the query asks, within its hours', async () => {
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
      expect(await listUsage({ ...query, groupBy: [] })).toMatchObject([{ count: 31 }]);
      expect(await listUsage({ ...query, fromMs: 101 * hour, groupBy: [] })).toMatchObject([{ count: 2 }]);
      expect(await listUsage({ ...query, toMs: 101 * hour, groupBy: [] })).toMatchObject([{ count: 29 }]);
      expect(await listUsage({ ...query, keyId: a.keyId, groupBy: [] })).toMatchObject([{ count: 7 }]);
      expect(await listUsage({ ...all, orgId: orgB, keyId: a.keyId, groupBy: [] })).toMatchObject([{ count: 0 }]);
      expect(await listUsage({ ...all, apiId: 'palm', groupBy: ['orgId', 'keyId'] })).toMatchObject([
        { orgId: orgB, keyId: c.keyId, count: 32 },
      ]);
      expect(await listUsage({ ...query, environment: 'test', groupBy: ['keyId', 'environment'] })).toMatchObject([
        { keyId: t.keyId, environment: 'test', count: 8 },
      ]);
      expect(await listUsage({ ...query, environment: 'live', groupBy: ['outcome', 'hourMs'] })).toMatchObject([
        { hourMs: 100 * hour, outcome: 'allowed', count: 17 },
        { hourMs: 100 * hour, outcome: 'rate_limited', count: 4 },
        { hourMs: 101 * hour, outcome: 'allowed', count: 2 },
      ]);
      expect(await listUsage({ ...all, orgId: 'org_none', groupBy: [] })).toMatchObject([{ count: 0 }]);
      expect(await listUsage({ ...all, orgId: 'org_none', groupBy: ['keyId'] })).toMatchObject([]);
    });

    test('is summed by status class and by what is billed', async () => {
      const { storage } = await start();
      const [orgA, orgB] = [await createOrg(storage, 'org_a'), await createOrg(storage, 'org_b')];
      const [a, b] = await addKeys(storage, 2, { orgId: orgA });
      const [c] = await addKeys(storage, 1, { orgId: orgB });
      if (a === undefined || b === undefined || c === undefined) throw new TypeError('no keys');
      const statuses = { '2xx': [5, 0, 1], '5xx': [2, 3, 0] };
      // Of the first key, one use has a class that was not seen.
      await addUsage(storage, series([a, b, c], [8, 3, 1], { billed: [6, 0, 1], statuses }));
      await addUsage(storage, series([a], [4], { billed: [4], statuses: { '2xx': [4] } }));
      await addUsage(storage, series([a], [2], { outcome: 'upstream_failed', statuses: { none: [2] } }));
      await addUsage(storage, series([b], [7], { outcome: 'rate_limited' }));
      const none = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, none: 0, unknown: 0 };
      const { listUsage } = storage.usage;
      expect(await listUsage({ ...all, orgId: orgA, groupBy: ['keyId', 'outcome'] })).toEqual(
        [
          {
            ...{ keyId: a.keyId, outcome: 'allowed', count: 12, billed: 10 },
            statuses: { ...none, '2xx': 9, '5xx': 2, unknown: 1 },
          },
          { keyId: a.keyId, outcome: 'upstream_failed', count: 2, billed: 0, statuses: { ...none, none: 2 } },
          { keyId: b.keyId, outcome: 'allowed', count: 3, billed: 0, statuses: { ...none, '5xx': 3 } },
          { keyId: b.keyId, outcome: 'rate_limited', count: 7, billed: 0, statuses: none },
        ].toSorted((one, other) => (one.keyId < other.keyId ? -1 : Number(one.keyId > other.keyId))),
      );
      const sums = { ...none, '2xx': 10, '5xx': 5, none: 2, unknown: 1 };
      expect(await listUsage({ ...all, groupBy: [] })).toEqual([{ count: 25, billed: 11, statuses: sums }]);
      expect(await listUsage({ ...all, fromMs: 200 * hour, groupBy: [] })).toEqual([
        { count: 0, billed: 0, statuses: none },
      ]);
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

    test('is flushed completely or not at all', async () => {
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
      expect(await storage.usage.listUsage({ ...all, groupBy: [] })).toMatchObject([{ count: 0 }]);
      await addUsage(storage, good);
      expect(await storage.usage.listUsage({ ...all, groupBy: [] })).toMatchObject([{ count: 600 }]);
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
      // Numbers may have gaps. A run never goes back.
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
}
