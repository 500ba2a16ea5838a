// The values of a form become a request: a template fills in the fields that the reader does not change.
import { expect, test } from 'vitest';
import type { ConsoleApi } from '../../../api/config.ts';
import { emptyValues, fromEntries, presetsOf, readEntry, toNewKey } from './key-values.ts';

const nowMs = Date.parse('2026-11-21T10:00:00Z');
const template = {
  ...{ id: 'reader', name: { en: 'Reader', ar: 'قارئ' }, scopes: ['users:read'], rateLimits: ['60/m'] },
  expiresInDays: 45,
};
const offered = { offered: true, max: 9 };
const api = {
  ...{ id: 'acme', templates: [template], environments: ['live'] },
  fields: {
    ...{ addresses: offered, scopes: offered, endpoints: offered, referrers: { offered: false } },
    expiry: { offered: true, suggestedDays: 90, maxDays: 90 },
  },
} as unknown as ConsoleApi;
const empty = emptyValues(api, 'live');
const filled = { ...empty, ...presetsOf(template, api, nowMs), template: 'reader', name: ' CI ' };

test('a template fills in its fields, also an expiry that the form does not offer as a choice', () => {
  expect(presetsOf(template, api, nowMs)).toEqual({
    scopes: ['users:read'],
    rateLimits: ['60/m'],
    expiry: 'custom',
    expiryDate: expect.stringMatching(/^2027-01-0[345]$/),
  });
  expect(presetsOf({ ...template, expiresInDays: 30 }, api, nowMs)).toMatchObject({ expiry: '30', expiryDate: '' });
});

test('lists that the reader leaves as the template has them are left to the server', () => {
  const sent = { api: 'acme', environment: 'live', name: 'CI', template: 'reader' };
  const { expiresAt, ...left } = toNewKey(filled, api, nowMs);
  expect(left).toEqual({ ...sent, addresses: [], endpoints: [] });
  const days = (Date.parse(expiresAt as string) - nowMs) / 86_400_000;
  expect([days > 44, days <= 45]).toEqual([true, true]);
  const values = { ...filled, scopes: [], rateLimits: [], expiry: '30' as const };
  expect(toNewKey(values, api, nowMs)).toEqual({
    ...sent,
    ...{ addresses: [], endpoints: [], scopes: [], rateLimits: [] },
    expiresAt: '2026-12-21T10:00:00.000Z',
  });
});

test('annotations are sent only where there are any', () => {
  const plain = { ...empty, name: 'CI', expiry: 'never' as const };
  const fields = { api: 'acme', environment: 'live', name: 'CI', addresses: [], scopes: [], endpoints: [] };
  expect(toNewKey(plain, api, nowMs)).toEqual({ ...fields, expiresAt: null });
  const values = { ...plain, tags: ['eu'], metadata: ['plan=gold', 'to=a=b'], externalId: ' svc-1 ' };
  expect(toNewKey(values, api, nowMs)).toEqual({
    ...{ ...fields, expiresAt: null },
    ...{ tags: ['eu'], metadata: { plan: 'gold', to: 'a=b' }, externalId: 'svc-1' },
  });
});

test.each(['plan', 'plan=', '=gold', 'Plan=gold', '1a=b', 'a b=c'])('%s is no metadata', (entry) => {
  expect(readEntry(entry)).toBeUndefined();
  expect(fromEntries([entry, 'a=b'])).toEqual({ a: 'b' });
});
