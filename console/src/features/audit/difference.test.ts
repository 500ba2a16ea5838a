// A difference shows what was added, removed and kept.
import { expect, test } from 'vitest';
import { differencesOf, isOfFix } from './difference.ts';

test('lists are compared member by member', () => {
  const before = { addresses: ['198.51.100.1', '198.51.100.2'] };
  const after = { addresses: ['198.51.100.2', '203.0.113.9'], revision: 4 };
  expect(differencesOf({ before, after })).toEqual([
    { field: 'addresses', kind: 'list', kept: ['198.51.100.2'], added: ['203.0.113.9'], removed: ['198.51.100.1'] },
  ]);
});

test('what was made has no before, and empty fields are left out', () => {
  const after = { name: 'Production', scopes: [], expiresAt: null };
  expect(differencesOf({ before: null, after })).toEqual([
    { field: 'name', kind: 'value', before: null, after: 'Production' },
  ]);
});

test('what was taken away has no after', () => {
  expect(differencesOf({ before: { email: 'badr@example.com' }, after: null })).toEqual([
    { field: 'email', kind: 'value', before: 'badr@example.com', after: null },
  ]);
});

test('a fix is known by its source, which is no field', () => {
  const entry = { before: { name: 'a' }, after: { name: 'b', source: 'denial:den_42' } };
  expect(isOfFix(entry)).toBe(true);
  expect(differencesOf(entry).map(({ field }) => field)).toEqual(['name']);
  expect(isOfFix({ after: null })).toBe(false);
});

test('values by name are compared name by name', () => {
  const before = { metadata: { plan: 'free', team: 'a' }, grantedLimits: { classic: ['60/m', '5/s'] } };
  const after = { metadata: { plan: 'gold', team: 'a' }, grantedLimits: {} };
  expect(differencesOf({ before, after })).toEqual([
    { field: 'metadata', kind: 'list', kept: ['team: a'], added: ['plan: gold'], removed: ['plan: free'] },
    { field: 'grantedLimits', kind: 'list', kept: [], added: [], removed: ['classic: 60/m,5/s'] },
  ]);
  expect(differencesOf({ before: null, after: { metadata: {} } })).toEqual([]);
});
