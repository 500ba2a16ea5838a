import { expect, test } from 'vitest';
import { type AuditEntry, auditActions } from './audit-record.ts';
import { wantsEvent } from './webhook-endpoint.ts';
import { bodyOf, eventIdOf, eventOf, eventOfAction, eventTypes } from './webhook-event.ts';

const entry: AuditEntry = {
  atMs: Date.parse('2026-11-21T09:30:00Z'),
  actor: { kind: 'member', id: 'per_1', label: 'amal@example.com' },
  via: 'console',
  address: '192.0.2.7',
  requestId: 'req-1',
  action: 'key.updated',
  target: { kind: 'key', id: 'key_1' },
  orgId: 'org_1',
  before: { name: 'a', revision: 1 },
  after: { name: 'b', revision: 2 },
};

test('every action is decided about, and every type has a cause', () => {
  expect(Object.keys(eventOfAction).sort()).toEqual(Object.keys(auditActions).sort());
  const caused = new Set(Object.values(eventOfAction));
  const uncaused = Object.keys(eventTypes).filter((type) => !caused.has(type as keyof typeof eventTypes));
  expect(uncaused).toEqual([
    'key.expiring',
    'key.expired',
    'key.first_used',
    'key.unused',
    'alert.raised',
    'webhook.test',
  ]);
});

test('an event tells what changed, and names no person and no address', () => {
  const event = eventOf(entry);
  expect(event?.id).toMatch(/^evt_[0-9A-Za-z]{22}$/);
  expect(event && bodyOf(event)).toBe(
    '{"type":"key.updated","timestamp":"2026-11-21T09:30:00.000Z","data":{"id":"key_1","organization":"org_1","actor":{"kind":"member"},"before":{"name":"a","revision":1},"after":{"name":"b","revision":2}}}',
  );
  const member = eventOf({ ...entry, action: 'member.left', before: { email: 'amal@example.com', role: 'viewer' } });
  expect(member).toMatchObject({ type: 'member.removed', orgId: 'org_1' });
  expect(JSON.parse(member?.data ?? '')).toMatchObject({ before: { role: 'viewer' } });
  expect(JSON.stringify([event, member])).not.toMatch(/amal|192\.0\.2|per_1/);
});

test('an action without an event causes none', () => {
  expect(eventOf({ ...entry, action: 'person.signed_in' })).toBeUndefined();
});

test('the deletion of an organization is an event for the operator alone', () => {
  const event = eventOf({ ...entry, action: 'org.deleted', target: { kind: 'org', id: 'org_1' } });
  expect(event).toMatchObject({ type: 'organization.deleted', orgId: null });
  expect(JSON.parse(event?.data ?? '')).toMatchObject({ id: 'org_1', organization: 'org_1' });
});

test('an endpoint wants the types that it names, and for Alertmanager alerts alone', () => {
  const wants = (types: Parameters<typeof wantsEvent>[0]['types'], format: 'standard' | 'alertmanager') =>
    (['key.created', 'key.expiring'] as const).filter((type) => wantsEvent({ types, format }, type));
  expect(wants('all', 'standard')).toEqual(['key.created', 'key.expiring']);
  expect(wants(['key.created'], 'standard')).toEqual(['key.created']);
  expect(wants('all', 'alertmanager')).toEqual(['key.expiring']);
  expect(wants(['key.created'], 'alertmanager')).toEqual([]);
  expect(eventIdOf('first use', 'key_1')).toBe(eventIdOf('first use', 'key_1'));
  expect(eventIdOf('first use', 'key_1')).toMatch(/^evt_[0-9A-Za-z]{22}$/);
  expect(eventIdOf('first use', 'key_2')).not.toBe(eventIdOf('first use', 'key_1'));
});

test('a change that is too long is left out, and the event says so', () => {
  const event = eventOf({ ...entry, after: { addresses: Array.from({ length: 2_000 }, (_, at) => `192.0.2.${at}`) } });
  expect(JSON.parse(event?.data ?? '')).toEqual({
    ...{ id: 'key_1', organization: 'org_1', actor: { kind: 'member' } },
    ...{ before: null, after: null, shortened: true },
  });
});
