// No step is cut or missing, and every request is in exactly one.
import { describe, expect, test } from 'vitest';
import { addUp, toRows, toStatusRows, toSteps, totalOf, type UsageSum } from './series.ts';
import { dayMs, hourMs, spanOf } from './span.ts';

const nowMs = Date.parse('2026-11-21T09:41:00Z');

describe('spanOf', () => {
  test('24 hours are whole hours and end with the running one', () => {
    expect(spanOf({ range: '24h' }, nowMs)).toEqual({
      fromMs: Date.parse('2026-11-20T10:00:00Z'),
      toMs: Date.parse('2026-11-21T10:00:00Z'),
      step: 'hour',
    });
  });

  test('7 days are UTC days and end with today', () => {
    expect(spanOf({}, nowMs)).toEqual({
      fromMs: Date.parse('2026-11-15'),
      toMs: Date.parse('2026-11-22'),
      step: 'day',
    });
  });

  test('chosen days are both included, in either order', () => {
    const span = { fromMs: Date.parse('2026-10-01'), toMs: Date.parse('2026-10-11'), step: 'day' };
    expect(spanOf({ range: 'custom', from: '2026-10-01', to: '2026-10-10' }, nowMs)).toEqual(span);
    expect(spanOf({ range: 'custom', from: '2026-10-10', to: '2026-10-01' }, nowMs)).toEqual(span);
  });

  test('one chosen day is shown by hours', () => {
    expect(spanOf({ range: 'custom', from: '2026-10-01', to: '2026-10-01' }, nowMs).step).toBe('hour');
  });

  test('no more days are asked for than are answered', () => {
    const { fromMs, toMs } = spanOf({ range: 'custom', from: '2020-01-01', to: '2026-10-01' }, nowMs);
    expect(toMs - fromMs).toBe(92 * dayMs);
  });
});

const noStatuses = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, none: 0, unknown: 0 };

/** A sum of which nothing is billed. */
const sum = (fields: Omit<UsageSum, 'billed' | 'statuses'> & Partial<UsageSum>): UsageSum => ({
  billed: 0,
  statuses: noStatuses,
  ...fields,
});

describe('toSteps', () => {
  const span = spanOf({ range: '24h' }, nowMs);

  test('has every hour, and each request once', () => {
    const at = new Date(span.fromMs + 3 * hourMs).toISOString();
    const steps = toSteps(
      [
        sum({ at, outcome: 'allowed', count: 5, billed: 3 }),
        sum({ at, outcome: 'upstream_failed', count: 1 }),
        sum({ at, outcome: 'rate_limited', count: 2 }),
        sum({ at, outcome: 'address_not_allowed', count: 3 }),
        sum({ at, outcome: 'key_expired', count: 4 }),
      ],
      span,
    );
    expect(steps).toHaveLength(24);
    expect(steps[3]).toEqual({ atMs: Date.parse(at), accepted: 5, failed: 1, limited: 2, refused: 7, billed: 3 });
    expect(addUp([...steps, ...steps]).billed).toBe(6);
    expect(totalOf(addUp(steps))).toBe(15);
  });
});

test('toRows adds up what differs only in the outcome', () => {
  const rows = toRows(
    [
      sum({ api: 'a', outcome: 'allowed', count: 1 }),
      sum({ api: 'b', outcome: 'allowed', count: 5, billed: 5 }),
      sum({ api: 'b', outcome: 'key_revoked', count: 2 }),
    ],
    ({ api = '' }) => ({ id: api, subject: api }),
  );
  expect(rows).toEqual([
    { id: 'b', subject: 'b', accepted: 5, refused: 2, limited: 0, failed: 0, billed: 5 },
    { id: 'a', subject: 'a', accepted: 1, refused: 0, limited: 0, failed: 0, billed: 0 },
  ]);
});

test('toStatusRows adds up the classes that occur, in their order', () => {
  const rows = toStatusRows([
    sum({ outcome: 'allowed', count: 9, statuses: { ...noStatuses, '5xx': 2, '2xx': 6, unknown: 1 } }),
    sum({ outcome: 'upstream_failed', count: 1, statuses: { ...noStatuses, none: 1 } }),
    sum({ outcome: 'allowed', count: 3, statuses: { ...noStatuses, '2xx': 3 } }),
  ]);
  expect(rows).toEqual([
    { statusClass: '2xx', count: 9 },
    { statusClass: '5xx', count: 2 },
    { statusClass: 'none', count: 1 },
    { statusClass: 'unknown', count: 1 },
  ]);
});
