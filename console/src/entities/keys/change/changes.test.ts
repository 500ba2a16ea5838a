// An edit sends only what was changed, and can be undone.
import { expect, test } from 'vitest';
import type { ConsoleApi } from '../../../api/config.ts';
import { changesOf, differingFields, mergeMetadata, undoOf, valuesOf } from './changes.ts';
import type { Key } from './key-api.ts';

const nowMs = Date.parse('2026-11-21T10:00:00Z');
const api = {
  fields: { expiry: { offered: true, suggestedDays: null, maxDays: null }, metadata: { members: ['team'] } },
} as unknown as ConsoleApi;
const key = {
  name: 'Production',
  environment: 'live',
  addresses: ['203.0.113.7', '203.0.113.8'],
  referrers: [],
  endpoints: [],
  scopes: [],
  rateLimits: [],
  expiresAt: '2027-01-31T08:15:00.000Z',
  tags: ['eu'],
  metadata: { plan: 'gold', team: 'a, b' },
  externalId: null,
} as unknown as Key;
const opened = valuesOf(key, api, true);

test('an untouched form changes nothing: the expiry keeps its hour, and the order of a list does not count', () => {
  expect(changesOf(opened, opened, api, nowMs)).toEqual({});
  expect(changesOf({ ...opened, addresses: key.addresses.toReversed() }, opened, api, nowMs)).toEqual({});
});

test('what differs is sent, and nothing else', () => {
  const values = { ...opened, name: ' Branch ', addresses: ['203.0.113.7'], expiry: 'never' as const };
  expect(changesOf(values, opened, api, nowMs)).toEqual({
    name: 'Branch',
    addresses: ['203.0.113.7'],
    expiresAt: null,
  });
});

test('an undo restores the values from before, unless the old expiry has passed', () => {
  const changes = { name: 'Branch', expiresAt: null };
  expect(undoOf(changes, key, nowMs)).toEqual({ name: 'Production', expiresAt: key.expiresAt });
  expect(undoOf(changes, { ...key, expiresAt: '2026-11-20T00:00:00.000Z' }, nowMs)).toBeUndefined();
});

test('of two versions, what either of them changed is compared', () => {
  const current = { ...key, addresses: [], rateLimits: ['60/m'] };
  expect(differingFields({ name: 'Mine' }, key, current)).toEqual(['name', 'addresses', 'rateLimits']);
});

test('of metadata, only the names that differ are sent, and an undo restores them', () => {
  expect(opened.metadata).toEqual(['plan=gold', 'team=a, b']);
  const values = { ...opened, metadata: ['team=b', 'size=L'], externalId: ' svc-1 ' };
  const changes = { metadata: { team: 'b', size: 'L', plan: null }, externalId: 'svc-1' };
  expect(changesOf(values, opened, api, nowMs)).toEqual(changes);
  expect(undoOf(changes, key, nowMs)).toEqual({
    metadata: { team: 'a, b', size: null, plan: 'gold' },
    externalId: null,
  });
  expect(mergeMetadata(key.metadata, changes.metadata)).toEqual({ team: 'b', size: 'L' });
});

test('a member edits the metadata that the API names', () => {
  expect(valuesOf(key, api, false).metadata).toEqual(['team=a, b']);
});
