// Compiling a stored key: the earlier expiry counts, and the policy fills in what a key does not state.
import { describe, expect, test } from 'vitest';
import { type Metadata, noAnnotations } from '../domain/annotations.ts';
import type { RateLimit } from '../domain/rate-limit.ts';
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
    grantedLimits: null,
    metadata: {},
    expiresAtMs: null,
    revokedAtMs: null,
    disabledAtMs: null,
  },
  org: { seq: 3, id: 'org_1', status: 'active', suspendedApis: [], grantedLimits: new Map(), metadata: {} },
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

  test('keys with the same metadata for the upstream share it, also if there is none', () => {
    const policy = { ...commonPolicy, forwardedMetadata: ['plan', 'size'] };
    const withMetadata = (ofKey: Metadata, ofOrg: Metadata, under = policy) => {
      const [key, org] = [
        { ...stored.key, metadata: ofKey },
        { ...stored.org, metadata: ofOrg },
      ];
      return compileKey({ ...stored, key, org }, under).metadata;
    };
    const metadata = withMetadata({ plan: 'gold', team: 'a' }, { plan: 'free', size: 'L' });
    expect(metadata).toEqual({ plan: 'gold', size: 'L' });
    expect(withMetadata({ plan: 'gold', size: 'L', team: 'b' }, {})).toBe(metadata);
    expect(withMetadata({ team: 'a' }, {})).toBe(noAnnotations.metadata);
    expect(withMetadata({ plan: 'gold' }, {}, { ...policy, forwardedMetadata: [] })).toBe(noAnnotations.metadata);
  });

  test('a key that reports addresses works from anywhere, unless the policy wants addresses', () => {
    const restrictions = { ...stored.key.restrictions, addresses: ['203.0.113.7'], addressCheck: 'report' as const };
    const reporting = { ...stored, key: { ...stored.key, restrictions } };
    const blocks = { ...commonPolicy, addresses: { mode: 'exact', whenEmpty: 'block' } as const };
    expect(compileKey(reporting, commonPolicy).addresses.kind).toBe('any');
    const one = { kind: 'one', address: '203.0.113.7' };
    expect(compileKey(reporting, blocks).addresses).toEqual(one);
    expect(compileKey(reporting, { ...commonPolicy, requiresAddresses: true }).addresses).toEqual(one);
  });

  const perMinute = (limit: number): RateLimit => ({ limit, windowSeconds: 60 });
  const perSecond = (limit: number): RateLimit => ({ limit, windowSeconds: 1 });

  test.each<[string, { policy?: RateLimit[]; org?: RateLimit[]; key?: RateLimit[]; own?: RateLimit[] }, RateLimit[]]>([
    ['nothing', {}, []],
    ['own limits alone', { own: [perMinute(9)] }, [perMinute(9)]],
    ["the policy's", { policy: [perMinute(60)] }, [perMinute(60)]],
    [
      "the organization's in place of the policy's",
      { policy: [perMinute(60)], org: [perMinute(600)] },
      [perMinute(600)],
    ],
    ['a narrower one of the organization', { policy: [perMinute(60)], org: [perMinute(6)] }, [perMinute(6)]],
    [
      "the key's grant before both",
      { policy: [perMinute(60)], org: [perMinute(6)], key: [perMinute(7)] },
      [perMinute(7)],
    ],
    ['own limits that tighten', { policy: [perMinute(60)], own: [perMinute(5)] }, [perMinute(5)]],
    ['own limits that would loosen', { policy: [perMinute(60)], own: [perMinute(100_000)] }, [perMinute(60)]],
    [
      'own limits of another window too',
      { policy: [perMinute(60)], own: [perSecond(5)] },
      [perMinute(60), perSecond(5)],
    ],
    ["own limits looser than the key's grant", { key: [perMinute(7)], own: [perMinute(8)] }, [perMinute(7)]],
  ])('in force: %s', (_, { policy = [], org, key, own = [] }, inForce) => {
    const compiled = compileKey(
      {
        ...stored,
        key: { ...stored.key, rateLimits: own, grantedLimits: key ?? null },
        org: { ...stored.org, grantedLimits: new Map(org && [['api', org]]) },
      },
      { ...commonPolicy, rateLimits: policy },
    );
    expect(compiled.rateLimits).toEqual(inForce);
  });

  test('a grant for another API does not apply, whatever the name of the API', () => {
    const org = { ...stored.org, grantedLimits: new Map([['constructor', [perMinute(1)]]]) };
    expect(compileKey({ ...stored, org }, commonPolicy).rateLimits).toEqual([]);
    const other = { ...stored, key: { ...stored.key, apiId: 'toString' } };
    expect(compileKey(other, { ...commonPolicy, rateLimits: [perMinute(60)] }).rateLimits).toEqual([perMinute(60)]);
  });

  test('keys with the same limits share one list', () => {
    const policy = { ...commonPolicy, rateLimits: [perMinute(60)] };
    const withOwn = () => compileKey({ ...stored, key: { ...stored.key, rateLimits: [perSecond(3)] } }, policy);
    expect(withOwn().rateLimits).toBe(withOwn().rateLimits);
    expect(compileKey(stored, policy).rateLimits).toBe(policy.rateLimits);
  });

  test('the policy says what an empty address list means', () => {
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
