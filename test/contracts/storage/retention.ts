// Storage contract: old records leave in small steps, and what was removed stays known.
import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../../src/domain/audit-record.ts';
import type { PruneStep } from '../../../src/retention/ports.ts';
import { startPruner } from '../../../src/retention/pruner.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { addUsage, createOrg, newKey, newSecret, now } from '../storage-fixtures.ts';
import { day, hour, type StartStorage } from './harness.ts';

/** The start of the UTC day of `now`. */
const today = now - (now % day);

export function describeRetention(start: StartStorage): void {
  describe('retention', () => {
    /** Keys with a use in every hour from `fromMs` to `toMs`. */
    async function addHours(storage: Storage, keys: number, fromMs: number, toMs: number) {
      const orgId = await createOrg(storage);
      const keyIds: string[] = [];
      const keySeqs: number[] = [];
      let orgSeq = 0;
      for (let at = 0; at < keys; at++) {
        const secret = newSecret();
        keyIds.push((await storage.management.createKey(newKey(orgId), secret)).id);
        const found = await storage.keyStore.findSecret(secret.digest);
        keySeqs.push(found?.key.seq ?? 0);
        orgSeq = found?.org.seq ?? 0;
      }
      const series = [];
      for (let hourMs = fromMs; hourMs < toMs; hourMs += hour) {
        const common = { apiId: 'classic', environment: 'live', outcome: 'allowed', hourMs } as const;
        series.push({ ...common, keySeqs, orgSeqs: keySeqs.map(() => orgSeq), counts: keySeqs.map(() => 2) });
      }
      await addUsage(storage, { series });
      return { orgId, keyIds };
    }

    /** Carries out steps until none is left, or `most`. Returns the removed rows of each. */
    async function pruneAll(storage: Storage, first: PruneStep, most = Number.POSITIVE_INFINITY) {
      const removed: number[] = [];
      let step: PruneStep | undefined = first;
      for (; step !== undefined && removed.length < most; ) {
        const pruned = await storage.retention.prune(step);
        removed.push(pruned.removed);
        step = pruned.next;
      }
      return removed;
    }

    const total = async (storage: Storage, query: { readonly keyId?: string } = {}) =>
      (await storage.usage.listUsage({ ...query, fromMs: 0, toMs: now + day, groupBy: [] }))[0]?.count;

    test('removes usage before an hour, for keys and for sums alike, and knows from when it is kept', async () => {
      const { storage } = await start();
      const { keyIds } = await addHours(storage, 30, today - 3 * day, today);
      await addHours(storage, 1, today - 5 * day, today - 4 * day);
      expect(await storage.usage.findUsageStart()).toBeNull();
      expect((await storage.retention.describe()).oldestMs.usage).toBe(today - 5 * day);

      const removed = await pruneAll(storage, { kind: 'usage', beforeMs: today - day });
      expect(Math.max(...removed)).toBeLessThanOrEqual(500 + 24);
      // Each hour of a key is a row, and each hour of an organization another one.
      expect(removed.reduce((sum, count) => sum + count)).toBe(30 * 48 + 24 + 48 + 24);

      expect(await storage.usage.findUsageStart()).toBe(today - day);
      expect(await storage.retention.describe()).toMatchObject({
        oldestMs: { usage: today - day },
        usageFromMs: today - day,
      });
      expect(await total(storage)).toBe(30 * 24 * 2);
      let ofKeys = 0;
      for (const keyId of keyIds) ofKeys += (await total(storage, { keyId })) ?? 0;
      expect(ofKeys).toBe(30 * 24 * 2);
      // Nothing is left to do, and a smaller period does not bring anything back.
      expect(await pruneAll(storage, { kind: 'usage', beforeMs: today - day })).toEqual([0]);
      expect(await pruneAll(storage, { kind: 'usage', beforeMs: today - 9 * day })).toEqual([0]);
      expect(await storage.usage.findUsageStart()).toBe(today - day);
    });

    test('removes routes with the usage of their hour, and addresses after a period of their own', async () => {
      const { storage } = await start();
      const { keyIds } = await addHours(storage, 2, today - 2 * day, today);
      const [keyId] = keyIds as [string];
      const { items } = await storage.usage.reportUsage({ groupBy: ['keyId'], fromMs: 0, toMs: now, limit: 9 });
      expect(items).toHaveLength(2);
      const route = { orgSeq: 0, pattern: 'GET /v1/users/*' };
      const ofHour = (hourMs: number, keySeq: number) => ({
        ...({ apiId: 'classic', environment: 'live', outcome: 'allowed', hourMs, route } as const),
        ...{ keySeqs: [keySeq], orgSeqs: [1], counts: [1] },
      });
      const addressOf = (hourMs: number, keySeq: number) => ({
        ...{ keySeq, orgSeq: 1, hourMs, address: '203.0.113.7', count: 1 },
      });
      const hours = [today - 2 * day, today - hour];
      await addUsage(storage, {
        series: hours.map((hourMs) => ({ ...ofHour(hourMs, 1) })),
        routes: hours.map((hourMs) => ofHour(hourMs, 1)),
        addresses: [...hours, today - day].map((hourMs) => addressOf(hourMs, 1)),
      });
      const ask = async (groupBy: 'route' | 'address') =>
        (await storage.usage.reportUsage({ groupBy: [groupBy], fromMs: 0, toMs: now, limit: 9 })).items.map(
          (row) => `${row.route ?? row.address} ${row.count}`,
        );
      expect(await ask('address')).toEqual(['203.0.113.7 3']);
      await pruneAll(storage, { kind: 'addresses', beforeMs: today - day });
      expect(await ask('address')).toEqual(['203.0.113.7 2']);
      expect(await storage.usage.findUsageStart('addresses')).toBe(today - day);
      expect(await storage.usage.findUsageStart()).toBeNull();
      expect((await ask('route')).at(-1)).toBe('GET /v1/users/* 2');
      await pruneAll(storage, { kind: 'usage', beforeMs: today - day });
      expect((await ask('route')).at(-1)).toBe('GET /v1/users/* 1');
      await pruneAll(storage, { kind: 'usage', beforeMs: today + day });
      expect(await ask('route')).toEqual([]);
      expect(await total(storage, { keyId })).toBe(0);
    });

    test('knows whether the database is older than the removal of usage', async () => {
      const { storage, execute } = await start();
      expect((await storage.retention.describe()).predatesRemoval).toBe(false);
      await execute('UPDATE schema_migrations SET applied_at = applied_at + 1 WHERE number > 12');
      expect((await storage.retention.describe()).predatesRemoval).toBe(false);
      await execute('UPDATE schema_migrations SET applied_at = applied_at - 1 WHERE number < 12');
      expect((await storage.retention.describe()).predatesRemoval).toBe(true);
    });

    test('shows no part of the hours that it is removing, and goes on after an interruption', async () => {
      const { storage, reopen } = await start();
      const { keyIds } = await addHours(storage, 40, today - 2 * day, today);
      await pruneAll(storage, { kind: 'usage', beforeMs: today - day }, 1);
      expect(await total(storage)).toBe(40 * 24 * 2);
      for (const keyId of [keyIds[0], keyIds[39]]) expect(await total(storage, { keyId: keyId as string })).toBe(48);

      const again = await reopen();
      await pruneAll(again, { kind: 'usage', beforeMs: today - day });
      expect((await again.retention.describe()).oldestMs.usage).toBe(today - day);
      expect(await total(again)).toBe(40 * 24 * 2);
    });

    test('visits a bounded number of keys without old usage in a step', async () => {
      const { storage } = await start();
      const { keyIds } = await addHours(storage, 250, today, today + 2 * hour);
      await addHours(storage, 1, today - day, today - day + hour);
      const removed = await pruneAll(storage, { kind: 'usage', beforeMs: today });
      expect(removed).toHaveLength(4);
      expect(removed.reduce((sum, count) => sum + count)).toBe(2);
      expect(await total(storage, { keyId: keyIds[249] as string })).toBe(4);
    });

    test('a round of the pruner leaves what the settings keep', async () => {
      const { storage } = await start();
      await addHours(storage, 3, today - 33 * day, today - 30 * day);
      const rest = Promise.withResolvers<void>();
      let delays = 0;
      const pruner = startPruner({
        store: storage.retention,
        days: {
          usageDays: 31,
          denialDays: 30,
          addressDays: undefined,
          auditDays: undefined,
          removesUnarchivedAudit: false,
        },
        clock: { nowMs: () => now },
        timer: {
          start(delayMs, run) {
            const isFirst = delays++ === 0;
            if (isFirst || delayMs < 60_000) setImmediate(run);
            else rest.resolve();
            return () => undefined;
          },
        },
        finishDeletions: async () => undefined,
        onRemoved: () => undefined,
        onFault: rest.reject,
      });
      await rest.promise;
      await pruner.close();
      expect(pruner.counts.removed).toEqual({ usage: 3 * 48 + 48, addresses: 0, denials: 0, audit: 0 });
      expect(await total(storage)).toBe(3 * 24 * 2);
      expect(await storage.retention.claim('another', now, now + 1)).toBe(true);
    });

    test('removes old denials, the oldest first', async () => {
      const { storage } = await start({ maxDenialAgeMs: 1000 * day });
      const denial = (at: number) => ({
        apiId: 'classic',
        orgId: null,
        keyId: null,
        reason: 'key_unknown' as const,
        groupedBy: `192.0.2.${at % 250}`,
        clientAddress: null,
        hourMs: today - at * hour,
        count: 1,
        firstAtMs: today - at * hour,
        lastAtMs: today - at * hour,
        method: 'GET',
        path: '/',
      });
      await storage.denials.flushDenials(
        Array.from({ length: 700 }, (_, at) => denial(at)),
        now,
      );
      expect(await pruneAll(storage, { kind: 'denials', beforeMs: today - 99 * hour })).toEqual([500, 100]);
      expect((await storage.retention.describe()).oldestMs.denials).toBe(today - 99 * hour);
    });

    const entry = (atMs: number): AuditEntry => ({
      atMs,
      actor: { kind: 'operator', id: null, label: 'operator' },
      via: 'admin_api',
      address: null,
      requestId: null,
      action: 'key.updated',
      target: { kind: 'key', id: 'key_1' },
      orgId: null,
      before: null,
      after: { atMs },
    });

    async function addEntries(storage: Storage, count: number) {
      await storage.management.transaction(async ({ appendAudit }) => {
        for (let at = 0; at < count; at++) await appendAudit(entry(today - (count - at) * day));
      });
      return storage.audit.readAudit(0, count);
    }

    const pruning = (beforeMs: number, removesUnarchived: boolean) =>
      ({ kind: 'audit', beforeMs, removesUnarchived, nowMs: now }) as const;
    const archived = { ...entry(now), action: 'audit.archived' } as const;

    test('keeps audit entries that no archive has', async () => {
      const { storage } = await start();
      const records = await addEntries(storage, 10);
      expect(await pruneAll(storage, pruning(today - 5 * day, false))).toEqual([0]);
      expect(await storage.audit.readAudit(0, 99)).toEqual(records);
      expect((await storage.retention.describe()).auditAnchor).toEqual({ seq: 0, hash: '0'.repeat(64) });
    });

    test('removes archived audit entries that are old, after an entry that says so', async () => {
      const { storage } = await start();
      const records = await addEntries(storage, 10);
      const place = (seq: number) => ({ seq, hash: records[seq - 1]?.hash as string });
      expect(await storage.retention.noteArchived({ seq: 4, hash: 'f'.repeat(64) }, archived)).toBe(false);
      expect(await storage.retention.noteArchived({ seq: 99, hash: 'f'.repeat(64) }, archived)).toBe(false);
      expect(await storage.retention.noteArchived(place(4), archived)).toBe(true);
      expect(await storage.retention.noteArchived(place(3), archived)).toBe(true);
      expect((await storage.retention.describe()).auditArchived).toEqual(place(4));

      // Entries 1 to 5 are old enough, 1 to 4 are archived.
      expect(await pruneAll(storage, pruning(today - 5 * day, false))).toEqual([0, 4, 0]);
      const left = await storage.audit.readAudit(0, 99);
      expect(left.slice(0, 6)).toEqual(records.slice(4));
      expect(left.slice(6)).toMatchObject([
        { seq: 11, action: 'audit.archived' },
        {
          seq: 12,
          action: 'audit.pruned',
          actor: { kind: 'system', label: 'retention' },
          after: { fromSeq: 1, ...place(4) },
        },
      ]);
      expect(await storage.retention.describe()).toMatchObject({
        auditAnchor: place(4),
        auditArchived: place(4),
        oldestMs: { audit: records[4]?.atMs },
      });
    });

    test('removes audit entries without an archive if that is asked for, but never the newest', async () => {
      const { storage, reopen } = await start();
      const records = await addEntries(storage, 3);
      expect(await pruneAll(storage, pruning(now + day, true))).toEqual([0, 2, 0, 1, 0]);
      const again = await reopen();
      const left = await again.audit.readAudit(0, 99);
      // The two announcements follow the last entry of a person, and the newest one stays.
      expect(left.map(({ seq, action }) => `${seq} ${action}`)).toEqual(['4 audit.pruned', '5 audit.pruned']);
      expect(left[0]?.previousHash).toBe(records[2]?.hash);
      // The log goes on in the same chain.
      await again.management.transaction(({ appendAudit }) => appendAudit(entry(now)));
      expect(await again.audit.readAudit(4, 99)).toMatchObject([
        { seq: 5, previousHash: left[0]?.hash },
        { seq: 6, previousHash: left[1]?.hash },
      ]);
    });

    test('the database refuses to delete audit entries after the anchor', async () => {
      const { storage, execute } = await start();
      const records = await addEntries(storage, 5);
      await storage.retention.noteArchived({ seq: 2, hash: records[1]?.hash as string }, archived);
      await storage.retention.prune(pruning(today - 3 * day, false));
      await expect(execute('DELETE FROM audit_log WHERE seq = 3')).rejects.toThrow('append-only');
      await expect(execute('DELETE FROM audit_log')).rejects.toThrow('append-only');
      await expect(execute("UPDATE audit_log SET via = 'x' WHERE seq = 1")).rejects.toThrow('append-only');
      await execute('DELETE FROM retention');
      await expect(execute('DELETE FROM audit_log WHERE seq = 1')).rejects.toThrow('append-only');
      expect(await storage.audit.readAudit(0, 5)).toEqual(records);
    });

    test('one holder prunes at a time', async () => {
      const { storage } = await start();
      const { claim, release } = storage.retention;
      const claims = await Promise.all(['a', 'b', 'c', 'd'].map((holder) => claim(holder, now, now + 1000)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      const holder = ['a', 'b', 'c', 'd'][claims.indexOf(true)] as string;
      expect(await claim(holder, now + 500, now + 1500)).toBe(true);
      expect(await claim('other', now + 1499, now + 9999)).toBe(false);
      await release('other');
      expect(await claim('other', now + 1499, now + 9999)).toBe(false);
      await release(holder);
      expect(await claim('other', now, now + 1000)).toBe(true);
      expect(await claim(holder, now + 1000, now + 2000)).toBe(true);
      // The clock went back by more than a day.
      expect(await claim('other', now - 2 * day, now)).toBe(true);
    });
  });
}
