// The storage contract: one suite, run unchanged on every database driver.
import { afterEach, describe, expect, test } from 'vitest';
import { describeAlerts } from './storage/alerts.ts';
import { describeAuditExports } from './storage/audit-exports.ts';
import { describeErasure } from './storage/erasure.ts';
import type { StartStorage, StorageHarness } from './storage/harness.ts';
import { describeKeyLists } from './storage/key-lists.ts';
import { describeKeys } from './storage/keys.ts';
import { describeNotifications } from './storage/notifications.ts';
import { describeOrganizations } from './storage/organizations.ts';
import { describeRecords } from './storage/records.ts';
import { describeRetention } from './storage/retention.ts';
import { describeTokens } from './storage/tokens.ts';
import { describeUsageStore } from './storage/usage.ts';
import { describeWebhooks } from './storage/webhooks.ts';
import { addUsage, createOrg, lastUseOf, newKey, newSecret, now, usageBatch } from './storage-fixtures.ts';

/** Runs the contract against the driver that `open` opens. */
export function describeStorage(name: string, open: StartStorage): void {
  describe(`storage contract: ${name}`, () => {
    const opened: StorageHarness[] = [];
    afterEach(async () => {
      for (const harness of opened.splice(0)) await harness.dispose();
    });
    const start: StartStorage = async (limits) => {
      const harness = await open(limits);
      opened.push(harness);
      return harness;
    };

    describeOrganizations(start);
    describeKeys(start);
    describeKeyLists(start);
    describeTokens(start);
    describeUsageStore(start);
    describeRecords(start);
    describeRetention(start);
    describeAuditExports(start);
    describeErasure(start, name);
    describeWebhooks(start);
    describeNotifications(start);
    describeAlerts(start);

    test('says what it holds and how busy it is', async () => {
      const { storage } = await start();
      const busy = await storage.management.transaction(async () => {
        const later = createOrg(storage);
        await new Promise((resolve) => setImmediate(resolve));
        return { load: await storage.describeLoad(), later };
      });
      await busy.later;
      const idle = await storage.describeLoad();
      if (name === 'sqlite') {
        expect(busy.load.waitingForWriter).toBe(1);
        const files = { database: expect.any(Number), wal: expect.any(Number) };
        expect(idle).toEqual({ files, waitingForWriter: 0 });
        expect((idle.files?.database ?? 0) + (idle.files?.wal ?? 0)).toBeGreaterThan(10_000);
        return;
      }
      expect(Object.keys(idle)).toEqual(['pools']);
      expect(Object.keys(idle.pools ?? {})).toEqual(['reads', 'changes', 'leases']);
      expect(busy.load.pools?.changes?.inUse).toBeGreaterThan(0);
      expect(idle.pools?.changes).toMatchObject({ inUse: 0, waiting: 0 });
      expect(idle.pools?.changes?.idle).toBeGreaterThan(0);
    });

    test('secrets are never stored', async () => {
      const { storage, readBytesAtRest } = await start();
      const orgId = await createOrg(storage);
      const secrets = Array.from({ length: 200 }, () => newSecret());
      for (const [at, secret] of secrets.entries()) {
        const key = await storage.management.createKey(newKey(orgId), secret);
        if (at % 10 === 0) await storage.management.rotateKey(key.id, newSecret(), now, now);
        if (at % 10 === 1) await storage.management.revokeKey(key.id, now);
      }
      const text = (await readBytesAtRest()).toString('latin1');
      expect(text).toContain(secrets[0]?.digest);
      const slices = new Set<string>();
      for (let at = 0; at + 12 <= text.length; at++) slices.add(text.slice(at, at + 12));
      const hits = secrets.flatMap(({ secret }) =>
        Array.from({ length: secret.length - 19 }, (_, at) => secret.slice(at + 8, at + 20)).filter((slice) =>
          slices.has(slice),
        ),
      );
      expect(hits).toEqual([]);
    });

    test('everything is still there after closing and opening', async () => {
      const { storage, reopen } = await start();
      const orgId = await createOrg(storage);
      const secret = newSecret();
      const key = await storage.management.createKey(newKey(orgId), secret);
      const before = await storage.keyStore.findSecret(secret.digest);
      await addUsage(storage, lastUseOf(before?.key.seq ?? 0, now));
      const again = await reopen();
      await again.readyCheck();
      expect(await again.checkIntegrity()).toEqual([]);
      expect(await again.keyStore.findSecret(secret.digest)).toEqual(before);
      expect(await again.management.findKey(key.id)).toEqual({ ...key, lastUsedAtMs: now });
      expect(await again.management.findOrganization(orgId)).toMatchObject({ id: orgId });
    });

    test('a closed storage rejects with storage_closed, and closing again is harmless', async () => {
      const { storage } = await start();
      const orgId = await createOrg(storage);
      const pending = storage.management.createKey(newKey(orgId), newSecret());
      await Promise.all([storage.close(), storage.close()]);
      await expect(pending).resolves.toMatchObject({ orgId });
      const closed = { code: 'storage_closed' };
      await expect(storage.keyStore.findSecret(newSecret().digest)).rejects.toMatchObject(closed);
      await expect(storage.management.findKey('x')).rejects.toMatchObject(closed);
      await expect(storage.management.revokeKey('x', now)).rejects.toMatchObject(closed);
      await expect(storage.usage.flushUsage(usageBatch(lastUseOf(1, now)))).rejects.toMatchObject(closed);
      await expect(storage.readyCheck()).rejects.toMatchObject(closed);
    });
  });
}
