// The periods of an overview around changes of the clock.
import { expect, test } from 'vitest';
import { findTimeZone, utc } from '../../domain/calendar.ts';
import { overviewPeriods } from './overview-periods.ts';

const instant = (ms: number) => new Date(ms).toISOString().slice(0, 16);

function shown(zoneName: string, now: string) {
  return overviewPeriods(findTimeZone(zoneName) ?? utc, Date.parse(now)).map(
    ({ fromMs, toMs, beforeFromMs, beforeToMs }) => [fromMs, toMs, beforeFromMs, beforeToMs].map(instant),
  );
}

test('today is compared with yesterday up to the same hour, and 7 and 30 days with as many before', () => {
  expect(shown('UTC', '2027-03-15T09:20:00Z')).toEqual([
    ['2027-03-15T00:00', '2027-03-15T10:00', '2027-03-14T00:00', '2027-03-14T10:00'],
    ['2027-03-09T00:00', '2027-03-15T10:00', '2027-03-02T00:00', '2027-03-08T10:00'],
    ['2027-02-14T00:00', '2027-03-15T10:00', '2027-01-15T00:00', '2027-02-13T10:00'],
  ]);
});

test('days are those of the zone', () => {
  expect(shown('Asia/Riyadh', '2027-03-15T22:20:00Z')[0]).toEqual([
    '2027-03-15T21:00',
    '2027-03-15T23:00',
    '2027-03-14T21:00',
    '2027-03-14T23:00',
  ]);
});

test('a day of 25 hours is never compared with hours of its own', () => {
  const [today] = shown('Europe/Berlin', '2026-10-25T22:30:00Z');
  expect(today).toEqual(['2026-10-24T22:00', '2026-10-25T23:00', '2026-10-23T22:00', '2026-10-24T22:00']);
});

test('in a zone whose days begin at half past, an hour belongs to the day in which it begins', () => {
  expect(shown('Asia/Kolkata', '2027-03-15T19:00:00Z')[0]).toEqual([
    '2027-03-15T19:00',
    '2027-03-15T20:00',
    '2027-03-14T19:00',
    '2027-03-14T20:00',
  ]);
});
