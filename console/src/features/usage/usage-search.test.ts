// What the address of the usage page may hold.
import { expect, test } from 'vitest';
import { readUsageSearch } from './usage-search.ts';

test('what can be nothing is left out', () => {
  expect(readUsageSearch({ range: 'custom', from: 'yesterday', to: '2026-10-01', by: 'x', key: 3 })).toEqual({});
});

test('days of one’s own need both', () => {
  expect(readUsageSearch({ range: 'custom', from: '2026-10-01' })).toEqual({});
  const whole = { range: 'custom', from: '2026-10-01', to: '2026-10-02', key: 'key_1', by: 'outcome' };
  expect(readUsageSearch(whole)).toEqual(whole);
});
