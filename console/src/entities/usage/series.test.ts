// No step is cut or missing, and every request is in exactly one.
import { describe, expect, test } from 'vitest';
import { addUp, changeOf, countsOf, toSteps, totalOf, type UsageSum } from './series.ts';
import { dayMs, offeredSteps, spanOf } from './span.ts';

const nowMs = Date.parse('2026-11-21T22:41:00Z');

describe('spanOf', () => {
  test('24 hours are whole hours and end with the running one', () => {
    const { from, to, step } = spanOf({ range: '24h' }, nowMs, 'Asia/Riyadh');
    expect([from, to, step]).toEqual(['2026-11-20T23:00:00.000Z', '2026-11-21T23:00:00.000Z', 'hour']);
  });

  test('7 days are days of the zone and end with its today', () => {
    const ends = { from: '2026-11-16', to: '2026-11-23', step: 'day', zone: 'Asia/Riyadh' };
    expect(spanOf({}, nowMs, 'Asia/Riyadh')).toEqual(ends);
    expect(spanOf({}, nowMs, 'UTC')).toMatchObject({ from: '2026-11-15', to: '2026-11-22' });
    expect(spanOf({ range: 'month' }, Date.parse('2026-12-31T22:00:00Z'), 'Asia/Riyadh')).toMatchObject({
      from: '2027-01-01',
      to: '2027-02-01',
    });
  });

  test('chosen days are both included, in either order', () => {
    const span = { from: '2026-10-01', to: '2026-10-11', step: 'day' };
    expect(spanOf({ range: 'custom', from: '2026-10-01', to: '2026-10-10' }, nowMs, 'UTC')).toMatchObject(span);
    expect(spanOf({ range: 'custom', from: '2026-10-10', to: '2026-10-01' }, nowMs, 'UTC')).toMatchObject(span);
  });

  test('chosen hours end where they say', () => {
    const night = { range: 'custom', from: '2026-10-01T22:00', to: '2026-10-02T06:00' } as const;
    expect(spanOf(night, nowMs, 'UTC')).toMatchObject({ from: night.from, to: night.to, step: 'hour' });
  });

  test('steps are offered while a chart can show them', () => {
    expect(spanOf({ range: 'custom', from: '2026-10-01', to: '2026-10-01' }, nowMs, 'UTC').step).toBe('hour');
    expect(offeredSteps({ from: '2026-10-01', to: '2026-10-08' })).toEqual(['hour', 'day']);
    expect(offeredSteps({ from: '2026-01-01', to: '2026-05-01' })).toEqual(['day', 'month']);
    expect(spanOf({ range: '30d', step: 'hour' }, nowMs, 'UTC').step).toBe('day');
  });

  test('no more days are asked for than are answered', () => {
    const { from, to } = spanOf({ range: 'custom', from: '2020-01-01', to: '2026-10-01' }, nowMs, 'UTC');
    expect((Date.parse(to) - Date.parse(from)) / dayMs).toBe(1_100);
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
  const of = (data: readonly UsageSum[], from: string, to: string) => ({ data, from, to });

  test('has every hour, and each request once', () => {
    const at = '2026-11-21T03:00:00+03:00';
    const steps = toSteps(
      of(
        [
          sum({ at, outcome: 'allowed', count: 5, billed: 3 }),
          sum({ at, outcome: 'upstream_failed', count: 1 }),
          sum({ at, outcome: 'rate_limited', count: 2 }),
          sum({ at, outcome: 'address_not_allowed', count: 3 }),
          sum({ at, outcome: 'key_expired', count: 4 }),
        ],
        '2026-11-21T00:00:00+03:00',
        '2026-11-22T00:00:00+03:00',
      ),
      'hour',
    );
    expect(steps).toHaveLength(24);
    expect(steps[3]).toEqual({ atMs: Date.parse(at), accepted: 5, failed: 1, limited: 2, refused: 7, billed: 3 });
    expect(addUp([...steps, ...steps]).billed).toBe(6);
    expect(totalOf(addUp(steps))).toBe(15);
  });

  test('has every local day and month, also where the clock changes', () => {
    const answer = of(
      [sum({ at: '2026-10-25T00:00:00+02:00', outcome: 'allowed', count: 5 })],
      '2026-10-24T00:00:00+02:00',
      '2026-11-02T00:00:00+01:00',
    );
    const days = toSteps(answer, 'day');
    expect(days.map(({ accepted }) => accepted)).toEqual([0, 5, 0, 0, 0, 0, 0, 0, 0]);
    expect(toSteps({ ...answer, to: '2026-11-02T10:00:00+01:00' }, 'day')).toHaveLength(10);
    expect(toSteps({ ...answer, data: [] }, 'month').map(({ atMs }) => atMs)).toEqual([
      Date.parse('2026-10-01'),
      Date.parse('2026-11-01'),
    ]);
  });
});

test('countsOf adds up outcomes, now or before', () => {
  const sums = [
    sum({ outcome: 'allowed', count: 5, before: { count: 2, billed: 1, statuses: noStatuses } }),
    sum({ outcome: 'rate_limited', count: 1 }),
  ];
  expect(countsOf(sums)).toEqual({ accepted: 5, refused: 0, limited: 1, failed: 0, billed: 0 });
  expect(countsOf(sums, ({ before }) => before)).toEqual({ accepted: 2, refused: 0, limited: 0, failed: 0, billed: 1 });
});

test('a change is a part of what was before', () => {
  expect(changeOf(15, 10)).toBe(0.5);
  expect(changeOf(15, 0)).toBeUndefined();
});
