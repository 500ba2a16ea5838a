// Storage contract: webhooks. Events are written with their change, and each endpoint gets each of its events.
import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../../src/domain/audit-record.ts';
import type { WebhookEndpoint } from '../../../src/domain/webhook-endpoint.ts';
import { newEvent } from '../../../src/domain/webhook-event.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { addUsage, createOrg, lastUseOf, newKey, newSecret, now, usageBatch } from '../storage-fixtures.ts';
import { day, hour, type StartStorage } from './harness.ts';

let count = 0;

async function createEndpoint(
  { management }: Storage,
  orgId: string | null,
  fields: Partial<WebhookEndpoint> = {},
): Promise<string> {
  const id = `wh_${++count}`;
  await management.createEndpoint({
    ...{ id, orgId, name: 'billing', url: 'https://example.com/', types: 'all' },
    ...{ format: 'standard', signature: 'hmac' },
    ...{ sealedSecret: 'sealed', former: null, disabled: null, createdAtMs: now },
    ...fields,
  });
  return id;
}

function entry(orgId: string | null, fields: Partial<AuditEntry> = {}): AuditEntry {
  return {
    ...{ atMs: now, actor: { kind: 'operator', id: null, label: 'operator token' }, via: 'admin_api', address: null },
    ...{ requestId: null, action: 'key.revoked', target: { kind: 'key', id: 'key_1' }, orgId, before: null, after: {} },
    ...fields,
  };
}

function append({ management }: Storage, ...entries: readonly AuditEntry[]): Promise<void> {
  return management.transaction(async ({ appendAudit }) => {
    for (const each of entries) await appendAudit(each);
  });
}

async function listTypes({ management }: Storage, id: string): Promise<readonly string[]> {
  const { items } = await management.listDeliveries(id, { limit: 99 });
  return items.map(({ type }) => type).reverse();
}

/** What is due, by endpoint. */
async function listDue({ webhooks }: Storage, atMs = now) {
  const found = [];
  for (const seq of await webhooks.listDueEndpoints(atMs)) {
    const due = await webhooks.listDue(seq, atMs, 99);
    if (due !== undefined) found.push({ id: due.endpoint.id, due: due.due });
  }
  return found;
}

/** An attempt of a tenth of a second. */
const at = (endedAtMs: number) => ({ beganAtMs: endedAtMs - 100, endedAtMs });
const delivered = { status: 'delivered', nextAtMs: null, httpStatus: 204, error: null } as const;

/** The short number that the uses of a key are counted under. */
async function seqOf({ keyStore, management }: Storage, { id }: { readonly id: string }): Promise<number> {
  const [digest] = await management.listDigests(id);
  return (await keyStore.findSecret(String(digest)))?.key.seq ?? expect.fail('there is no such key');
}

export function describeWebhooks(start: StartStorage): void {
  describe('webhooks', () => {
    test('an endpoint is found, listed, changed and deleted', async () => {
      const { storage, reopen } = await start();
      const orgId = await createOrg(storage);
      const own = await createEndpoint(storage, orgId, { types: ['key.created', 'key.revoked'], signature: 'ed25519' });
      const operators = await createEndpoint(storage, null);
      const { management } = await reopen();
      expect(await management.findEndpoint(own)).toEqual({
        ...{ id: own, orgId, name: 'billing', url: 'https://example.com/', types: ['key.created', 'key.revoked'] },
        ...{
          format: 'standard',
          signature: 'ed25519',
          sealedSecret: 'sealed',
          former: null,
          disabled: null,
          createdAtMs: now,
        },
      });
      const idsOf = async (...query: Parameters<typeof management.listEndpoints>) =>
        (await management.listEndpoints(...query)).items.map(({ id }) => id);
      expect(await idsOf(undefined, { limit: 9 })).toEqual([operators, own]);
      expect(await idsOf(null, { limit: 9 })).toEqual([operators]);
      expect(await idsOf(orgId, { limit: 9 })).toEqual([own]);
      const { nextCursor } = await management.listEndpoints(undefined, { limit: 1 });
      expect(await idsOf(undefined, { limit: 1, cursor: String(nextCursor) })).toEqual([own]);
      expect([await management.countEndpoints(orgId), await management.countEndpoints(null)]).toEqual([1, 1]);

      const former = { sealedSecret: 'sealed', untilMs: now + hour };
      const disabled = { atMs: now, because: 'request' } as const;
      const secrets = { sealedSecret: 'next', former };
      const changed = await management.updateEndpoint(own, {
        name: 'b',
        url: 'https://b/',
        types: 'all',
        secrets,
        disabled,
      });
      expect(changed).toMatchObject({
        name: 'b',
        url: 'https://b/',
        types: 'all',
        sealedSecret: 'next',
        former,
        disabled,
      });
      expect(await management.updateEndpoint(own, { disabled: null })).toMatchObject({ name: 'b', disabled: null });
      expect(await management.updateEndpoint('wh_none', { name: 'c' })).toBeUndefined();
      await management.deleteEndpoint(own);
      expect(await management.findEndpoint(own)).toBeUndefined();
      await expect(createEndpoint({ ...storage, management }, 'org_none')).rejects.toMatchObject({
        code: 'reference_missing',
      });
    });

    test('a change reaches the endpoints of its organization and of the operator that want it', async () => {
      const { storage } = await start();
      const [orgId, otherOrg] = [await createOrg(storage), await createOrg(storage)];
      const all = await createEndpoint(storage, orgId);
      const some = await createEndpoint(storage, orgId, { types: ['key.created'] });
      const foreign = await createEndpoint(storage, otherOrg);
      const operators = await createEndpoint(storage, null);
      const disabled = await createEndpoint(storage, orgId, { disabled: { atMs: now, because: 'gone' } });
      await append(
        storage,
        entry(orgId, { action: 'key.created' }),
        entry(orgId),
        entry(otherOrg, { action: 'key.disabled' }),
        entry(null, { action: 'token.created' }),
      );
      expect(await listTypes(storage, all)).toEqual(['key.created', 'key.revoked']);
      expect(await listTypes(storage, some)).toEqual(['key.created']);
      expect(await listTypes(storage, foreign)).toEqual(['key.disabled']);
      expect(await listTypes(storage, operators)).toEqual(['key.created', 'key.revoked', 'key.disabled']);
      expect(await listTypes(storage, disabled)).toEqual([]);
      const [one, other] = await Promise.all(
        [all, operators].map(async (id) => (await storage.management.listDeliveries(id, { limit: 99 })).items.at(-1)),
      );
      expect(one?.eventId).toBe(other?.eventId);
    });

    test('a change that is undone leaves no event', async () => {
      const { storage } = await start();
      const operators = await createEndpoint(storage, null);
      const fault = new Error('undone');
      const undone = storage.management.transaction(async ({ appendAudit }) => {
        await appendAudit(entry(null, { action: 'org.created' }));
        throw fault;
      });
      await expect(undone).rejects.toBe(fault);
      expect(await listTypes(storage, operators)).toEqual([]);
      expect(await storage.webhooks.describeWaiting()).toEqual({ count: 0, oldestMs: null });
    });

    test('an attempt ends once, also if two nodes note its end', async () => {
      const { storage } = await start();
      const { webhooks, management } = storage;
      const id = await createEndpoint(storage, null);
      await append(storage, entry(null, { action: 'org.created' }));
      expect(await listDue(storage, now - 1)).toEqual([]);
      const [found] = await listDue(storage);
      const delivery = found?.due[0];
      if (delivery === undefined) throw new Error('nothing is due');
      expect(delivery).toMatchObject({ round: 1, attempts: 0, event: { type: 'organization.created', atMs: now } });
      expect(await webhooks.describeWaiting()).toEqual({ count: 1, oldestMs: now });

      const waiting = { status: 'waiting', nextAtMs: now + 5_000, httpStatus: 500, error: 'status' } as const;
      expect(await webhooks.settle(delivery, at(now), waiting)).toBe(true);
      // The end of the same attempt on a node that was cut off.
      expect(await webhooks.settle(delivery, at(now), delivered)).toBe(false);
      expect(await listDue(storage, now + 4_999)).toEqual([]);
      expect(await listDue(storage, now + 5_000)).toMatchObject([{ id, due: [{ attempts: 1 }] }]);
      expect(await webhooks.settle({ ...delivery, attempts: 1 }, at(now + 5_000), delivered)).toBe(true);
      const [shown] = (await management.listDeliveries(id, { limit: 9 }, 'delivered')).items;
      expect(shown).toMatchObject({
        status: 'delivered',
        attempts: 2,
        nextAtMs: null,
        lastAtMs: now + 5_000,
        lastStatus: 204,
      });
      expect((await management.listDeliveries(id, { limit: 9 }, 'waiting')).items).toEqual([]);

      expect(await management.listAttempts(id, String(shown?.id))).toEqual([
        { ...at(now + 5_000), status: 204, error: null },
        { ...at(now), status: 500, error: 'status' },
      ]);
      expect(await management.listAttempts(id, 'dlv_999')).toBeUndefined();
      expect(await management.listAttempts('wh_none', String(shown?.id))).toBeUndefined();
      expect(await management.findLastDeliveries([id, 'wh_none'])).toEqual(new Map([[id, shown]]));

      // A replay begins another round, under the same id.
      const replayed = await management.replayDelivery(id, String(shown?.id), now + hour);
      expect(replayed).toMatchObject({ eventId: shown?.eventId, status: 'waiting', attempts: 0, nextAtMs: now + hour });
      expect(await webhooks.settle({ ...delivery, attempts: 0 }, at(now), delivered)).toBe(false);
      expect(await listDue(storage, now + hour)).toMatchObject([{ due: [{ round: 2, attempts: 0 }] }]);
      expect(await management.replayDelivery(id, 'dlv_999', now)).toBeUndefined();
      expect(await management.replayDelivery('wh_none', String(shown?.id), now)).toBeUndefined();
      expect(await management.replayDelivery(id, 'x', now)).toBeUndefined();
    });

    test('an endpoint is disabled once, with its audit entry; what waits is due again when it is enabled', async () => {
      const { storage } = await start();
      const { webhooks, management, audit } = storage;
      const id = await createEndpoint(storage, null);
      await append(storage, entry(null, { action: 'org.created' }));
      const disabling = entry(null, { action: 'webhook.disabled', target: { kind: 'webhook', id } });
      expect(await webhooks.disable(id, now, 'failing', disabling)).toBe(true);
      expect(await webhooks.disable(id, now, 'failing', disabling)).toBe(false);
      expect((await audit.readAudit(0, 9)).map(({ action }) => action)).toEqual(['org.created', 'webhook.disabled']);
      expect(await listDue(storage)).toEqual([]);
      expect((await webhooks.describeWaiting()).count).toBe(0);
      await append(storage, entry(null, { action: 'org.updated' }));
      await management.updateEndpoint(id, { disabled: null });
      expect((await listDue(storage))[0]?.due.map(({ event }) => event.type)).toEqual(['organization.created']);
    });

    test('one node has the right to send, until it ends', async () => {
      const { storage } = await start();
      const { sendingRight } = storage;
      expect(await sendingRight.claim('a', now, now + 100)).toBe(true);
      expect(await sendingRight.claim('b', now + 99, now + 200)).toBe(false);
      expect(await sendingRight.claim('a', now + 50, now + 150)).toBe(true);
      expect(await sendingRight.claim('b', now + 150, now + 250)).toBe(true);
      await sendingRight.release('a');
      expect(await sendingRight.claim('a', now + 200, now + 300)).toBe(false);
      await sendingRight.release('b');
      expect(await sendingRight.claim('a', now + 200, now + 300)).toBe(true);
      // The clock was set back by days.
      expect(await sendingRight.claim('b', now - 2 * day, now - 2 * day + 100)).toBe(true);
    });

    test('each key that expires has an event 30, 7 and 1 days before, and at its end', async () => {
      const { storage } = await start();
      const { webhooks, management } = storage;
      const orgId = await createOrg(storage);
      const expiring = (fields: object = {}) => management.createKey({ ...newKey(orgId), ...fields }, newSecret());
      const past = await expiring({ expiresAtMs: now - 1 });
      const id = await createEndpoint(storage, orgId);
      const soon = await expiring({ expiresAtMs: now + hour });
      const later = await Promise.all([30, 7, 1].map((days) => expiring({ expiresAtMs: now + days * day + hour })));
      const revoked = await expiring({ expiresAtMs: now + hour });
      await management.revokeKey(revoked.id, now);
      await expiring({ expiresAtMs: null });
      expect(await webhooks.recordExpiries(now, [30, 7, 1])).toBe(false);
      expect(await listTypes(storage, id)).toEqual([]);
      expect(await webhooks.recordExpiries(now + hour, [30, 7, 1])).toBe(false);
      expect(await webhooks.recordExpiries(now + hour, [30, 7, 1])).toBe(false);
      expect(await listTypes(storage, id)).toEqual(['key.expired', 'key.expiring', 'key.expiring', 'key.expiring']);
      const written = (await listDue(storage, now + hour))[0]?.due.map(({ event }) => JSON.parse(event.data));
      expect(written).toMatchObject([
        { id: soon.id, organization: orgId, actor: { kind: 'system' }, after: { name: soon.name } },
        { id: later[0]?.id, days: 30, after: { expiresAt: new Date(now + 30 * day + hour).toISOString() } },
        { id: later[1]?.id, days: 7 },
        { id: later[2]?.id, days: 1 },
      ]);
      expect(written?.[0]).not.toHaveProperty('days');
      expect(JSON.stringify(written)).not.toContain(past.id);
    });

    test('many keys that expire have their events in several steps, and none is left out', async () => {
      const { storage } = await start();
      const { webhooks, management } = storage;
      const orgId = await createOrg(storage);
      const id = await createEndpoint(storage, orgId);
      for (let start = 0; start < 250; start += 50) {
        await management.transaction(async (operations) => {
          for (let at = start; at < start + 50; at++) {
            await operations.createKey({ ...newKey(orgId), expiresAtMs: now + 1 + (at >> 1) }, newSecret());
          }
        });
      }
      let steps = 1;
      while (await webhooks.recordExpiries(now + hour, [])) steps++;
      expect(steps).toBeGreaterThan(1);
      const { count } = await webhooks.describeWaiting();
      expect(count).toBe(250);
      expect((await management.listDeliveries(id, { limit: 1 })).nextCursor).not.toBeNull();
    });

    test('a key that is unused for 90 days has one event until it is used again', async () => {
      const { storage } = await start();
      const { webhooks, management } = storage;
      const orgId = await createOrg(storage);
      const create = (fields: object = {}) => management.createKey({ ...newKey(orgId), ...fields }, newSecret());
      const long = await create({ createdAtMs: now - 200 * day });
      const id = await createEndpoint(storage, orgId, { types: ['key.unused'] });
      const fresh = await create({ createdAtMs: now });
      const disabled = await create({ createdAtMs: now });
      await management.updateKey(disabled.id, disabled.revision, { disabledAtMs: now }, now);
      await addUsage(storage, lastUseOf(await seqOf(storage, long), now + day));
      const search = async (atMs: number) => {
        while (await webhooks.recordUnused(atMs, 90));
      };
      await search(now + 89 * day);
      expect(await listTypes(storage, id)).toEqual([]);
      await search(now + 90 * day);
      await search(now + 90 * day);
      await search(now + 92 * day);
      const eventsNow = async () =>
        (await listDue(storage, now + 999 * day))[0]?.due.map(({ event }) => JSON.parse(event.data));
      expect(await eventsNow()).toMatchObject([
        { id: fresh.id, days: 90, after: { lastUsedAt: null } },
        { id: long.id, days: 90, after: { lastUsedAt: new Date(now + day).toISOString() } },
      ]);
      // Used again, and then unused for 90 days more.
      await addUsage(storage, lastUseOf(await seqOf(storage, long), now + 100 * day));
      await search(now + 150 * day);
      expect(await eventsNow()).toHaveLength(2);
      await search(now + 191 * day);
      expect(await eventsNow()).toHaveLength(3);
    });

    test('the first use of a key is an event of the transaction that stores it, once', async () => {
      const { storage } = await start();
      const { management, usage } = storage;
      const orgId = await createOrg(storage);
      const before = await management.createKey(newKey(orgId), newSecret());
      await addUsage(storage, lastUseOf(await seqOf(storage, before), now));
      const id = await createEndpoint(storage, orgId);
      const key = await management.createKey(newKey(orgId), newSecret());
      await addUsage(storage, lastUseOf(await seqOf(storage, before), now + 1));
      const use = lastUseOf(await seqOf(storage, key), now + 2);
      await usage.beginRun('run', now);
      for (const result of ['added', 'repeated']) {
        expect(await usage.flushUsage(usageBatch(use, { run: 'run' }))).toBe(result);
      }
      await addUsage(storage, lastUseOf(await seqOf(storage, key), now + 3));
      expect(await listTypes(storage, id)).toEqual(['key.first_used']);
      const [{ due } = { due: [] }] = await listDue(storage, now + hour);
      expect(due[0]?.event).toMatchObject({ id: expect.stringMatching(/^evt_[0-9A-Za-z]{22}$/), atMs: now + 2 });
      expect(JSON.parse(due[0]?.event.data ?? '')).toMatchObject({ id: key.id, organization: orgId });
    });

    test('an endpoint for Alertmanager gets alerts alone', async () => {
      const { storage } = await start();
      const id = await createEndpoint(storage, null, { format: 'alertmanager', signature: 'none', sealedSecret: '' });
      await append(storage, entry(null, { action: 'org.created' }), entry(null, { action: 'org.suspended' }));
      expect(await listTypes(storage, id)).toEqual(['organization.suspended']);
      expect(await storage.management.findEndpoint(id)).toMatchObject({ format: 'alertmanager', signature: 'none' });
    });

    test('old events are removed with their deliveries', async () => {
      const { storage } = await start();
      const { webhooks, management } = storage;
      const id = await createEndpoint(storage, null);
      await append(
        storage,
        entry(null, { action: 'org.created' }),
        entry(null, { action: 'org.updated', atMs: now + 1 }),
      );
      expect(await webhooks.removeEvents(now + 1)).toBe(false);
      expect(await listTypes(storage, id)).toEqual(['organization.updated']);
      await management.deleteEndpoint(id);
      expect(await webhooks.hasListeners()).toBe(false);
      expect(await webhooks.removeEvents(now + 2)).toBe(false);
    });

    test('the erasure of an organization removes its endpoints and events, and tells the operator of the deletion', async () => {
      const { storage } = await start();
      const { management } = storage;
      const [orgId, otherOrg] = [await createOrg(storage), await createOrg(storage)];
      const own = await createEndpoint(storage, orgId, { url: 'https://zaytoun.example/' });
      const operators = await createEndpoint(storage, null);
      await append(storage, entry(orgId, { after: { name: 'Zaytoun' } }), entry(otherOrg));
      await management.transaction(async (operations) => {
        await operations.eraseOrganization(orgId, now);
        await operations.appendAudit(entry(orgId, { action: 'org.deleted', target: { kind: 'org', id: orgId } }));
      });
      let place: Parameters<typeof management.eraseNext>[1] | undefined = { what: 'keys', afterSeq: 0 };
      while (place !== undefined) place = (await management.eraseNext(orgId, place, async () => undefined)).next;
      expect(await management.findEndpoint(own)).toBeUndefined();
      expect(await listTypes(storage, operators)).toEqual(['key.revoked', 'organization.deleted']);
      expect(JSON.stringify(await listDue(storage))).not.toContain('Zaytoun');
    });

    test('a test event goes to one endpoint alone', async () => {
      const { storage } = await start();
      const [id, other] = [await createEndpoint(storage, null), await createEndpoint(storage, null)];
      const data = { id, organization: null, actor: { kind: 'operator' }, before: null, after: null } as const;
      await storage.management.transaction(({ addDelivery }) => addDelivery(id, newEvent('webhook.test', now, data)));
      expect(await listTypes(storage, id)).toEqual(['webhook.test']);
      expect(await listTypes(storage, other)).toEqual([]);
    });
  });
}
