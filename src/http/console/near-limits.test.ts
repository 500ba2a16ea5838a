// Limits that a key came near, in the hours that usage keeps.
import { expect, test } from 'vitest';
import type { ApiKey } from '../../domain/api-key.ts';
import type { RateLimit } from '../../domain/rate-limit.ts';
import { findNearLimit } from './near-limits.ts';

const hourMs = 3_600_000;
const hour = (limit: number, hours = 1): RateLimit => ({ limit, windowSeconds: hours * 3600 });
const none = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, none: 0, unknown: 0 };
const unbilled = { billed: 0, weight: 0, billedWeight: 0 };

/** Allowed requests by hour of the epoch, and as many refused ones. */
function near(counts: readonly number[], limits: readonly RateLimit[], windows: 'fixed' | 'sliding' = 'fixed') {
  const rows = counts.map((count, at) => ({
    ...{ hourMs: at * hourMs, count: 2 * count, ...unbilled, statuses: { ...none, '2xx': count } },
  }));
  const key = { apiId: 'a', grantedLimits: null, rateLimits: limits } as unknown as ApiKey;
  return findNearLimit(rows, key, { grantedLimits: new Map() }, { rateLimits: [], limitWindows: windows });
}

test('four fifths of a limit are near it; refused requests do not count', () => {
  expect(near([3, 8, 2], [hour(10)])).toEqual({ limit: hour(10), most: 8, atMs: hourMs });
  expect(near([3, 7, 2], [hour(10)])).toBeUndefined();
});

test('fixed windows begin at multiples of their length, sliding ones at any hour', () => {
  expect(near([0, 5, 5, 0], [hour(10, 2)])).toBeUndefined();
  expect(near([0, 5, 5, 0], [hour(10, 2)], 'sliding')).toEqual({ limit: hour(10, 2), most: 10, atMs: hourMs });
});

test('the limit of which most was used is named', () => {
  expect(near([8, 9], [hour(10), hour(17, 2)])?.limit).toEqual(hour(17, 2));
});

test('windows that hours do not show are not checked', () => {
  expect(
    near([100], [{ limit: 1, windowSeconds: 60 }, { limit: 1, windowSeconds: 5400 }, hour(1, 24 * 8)]),
  ).toBeUndefined();
});

test('a grant in place of the policy’s limits counts', () => {
  const key = { apiId: 'a', grantedLimits: null, rateLimits: [] } as unknown as ApiKey;
  const rows = [{ hourMs: 0, count: 9, ...unbilled, statuses: { ...none, '2xx': 9 } }];
  const policy = { rateLimits: [hour(10)], limitWindows: 'fixed' } as const;
  expect(findNearLimit(rows, key, { grantedLimits: new Map() }, policy)?.most).toBe(9);
  expect(findNearLimit(rows, key, { grantedLimits: new Map([['a', [hour(100)]]]) }, policy)).toBeUndefined();
});
