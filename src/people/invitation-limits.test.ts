// Limits of mailed invitations, in a real database.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSqlite } from '../storage/sqlite/storage.ts';
import type { Storage } from '../storage/storage.ts';
import { countInvitation } from './invitation-limits.ts';
import { TooManyAttempts } from './people-error.ts';
import type { PeopleActor } from './ports.ts';

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;
const startMs = Date.UTC(2026, 0, 1);

let folder: string;
let storage: Storage;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'miftah-test-'));
  storage = await openSqlite({ file: join(folder, 'miftah.db') });
});
afterAll(async () => {
  await storage.close();
  await rm(folder, { recursive: true });
});

const origin = { via: 'console', address: null, requestId: null } as const;
const admin = (personId: string, orgId: string): PeopleActor => ({
  kind: 'member',
  personId,
  label: personId,
  orgId,
  role: 'admin',
  sessionId: null,
  ...origin,
});
const operator = (personId: string): PeopleActor => ({ kind: 'operator', personId, label: personId, ...origin });

let lastId = 0;
/** The seconds to wait, or `sent`. */
async function invite(actor: PeopleActor, orgId: string, email: string, nowMs = startMs): Promise<number | 'sent'> {
  lastId += 1;
  const invitation = { id: `inv_${lastId}`, orgId, email, nowMs };
  try {
    await storage.people.transaction((operations) => countInvitation(operations, actor, invitation));
    return 'sent';
  } catch (error) {
    if (error instanceof TooManyAttempts) return error.waitSeconds;
    throw error;
  }
}

async function countSent(attempts: readonly Promise<number | 'sent'>[]): Promise<number> {
  return (await Promise.all(attempts)).filter((outcome) => outcome === 'sent').length;
}

test('of 40 concurrent invitations by one member 20 are mailed, and 20 more an hour later', async () => {
  const burst = (nowMs: number) =>
    Array.from({ length: 40 }, (_, n) => invite(admin('burst', 'org_a'), 'org_a', `a${nowMs}-${n}@x.example`, nowMs));
  expect(await countSent(burst(startMs))).toBe(20);
  expect(await invite(admin('burst', 'org_a'), 'org_a', 'late@x.example', startMs + 30 * minuteMs)).toBe(1_800);
  expect(await countSent(burst(startMs + 60 * minuteMs))).toBe(20);
  expect(await countSent(burst(startMs + 120 * minuteMs))).toBe(20);
  // Sixty in a day.
  expect(await countSent(burst(startMs + 180 * minuteMs))).toBe(0);
  expect(await countSent(burst(startMs + dayMs))).toBe(20);
});

test('a member has one count over all organizations', async () => {
  const orgs = ['org_b1', 'org_b2', 'org_b3'];
  const sent = orgs.flatMap((org) =>
    Array.from({ length: 10 }, (_, n) => invite(admin('b', org), org, `${org}${n}@b`)),
  );
  expect(await countSent(sent)).toBe(20);
});

test('an organization has one count over all of its members', async () => {
  const admins = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'];
  const sent = admins.flatMap((id) =>
    Array.from({ length: 18 }, (_, n) => invite(admin(id, 'org_c'), 'org_c', `${id}-${n}@c`)),
  );
  expect(await countSent(sent)).toBe(100);
  expect(await invite(admin('c1', 'org_c2'), 'org_c2', 'elsewhere@c')).toBe('sent');
});

test('one address gets 3 mails of one organization and 10 of all; no organization can use up the rest', async () => {
  const toVictim = (org: string) =>
    Array.from({ length: 8 }, (_, n) => invite(admin(`${org}-${n}`, org), org, 'victim@x.example'));
  expect(await countSent(toVictim('org_d1'))).toBe(3);
  expect(await countSent(toVictim('org_d2'))).toBe(3);
  expect(await countSent(toVictim('org_d3'))).toBe(3);
  expect(await countSent(toVictim('org_d4'))).toBe(1);
  expect(await countSent(toVictim('org_d5'))).toBe(0);
});

test('operators have limits too, but higher ones', async () => {
  const many = Array.from({ length: 230 }, (_, n) => invite(operator('op'), 'org_e', `e${n}@x.example`));
  expect(await countSent(many)).toBe(200);
  const same = Array.from({ length: 40 }, () => invite(operator('op2'), 'org_e', 'same@x.example'));
  expect(await countSent(same)).toBe(10);
});

test('mails count for a day, and are stored for longer than an invitation is valid', async () => {
  const times = (sinceMs: number) => storage.people.listInvitationTimes({ orgId: 'org_f' }, sinceMs, 10);
  expect(await invite(admin('f', 'org_f'), 'org_f', 'f@x.example')).toBe('sent');
  expect(await times(startMs - 1)).toEqual([startMs]);
  expect(await times(startMs)).toEqual([]);
  await storage.people.removeExpired(startMs + 8 * dayMs - 1);
  expect(await times(0)).toEqual([startMs]);
  await storage.people.removeExpired(startMs + 8 * dayMs);
  expect(await times(0)).toEqual([]);
});
