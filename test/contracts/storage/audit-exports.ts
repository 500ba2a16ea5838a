// Storage contract: how far the audit log has reached its destinations, and what may leave the database meanwhile.
import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../../src/domain/audit-record.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { now } from '../storage-fixtures.ts';
import { day, type StartStorage } from './harness.ts';

const start0 = { seq: 0, hash: '0'.repeat(64) };

export function describeAuditExports(start: StartStorage): void {
  describe('audit exports', () => {
    const entry = (atMs: number): AuditEntry => ({
      ...{ atMs, actor: { kind: 'operator', id: null, label: 'operator' }, via: 'admin_api', address: null },
      ...{ requestId: null, action: 'key.updated', target: { kind: 'key', id: 'key_1' }, orgId: null },
      ...{ before: null, after: { atMs } },
    });

    /** Adds entries, a day apart, of which the last is of yesterday. Returns the place after each number. */
    async function addEntries({ management, audit }: Storage, count: number) {
      await management.transaction(async ({ appendAudit }) => {
        for (let at = 0; at < count; at++) await appendAudit(entry(now - (count - at) * day));
      });
      const records = await audit.readAudit(0, count);
      return (seq: number) => ({ seq, hash: records[seq - 1]?.hash as string });
    }

    test('a destination waits for all records until it has confirmed them', async () => {
      const { storage, reopen } = await start();
      const { exports } = storage;
      expect(await exports.describeExports([])).toEqual([]);
      const nothing = { confirmed: start0, confirmedAtMs: null, waiting: 0, waitingSinceMs: null, failure: null };
      expect(await exports.describeExports(['siem'])).toEqual([{ destination: 'siem', ...nothing }]);

      const placeOf = await addEntries(storage, 5);
      const all = { ...nothing, waiting: 5, waitingSinceMs: now - 5 * day };
      expect(await exports.describeExports(['siem', 'lake'])).toEqual([
        { destination: 'siem', ...all },
        { destination: 'lake', ...all },
      ]);
      expect(await exports.claimExport('siem', 'one', now, now + 60_000)).toEqual(start0);
      await exports.confirmExport('siem', placeOf(3), now + 5);
      // A late confirmation moves nothing back.
      await exports.confirmExport('siem', placeOf(2), now + 9);
      const three = {
        ...nothing,
        confirmed: placeOf(3),
        confirmedAtMs: now + 5,
        waiting: 2,
        waitingSinceMs: now - 2 * day,
      };
      const again = await reopen();
      expect(await again.exports.describeExports(['lake', 'siem'])).toEqual([
        { destination: 'lake', ...all },
        { destination: 'siem', ...three },
      ]);
      await again.exports.confirmExport('siem', placeOf(5), now + 10);
      expect(await again.exports.describeExports(['siem'])).toMatchObject([{ waiting: 0, waitingSinceMs: null }]);
    });

    test('one holder sends, until it returns the right or the right ends', async () => {
      const { storage } = await start();
      const { exports } = storage;
      const placeOf = await addEntries(storage, 2);
      const claims = ['one', 'two', 'three'].map((holder) => exports.claimExport('siem', holder, now, now + 60_000));
      const given = await Promise.all(claims);
      expect(given.filter((place) => place !== undefined)).toEqual([start0]);
      const holder = ['one', 'two', 'three'][given.findIndex((place) => place !== undefined)] as string;
      expect(await exports.claimExport('siem', holder, now, now + 60_000)).toEqual(start0);
      await exports.confirmExport('siem', placeOf(1), now);
      await exports.releaseExport('siem', 'another');
      expect(await exports.claimExport('siem', 'four', now + 59_999, now + 99_999)).toBeUndefined();
      expect(await exports.claimExport('siem', 'four', now + 60_000, now + 120_000)).toEqual(placeOf(1));
      await exports.releaseExport('siem', 'four');
      expect(await exports.claimExport('siem', 'five', now + 60_001, now + 120_000)).toEqual(placeOf(1));
      expect(await exports.claimExport('lake', 'six', now, now + 60_000)).toEqual(start0);
      // A clock that was set back must not keep all from sending.
      expect(await exports.claimExport('siem', 'six', now - 2 * day, now)).toEqual(placeOf(1));
    });

    test('after a failure, no holder sends before the next attempt, and a confirmation ends it', async () => {
      const { storage } = await start();
      const { exports } = storage;
      const placeOf = await addEntries(storage, 1);
      await exports.claimExport('siem', 'one', now, now + 60_000);
      const failure = { atMs: now, message: 'it answered 503', attempts: 3, retryAtMs: now + 4000 };
      await exports.noteExportFailure('siem', failure);
      await exports.releaseExport('siem', 'one');
      expect(await exports.describeExports(['siem'])).toMatchObject([{ confirmed: start0, failure }]);
      expect(await exports.claimExport('siem', 'two', now + 3999, now + 60_000)).toBeUndefined();
      expect(await exports.claimExport('siem', 'two', now + 4000, now + 60_000)).toEqual(start0);
      await exports.confirmExport('siem', placeOf(1), now + 4001);
      expect(await exports.describeExports(['siem'])).toMatchObject([{ waiting: 0, failure: null }]);
      expect(await exports.claimExport('siem', 'two', now + 4001, now + 60_000)).toEqual(placeOf(1));
    });

    test.each([false, true])(
      'retention takes no record that a destination lacks; removesUnarchived: %s',
      async (removesUnarchived) => {
        const { storage } = await start();
        const { exports, retention, audit } = storage;
        const placeOf = await addEntries(storage, 10);
        const archived = { ...entry(now), action: 'audit.archived' } as const;
        expect(await retention.noteArchived(placeOf(9), archived)).toBe(true);
        const prune = async (destinations: readonly string[]) => {
          for (let isMore = true; isMore; ) {
            const step = {
              kind: 'audit',
              beforeMs: now - 2 * day,
              removesUnarchived,
              destinations,
              nowMs: now,
            } as const;
            isMore = (await retention.prune(step)).next !== undefined;
          }
          return (await audit.readAudit(0, 1))[0]?.seq;
        };
        expect(await prune(['siem', 'lake'])).toBe(1);
        for (const destination of ['siem', 'lake']) await exports.claimExport(destination, 'one', now, now + 1);
        await exports.confirmExport('siem', placeOf(6), now);
        expect(await prune(['siem', 'lake'])).toBe(1);
        await exports.confirmExport('lake', placeOf(4), now);
        expect(await prune(['siem', 'lake'])).toBe(5);
        // A destination that is not configured any more holds nothing back.
        expect(await prune(['siem'])).toBe(7);
        expect(await prune([])).toBe(9);
      },
    );
  });
}
