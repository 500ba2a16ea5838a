// Storage contract: notifications. They are written with their change, for the members whom it concerns.
import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../../src/domain/audit-record.ts';
import type { Role } from '../../../src/domain/role.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { createOrg, newKey, newSecret, now } from '../storage-fixtures.ts';
import { day, hour, type StartStorage } from './harness.ts';

let count = 0;

async function addMember({ people }: Storage, orgId: string, role: Role): Promise<string> {
  const id = `person_${++count}`;
  await people.createPerson({ id, name: `Name ${id}`, email: `${id}@example.com`, emailVerified: true }, 'hash', now);
  await people.addMember(orgId, id, role, now);
  return id;
}

function entry(orgId: string, fields: Partial<AuditEntry> = {}): AuditEntry {
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

async function listTypes({ notifications }: Storage, orgId: string, personId: string): Promise<readonly string[]> {
  const { items } = await notifications.listNotifications({ orgId, personId }, { limit: 99 });
  return items.map(({ type }) => type).reverse();
}

/** `2026-11-21T12:00:00Z`, by which summaries of the day are not due. */
const noon = Date.UTC(2026, 10, 21, 12);

export function describeNotifications(start: StartStorage): void {
  describe('notifications', () => {
    test('an event notifies the members whose role may know, but not its author', async () => {
      const { storage } = await start();
      const [orgId, otherOrg] = [await createOrg(storage), await createOrg(storage)];
      const owner = await addMember(storage, orgId, 'owner');
      const author = await addMember(storage, orgId, 'admin');
      const viewer = await addMember(storage, orgId, 'viewer');
      const stranger = await addMember(storage, otherOrg, 'owner');
      const key = await storage.management.createKey(newKey(orgId, { name: 'Till' }), newSecret());
      const actor = { kind: 'member', id: author, label: 'a@example.com' } as const;
      await append(
        storage,
        entry(orgId, { actor, target: { kind: 'key', id: key.id } }),
        entry(orgId, {
          action: 'member.role_changed',
          target: { kind: 'person', id: viewer },
          after: { role: 'viewer' },
        }),
        entry(orgId, { action: 'key.updated' }),
      );
      expect(await listTypes(storage, orgId, owner)).toEqual(['key.revoked', 'member.role_changed']);
      expect(await listTypes(storage, orgId, author)).toEqual(['member.role_changed']);
      expect(await listTypes(storage, orgId, viewer)).toEqual(['key.revoked']);
      expect(await listTypes(storage, otherOrg, stranger)).toEqual([]);
      expect(await listTypes(storage, orgId, stranger)).toEqual([]);
      const { items } = await storage.notifications.listNotifications({ orgId, personId: owner }, { limit: 9 });
      expect(items).toMatchObject([
        { subject: { id: viewer, name: `Name ${viewer}` }, detail: { role: 'viewer' }, author: { kind: 'operator' } },
        { subject: { id: key.id, name: 'Till' }, author: { kind: 'member', name: `Name ${author}` }, readAtMs: null },
      ]);
    });

    test('a change that is undone notifies no one', async () => {
      const { storage } = await start();
      const orgId = await createOrg(storage);
      const owner = await addMember(storage, orgId, 'owner');
      const fault = new Error('undone');
      const undone = storage.management.transaction(async ({ appendAudit }) => {
        await appendAudit(entry(orgId));
        throw fault;
      });
      await expect(undone).rejects.toBe(fault);
      expect(await listTypes(storage, orgId, owner)).toEqual([]);
      expect(await storage.notifications.listDueMails(now + day, 9)).toEqual([]);
    });

    test('a key that another organization has now shows nothing of it', async () => {
      const { storage } = await start();
      const [orgId, otherOrg] = [await createOrg(storage), await createOrg(storage)];
      const owner = await addMember(storage, orgId, 'owner');
      const key = await storage.management.createKey(newKey(otherOrg, { name: 'Secret plan' }), newSecret());
      await append(storage, entry(orgId, { action: 'key.transferred', target: { kind: 'key', id: key.id } }));
      const { items } = await storage.notifications.listNotifications({ orgId, personId: owner }, { limit: 9 });
      expect(items).toMatchObject([{ type: 'key.transferred', subject: { name: null, masked: null } }]);
    });

    test('mails follow the choice: at once, in one summary at the hour of the time zone, or never', async () => {
      const { storage } = await start();
      const { notifications } = storage;
      const orgId = await createOrg(storage);
      const [atOnce, daily, never] = [
        await addMember(storage, orgId, 'owner'),
        await addMember(storage, orgId, 'owner'),
        await addMember(storage, orgId, 'owner'),
      ];
      await notifications.changePersonSettings(atOnce, { timings: { key_change: 'at_once' }, language: 'ar' });
      await notifications.changePersonSettings(daily, { timeZone: 'Asia/Riyadh', digestHour: 18 });
      await notifications.changePersonSettings(never, { timings: { key_change: 'at_once' } });
      await notifications.changePersonSettings(never, { timings: { key_change: 'never' } });
      await append(storage, entry(orgId, { atMs: noon }), entry(orgId, { action: 'key.created', atMs: noon + 1 }));
      const due = async (atMs: number) =>
        (await notifications.listDueMails(atMs, 9)).map((mail) => [
          mail.email,
          mail.notifications.map(({ type }) => type),
          mail.settings.language,
        ]);
      expect(await due(noon - 1)).toEqual([]);
      expect(await due(noon + 1)).toEqual([
        [`${atOnce}@example.com`, ['key.revoked'], 'ar'],
        [`${atOnce}@example.com`, ['key.created'], 'ar'],
      ]);
      // 18:00 in Riyadh is 15:00 UTC.
      expect(await due(noon + 3 * hour)).toContainEqual([
        ...[`${daily}@example.com`, ['key.revoked', 'key.created'], null],
      ]);
      expect(await due(noon + 9 * day)).toHaveLength(3);
      expect(await notifications.findPersonSettings(daily)).toEqual({
        ...{ language: null, consoleOrigin: null, timeZone: 'Asia/Riyadh', digestHour: 18, timings: {} },
      });
      expect(await listTypes(storage, orgId, never)).toEqual(['key.revoked', 'key.created']);
    });

    test('the end of an attempt counts once, also if two nodes note it', async () => {
      const { storage } = await start();
      const { notifications } = storage;
      const orgId = await createOrg(storage);
      await addMember(storage, orgId, 'owner');
      await append(storage, entry(orgId, { atMs: noon }), entry(orgId, { atMs: noon }));
      const [summary] = await notifications.listDueMails(noon + day, 9);
      if (summary === undefined) return expect.fail('no mail is due');
      expect(await notifications.describeWaitingMails(noon)).toEqual({ count: 2, oldestDueMs: null });
      expect(await notifications.describeWaitingMails(noon + day)).toEqual({
        ...{ count: 2, oldestDueMs: summary.key.dueAtMs },
      });
      const later = noon + 2 * day;
      expect(await notifications.settleMail(summary, noon + day, { nextAtMs: later })).toBe(true);
      expect(await notifications.settleMail(summary, noon + day, 'sent')).toBe(false);
      expect(await notifications.listDueMails(later - 1, 9)).toEqual([]);
      const [again] = await notifications.listDueMails(later, 9);
      // The same summary, so that its mail has the same id.
      expect(again).toMatchObject({ key: summary.key, attempts: 1, count: 2 });
      expect(await notifications.settleMail({ ...summary, attempts: 1 }, later, 'sent')).toBe(true);
      expect(await notifications.listDueMails(later + day, 9)).toEqual([]);
    });

    test('a person who left gets nothing, and neither does one of a deleted organization', async () => {
      const { storage } = await start();
      const { notifications, people } = storage;
      const [orgId, deleted] = [await createOrg(storage), await createOrg(storage)];
      const [leaver, owner] = [await addMember(storage, orgId, 'owner'), await addMember(storage, deleted, 'owner')];
      await append(storage, entry(orgId), entry(deleted));
      await people.removeMember(orgId, leaver);
      await storage.management.transaction(async ({ eraseOrganization }) => eraseOrganization(deleted, now));
      expect(await notifications.listDueMails(now + 2 * day, 9)).toEqual([]);
      await people.addMember(orgId, leaver, 'owner', now);
      expect(await listTypes(storage, orgId, leaver)).toEqual([]);
      expect(await listTypes(storage, deleted, owner)).toEqual([]);
    });

    test('a deleted person leaves no setting and no name', async () => {
      const { storage } = await start();
      const { notifications, people } = storage;
      const orgId = await createOrg(storage);
      const [owner, author] = [await addMember(storage, orgId, 'owner'), await addMember(storage, orgId, 'admin')];
      await notifications.changePersonSettings(author, { timeZone: 'Asia/Gaza', timings: { key_change: 'never' } });
      const actor = { kind: 'member', id: author, label: 'a@example.com' } as const;
      await append(storage, entry(orgId, { actor }));
      await people.transaction(async (operations) => {
        const person = await operations.findPerson(author);
        if (person !== undefined) await operations.erasePerson(person, []);
      });
      const { items } = await notifications.listNotifications({ orgId, personId: owner }, { limit: 9 });
      expect(items).toMatchObject([{ author: { kind: 'member', name: null } }]);
      expect(await notifications.findPersonSettings(author)).toMatchObject({ timeZone: null, timings: {} });
      // A link in an old mail changes nothing.
      await notifications.changePersonSettings(author, { timings: { key_change: 'never' } });
      expect(await notifications.findPersonSettings(author)).toMatchObject({ timings: {} });
    });

    test('notifications are read one by one or up to one, by their own person only, and in pages', async () => {
      const { storage } = await start();
      const { notifications } = storage;
      const orgId = await createOrg(storage);
      const [one, other] = [await addMember(storage, orgId, 'owner'), await addMember(storage, orgId, 'owner')];
      for (let at = 0; at < 5; at++) await append(storage, entry(orgId, { atMs: now + at }));
      const whose = { orgId, personId: one };
      const first = await notifications.listNotifications(whose, { limit: 2 });
      const rest = await notifications.listNotifications(whose, { limit: 9, cursor: String(first.nextCursor) });
      expect([first.items.length, rest.items.length, rest.nextCursor]).toEqual([2, 3, null]);
      await notifications.markRead({ orgId, personId: other }, { ids: [first.items[0]?.id as string] }, now);
      await notifications.markRead({ orgId, personId: other }, { upTo: first.items[0]?.id as string }, now);
      expect(await notifications.countUnread(whose)).toBe(5);
      await notifications.markRead(whose, { ids: [first.items[0]?.id as string, 'ntf_none'] }, now);
      expect(await notifications.countUnread(whose)).toBe(4);
      await notifications.markRead(whose, { upTo: rest.items[0]?.id as string }, now);
      expect(await notifications.countUnread(whose)).toBe(1);
      expect(await notifications.countUnread({ orgId, personId: other })).toBe(5);
    });

    test('members hear of keys that expire, also without webhooks, and old notifications are removed', async () => {
      const { storage } = await start();
      const { notifications, webhooks, management } = storage;
      const orgId = await createOrg(storage);
      expect(await webhooks.hasListeners()).toBe(false);
      await management.createKey(newKey(orgId, { expiresAtMs: now - 1 }), newSecret());
      const owner = await addMember(storage, orgId, 'owner');
      expect(await webhooks.hasListeners()).toBe(true);
      const soon = await management.createKey(newKey(orgId, { name: 'Till', expiresAtMs: now + hour }), newSecret());
      expect(await webhooks.recordExpiries(now + hour, [7])).toBe(false);
      const [mail] = await notifications.listDueMails(now + hour, 9);
      expect(mail?.notifications).toMatchObject([{ type: 'key.expired', subject: { id: soon.id, name: 'Till' } }]);
      expect(await notifications.removeNotifications(now + hour)).toBe(false);
      expect(await listTypes(storage, orgId, owner)).toEqual(['key.expired']);
      expect(await notifications.removeNotifications(now + hour + 1)).toBe(false);
      expect(await listTypes(storage, orgId, owner)).toEqual([]);
    });
  });
}
