// Parsers of input: instants, overlaps, names.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkName } from './display-name.ts';
import { parseInstant } from './instant.ts';
import { ManagementError } from './management-error.ts';
import { parseOverlap } from './overlap.ts';

const day = 86_400_000;

describe('input parsers', () => {
  test.each([
    ['0', 0],
    ['now', 0],
    ['0s', 0],
    ['1h', 3_600_000],
    ['90m', 5_400_000],
    ['30d', 30 * day],
  ])('overlap %s', (text, ms) => {
    expect(parseOverlap(text)).toBe(ms);
  });

  test.each(['', '31d', '721h', '-1h', '1.5h', '1w', '1H', ' 1h', '1e3s', '99999999s'])(
    'not an overlap: %s',
    (text) => {
      expect(() => parseOverlap(text)).toThrow(ManagementError);
    },
  );

  test('reads back the instant that toISOString writes', () => {
    const dates = fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(dates, (date) => {
        expect(parseInstant('at', date.toISOString())).toBe(date.getTime());
      }),
    );
  });

  test.each([
    ['2027-01-31T03:00:00+0300', '2027-01-31T00:00:00.000Z'],
    ['2027-01-31 03:00:00.123456+03:00', '2027-01-31T00:00:00.123Z'],
    ['2027-01-31 00:00:00Z', '2027-01-31T00:00:00.000Z'],
    ['2027-01-31T00:00-1130', '2027-01-31T11:30:00.000Z'],
  ])('the instant %s is %s', (text, instant) => {
    expect(new Date(parseInstant('at', text)).toISOString()).toBe(instant);
  });

  test.each([
    ['2027-01-31', '2027-01-31T00:00:00Z for that time in UTC'],
    ['2027-01-31 18:05:00', '2027-01-31T18:05:00Z for that time in UTC'],
    ['2027-01-31T18:05:00.123', '2027-01-31T18:05:00Z for that time in UTC'],
    ['2027-01-31T18:05:00 03:00', '2027-01-31T18:05:00%2B03:00: in a query, write + as %2B'],
    ['2027-13-31', '2027-01-31T00:00:00Z'],
    ['2027-02-30', '2027-01-31T00:00:00Z'],
    ['tomorrow', '2027-01-31T00:00:00Z'],
    ['1800000000', '2027-01-31T00:00:00Z'],
  ])('no instant, with what to send: %s', (text, advice) => {
    const message = `at: must be an ISO 8601 instant with its offset, such as ${advice}`;
    expect(() => parseInstant('at', text)).toThrow(new ManagementError('invalid_input', message, 'at'));
  });

  test('any text is an instant or a ManagementError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)), (text) => {
        try {
          expect(Number.isInteger(parseInstant('at', text))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ManagementError);
        }
      }),
    );
  });

  test('any name is stored without controls, or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          const name = checkName(text, { min: 1, max: 200 });
          expect(checkName(name, { min: 1, max: 200 })).toBe(name);
          expect(name).not.toMatch(/\p{Cc}/u);
        } catch (error) {
          expect(error).toBeInstanceOf(ManagementError);
        }
      }),
    );
  });
});
