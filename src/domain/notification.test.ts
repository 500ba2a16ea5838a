import { expect, test } from 'vitest';
import { findTimeZone, type TimeZone, utc } from './calendar.ts';
import { detailOf, nextDigestMs, notificationKinds, timingFor } from './notification.ts';
import { roles } from './role.ts';

const zone = (name: string) => findTimeZone(name) as TimeZone;
const at = (text: string) => Date.parse(text);

test('a summary goes at the next such hour of the zone, never at the instant itself', () => {
  expect(nextDigestMs(utc, 8, at('2026-11-30T07:59:59Z'))).toBe(at('2026-11-30T08:00:00Z'));
  expect(nextDigestMs(utc, 8, at('2026-11-30T08:00:00Z'))).toBe(at('2026-12-01T08:00:00Z'));
  // 23:30 in Hebron is 21:30 UTC: the summary goes on the next local day.
  expect(nextDigestMs(zone('Asia/Hebron'), 8, at('2026-11-30T21:30:00Z'))).toBe(at('2026-12-01T06:00:00Z'));
  expect(nextDigestMs(zone('Pacific/Auckland'), 0, at('2026-11-30T12:00:00Z'))).toBe(at('2026-12-01T11:00:00Z'));
});

test('a day of 23 or 25 hours has one summary, also if the clock skips its hour', () => {
  const berlin = zone('Europe/Berlin');
  // 2027-03-28, 02:00 to 03:00 is skipped: that day, the hour begins an hour late.
  expect(nextDigestMs(berlin, 2, at('2027-03-27T12:00:00Z'))).toBe(at('2027-03-28T01:00:00Z'));
  expect(nextDigestMs(berlin, 2, at('2027-03-28T01:00:00Z'))).toBe(at('2027-03-29T00:00:00Z'));
  // 2026-10-25, 02:00 occurs twice.
  expect(nextDigestMs(berlin, 2, at('2026-10-24T12:00:00Z'))).toBe(at('2026-10-25T00:00:00Z'));
  expect(nextDigestMs(berlin, 2, at('2026-10-25T00:00:00Z'))).toBe(at('2026-10-26T01:00:00Z'));
});

test('a choice never widens what a role is notified of', () => {
  for (const kind of notificationKinds) {
    for (const role of roles) {
      const byDefault = timingFor(kind, role, {});
      const chosen = timingFor(kind, role, { [kind]: 'at_once' });
      expect(chosen).toBe(byDefault === null ? null : 'at_once');
    }
  }
  expect(timingFor('member_change', 'developer', { member_change: 'at_once' })).toBeNull();
});

test('a detail has the known facts alone', () => {
  expect(detailOf({ after: { role: 'admin', email: 'a@example.com', name: 'A', disabledBecause: 'gone' } })).toEqual({
    ...{ role: 'admin', because: 'gone' },
  });
  expect(detailOf({ after: null })).toEqual({});
  expect(detailOf({ after: { role: 7, expiresAt: ['x'] } })).toEqual({});
});
