// Rate limits as text and the seconds to wait.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatRateLimit, parseRateLimit, secondsToReset } from './rate-limit.ts';

describe('parseRateLimit', () => {
  test.each([
    ['60/m', 60, 60],
    ['10/s', 10, 1],
    ['1000/h', 1000, 3600],
    ['50000/d', 50_000, 86_400],
    ['100/30s', 100, 30],
    ['999999999/99999d', 999_999_999, 99_999 * 86_400],
  ])('reads %s', (text, limit, windowSeconds) => {
    expect(parseRateLimit(text)).toEqual({ limit, windowSeconds });
  });

  test.each([
    '',
    '60',
    '0/m',
    '-1/m',
    '06/m',
    '1e3/m',
    '1.5/m',
    '60/0s',
    '60/w',
    '60/M',
    '60 / m',
    '60/m ',
    '60/m\n',
    '/m',
    '1000000000/m',
  ])('refuses %j', (text) => {
    expect(parseRateLimit(text)).toBeUndefined();
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789/smhd ') }), (text) => void parseRateLimit(text)),
    );
  });
});

describe('formatRateLimit', () => {
  test.each([
    ['60/60s', '60/m'],
    ['5/120s', '5/2m'],
    ['100/30s', '100/30s'],
    ['10/2d', '10/2d'],
    ['10/48h', '10/2d'],
  ])('writes %s as %s', (text, written) => {
    expect(formatRateLimit(parseRateLimit(text) ?? { limit: 0, windowSeconds: 0 })).toBe(written);
  });

  test('writes what parseRateLimit reads back, for every limit that can be read', () => {
    const text = fc
      .tuple(fc.integer({ min: 1, max: 999_999_999 }), fc.integer({ min: 1, max: 99_999 }), fc.constantFrom(...'smhd'))
      .map(([limit, count, unit]) => `${limit}/${count}${unit}`);
    fc.assert(
      fc.property(text, (stated) => {
        const rate = parseRateLimit(stated);
        expect(rate).toBeDefined();
        if (rate !== undefined) expect(parseRateLimit(formatRateLimit(rate))).toEqual(rate);
      }),
    );
  });
});

describe('secondsToReset', () => {
  const stateAt = (readAtMs: number) => ({ limit: 1, windowSeconds: 60, remaining: 0, resetAtMs: 60_000, readAtMs });

  test('is rounded up, so that it is never too early', () => {
    expect(secondsToReset(stateAt(0))).toBe(60);
    expect(secondsToReset(stateAt(1))).toBe(60);
    expect(secondsToReset(stateAt(1000))).toBe(59);
    expect(secondsToReset(stateAt(58_999))).toBe(2);
  });

  test('is at least 1', () => {
    expect(secondsToReset(stateAt(59_999))).toBe(1);
    expect(secondsToReset(stateAt(60_000))).toBe(1);
    expect(secondsToReset(stateAt(99_000))).toBe(1);
  });
});
