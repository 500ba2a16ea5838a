// Storage contract: the audit log and the record of denials.

import { describe, expect, test } from 'vitest';
import type { AuditFilter } from '../../../src/audit/ports.ts';
import type { DenialGroup } from '../../../src/denials/ports.ts';
import { noAnnotations } from '../../../src/domain/annotations.ts';
import { type AuditEntry, chainStart, hashAuditEntry } from '../../../src/domain/audit-record.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { now } from '../storage-fixtures.ts';
import { day, hostileNames, hour, type StartStorage } from './harness.ts';

export function describeRecords(start: StartStorage): void {
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

    test('keeps its entries, chained in the order of commits', async () => {
      const { storage } = await start();
      await Promise.all(Array.from({ length: 20 }, (_, at) => append(storage, { atMs: now + at })));
      const rows = await storage.audit.readAudit(0, 100);
      expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
      let previousHash = chainStart;
      for (const row of rows) {
        const { seq, hash, previousHash: previous, seals, ...kept } = row;
        expect(previous).toBe(previousHash);
        expect(hash).toBe(hashAuditEntry(kept, seq, previousHash, seals));
        expect(kept).toEqual(entry({ atMs: kept.atMs }));
        previousHash = hash;
      }
      expect((await storage.audit.readAudit(18, 100)).map(({ seq }) => seq)).toEqual([19, 20]);
    });

    test('has an entry if and only if the change was committed', async () => {
      const { storage } = await start();
      const { management } = storage;
      const undone = management.transaction(async (operations) => {
        await operations.createOrganization({
          id: 'org_x',
          name: 'x',
          kinds: ['x'],
          status: 'active',
          suspendedApis: [],
          grantedLimits: new Map(),
          ...noAnnotations,
          createdAtMs: now,
        });
        await operations.appendAudit(entry());
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      expect(await storage.audit.readAudit(0, 9)).toEqual([]);
      expect(await management.findOrganization('org_x')).toBeUndefined();
    });

    test('is listed newest first, with each filter', async () => {
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
      // By bytes, but with at least one.
      const seen: number[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const { items, nextCursor } = await storage.audit.listAudit({}, { limit: 9, maxBytes: 1, cursor });
        expect(items.length).toBeLessThan(3);
        seen.push(...items.map(({ seq }) => seq));
        cursor = nextCursor;
      }
      expect(seen).toEqual([4, 3, 2, 1]);
      expect((await storage.audit.readAudit(0, 9, 1)).length).toBeLessThan(3);
      expect(await storage.audit.readAudit(0, 9, 1_000_000)).toEqual(await storage.audit.readAudit(0, 9));
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
      groupedBy: fields.clientAddress ?? (fields.clientAddress === null ? '' : '192.0.2.1'),
      clientAddress: '192.0.2.1',
      hourMs: now,
      count: 1,
      firstAtMs: now,
      lastAtMs: now,
      method: 'GET',
      path: '/v1/a',
      ...fields,
    });

    test('of the same kind are counted together, and the first one stays the sample', async () => {
      const { storage } = await start();
      const first = group({ count: 3, lastAtMs: now + 1 });
      await storage.denials.flushDenials([first, group({ reason: 'key_expired' })], now);
      const [{ id } = { id: '' }] = (await storage.denials.listDenials({ limit: 1, reason: first.reason })).items;
      const last = group({ count: 2, firstAtMs: now + 5, lastAtMs: now + 6, method: 'POST', path: '/v1/b?secret=1' });
      await storage.denials.flushDenials([last, group({ hourMs: now + hour, lastAtMs: now + hour })], now);
      const { items } = await storage.denials.listDenials({ limit: 10 });
      expect(items.map(({ id: _, ...rest }) => rest)).toEqual([
        group({ hourMs: now + hour, lastAtMs: now + hour }),
        group({ count: 5, lastAtMs: now + 6 }),
        group({ reason: 'key_expired' }),
      ]);
      expect(await storage.denials.findDenial(id)).toMatchObject({ count: 5, method: 'GET', path: '/v1/a' });
    });

    test('decided by method and path keep 20 samples an hour for a key', async () => {
      const { storage } = await start();
      const requests = (from: number, count: number, fields: Partial<DenialGroup> = {}) =>
        Array.from({ length: count }, (_, n) => {
          const path = `/v1/${from + n}`;
          return group({ reason: 'endpoint_not_allowed', groupedBy: `GET ${path}`, path, ...fields });
        });
      await storage.denials.flushDenials(requests(0, 15), now);
      await storage.denials.flushDenials(requests(10, 30), now);
      await storage.denials.flushDenials(requests(90, 5), now);
      await storage.denials.flushDenials(requests(0, 1, { clientAddress: '192.0.2.99', lastAtMs: now + 1 }), now);
      await storage.denials.flushDenials(requests(70, 3, { reason: 'scope_missing' }), now);
      await storage.denials.flushDenials(requests(70, 3, { keyId: 'key_b' }), now);
      await storage.denials.flushDenials(requests(70, 3, { hourMs: now + hour, lastAtMs: now + hour }), now);
      const list = async (fields: object) =>
        (await storage.denials.listDenials({ limit: 99, ...fields })).items.map(({ path, count }) => [path, count]);
      const ofKey = await list({ keyId: 'key_a', reason: 'endpoint_not_allowed' });
      const samples = ofKey.filter(([path]) => path !== '').map(([path]) => path);
      expect(new Set(samples).size).toBe(samples.length);
      expect(samples).toEqual(expect.arrayContaining(Array.from({ length: 15 }, (_, n) => `/v1/${n}`)));
      expect(samples).toHaveLength(20 + 3);
      expect(ofKey.filter(([path]) => path === '')).toEqual([['', 20 + 5]]);
      expect(ofKey).toContainEqual(['/v1/0', 2]);
      expect(await list({ reason: 'scope_missing' })).toHaveLength(3);
      expect(await list({ keyId: 'key_b' })).toHaveLength(3);
      const [rest] = (await storage.denials.listDenials({ limit: 99, keyId: 'key_a' })).items.filter(
        ({ groupedBy }) => groupedBy === '*',
      );
      expect(rest).toMatchObject({ method: '', path: '', reason: 'endpoint_not_allowed' });
    });

    test('without a key are grouped too, and long paths are cut', async () => {
      const { storage } = await start();
      const nobody = group({ orgId: null, keyId: null, clientAddress: null, reason: 'key_unknown' });
      await storage.denials.flushDenials([{ ...nobody, path: `/${'x'.repeat(5000)}`, method: 'M'.repeat(99) }], now);
      await storage.denials.flushDenials([nobody], now);
      const { items } = await storage.denials.listDenials({ limit: 10 });
      expect(items).toHaveLength(1);
      expect(items[0]).toMatchObject({ ...nobody, count: 2, path: `/${'x'.repeat(199)}`, method: 'M'.repeat(20) });
    });

    test('are listed newest first, page by page, for one owner only', async () => {
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

    test('stay within their bounds: the oldest and the outdated are removed', async () => {
      // A quarter of the bound is for denials without a key.
      const { storage } = await start({ maxDenials: 66, maxDenialAgeMs: 10 * day });
      const many = (from: number, count: number) =>
        Array.from({ length: count }, (_, at) => group({ clientAddress: `c${from + at}`, lastAtMs: now + from + at }));
      await storage.denials.flushDenials(many(0, 40), now);
      await storage.denials.flushDenials(many(40, 1000), now);
      const { items } = await storage.denials.listDenials({ limit: 1000 });
      expect(items.map(({ clientAddress }) => clientAddress)).toEqual(
        Array.from({ length: 50 }, (_, at) => `c${1039 - at}`),
      );
      await storage.denials.flushDenials([], now + 1030 + 10 * day);
      expect((await storage.denials.listDenials({ limit: 1000 })).items).toHaveLength(10);
    });

    test('without a key displace none of a key, and an organization’s displace none of another’s', async () => {
      const { storage } = await start({ maxDenials: 400 });
      const { flushDenials } = storage.denials;
      const many = (count: number, fields: Partial<DenialGroup>, from = 0) =>
        Array.from({ length: count }, (_, at) =>
          group({ ...fields, clientAddress: `c${from + at}`, lastAtMs: now + 10 + from + at }),
        );
      await flushDenials(many(60, { orgId: 'org_quiet', keyId: 'key_q' }), now);
      await flushDenials(many(30, { orgId: 'org_calm', keyId: 'key_c' }), now);
      const count = async (orgId: string | null) =>
        (await storage.denials.listDenials({ limit: 1000, orgId })).items.length;
      const counts = async () => [
        await count(null),
        await count('org_loud'),
        await count('org_noisy'),
        await count('org_quiet'),
        await count('org_calm'),
      ];
      await flushDenials(many(2000, { orgId: null, keyId: null, reason: 'key_unknown' }), now);
      expect(await counts()).toEqual([100, 0, 0, 60, 30]);
      await flushDenials(many(2000, { orgId: 'org_loud', keyId: 'key_l' }), now);
      expect(await counts()).toEqual([100, 210, 0, 60, 30]);
      await flushDenials(many(1000, { orgId: 'org_noisy', keyId: 'key_n' }), now);
      expect(await counts()).toEqual([100, 105, 105, 60, 30]);
      // Each time the oldest denial of the largest organization is removed.
      const [newest] = (await storage.denials.listDenials({ limit: 1, orgId: 'org_loud' })).items;
      expect(newest?.clientAddress).toBe('c1999');
      await flushDenials(many(3, { orgId: 'org_calm', keyId: 'key_c' }, 5000), now);
      expect((await counts()).slice(3)).toEqual([60, 33]);
    });
  });
}
