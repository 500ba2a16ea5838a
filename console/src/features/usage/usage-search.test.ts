// What the address of the usage page may hold.
import { expect, test } from 'vitest';
import { outcomesOf } from './outcome-choices.ts';
import { readOperatorUsageSearch, readUsageSearch } from './usage-search.ts';

test('what can be nothing is left out', () => {
  expect(readUsageSearch({ range: 'custom', from: 'yesterday', to: '2026-10-01', by: 'x', key: 3 })).toEqual({});
});

test('days of one’s own need both, and may have a time', () => {
  expect(readUsageSearch({ range: 'custom', from: '2026-10-01' })).toEqual({});
  const whole = { range: 'custom', from: '2026-10-01T22:00', to: '2026-10-02', key: 'key_1', by: 'outcome' };
  expect(readUsageSearch(whole)).toEqual(whole);
});

test('every choice is kept, and what no choice has is left out', () => {
  const all = {
    zone: 'Asia/Riyadh',
    step: 'hour',
    outcome: 'limited',
    tag: 'eu',
    top: 10,
    rank: 'errors',
    compare: true,
  };
  expect(readUsageSearch(all)).toEqual(all);
  const none = {
    zone: '+03:00',
    step: 'week',
    outcome: 'A,B',
    tag: '',
    top: 7,
    rank: 'count',
    compare: 'yes',
    org: 'o',
  };
  expect(readUsageSearch(none)).toEqual({});
  const ofOperator = { org: 'org_1', api: 'palm', environment: 'test' };
  expect(readOperatorUsageSearch({ ...ofOperator, by: 'org' })).toEqual({ ...ofOperator, by: 'org' });
});

test('a group of outcomes stands for its reasons', () => {
  expect(outcomesOf('limited')).toBe('rate_limited,quota_exceeded');
  expect(outcomesOf('accepted')).toBe('allowed');
  expect(outcomesOf('refused')?.split(',')).not.toContain('rate_limited');
  expect(outcomesOf('key_expired')).toBe('key_expired');
  expect(outcomesOf('no_such')).toBeUndefined();
});
