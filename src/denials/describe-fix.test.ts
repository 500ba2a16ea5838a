// The fixes: one for every reason, commands that keep the present entries of a list, nothing that a shell could run.
import { describe, expect, test } from 'vitest';
import { reasons } from '../domain/verdict.ts';
import { describeFix, type RefusedSample } from './describe-fix.ts';

const sample: RefusedSample = {
  reason: 'address_not_allowed',
  apiId: 'classic',
  orgId: 'org_1',
  keyId: 'key_1',
  clientAddress: '203.0.113.9',
  method: 'GET',
  path: '/v1/users/usr_1',
};
const restrictions = {
  addresses: ['198.51.100.0/24'],
  referrers: ['*.example.com'],
  endpoints: ['GET /v1/users'],
  scopes: [],
};

describe('describeFix', () => {
  test.each(reasons)('has a sentence for %s, also when the key is unknown', (reason) => {
    expect(describeFix({ ...sample, reason }, restrictions)).toMatch(/^[A-Z].{20,}/);
    const keyless = { ...sample, reason, keyId: null, orgId: null, clientAddress: null };
    expect(describeFix(keyless, undefined)).not.toMatch(/null|undefined/);
  });

  test('adds the address to those of the key', () => {
    expect(describeFix(sample, restrictions)).toBe(
      'Add 203.0.113.9 to the key: miftah keys update key_1 --ip 198.51.100.0/24,203.0.113.9',
    );
    expect(describeFix({ ...sample, reason: 'address_list_empty' }, { ...restrictions, addresses: [] })).toContain(
      'miftah keys update key_1 --ip 203.0.113.9',
    );
  });

  test('adds the endpoint to those of the key', () => {
    expect(describeFix({ ...sample, reason: 'endpoint_not_allowed' }, restrictions)).toContain(
      `miftah keys update key_1 --endpoint 'GET /v1/users' --endpoint 'GET /v1/users/usr_1'`,
    );
  });

  test.each([
    ...['/**', '/*/x', '/v1/*', '/a%2ab', '/v1/**/', '/a\\u001b', '/v1/…/x', `/${'x'.repeat(199)}`, '', '/a b'],
  ])('gives no command for %j, which is not a pattern that matches only itself', (path) => {
    const text = describeFix({ ...sample, reason: 'endpoint_not_allowed', path }, restrictions);
    expect(text).not.toContain('miftah');
    expect(text).not.toContain('*');
    expect(text).toContain('endpoints of the key');
  });

  test('gives none for a method that stands for all', () => {
    const text = describeFix({ ...sample, reason: 'endpoint_not_allowed', method: '*' }, restrictions);
    expect(text).not.toContain('miftah');
  });

  test('quotes a path that a shell would act on', () => {
    const fix = describeFix({ ...sample, reason: 'endpoint_not_allowed', path: `/'$(id)'` }, undefined);
    expect(fix).toContain(`--endpoint 'GET /'\\''$(id)'\\'''`);
  });
});
