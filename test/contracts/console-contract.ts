// The console's reads, on any database: lists of keys with filters, orders, pages and uses.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { UsageOutcome } from '../../src/domain/use.ts';
import { type KeyRowFilter, type KeyRowQuery, type KeySort, keySorts } from '../../src/management/overview-ports.ts';
import type { NewApiKey } from '../../src/management/ports.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { seedOrganization } from '../browser/seed.ts';
import { addUsage, createOrg, lastUseOf, newKey, newSecret, now } from './storage-fixtures.ts';

const dayMs = 86_400_000;
const dailyFromMs = now - (now % dayMs) - 29 * dayMs;

export interface OpenedStorage {
  readonly storage: Storage;
  dispose(): Promise<void>;
}

export function describeConsole(driver: string, open: () => Promise<OpenedStorage>): void {
  describe(`the console's reads on ${driver}`, () => {
    let opened: OpenedStorage;
    let storage: Storage;
    let orgId: string;

    beforeEach(async () => {
      opened = await open();
      ({ storage } = opened);
      orgId = await createOrg(storage);
    });
    afterEach(() => opened.dispose());

    async function addKey(name: string, fields: Partial<NewApiKey> = {}) {
      const made = newSecret();
      const key = await storage.management.createKey(newKey(fields.orgId ?? orgId, { name, ...fields }), made);
      const found = await storage.keyStore.findSecret(made.digest);
      return { ...key, digest: made.digest, seq: found?.key.seq as number, orgSeq: found?.org.seq as number };
    }

    async function use(key: { seq: number; orgSeq: number }, hourMs: number, outcome: UsageOutcome, count: number) {
      const series = { apiId: 'classic', environment: 'live' as const, outcome, hourMs };
      await addUsage(storage, {
        series: [{ ...series, keySeqs: [key.seq], orgSeqs: [key.orgSeq], counts: [count] }],
      });
    }

    function list(filter: Partial<KeyRowFilter> = {}, query: Partial<KeyRowQuery> = {}) {
      const all = { sort: 'created' as const, isDescending: true, limit: 50, dailyFromMs, ...query };
      return storage.overview.listKeyRows({ filter: { orgId, ...filter }, ...all }, now);
    }

    async function names(filter: Partial<KeyRowFilter>, query: Partial<KeyRowQuery> = {}) {
      const { items, total } = await list(filter, query);
      expect(total).toBe(items.length);
      return items.map(({ key }) => key.name);
    }

    test('fill a page up to its byte limit, with at least one key, in every order', async () => {
      for (const name of ['c', 'a', 'b']) await addKey(name);
      for (const sort of ['created', 'name', 'last_used', 'expires'] as const) {
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await list({}, { sort, maxBytes: 1, ...(cursor !== undefined && { cursor }) });
          expect([page.items.length, page.total]).toEqual([1, 3]);
          seen.push(page.items[0]?.key.name as string);
          cursor = page.nextCursor ?? undefined;
        } while (cursor !== undefined);
        expect(seen).toEqual(await names({}, { sort }));
      }
    });

    test('list only the keys of the organization, newest first', async () => {
      await addKey('first');
      await addKey('second');
      await addKey('other', { orgId: await createOrg(storage) });
      expect(await names({})).toEqual(['second', 'first']);
    });

    test('find a name by any part of it, in any script, and treat the wildcards of LIKE as text', async () => {
      await addKey('Production Server');
      await addKey('خادم الإنتاج');
      await addKey('École 100%_');
      expect(await names({ search: 'tion serv' })).toEqual(['Production Server']);
      expect(await names({ search: 'الإنتاج' })).toEqual(['خادم الإنتاج']);
      expect(await names({ search: 'École' })).toEqual(['École 100%_']);
      expect(await names({ search: '0%_' })).toEqual(['École 100%_']);
      expect(await names({ search: '%' })).toEqual(['École 100%_']);
      expect(await names({ search: "' OR 1=1 --" })).toEqual([]);
    });

    test('find a key by its masked secret, its id, and the digest of each of its secrets', async () => {
      const key = await addKey('wanted');
      await addKey('other');
      const { prefix, start, end } = key.hint;
      for (const search of [end, `…${end}`, `${prefix}${start}…${end}`, `${prefix}${start}...${end}`, key.id]) {
        expect(await names({ search }), search).toEqual(['wanted']);
      }
      // APIs may show fewer characters, and another mark.
      for (const search of [
        `${prefix}${start.slice(0, 3)}****${end.slice(1)}`,
        `${prefix}${start}...`,
        `••${end}`,
        `${prefix}…${end}`,
      ]) {
        expect(await names({ search }), search).toEqual(['wanted']);
      }
      expect(await names({ search: `${prefix}…` })).toEqual(['other', 'wanted']);
      for (const search of [
        `sk_test_${start}…${end}`,
        `${prefix}x${start}…${end}`,
        `${start}…${end}`,
        '…',
        `${end}****`,
      ])
        expect(await names({ search }), search).toEqual([]);
      const next = newSecret();
      await storage.management.rotateKey(key.id, next, now + dayMs, now);
      expect(await names({ digest: key.digest })).toEqual(['wanted']);
      expect(await names({ digest: next.digest })).toEqual(['wanted']);
      expect(await names({ digest: 'f'.repeat(64) })).toEqual([]);
    });

    test('filter by API, environment, state, long disuse and near expiry', async () => {
      const old = { createdAtMs: now - 100 * dayMs };
      const idle = await addKey('idle', old);
      const busy = await addKey('busy', old);
      await addKey('never used', old);
      await addKey('new');
      await addKey('expired', { ...old, expiresAtMs: now - 1 });
      await addKey('expiring', { environment: 'test', apiId: 'palm', expiresAtMs: now + 3 * dayMs });
      const revoked = await addKey('revoked', old);
      await storage.management.revokeKey(revoked.id, now);
      await addUsage(storage, lastUseOf(idle.seq, now - 40 * dayMs));
      await addUsage(storage, lastUseOf(busy.seq, now - dayMs));
      expect(await names({ unusedSinceMs: now - 30 * dayMs })).toEqual(['never used', 'idle']);
      expect(await names({ expiresByMs: now + 7 * dayMs })).toEqual(['expiring']);
      expect(await names({ expiresByMs: now + dayMs })).toEqual([]);
      expect(await names({ hasAddresses: true })).toEqual([]);
      expect(await names({ hasAddresses: false, apiId: 'palm' })).toEqual(['expiring']);
      expect(await names({ environment: 'test' })).toEqual(['expiring']);
      expect(await names({ apiId: 'palm' })).toEqual(['expiring']);
      expect(await names({ status: 'expired' })).toEqual(['expired']);
      expect(await names({ isRevoked: true })).toEqual(['revoked']);
      expect(await names({ isRevoked: false, status: 'active', apiId: 'classic' })).toEqual([
        'new',
        'never used',
        'busy',
        'idle',
      ]);
    });

    test('filter by the age of the newest secret', async () => {
      const old = { createdAtMs: now - 100 * dayMs };
      const due = await addKey('due', old);
      const rotated = await addKey('rotated', old);
      await addKey('expired', { ...old, expiresAtMs: now - 1 });
      const revoked = await addKey('revoked', old);
      const young = await addKey('young', { createdAtMs: now - 89 * dayMs });
      await storage.management.revokeKey(revoked.id, now);
      const result = await storage.management.rotateKey(rotated.id, newSecret(), now + dayMs, now - 80 * dayMs);
      expect(result?.key.secretCreatedAtMs).toBe(now - 80 * dayMs);
      expect((await storage.management.findKey(due.id))?.secretCreatedAtMs).toBe(old.createdAtMs);
      expect(await names({ secretCreatedByMs: now - 90 * dayMs })).toEqual(['due']);
      expect(await names({ secretCreatedByMs: now - 89 * dayMs })).toEqual(['young', 'due']);
      const filter = { secretCreatedByMs: now - 85 * dayMs };
      const { items } = await storage.management.listKeys(filter, { limit: 9 }, now);
      expect(items.map(({ id }) => id)).toEqual([young.id, due.id]);
    });

    test.each<[KeySort, boolean, string[]]>([
      ['created', true, ['d', 'C', 'b', 'a']],
      ['created', false, ['a', 'b', 'C', 'd']],
      ['name', false, ['a', 'b', 'C', 'd']],
      ['name', true, ['d', 'C', 'b', 'a']],
      ['last_used', true, ['a', 'b', 'd', 'C']],
      ['last_used', false, ['C', 'd', 'b', 'a']],
      ['expires', false, ['C', 'b', 'a', 'd']],
      ['expires', true, ['d', 'a', 'b', 'C']],
    ])('sort by %s, descending: %s, each key on one page', async (sort, isDescending, expected) => {
      const a = await addKey('a');
      const b = await addKey('b', { expiresAtMs: now + 2 * dayMs });
      await addKey('C', { expiresAtMs: now + dayMs });
      await addKey('d');
      await addUsage(storage, lastUseOf(a.seq, now - 1));
      await addUsage(storage, lastUseOf(b.seq, now - 2));
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await list({}, { sort, isDescending, limit: 1, cursor });
        expect(page.total).toBe(4);
        found.push(...page.items.map(({ key }) => key.name));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(found).toEqual(expected);
    });

    test('list each of many keys on exactly one page, in every order', async () => {
      const format = { prefixes: { live: 'sk_live_', test: 'sk_test_' }, length: 48 } as const;
      const seeded = await seedOrganization(storage, { orgId, apiId: 'classic', format, keys: 300, nowMs: now });
      const wanted = seeded.map(({ id }) => id).toSorted();
      for (const sort of keySorts) {
        for (const isDescending of [true, false]) {
          const found: string[] = [];
          let cursor: string | undefined;
          do {
            const page = await list({}, { sort, isDescending, limit: 70, cursor });
            found.push(...page.items.map(({ key }) => key.id));
            cursor = page.nextCursor ?? undefined;
          } while (cursor !== undefined);
          expect(found.toSorted(), `${sort} ${isDescending}`).toEqual(wanted);
        }
      }
      const { items, total } = await list({ status: 'revoked' });
      expect(total).toBe(15);
      expect(items.every(({ key }) => key.revokedAtMs !== null)).toBe(true);
      expect((await list({}, { limit: 300 })).items.filter(({ overlaps }) => overlaps.length > 0)).toHaveLength(6);
    });

    test('refuse a cursor of another order', async () => {
      await expect(list({}, { cursor: '1-2' })).rejects.toMatchObject({ code: 'cursor_invalid' });
      await expect(list({}, { sort: 'expires', cursor: '1' })).rejects.toMatchObject({ code: 'cursor_invalid' });
    });

    test('count the uses of each key by day, and omit older days', async () => {
      const key = await addKey('used');
      await addKey('idle');
      const today = dailyFromMs + 29 * dayMs;
      await use(key, today + 3_600_000, 'allowed', 5);
      await use(key, today + 7_200_000, 'allowed', 2);
      await use(key, today, 'address_not_allowed', 3);
      await use(key, dailyFromMs, 'upstream_failed', 1);
      await use(key, dailyFromMs - 3_600_000, 'allowed', 9);
      const { items } = await list();
      expect(items.map(({ daily }) => daily)).toEqual([
        [],
        [
          { dayMs: dailyFromMs, allowed: 0, refused: 1 },
          { dayMs: today, allowed: 7, refused: 3 },
        ],
      ]);
    });

    test('list organizations with their counts, by name, id and status', async () => {
      await storage.management.updateOrganization(orgId, { name: 'شركة البطاقات 100%' });
      await addKey('kept');
      const gone = await addKey('gone');
      await storage.management.revokeKey(gone.id, now);
      const other = await createOrg(storage);
      await storage.management.setOrganizationStatus(other, { status: 'suspended' });
      const rows = async (query: object) => {
        const { items } = await storage.overview.listOrgRows({ limit: 9, ...query });
        return items.map(({ organization, keys, members }) => [organization.id, keys, members]);
      };
      expect(await rows({})).toEqual([
        [other, 0, 0],
        [orgId, 1, 0],
      ]);
      expect(await rows({ search: 'البطاقات 100%' })).toEqual([[orgId, 1, 0]]);
      expect(await rows({ search: other })).toEqual([[other, 0, 0]]);
      expect(await rows({ status: 'suspended' })).toEqual([[other, 0, 0]]);
      await storage.management.setOrganizationStatus(orgId, { suspendedApis: ['classic'] });
      expect((await rows({ status: 'suspended' })).map(([id]) => id)).toEqual([other, orgId]);
      expect((await rows({ status: 'active' })).map(([id]) => id)).toEqual([orgId]);
      const first = await storage.overview.listOrgRows({ limit: 1 });
      expect(await rows({ cursor: first.nextCursor })).toEqual([[orgId, 1, 0]]);
    });

    test('list denials by environment, reason and time, and those without a key separately', async () => {
      const live = await addKey('live');
      const trial = await addKey('test', { environment: 'test' });
      const group = {
        apiId: 'classic',
        groupedBy: '203.0.113.9',
        clientAddress: '203.0.113.9',
        hourMs: now - (now % 3_600_000),
        count: 1,
        firstAtMs: now,
        method: 'GET',
        path: '/',
      };
      await storage.denials.flushDenials(
        [
          { ...group, orgId, keyId: live.id, reason: 'key_expired', lastAtMs: now },
          { ...group, orgId, keyId: trial.id, reason: 'key_revoked', lastAtMs: now + 1 },
          { ...group, orgId: null, keyId: null, reason: 'key_unknown', lastAtMs: now + 2 },
        ],
        now,
      );
      const list = async (query: object) =>
        (await storage.denials.listDenials({ limit: 9, ...query })).items.map(({ reason }) => reason);
      expect(await list({})).toEqual(['key_unknown', 'key_revoked', 'key_expired']);
      expect(await list({ orgId: null })).toEqual(['key_unknown']);
      expect(await list({ orgId, environment: 'test' })).toEqual(['key_revoked']);
      expect(await list({ orgId, reason: 'key_expired' })).toEqual(['key_expired']);
      expect(await list({ orgId, sinceMs: now + 1 })).toEqual(['key_revoked']);
      expect(await list({ orgId, untilMs: group.hourMs })).toEqual([]);
      expect(await list({ orgId, untilMs: group.hourMs + 1 })).toHaveLength(2);
      const [{ id } = { id: '' }] = (await storage.denials.listDenials({ limit: 1 })).items;
      expect(await storage.denials.findDenial(id)).toMatchObject({ id, reason: 'key_unknown', keyId: null });
      for (const absent of ['0', '999999', '', 'x', '01', '1e3', '9'.repeat(30)]) {
        expect(await storage.denials.findDenial(absent), absent).toBeUndefined();
      }
    });

    test('list the audit log by time and by the label of the actor', async () => {
      const entry = {
        actor: { kind: 'member', id: 'p1', label: 'amal@example.com' },
        via: 'console',
        address: null,
        requestId: null,
        action: 'org.updated',
        target: { kind: 'org', id: orgId },
        orgId,
        before: null,
        after: null,
      } as const;
      await storage.management.transaction(async (operations) => {
        await operations.appendAudit({ ...entry, atMs: now });
        await operations.appendAudit({ ...entry, atMs: now + 1, actor: { ...entry.actor, label: 'badr@example.com' } });
      });
      const list = async (filter: object) =>
        (await storage.audit.listAudit({ orgId, ...filter }, { limit: 9 })).items.map(({ atMs }) => atMs - now);
      expect(await list({})).toEqual([1, 0]);
      expect(await list({ actorLabel: 'amal@example.com' })).toEqual([0]);
      expect(await list({ fromMs: now + 1 })).toEqual([1]);
      expect(await list({ toMs: now + 1 })).toEqual([0]);
    });

    test('return superseded secrets that still work, with their uses', async () => {
      const key = await addKey('rotated');
      await storage.management.rotateKey(key.id, newSecret(), now + dayMs, now);
      await addUsage(storage, {
        ...lastUseOf(key.seq, now),
        superseded: [{ digest: key.digest, count: 4, atMs: now, address: '203.0.113.9' }],
      });
      const ended = await addKey('ended');
      await storage.management.rotateKey(ended.id, newSecret(), now, now);
      const { items } = await list();
      expect(items.map(({ overlaps }) => overlaps)).toEqual([
        [],
        [
          {
            digest: key.digest,
            hint: key.hint,
            createdAtMs: now,
            endsAtMs: now + dayMs,
            useCount: 4,
            lastUsedAtMs: now,
            lastUsedAddress: '203.0.113.9',
          },
        ],
      ]);
    });
  });
}
