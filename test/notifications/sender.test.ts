// The sender of mails over a real database, with a clock and a mail server that the test sets.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/domain/audit-record.ts';
import { createHeldRight } from '../../src/engine/held-right.ts';
import type { Mail } from '../../src/people/mail.ts';
import { composeNotificationMail } from '../../src/people/notification-mail.ts';
import {
  mailDelaysMs,
  type NotificationSender,
  startNotificationSender,
} from '../../src/people/notification-sender.ts';
import { createUnsubscribeTokens } from '../../src/people/unsubscribe-links.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { createOrg } from '../contracts/storage-fixtures.ts';

const start = Date.parse('2026-11-21T09:30:00Z');
const tokens = createUnsubscribeTokens('a session secret of a server, long enough');

let folder: string;
let storage: Storage;
let nowMs: number;
let mails: Mail[];
let senders: NotificationSender[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-notifications-'));
  storage = await openSqlite({ file: join(folder, 'miftah.db') });
  [nowMs, mails, senders] = [start, [], []];
  await createOrg(storage, 'org_1');
  await addOwner('per_1');
});
afterEach(async () => {
  for (const sender of senders) await sender.close();
  await storage.close();
  rmSync(folder, { recursive: true });
});

async function addOwner(id: string): Promise<void> {
  await storage.people.createPerson({ id, name: id, email: `${id}@example.com`, emailVerified: true }, 'hash', start);
  await storage.people.addMember('org_1', id, 'owner', start);
}

/** Suspends the organization in the audit log, which is mailed at once. */
function happen(): Promise<void> {
  const entry: AuditEntry = {
    ...{ atMs: nowMs, actor: { kind: 'operator', id: null, label: 'operator token' }, via: 'admin_api', address: null },
    ...{ requestId: null, action: 'org.suspended', target: { kind: 'org', id: 'org_1' }, orgId: 'org_1' },
    ...{ before: null, after: {} },
  };
  return storage.management.transaction(({ appendAudit }) => appendAudit(entry));
}

/** Its timer never fires: the test wakes it. `holder`: the node. */
function send(fault: () => unknown = () => undefined, holder = 'a'): NotificationSender {
  const sender = startNotificationSender({
    right: createHeldRight({ holder, store: storage.sendingRight }),
    store: storage.notifications,
    mailer: {
      async send(mail) {
        mails.push(mail);
        const error = fault();
        if (error !== undefined) throw error;
      },
    },
    compose: (due) =>
      composeNotificationMail(due, {
        ...{ letterhead: { product: 'Miftah', language: 'en' }, origin: 'https://console.example.com', tokens },
      }),
    clock: { nowMs: () => nowMs },
    timer: { start: () => () => undefined },
    random: () => 0,
    onFault: () => undefined,
  });
  senders.push(sender);
  return sender;
}

const refused = () => Object.assign(new Error('550 no'), { code: 'EENVELOPE' });
const down = () => Object.assign(new Error('connect'), { code: 'ESOCKET', originalCode: 'ECONNREFUSED' });
const sum = ({ counts }: NotificationSender) => counts.sent + counts.postponed + counts.failed;

test('a mail that is refused is repeated under its id for three days, then never again', async () => {
  await happen();
  const sender = send(refused);
  for (const [at, delayMs] of mailDelaysMs.entries()) {
    await expect.poll(() => sum(sender), { timeout: 20_000 }).toBe(at + 1);
    nowMs += delayMs;
    sender.wake();
  }
  await expect.poll(() => sender.counts.failed, { timeout: 20_000 }).toBe(1);
  expect(mailDelaysMs.reduce((all, each) => all + each)).toBeGreaterThan(2.9 * 24 * 3_600_000);
  expect(mails).toHaveLength(mailDelaysMs.length + 1);
  expect(new Set(mails.map(({ id }) => id)).size).toBe(1);
  expect(await storage.notifications.listDueMails(nowMs + 1e12, 9)).toEqual([]);
});

test('a mail server that is down gets one mail at a time, and all of them when it is back', async () => {
  for (let at = 2; at <= 12; at++) await addOwner(`per_${at}`);
  await happen();
  let isDown = true;
  const sender = send(() => (isDown ? down() : undefined));
  await expect.poll(() => sender.counts.postponed, { timeout: 20_000 }).toBeGreaterThan(0);
  await sender.close();
  const tried = sender.counts.postponed;
  // Those that were in progress.
  expect(tried).toBeLessThanOrEqual(4);
  isDown = false;
  nowMs += 10 * 60_000;
  const next = send();
  await expect.poll(() => next.counts.sent, { timeout: 20_000 }).toBe(12);
  const ids = Map.groupBy(mails, ({ to }) => to);
  expect([...ids.values()].every((each) => new Set(each.map(({ id }) => id)).size === 1)).toBe(true);
});

test('one node sends, and another goes on when its right has ended', async () => {
  const right = createHeldRight({ holder: 'other', store: storage.sendingRight });
  expect(await right.take(nowMs)).toBe(true);
  await happen();
  const sender = send();
  await storage.readyCheck();
  sender.wake();
  await storage.readyCheck();
  expect(mails).toEqual([]);
  nowMs += 31_000;
  sender.wake();
  await expect.poll(() => sender.counts.sent, { timeout: 20_000 }).toBe(1);
  expect(await right.take(nowMs)).toBe(false);
});

test('a kill between the mail and its note repeats the mail under its id', async () => {
  await happen();
  const [due] = await storage.notifications.listDueMails(nowMs, 9);
  if (due === undefined) return expect.fail('no mail is due');
  const parts = { letterhead: { product: 'Miftah', language: 'en' }, origin: 'https://c.example.com', tokens } as const;
  const first = composeNotificationMail(due, parts);
  const sender = send();
  await expect.poll(() => sender.counts.sent, { timeout: 20_000 }).toBe(1);
  expect(mails[0]?.id).toBe(first.id);
});
