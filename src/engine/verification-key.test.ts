// Compiling a stored key: what ends first counts, and what a key leaves open is its policy's.
import { describe, expect, test } from 'vitest';
import { commonPolicy } from '../profiles/profile.ts';
import type { StoredSecret } from './ports.ts';
import { compileKey } from './verification-key.ts';

const stored: StoredSecret = {
  digest: 'd',
  endsAtMs: null,
  key: {
    seq: 7,
    id: 'key_1',
    apiId: 'api',
    orgId: 'org_1',
    environment: 'test',
    restrictions: { addresses: [], referrers: [], endpoints: [], scopes: [] },
    rateLimits: [],
    expiresAtMs: null,
    revokedAtMs: null,
    disabledAtMs: null,
  },
  org: { seq: 3, id: 'org_1', status: 'active' },
};

describe('compileKey', () => {
  test.each([
    [null, null, Number.MAX_SAFE_INTEGER],
    [2000, null, 2000],
    [null, 3000, 3000],
    [2000, 3000, 2000],
    [4000, 3000, 3000],
  ])('a key that expires at %s with a secret that ends at %s ends at %s', (expiresAtMs, endsAtMs, end) => {
    const key = compileKey({ ...stored, endsAtMs, key: { ...stored.key, expiresAtMs } }, commonPolicy);
    expect(key.expiresAtMs).toBe(end);
  });

  test("a key without limits has the policy's, and one with limits its own", () => {
    const policy = { ...commonPolicy, rateLimits: [{ limit: 60, windowSeconds: 60 }] };
    expect(compileKey(stored, policy).rateLimits).toEqual([{ limit: 60, windowSeconds: 60 }]);
    const own = [{ limit: 5, windowSeconds: 1 }];
    expect(compileKey({ ...stored, key: { ...stored.key, rateLimits: own } }, policy).rateLimits).toEqual(own);
  });

  test('an empty address list means what the policy says', () => {
    const policy = { ...commonPolicy, addresses: { mode: 'exact', whenEmpty: 'block' } as const };
    expect(compileKey(stored, commonPolicy).addresses.kind).toBe('any');
    expect(compileKey(stored, policy).addresses.kind).toBe('none');
  });

  test('keys with the same patterns share one compiled list', () => {
    const restrictions = {
      ...stored.key.restrictions,
      endpoints: ['GET /a/*', 'POST /b'],
      referrers: ['*.example.com'],
    };
    const one = compileKey({ ...stored, key: { ...stored.key, restrictions } }, commonPolicy);
    const other = compileKey({ ...stored, key: { ...stored.key, id: 'key_2', restrictions } }, commonPolicy);
    expect(one.endpoints).toBe(other.endpoints);
    expect(one.referrers).toBe(other.referrers);
  });
});
