// Storage contract: alerts. Each closed hour is evaluated once, and an alert comes with its event.
import { describe, expect, test } from 'vitest';
import { findInKeys, startEvaluator } from '../../../src/alerts/evaluator.ts';
import { previewRule } from '../../../src/alerts/preview.ts';
import { setRules } from '../../../src/alerts/rules.ts';
import type { Finding } from '../../../src/domain/alert.ts';
import { createManualClock } from '../../../src/domain/clock.ts';
import type { UsageOutcome } from '../../../src/domain/use.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { addUsage, createOrg, newKey, newSecret, now } from '../storage-fixtures.ts';
import { day, hour, type StartStorage, type StorageHarness } from './harness.ts';

const startMs = now - (now % hour) - 40 * day;
const hourMs = now - (now % hour);

async function createKey({ management, keyStore }: Storage, orgId: string, fields: object = {}) {
  const secret = newSecret();
  const key = await management.createKey({ ...newKey(orgId), createdAtMs: startMs, ...fields }, secret);
  const stored = await keyStore.findSecret(secret.digest);
  return { id: key.id, seq: stored?.key.seq as number, orgSeq: stored?.org.seq as number };
}

type Key = Awaited<ReturnType<typeof createKey>>;

function use(storage: Storage, { seq, orgSeq }: Key, outcome: UsageOutcome, atMs: number, count: number) {
  const kind = { apiId: 'classic', environment: 'live', outcome, hourMs: atMs } as const;
  return addUsage(storage, {
    series: [{ ...kind, keySeqs: [seq], orgSeqs: [orgSeq], counts: [count] }],
    ...(outcome === 'allowed' && { lastUses: { keySeqs: [seq], atMs: [atMs + 1], addresses: [null] } }),
  });
}

function useFrom({ execute }: StorageHarness, { seq, orgSeq }: Key, address: string, atMs: number, count: number) {
  return execute(
    `INSERT INTO key_addresses_hourly (org_seq, key_seq, hour, address, count, refused)
     VALUES (${orgSeq}, ${seq}, ${atMs}, '${address}', ${count}, 0)`,
  );
}

function callRoute(storage: Storage, key: Key, pattern: string, atMs: number, outcome: UsageOutcome = 'allowed') {
  const route = { orgSeq: 0, pattern, units: 1 };
  const kind = { apiId: 'classic', environment: 'live', outcome, hourMs: atMs, route } as const;
  return addUsage(storage, { routes: [{ ...kind, keySeqs: [key.seq], orgSeqs: [key.orgSeq], counts: [3] }] });
}

const finding = (orgId: string | null, fields: Partial<Finding> = {}): Finding => ({
  ...{ rule: 'volume_rise', subject: { kind: 'key', id: 'key_1' }, variant: '', orgId, apiId: 'classic', hourMs },
  evidence: { counts: { requests: 9 }, baseline: { requests: 1 }, addresses: [], words: [] },
  coolDownHours: 24,
  ...fields,
});

const place = { hourMs: 0, afterKeySeq: 0, auditSeq: 0 };
const holder = 'a';

/** Moves the place on by an hour and raises. */
async function raise({ alerts }: Storage, ...findings: readonly Finding[]) {
  await alerts.claim(holder, now, now + hour);
  const from = await alerts.findPlace();
  return alerts.raise({ holder, from, to: { ...from, hourMs: from.hourMs + hour }, nowMs: now }, findings);
}

async function listAlerts({ management }: Storage, filter = {}, atMs = now) {
  return (await management.listAlerts(filter, { limit: 99 }, atMs)).items;
}

export function describeAlerts(start: StartStorage): void {
  describe('alerts', () => {
    test('an alert and its event are written with the place, or not at all', async () => {
      const { storage } = await start();
      const { alerts, management, webhooks } = storage;
      const orgId = await createOrg(storage);
      await management.createEndpoint({
        ...{ id: 'wh_a', orgId, name: 'a', url: 'https://example.com/', types: 'all', signature: 'hmac' },
        format: 'standard',
        ...{ sealedSecret: 'sealed', former: null, disabled: null, createdAtMs: now },
      });
      expect(await alerts.findPlace()).toEqual(place);
      const to = { hourMs, afterKeySeq: 7, auditSeq: 3 };
      expect(await alerts.raise({ holder, from: place, to, nowMs: now }, [finding(orgId)])).toBeUndefined();
      expect(await alerts.claim(holder, now, now + 100)).toBe(true);
      expect(await alerts.claim('b', now, now + 100)).toBe(false);
      expect(await alerts.raise({ holder, from: place, to, nowMs: now }, [finding(orgId)])).toBe(1);
      // A repetition, and a node that comes late.
      expect(await alerts.raise({ holder, from: place, to, nowMs: now }, [finding(orgId)])).toBeUndefined();
      expect(await alerts.raise({ holder: 'b', from: to, to, nowMs: now }, [finding(orgId)])).toBeUndefined();
      expect(await alerts.findPlace()).toEqual(to);
      const [alert, ...others] = await listAlerts(storage);
      expect(others).toEqual([]);
      const { coolDownHours: _, ...found } = finding(orgId);
      expect(alert).toEqual({
        ...found,
        ...{ id: expect.stringMatching(/^alt_\w{20}$/), lastHourMs: hourMs, hours: 1, raisedAtMs: now },
        ...{ acknowledgedAtMs: null, mutedUntilMs: null },
      });
      const [delivery] = (await management.listDeliveries('wh_a', { limit: 9 })).items;
      expect(delivery?.type).toBe('alert.raised');
      const [seq] = await webhooks.listDueEndpoints(now);
      const due = (await webhooks.listDue(seq as number, now, 9))?.due[0];
      expect(JSON.parse(due?.event.data ?? '')).toMatchObject({
        ...{ id: alert?.id, organization: orgId, actor: { kind: 'system' } },
        after: { rule: 'volume_rise', evidence: { counts: { requests: 9 } } },
      });
    });

    test('findings in a cool-down are counted, muted ones change nothing, and others raise', async () => {
      const { storage } = await start();
      const orgId = await createOrg(storage);
      expect(await raise(storage, finding(orgId))).toBe(1);
      expect(await raise(storage, finding(orgId, { hourMs: hourMs + 23 * hour }))).toBe(0);
      expect(await listAlerts(storage)).toMatchObject([{ hours: 2, lastHourMs: hourMs + 23 * hour }]);
      expect(await raise(storage, finding(orgId, { variant: '7' }), finding(orgId, { rule: 'denied_more' }))).toBe(2);
      const later = finding(orgId, { hourMs: hourMs + 24 * hour });
      const { management } = storage;
      await management.muteAlert(later, now + 1);
      expect((await listAlerts(storage, { rule: 'volume_rise' })).map(({ mutedUntilMs }) => mutedUntilMs)).toEqual([
        now + 1,
        now + 1,
      ]);
      expect(await raise(storage, later)).toBe(0);
      expect(await listAlerts(storage, { rule: 'volume_rise' }, now + 1)).toMatchObject([
        { mutedUntilMs: null },
        { mutedUntilMs: null },
      ]);
      await management.muteAlert(later, null);
      expect(await raise(storage, later)).toBe(1);
    });

    test('lists are filtered, and an alert is acknowledged once', async () => {
      const { storage } = await start();
      const { management } = storage;
      const [orgId, other] = [await createOrg(storage), await createOrg(storage)];
      await raise(
        storage,
        finding(orgId),
        finding(other, { subject: { kind: 'key', id: 'key_2' } }),
        finding(null, { rule: 'key_guessing', subject: { kind: 'address', id: '198.51.100.9' }, apiId: null }),
        finding('org_none'),
      );
      const subjects = async (filter: object) => (await listAlerts(storage, filter)).map(({ subject }) => subject.id);
      expect(await subjects({})).toEqual(['198.51.100.9', 'key_2', 'key_1']);
      expect(await subjects({ orgId })).toEqual(['key_1']);
      expect(await subjects({ apiId: 'classic' })).toEqual(['key_2', 'key_1']);
      expect(await subjects({ rule: 'key_guessing' })).toEqual(['198.51.100.9']);
      expect(await subjects({ subjectId: 'key_2' })).toEqual(['key_2']);
      const first = await management.listAlerts({}, { limit: 2 }, now);
      const rest = await management.listAlerts({}, { limit: 2, cursor: String(first.nextCursor) }, now);
      expect(rest).toMatchObject({ items: [{ subject: { id: 'key_1' } }], nextCursor: null });
      const id = String(rest.items[0]?.id);
      expect([await management.countOpenAlerts(undefined), await management.countOpenAlerts(orgId)]).toEqual([3, 1]);
      expect(await management.acknowledgeAlert(id, now)).toBe(true);
      expect(await management.acknowledgeAlert(id, now + 1)).toBe(false);
      expect([await management.countOpenAlerts(undefined), await management.countOpenAlerts(orgId)]).toEqual([2, 0]);
      expect(await subjects({ isAcknowledged: true })).toEqual(['key_1']);
      expect(await subjects({ isAcknowledged: false })).toEqual(['198.51.100.9', 'key_2']);
      expect(await management.findAlert(id, now)).toMatchObject({ id, acknowledgedAtMs: now });
      expect(await management.findAlert('alt_none', now)).toBeUndefined();
    });

    test('alerts leave when they are old, and with their organization', async () => {
      const { storage } = await start();
      const { alerts, management } = storage;
      const [orgId, other] = [await createOrg(storage), await createOrg(storage)];
      await raise(storage, finding(orgId), finding(other, { subject: { kind: 'key', id: 'key_2' } }));
      await management.muteAlert(finding(orgId), now + day);
      await management.transaction(async ({ eraseOrganization, appendAudit }) => {
        await eraseOrganization(orgId, now);
        await appendAudit({
          ...{ atMs: now, actor: { kind: 'operator', id: null, label: '' }, via: 'admin_api', address: null },
          ...{ requestId: null, action: 'org.deleted', target: { kind: 'organization', id: orgId }, orgId },
          ...{ before: null, after: null },
        });
      });
      let next: Parameters<typeof management.eraseNext>[1] | undefined = { what: 'keys', afterSeq: 0 };
      while (next !== undefined) next = (await management.eraseNext(orgId, next, async () => {})).next;
      expect(await listAlerts(storage)).toMatchObject([{ orgId: other }]);
      // A node that evaluated meanwhile.
      expect(await raise(storage, finding(orgId))).toBe(0);
      expect(await alerts.removeOld(now, now)).toBe(false);
      expect(await listAlerts(storage)).toHaveLength(1);
      await alerts.removeOld(now + 1, now);
      expect(await listAlerts(storage)).toEqual([]);
    });

    test('the evaluator reads what the replay reads', async () => {
      const harness = await start();
      const { storage } = harness;
      const orgId = await createOrg(storage);
      const [busy, dormant, foreign, curious, abroad] = [
        await createKey(storage, orgId),
        await createKey(storage, orgId, { createdAtMs: startMs - 80 * day }),
        await createKey(storage, orgId),
        await createKey(storage, orgId),
        await createKey(storage, orgId),
      ];
      for (const weeks of [1, 2, 3, 4]) await use(storage, busy, 'allowed', hourMs - weeks * 7 * day, 100);
      for (let at = 1; at <= 13; at++) await use(storage, busy, 'allowed', hourMs - at * hour, 100);
      await use(storage, busy, 'allowed', hourMs, 900);
      await use(storage, dormant, 'allowed', startMs - 70 * day, 1);
      await use(storage, dormant, 'allowed', hourMs, 3);
      await use(storage, foreign, 'allowed', hourMs, 5);
      await useFrom(harness, foreign, '203.0.113.7', hourMs - 20 * day, 4);
      await useFrom(harness, foreign, '203.0.113.99', hourMs, 2);
      await useFrom(harness, foreign, '198.51.100.9', hourMs, 3);
      await use(storage, curious, 'allowed', hourMs, 9);
      await callRoute(storage, curious, 'GET /users', hourMs - 20 * day);
      await callRoute(storage, curious, 'GET /users', hourMs);
      await callRoute(storage, curious, 'POST /payouts', hourMs - 3 * day, 'endpoint_not_allowed');
      await callRoute(storage, curious, 'POST /payouts', hourMs);
      await callRoute(storage, curious, 'POST /payouts', hourMs, 'upstream_failed');
      await callRoute(storage, curious, 'GET /cards', hourMs, 'endpoint_not_allowed');
      await callRoute(storage, curious, 'other', hourMs);
      await use(storage, abroad, 'allowed', hourMs, 7);
      await useFrom(harness, abroad, '192.0.2.1', hourMs - 9 * day, 4);
      await useFrom(harness, abroad, '192.0.2.1', hourMs - hour, 4);
      await useFrom(harness, abroad, '192.0.2.200', hourMs, 5);
      await useFrom(harness, abroad, '192.0.2.99', hourMs, 2);
      const countryOf = (address: string) =>
        address === '192.0.2.200' ? 'DE' : address === '192.0.2.1' ? 'SA' : undefined;
      const sets = setRules([]).filter(({ rule }) => rule.id !== 'rotation_overdue');
      const seqs = [busy.seq, dormant.seq, foreign.seq, curious.seq, abroad.seq];
      expect(await storage.alerts.listActiveKeys(hourMs)).toEqual(seqs);
      const found = await findInKeys(storage.alerts, sets, seqs, hourMs, countryOf);
      expect(found).toMatchObject([
        {
          rule: 'volume_rise',
          subject: { id: busy.id },
          evidence: { counts: { requests: 900 }, baseline: { requests: 100 } },
        },
        { rule: 'dormant_key_used', subject: { id: dormant.id }, evidence: { counts: { allowed: 3 } } },
        {
          ...{ rule: 'new_network', subject: { id: foreign.id } },
          evidence: {
            counts: { allowed: 3, networks: 1 },
            addresses: [{ address: '198.51.100.9', count: 3, refused: 0 }],
          },
        },
        {
          ...{ rule: 'new_route', subject: { id: curious.id } },
          evidence: { counts: { allowed: 6, routes: 1 }, baseline: { routes: 1 }, words: ['POST /payouts'] },
        },
        {
          ...{ rule: 'new_country', subject: { id: abroad.id } },
          evidence: {
            ...{ counts: { allowed: 5, countries: 1 }, baseline: { countries: 1 }, words: ['DE'] },
            addresses: [{ address: '192.0.2.200', count: 5, refused: 0 }],
          },
        },
      ]);
      for (const each of found) {
        const what = { rule: each.rule, settings: {} };
        const { alerts, keys } = await previewRule(storage.alerts, what, hourMs + hour, countryOf);
        expect([alerts, keys]).toEqual([[each], { replayed: 5, used: 5 }]);
      }
      // Without a database of countries, the rule finds nothing.
      const without = await findInKeys(storage.alerts, sets, seqs, hourMs);
      expect(without).toEqual(found.filter(({ rule }) => rule !== 'new_country'));
      const ofOther = { rule: 'volume_rise', settings: {}, orgId: 'org_none' } as const;
      expect((await previewRule(storage.alerts, ofOther, hourMs + hour)).alerts).toEqual([]);
      expect(
        await storage.management.listKnownAddresses(foreign.id, { fromMs: hourMs - 30 * day, toMs: hourMs, limit: 9 }),
      ).toEqual(['203.0.113.7']);
    });

    test('switches of rules are kept', async () => {
      const { storage } = await start();
      const { management } = storage;
      expect(await management.listSwitches()).toEqual([]);
      await management.switchRule('volume_rise', true, { factor: 3 });
      await management.switchRule('volume_rise', false, { factor: 6 });
      expect(await management.listSwitches()).toEqual([{ rule: 'volume_rise', isOn: false, settings: { factor: 6 } }]);
    });

    test('a closed hour is evaluated once, by one of two evaluators', async () => {
      const { storage } = await start();
      const orgId = await createOrg(storage);
      const key = await createKey(storage, orgId, { revokedAtMs: null });
      const clock = createManualClock(hourMs + 60_000);
      const timers = new Set<() => void>();
      const timer = {
        start(_: number, run: () => void) {
          timers.add(run);
          return () => timers.delete(run);
        },
      };
      const faults: unknown[] = [];
      const evaluatorOf = (name: string) =>
        startEvaluator({
          ...{ holder: name, store: storage.alerts, clock, timer },
          ...{ onRaised: () => {}, onFault: (error) => faults.push(error) },
        });
      const two = [evaluatorOf('one'), evaluatorOf('two')];
      /** Runs what the timers have until every evaluator waits again. */
      const turn = async () => {
        const waiting = [...timers];
        timers.clear();
        for (const run of waiting) run();
        while (timers.size < waiting.length) await new Promise((resolve) => setImmediate(resolve));
      };
      await turn();
      expect((await storage.alerts.findPlace()).hourMs).toBe(hourMs - hour);
      await use(storage, key, 'allowed', hourMs, 3);
      await use(storage, key, 'environment_mismatch', hourMs, 3);
      clock.advance(2 * hour);
      await turn();
      await turn();
      expect((await storage.alerts.findPlace()).hourMs).toBe(hourMs + hour);
      expect(await listAlerts(storage, {}, clock.nowMs())).toMatchObject([
        { rule: 'live_key_at_test', subject: { kind: 'key', id: key.id }, orgId, hourMs, hours: 1 },
      ]);
      // The other one goes on where the first one ends.
      const [first, second] = two;
      await first?.close();
      clock.advance(hour);
      await turn();
      await turn();
      expect((await storage.alerts.findPlace()).hourMs).toBe(hourMs + 2 * hour);
      expect(await listAlerts(storage, {}, clock.nowMs())).toHaveLength(1);
      await second?.close();
      expect(faults).toEqual([]);
    });
  });
}
