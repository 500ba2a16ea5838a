// Periods of usage: every whole hour that contains a part of the requested time.
import { expect, test } from 'vitest';
import { ManagementError } from '../../management/management-error.ts';
import { readUsagePeriod } from './usage-period.ts';

const nowMs = Date.UTC(2027, 0, 31, 11, 30, 5);

function read(from?: string, to?: string): string {
  const { fromMs, toMs } = readUsagePeriod({ from, to }, nowMs);
  return `${new Date(fromMs).toISOString()} ${new Date(toMs).toISOString()}`;
}

test.each([
  [undefined, undefined, '2027-01-30T12:00:00.000Z 2027-01-31T12:00:00.000Z'],
  ['2027-01-31T11:30:00Z', undefined, '2027-01-31T11:00:00.000Z 2027-01-31T12:00:00.000Z'],
  ['2027-01-31T11:30:00Z', '2027-01-31T12:30:00Z', '2027-01-31T11:00:00.000Z 2027-01-31T13:00:00.000Z'],
  ['2027-01-31T11:00:00Z', '2027-01-31T12:00:00Z', '2027-01-31T11:00:00.000Z 2027-01-31T12:00:00.000Z'],
  ['2027-01-31T11:00:00+05:30', '2027-01-31T11:00:00.001+0530', '2027-01-31T05:00:00.000Z 2027-01-31T06:00:00.000Z'],
  [undefined, '2027-01-31T00:00:00Z', '2027-01-30T00:00:00.000Z 2027-01-31T00:00:00.000Z'],
  ['1969-12-31T22:30:00Z', '1969-12-31T23:30:00Z', '1969-12-31T22:00:00.000Z 1970-01-01T00:00:00.000Z'],
  ['2027-01-01T00:30:00Z', '2027-04-03T00:30:00Z', '2027-01-01T00:00:00.000Z 2027-04-03T01:00:00.000Z'],
])('from %s to %s is %s', (from, to, hours) => {
  expect(read(from, to)).toBe(hours);
});

test.each([
  ['2027-01-31T11:30:00Z', '2027-01-31T11:30:00Z', 'from: must be before to'],
  ['2027-01-31T11:45:00Z', '2027-01-31T11:30:00Z', 'from: must be before to'],
  ['2027-02-01T00:00:00Z', undefined, 'from: must be before to'],
  ['2027-01-01T00:30:00Z', '2027-04-03T00:30:01Z', 'from: at most 92 days before to'],
  [
    '2027-01-31',
    undefined,
    'from: must be an ISO 8601 instant with its offset, such as 2027-01-31T00:00:00Z for that time in UTC',
  ],
])('from %s to %s is refused', (from, to, message) => {
  expect(() => read(from, to)).toThrow(new ManagementError('invalid_input', message, 'from'));
});
