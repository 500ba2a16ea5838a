// Storage contract: counts of requests and last uses.
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../src/domain/api-key.ts';
import type { NewApiKey } from '../../../src/management/ports.ts';
import type { UsageMeasure, UsageReportQuery } from '../../../src/metering/ports.ts';
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

    /** The short number of an organization, which a new key of it has. */
    async function seedOrgSeq(storage: Storage, orgId: string): Promise<number> {
      const [key] = await addKeys(storage, 1, { orgId });
      return (key as { orgSeq: number }).orgSeq;
    }

    /** Where each request weighs 1. */
    const numbers = (count: number, billed: number) => ({ count, billed, weight: count, billedWeight: billed });

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

    test('keeps the addresses of a key and hour, up to a bound, and the sum of the others', async () => {
      const { storage } = await start();
      const [a, b] = await addKeys(storage, 2, { orgId: await createOrg(storage) });
      if (a === undefined || b === undefined) throw new TypeError('no keys');
      const from = (key: typeof a, first: number, length: number) =>
        Array.from({ length }, (_, at) => ({
          ...{ keySeq: key.keySeq, orgSeq: key.orgSeq, hourMs: 100 * hour, count: 2, refused: 1 },
          address: `203.0.113.${100 + first + at}`,
        }));
      await addUsage(storage, { addresses: [...from(a, 0, 10), ...from(b, 0, 1)] });
      // Of these, five are known, and six are new: one finds room in each of two batches and some do not.
      await addUsage(storage, { addresses: from(a, 5, 11) });
      await addUsage(storage, {
        addresses: [...from(a, 15, 2), ...from(a, 0, 1).map((each) => ({ ...each, address: '' }))],
      });
      await Promise.all(Array.from({ length: 4 }, () => addUsage(storage, { addresses: from(b, 0, 12) })));
      const ask = (key: typeof a) =>
        storage.usage.reportUsage({ ...all, keyId: key.keyId, groupBy: ['address'], limit: 100 });
      const { items } = await ask(a);
      expect(items).toHaveLength(17);
      expect(items.slice(0, 2)).toMatchObject([
        { address: '', count: 4, refused: 2 },
        { address: '203.0.113.100', count: 2, refused: 1 },
      ]);
      expect(items.find(({ address }) => address === '203.0.113.105')).toMatchObject({ count: 4, refused: 2 });
      expect(items.find(({ address }) => address === '203.0.113.115')).toMatchObject({ count: 4, refused: 2 });
      expect(items.some(({ address }) => address === '203.0.113.116')).toBe(false);
      expect((await ask(b)).items.map(({ count }) => count)).toEqual([10, ...Array(11).fill(8)]);
    });

    test('is summed by route, with weights and response times', async () => {
      const { storage } = await start();
      const orgId = await createOrg(storage);
      const [a, b] = await addKeys(storage, 2, { orgId });
      if (a === undefined || b === undefined) throw new TypeError('no keys');
      const uses = series([a, b], [4, 2], { extraWeights: [8, -2], billed: [4, 0], billedExtraWeights: [8, 0] }).series;
      const [plain] = uses as [PlainSeries];
      const routed = (pattern: string, fields: Partial<PlainSeries> = {}, orgSeq = 0) => ({
        ...{ ...plain, counts: [1, 1], extraWeights: [2, 0], billed: [1, 0], billedExtraWeights: [2, 0], ...fields },
        route: { orgSeq, pattern },
      });
      const times = [[3], undefined, [1]];
      const batch = { series: [{ ...plain, times }], routes: [routed('GET /a', { times: [[2]] }), routed('GET /b')] };
      await addUsage(storage, batch);
      await addUsage(storage, { routes: [routed('GET /b', {}, a.orgSeq)] });
      const report = (query: Partial<UsageReportQuery>) =>
        storage.usage.reportUsage({ ...all, orgId, groupBy: [], limit: 100, ...query });
      expect((await report({ hasTimes: true })).items).toMatchObject([
        { count: 6, weight: 12, billed: 4, billedWeight: 12, times: [3, 0, 1, ...Array(11).fill(0)] },
      ]);
      const byRoute = { groupBy: ['route'] } as const;
      expect((await report({ ...byRoute, hasTimes: true })).items).toMatchObject([
        // What has no route is the rest.
        { route: '', count: 0, weight: 0, times: [1, 0, 1, ...Array(11).fill(0)] },
        { route: 'GET /a', count: 2, weight: 4, times: [2, ...Array(13).fill(0)] },
        { route: 'GET /b', count: 4, weight: 8, billed: 2, billedWeight: 6 },
      ]);
      expect((await report({ ...byRoute, keyId: a.keyId, route: 'GET /b' })).items).toMatchObject([
        { route: 'GET /b', count: 2, weight: 6 },
      ]);
      expect((await report({ groupBy: ['keyId', 'route'], route: 'GET /a' })).items).toMatchObject([
        { keyId: a.keyId, route: 'GET /a', count: 1 },
        { keyId: b.keyId, route: 'GET /a', count: 1 },
      ]);
      expect((await report({ route: 'GET /a' })).items).toMatchObject([{ count: 2 }]);
      const pages = await report({ ...byRoute, limit: 2 });
      expect((await report({ ...byRoute, limit: 2, cursor: pages.nextCursor ?? '' })).items).toMatchObject([
        { route: 'GET /b', count: 4 },
      ]);
      expect((await report({ ...byRoute, top: { groups: 1, by: 'count' } })).items).toMatchObject([
        { route: 'GET /b' },
      ]);
    });

    test('has a bounded number of routes for each owner', async () => {
      const { storage } = await start();
      const [key] = await addKeys(storage, 1, { orgId: await createOrg(storage) });
      const [plain] = series([key as { keySeq: number; orgSeq: number }], [1]).series as [PlainSeries];
      const routes = (orgSeq: number, first: number, length: number) =>
        Array.from({ length }, (_, at) => ({ ...plain, route: { orgSeq, pattern: `GET /${first + at}` } }));
      await addUsage(storage, { series: [{ ...plain, counts: [503] }], routes: routes(1, 0, 499) });
      await addUsage(storage, { routes: [...routes(1, 498, 4), ...routes(0, 0, 1)] });
      const { items } = await storage.usage.reportUsage({ ...all, groupBy: ['route'], limit: 1000 });
      const countOf = (pattern: string) => items.find(({ route }) => route === pattern)?.count;
      expect(['GET /0', 'GET /498', 'GET /499', 'GET /500', 'other', ''].map(countOf)).toEqual([
        ...[2, 2, 1, undefined, 2, -1],
      ]);
    });

    test('is summed by the countries of addresses, and an address without one has an empty one', async () => {
      const { storage } = await start();
      const [orgA, orgB] = [await createOrg(storage, 'org_a'), await createOrg(storage, 'org_b')];
      const [a] = await addKeys(storage, 1, { orgId: orgA });
      const [b] = await addKeys(storage, 1, { orgId: orgB });
      if (a === undefined || b === undefined) throw new TypeError('no keys');
      const from = ({ keySeq, orgSeq }: typeof a, address: string, count: number, hourMs = 123 * hour) => ({
        ...{ keySeq, orgSeq, hourMs, address, count, refused: 1 },
      });
      const addresses = [
        from(a, '192.0.2.1', 2),
        from(a, '192.0.2.2', 3),
        from(a, '2001:db8:1:2::/64', 4),
        from(a, '', 5),
      ];
      await addUsage(storage, {
        addresses: [...addresses, from(b, '192.0.2.1', 6), from(b, '10.0.0.1', 7, 200 * hour)],
      });
      const { reportUsage, listUsedAddresses } = storage.usage;
      const byCountry = { ...all, groupBy: ['country'], limit: 10 } as const;
      expect(await listUsedAddresses({ ...byCountry, fromMs: 0, toMs: 150 * hour, orgId: orgA }, 9)).toEqual(
        expect.toSatisfy((found: string[]) => found.toSorted().join() === '192.0.2.1,192.0.2.2,2001:db8:1:2::/64'),
      );
      expect(await listUsedAddresses(byCountry, 2)).toHaveLength(2);
      const countries = new Map([
        ['192.0.2.1', 'SA'],
        ['2001:db8:1:2::/64', 'SA'],
        ['192.0.2.2', 'DE'],
      ]);
      const rows = async (query: Partial<UsageReportQuery>) =>
        (await reportUsage({ ...byCountry, countries, ...query })).items.map(
          ({ country, count, refused, keyId, address }) => ({ country, count, refused, keyId, address }),
        );
      expect(await rows({})).toEqual([
        { country: '', count: 12, refused: 2 },
        { country: 'DE', count: 3, refused: 1 },
        { country: 'SA', count: 12, refused: 3 },
      ]);
      expect(await rows({ orgId: orgB, groupBy: ['keyId', 'country', 'address'] })).toEqual([
        { country: '', count: 7, refused: 1, keyId: b.keyId, address: '10.0.0.1' },
        { country: 'SA', count: 6, refused: 1, keyId: b.keyId, address: '192.0.2.1' },
      ]);
      expect(await rows({ top: { groups: 1, by: 'refused' } })).toEqual([{ country: 'SA', count: 12, refused: 3 }]);
      expect(await rows({ keyId: a.keyId, countries: new Map() })).toEqual([{ country: '', count: 14, refused: 4 }]);
      const first = await reportUsage({ ...byCountry, countries, limit: 2 });
      const { items } = await reportUsage({ ...byCountry, countries, cursor: String(first.nextCursor) });
      expect(items).toMatchObject([{ country: 'SA', count: 12 }]);
    });

    test('is summed by the status classes that are asked for', async () => {
      const { storage } = await start();
      const orgId = await createOrg(storage);
      const keys = await addKeys(storage, 1, { orgId });
      await addUsage(storage, series(keys, [9], { statuses: { '2xx': [5], '5xx': [1] } }));
      await addUsage(storage, series(keys, [3], { outcome: 'rate_limited' }));
      const report = (statuses: UsageReportQuery['statuses']) =>
        storage.usage.reportUsage({ ...all, orgId, groupBy: ['keyId'], limit: 10, statuses });
      expect((await report(['5xx'])).items).toMatchObject([{ count: 1, statuses: { '5xx': 1, '2xx': 0, unknown: 0 } }]);
      expect((await report(['2xx', 'unknown'])).items).toMatchObject([
        { count: 8, statuses: { '2xx': 5, unknown: 3 } },
      ]);
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
            ...{ keyId: a.keyId, outcome: 'allowed', ...numbers(12, 10) },
            statuses: { ...none, '2xx': 9, '5xx': 2, unknown: 1 },
          },
          { keyId: a.keyId, outcome: 'upstream_failed', ...numbers(2, 0), statuses: { ...none, none: 2 } },
          { keyId: b.keyId, outcome: 'allowed', ...numbers(3, 0), statuses: { ...none, '5xx': 3 } },
          { keyId: b.keyId, outcome: 'rate_limited', ...numbers(7, 0), statuses: none },
        ].toSorted((one, other) => (one.keyId < other.keyId ? -1 : Number(one.keyId > other.keyId))),
      );
      const sums = { ...none, '2xx': 10, '5xx': 5, none: 2, unknown: 1 };
      expect(await listUsage({ ...all, groupBy: [] })).toEqual([{ ...numbers(25, 11), statuses: sums }]);
      expect(await listUsage({ ...all, fromMs: 200 * hour, groupBy: [] })).toEqual([
        { ...numbers(0, 0), statuses: none },
      ]);
    });

    describe('a report', () => {
      const page = { ...all, limit: 1000 } as const;

      /** Two organizations; keys `a` (tagged), `b` and test key `t` in the first, `c` of another API in the second. */
      async function seed() {
        const { storage } = await start();
        const [orgA, orgB] = [await createOrg(storage, 'org_a'), await createOrg(storage, 'org_b')];
        const [a] = await addKeys(storage, 1, { orgId: orgA, tags: ['eu', 'billing'], name: 'A' });
        const [b] = await addKeys(storage, 1, { orgId: orgA });
        const [c] = await addKeys(storage, 1, { orgId: orgB, apiId: 'palm' });
        const [t] = await addKeys(storage, 1, { orgId: orgA, environment: 'test' });
        if (a === undefined || b === undefined || c === undefined || t === undefined) throw new TypeError('no keys');
        await addUsage(
          storage,
          series([a, b], [1, 16], { billed: [1, 10], statuses: { '2xx': [1, 10], '5xx': [0, 3] } }),
        );
        await addUsage(storage, series([a], [2], { hourMs: 124 * hour }));
        await addUsage(storage, series([a], [4], { outcome: 'rate_limited' }));
        await addUsage(storage, series([t], [8], { environment: 'test' }));
        await addUsage(storage, series([c], [32], { apiId: 'palm', hourMs: 130 * hour }));
        await addUsage(
          storage,
          series([b], [64], { outcome: 'upstream_failed', statuses: { none: [64] }, hourMs: 99 * hour }),
        );
        return { storage, orgA, orgB, a, b, c, t, ...storage.usage };
      }

      const counts = (rows: readonly { readonly count: number }[]) => rows.map(({ count }) => count);

      test('filters by outcome and by a tag of the key', async () => {
        const { reportUsage, orgA, a, b } = await seed();
        const count = async (query: Partial<UsageReportQuery>) =>
          counts((await reportUsage({ ...page, groupBy: [], ...query })).items);
        expect(await count({})).toEqual([127]);
        expect(await count({ outcomes: ['rate_limited'] })).toEqual([4]);
        expect(await count({ outcomes: ['rate_limited', 'upstream_failed'], orgId: orgA })).toEqual([68]);
        expect(await count({ tag: 'eu' })).toEqual([7]);
        expect(await count({ tag: 'eu', outcomes: ['allowed'], fromMs: 101 * hour })).toEqual([2]);
        expect(await count({ tag: 'e' })).toEqual([0]);
        expect(await count({ keyId: b.keyId })).toEqual([80]);
        expect(await count({ keyId: a.keyId, apiId: 'palm' })).toEqual([0]);
        expect(await count({ keyId: a.keyId, orgId: 'org_b' })).toEqual([0]);
        expect(await count({ apiId: 'palm', environment: 'live' })).toEqual([32]);
        expect(await count({ orgId: 'org_none' })).toEqual([0]);
      });

      test('has groups with their names, all numbers, and the class that no column has', async () => {
        const { reportUsage, orgA, orgB, a, b, c, t } = await seed();
        const none = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, none: 0, unknown: 0 };
        const { items } = await reportUsage({ ...page, groupBy: ['keyId', 'apiId', 'environment'] });
        const of = (orgId: string, keyId: string, keyName: string, apiId: string, environment = 'live') => ({
          orgId,
          orgName: orgId,
          keyId,
          keyName,
          apiId,
          environment,
        });
        expect(items).toEqual([
          { ...of(orgA, a.keyId, 'A', 'classic'), ...numbers(7, 1), statuses: { ...none, '2xx': 1, unknown: 2 } },
          {
            ...of(orgA, b.keyId, 'a key', 'classic'),
            ...{ ...numbers(80, 10), statuses: { ...none, '2xx': 10, '5xx': 3, none: 64, unknown: 3 } },
          },
          { ...of(orgA, t.keyId, 'a key', 'classic', 'test'), ...numbers(8, 0), statuses: { ...none, unknown: 8 } },
          { ...of(orgB, c.keyId, 'a key', 'palm'), ...numbers(32, 0), statuses: { ...none, unknown: 32 } },
        ]);
        expect(
          (await reportUsage({ ...page, tag: 'eu', groupBy: ['apiId', 'environment', 'outcome'] })).items,
        ).toMatchObject([
          { apiId: 'classic', environment: 'live', outcome: 'allowed', count: 3 },
          { apiId: 'classic', environment: 'live', outcome: 'rate_limited', count: 4 },
        ]);
        expect((await reportUsage({ ...page, groupBy: ['apiId', 'orgId'] })).items).toMatchObject([
          { apiId: 'classic', orgId: orgA, orgName: orgA, count: 95 },
          { apiId: 'palm', orgId: orgB, count: 32 },
        ]);
      });

      test('adds hours to the step in which they begin', async () => {
        const { reportUsage, orgA } = await seed();
        const starts = [0, 99.5 * hour, 124 * hour, 130 * hour, 131 * hour];
        const steps = async (query: Partial<UsageReportQuery>) =>
          (await reportUsage({ ...page, starts, groupBy: ['hourMs'], ...query })).items.map(({ hourMs, count }) => [
            (hourMs as number) / hour,
            count,
          ]);
        expect(await steps({})).toEqual([
          [0, 64],
          [99.5, 29],
          [124, 2],
          [130, 32],
        ]);
        expect(await steps({ orgId: orgA, groupBy: ['hourMs', 'keyId'], tag: 'eu' })).toEqual([
          [99.5, 5],
          [124, 2],
        ]);
        expect(
          (await reportUsage({ ...page, groupBy: ['hourMs'] })).items.map(({ hourMs }) => (hourMs as number) / hour),
        ).toEqual([99, 100, 124, 130]);
        // More steps than a condition could nest one in the other.
        const many = Array.from({ length: 4000 }, (_, at) => at * hour);
        expect(await steps({ starts: many })).toEqual([
          [99, 64],
          [100, 29],
          [124, 2],
          [130, 32],
        ]);
      });

      test('has the largest groups first, with all their steps', async () => {
        const { reportUsage, orgA, orgB, a, b, c, t } = await seed();
        const keys = async (by: UsageMeasure, query: Partial<UsageReportQuery> = {}) => {
          const { items } = await reportUsage({ ...page, groupBy: ['keyId'], top: { groups: 2, by }, ...query });
          return items.map(({ keyId, count }) => [keyId, count]);
        };
        expect(await keys('count')).toEqual([
          [b.keyId, 80],
          [c.keyId, 32],
        ]);
        expect(await keys('billed')).toEqual([
          [b.keyId, 80],
          [a.keyId, 7],
        ]);
        expect(await keys('refused')).toEqual([
          [a.keyId, 7],
          [b.keyId, 80],
        ]);
        expect(await keys('errors')).toEqual([
          [b.keyId, 80],
          [a.keyId, 7],
        ]);
        expect(await keys('count', { orgId: orgA, environment: 'test' })).toEqual([[t.keyId, 8]]);
        const { items } = await reportUsage({
          ...page,
          groupBy: ['orgId', 'hourMs'],
          starts: [0, 100 * hour, 124 * hour],
          top: { groups: 1, by: 'count' },
        });
        expect(items.map(({ orgId, hourMs, count }) => [orgId, (hourMs as number) / hour, count])).toEqual([
          [orgA, 0, 64],
          [orgA, 100, 29],
          [orgA, 124, 2],
        ]);
        expect(
          (await reportUsage({ ...page, groupBy: ['orgId'], top: { groups: 9, by: 'count' } })).items,
        ).toMatchObject([{ orgId: orgA }, { orgId: orgB }]);
      });

      test('has the period before beside each group, also if a group is only there', async () => {
        const { reportUsage, orgA, orgB } = await seed();
        const query = { ...page, fromMs: 110 * hour, beforeMs: 100 * hour, groupBy: ['orgId'] as const };
        expect((await reportUsage(query)).items).toMatchObject([
          { orgId: orgA, count: 2, before: { count: 29, billed: 11, statuses: { '2xx': 11, '5xx': 3, unknown: 11 } } },
          { orgId: orgB, count: 32, before: { count: 0, billed: 0 } },
        ]);
        const gone = { ...query, fromMs: 140 * hour, groupBy: [] };
        expect((await reportUsage(gone)).items).toMatchObject([{ count: 0, before: { count: 63 } }]);
        const top = { groups: 1, by: 'count' as const };
        expect((await reportUsage({ ...query, top })).items).toMatchObject([
          { orgId: orgB, count: 32, before: { count: 0 } },
        ]);
      });

      test('has pages that miss and repeat nothing', async () => {
        const { reportUsage } = await seed();
        for (const groupBy of [
          ['hourMs', 'orgId', 'apiId', 'environment', 'outcome'],
          ['keyId', 'outcome'],
          ['orgId'],
        ] as const) {
          const { items: whole } = await reportUsage({ ...page, groupBy });
          const read: unknown[] = [];
          let cursor: string | undefined;
          do {
            const { items, nextCursor } = await reportUsage({ ...page, groupBy, limit: 2, cursor });
            expect(items.length).toBeLessThanOrEqual(2);
            read.push(...items);
            cursor = nextCursor ?? undefined;
          } while (cursor !== undefined);
          expect(read).toEqual(whole);
        }
        const { nextCursor } = await reportUsage({ ...page, groupBy: ['orgId'], limit: 1 });
        for (const cursor of ['', 'x', 'bnVsbA', Buffer.from('["1"]').toString('base64url')]) {
          await expect(reportUsage({ ...page, groupBy: ['orgId'], cursor })).rejects.toMatchObject({
            code: 'cursor_invalid',
          });
        }
        await expect(reportUsage({ ...page, groupBy: ['keyId'], cursor: nextCursor ?? '' })).rejects.toMatchObject({
          code: 'cursor_invalid',
        });
      });

      test('counts a key that moved under both organizations', async () => {
        const { storage, reportUsage, orgA, orgB, a } = await seed();
        await addUsage(storage, series([{ keySeq: a.keySeq, orgSeq: await seedOrgSeq(storage, orgB) }], [5]));
        const { items } = await reportUsage({ ...page, keyId: a.keyId, groupBy: ['keyId'] });
        expect(items).toMatchObject([
          { orgId: orgA, count: 7 },
          { orgId: orgB, count: 5 },
        ]);
      });
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
