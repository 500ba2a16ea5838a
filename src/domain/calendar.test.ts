// Days and months of time zones, where clocks jump.
import { describe, expect, test } from 'vitest';
import { findTimeZone, formatIn, instantOf, listStarts, startBefore, type TimeZone } from './calendar.ts';

function zone(name: string): TimeZone {
  const found = findTimeZone(name);
  if (found === undefined) throw new TypeError(`no zone ${name}`);
  return found;
}

const hours = (starts: readonly number[]) =>
  starts.slice(1).map((start, at) => (start - (starts[at] as number)) / 3_600_000);

test.each(['Mars/Phobos', '', '+03:00', 'Asia/Riyadh ', "x'y", 'a'.repeat(65)])('%j is no time zone', (name) => {
  expect(findTimeZone(name)).toBeUndefined();
});

test('a zone is found in any case', () => {
  expect([zone('asia/riyadh').name, zone('etc/utc').name]).toEqual(['Asia/Riyadh', 'UTC']);
});

describe('days', () => {
  test.each([
    // The clock of Berlin goes forward on 28 March and back on 31 October.
    ['Europe/Berlin', '2027-03-27T23:00:00Z', '2027-03-29T22:00:00Z', [23, 24]],
    ['Europe/Berlin', '2027-10-30T22:00:00Z', '2027-11-01T23:00:00Z', [25, 24]],
    // Cairo's clock jumps at midnight, so this day begins at 01:00.
    ['Africa/Cairo', '2027-04-28T22:00:00Z', '2027-05-01T21:00:00Z', [24, 23, 24]],
    // Half an hour forward.
    ['Australia/Lord_Howe', '2027-10-01T13:30:00Z', '2027-10-04T13:00:00Z', [24, 23.5, 24]],
    // Samoa had no 30 December 2011.
    ['Pacific/Apia', '2011-12-29T10:00:00Z', '2011-12-31T10:00:00Z', [24, 24]],
    ['Asia/Kolkata', '2027-01-13T18:30:00Z', '2027-01-15T18:30:00Z', [24, 24]],
    ['UTC', '1969-12-30T00:00:00Z', '1970-01-02T00:00:00Z', [24, 24, 24]],
  ])('of %s from %s to %s have their hours', (name, from, to, lengths) => {
    const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
    const starts = listStarts(zone(name), 'day', fromMs, toMs);
    expect(starts[0]).toBe(fromMs);
    expect(hours([...starts, toMs])).toEqual(lengths);
  });

  test('begin before a period that begins within one', () => {
    const starts = listStarts(
      zone('Asia/Riyadh'),
      'day',
      Date.parse('2027-01-14T06:30:00Z'),
      Date.parse('2027-01-15T00:00:00Z'),
    );
    expect(starts.map((ms) => formatIn(zone('Asia/Riyadh'), ms))).toEqual([
      '2027-01-14T00:00:00+03:00',
      '2027-01-15T00:00:00+03:00',
    ]);
  });
});

test('months have the days and hours of their zone', () => {
  const berlin = zone('Europe/Berlin');
  const starts = listStarts(berlin, 'month', Date.parse('2027-02-10T00:00:00Z'), Date.parse('2027-05-01T00:00:00Z'));
  expect(starts.map((ms) => formatIn(berlin, ms))).toEqual([
    '2027-02-01T00:00:00+01:00',
    '2027-03-01T00:00:00+01:00',
    '2027-04-01T00:00:00+02:00',
    '2027-05-01T00:00:00+02:00',
  ]);
  expect(hours(starts)).toEqual([672, 743, 720]);
});

test.each([
  ['Europe/Berlin', '2027-10-31T02:30:00', '2027-10-31T00:30:00.000Z'],
  ['Europe/Berlin', '2027-03-28T02:30:00', '2027-03-28T01:30:00.000Z'],
  ['America/New_York', '2027-07-04T00:00:00', '2027-07-04T04:00:00.000Z'],
])('in %s, %s is %s', (name, local, instant) => {
  expect(new Date(instantOf(zone(name), Date.parse(`${local}Z`))).toISOString()).toBe(instant);
});

test.each([
  ['Europe/Berlin', '2027-03-01T00:00:00+01:00', '2027-04-01T00:00:00+02:00', '2027-02-01T00:00:00+01:00'],
  ['Europe/Berlin', '2027-01-01T00:00:00+01:00', '2027-04-01T00:00:00+02:00', '2026-10-01T00:00:00+02:00'],
  ['Europe/Berlin', '2027-03-29T00:00:00+02:00', '2027-03-31T00:00:00+02:00', '2027-03-27T00:00:00+01:00'],
  ['Europe/Berlin', '2027-03-29T08:00:00+02:00', '2027-03-29T20:00:00+02:00', '2027-03-28T20:00:00+02:00'],
  ['Africa/Cairo', '2027-04-30T01:00:00+03:00', '2027-05-01T00:00:00+03:00', '2027-04-29T00:00:00+02:00'],
])('in %s, the period before %s to %s begins at %s', (name, from, to, before) => {
  expect(startBefore(zone(name), Date.parse(from), Date.parse(to))).toBe(Date.parse(before));
});
