// Explanations: the same verdict as the decision's, every check with its outcome, and nothing counted.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createInProcessLimiter } from '../coordination/in-process.ts';
import { createManualClock } from '../domain/clock.ts';
import { parseEndpointDemand } from '../domain/endpoint-demand.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import { digestSecret, generateSecret } from '../domain/secret.ts';
import { commonPolicy } from '../profiles/profile.ts';
import { createAuthorize } from './authorize.ts';
import { checks as table } from './checks.ts';
import { createExplain } from './explain.ts';
import { KeyCache } from './key-cache.ts';
import type { StoredSecret } from './ports.ts';

const startMs = 28_333_333 * 60_000;
const payments = parseEndpointDemand('POST /v1/pay/**');
if (payments === undefined) throw new TypeError('the pattern must be one');

const api: ProtectedApi = {
  id: 'api',
  source: { kind: 'bearer' },
  secret: { prefixes: { live: 'sk_live_', test: 'sk_test_' }, length: 48 },
  policy: {
    ...commonPolicy,
    addresses: { mode: 'cidr', whenEmpty: 'any' },
    rateLimits: [{ limit: 2, windowSeconds: 60 }],
    scopeRules: [{ endpoint: payments, pattern: 'POST /v1/payments', scope: 'pay' }],
  },
};

function createSetting() {
  const clock = createManualClock(startMs);
  const records = new Map<string, StoredSecret>();
  const store = { findSecret: async (digest: string) => records.get(digest) };
  const keys = new KeyCache({ store, policyOf: (apiId) => (apiId === 'gone' ? undefined : api.policy) });
  const parts = {
    keys,
    limiter: createInProcessLimiter(),
    chargeClient: () => undefined,
    clock,
    onFault: (error: unknown) => {
      throw error;
    },
  };

  function addKey(
    change: Partial<StoredSecret['key']> = {},
    restrictions: Partial<StoredSecret['key']['restrictions']> = {},
    orgStatus: 'active' | 'suspended' = 'active',
  ): string {
    const secret = generateSecret(api.secret, change.environment ?? 'live');
    const digest = digestSecret(secret);
    records.set(digest, {
      digest,
      endsAtMs: null,
      key: {
        seq: records.size + 1,
        id: `key_${records.size + 1}`,
        apiId: 'api',
        orgId: 'org_1',
        environment: 'live',
        restrictions: { addresses: [], referrers: [], endpoints: [], scopes: [], ...restrictions },
        rateLimits: [],
        grantedLimits: null,
        metadata: {},
        expiresAtMs: null,
        revokedAtMs: null,
        disabledAtMs: null,
        ...change,
      },
      org: { seq: 1, id: 'org_1', status: orgStatus, suspendedApis: [], grantedLimits: new Map(), metadata: {} },
    });
    return secret;
  }

  return { authorize: createAuthorize(api, parts), explain: createExplain(api, parts), addKey };
}

const factsOf = (secret: string, change: Partial<RequestFacts> = {}): RequestFacts => ({
  method: 'GET',
  path: '/v1/users',
  rawHeaders: ['Authorization', `Bearer ${secret}`],
  clientAddress: '203.0.113.7',
  environment: 'live',
  ...change,
});

describe('explain', () => {
  test('lists every check as passed for an allowed request, and counts nothing', async () => {
    const { explain, authorize, addKey } = createSetting();
    const facts = factsOf(addKey());
    for (let round = 0; round < 10; round++) {
      const { verdict, checks } = await explain(facts);
      expect(verdict).toMatchObject({ kind: 'allowed', rate: { remaining: 2 } });
      expect(checks.map((row) => `${row.name}: ${row.outcome}`)).toEqual([
        'credential: passed',
        'checksum: passed',
        'known: passed',
        ...table.map(({ name }) => `${name}: passed`),
        'rate limit: passed',
      ]);
    }
    expect(await authorize(facts)).toMatchObject({ kind: 'allowed', rate: { remaining: 1 } });
  });

  test('names every check that refuses, and the verdict has the first reason', async () => {
    const { explain, addKey } = createSetting();
    const secret = addKey({ revokedAtMs: 1, expiresAtMs: 1 }, { addresses: ['1.2.3.4'] });
    const { verdict, checks } = await explain(factsOf(secret, { method: 'POST', path: '/v1/pay/1' }));
    expect(verdict).toMatchObject({ kind: 'refused', reason: 'key_revoked', key: { id: 'key_1' } });
    expect(checks.filter((row) => row.outcome === 'refused').map((row) => row.reason)).toEqual([
      'key_revoked',
      'key_expired',
      'address_not_allowed',
      'scope_missing',
    ]);
  });

  test('marks the checks after an unreadable credential as not reached', async () => {
    const { explain } = createSetting();
    const { checks } = await explain(factsOf('', { rawHeaders: [] }));
    expect(checks.filter((row) => row.outcome === 'refused').map((row) => row.reason)).toEqual(['credential_missing']);
    expect(checks.filter((row) => row.outcome === 'not_reached')).toHaveLength(table.length + 3);
  });

  test('explains a key by its digest, whatever the headers contain', async () => {
    const { explain, addKey } = createSetting();
    const secret = addKey({ revokedAtMs: startMs });
    const other = addKey();
    const { verdict, checks } = await explain(factsOf(other), digestSecret(secret));
    expect(verdict).toMatchObject({ kind: 'refused', reason: 'key_revoked' });
    const names = checks.map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(['known', 'status', 'organization']);
    expect(names).not.toContain('checksum');
  });

  test('explains malformed paths too', async () => {
    const { explain, addKey } = createSetting();
    const secret = addKey({}, { endpoints: ['GET /v1/**'] });
    for (const path of ['', 'v1', '/ ', '//', '/%', '/v1/%ff', '/v1/../x']) {
      expect((await explain(factsOf(secret, { path }))).verdict).toMatchObject({ reason: 'path_not_canonical' });
    }
  });

  test('reports a limit that is used up', async () => {
    const { explain, authorize, addKey } = createSetting();
    const facts = factsOf(addKey());
    await authorize(facts);
    await authorize(facts);
    const { verdict, checks } = await explain(facts);
    expect(verdict).toMatchObject({ reason: 'rate_limited', rate: { remaining: 0, resetAtMs: startMs + 60_000 } });
    expect(checks.at(-1)).toEqual({ name: 'rate limit', outcome: 'refused', reason: 'rate_limited' });
  });

  test('agrees with the decision on random requests', async () => {
    const key = fc.record({
      environment: fc.constantFrom('live', 'test'),
      expiresAtMs: fc.constantFrom(null, startMs, startMs + 1),
      revokedAtMs: fc.constantFrom(null, null, 1),
      apiId: fc.constantFrom('api', 'api', 'other', 'gone'),
    });
    const restrictions = fc.record({
      addresses: fc.constantFrom([], [], ['203.0.113.0/24'], ['1.2.3.4']),
      referrers: fc.constantFrom([], [], ['example.com']),
      endpoints: fc.constantFrom([], [], ['GET /v1/*'], ['POST /v1/pay/**']),
      scopes: fc.constantFrom([], ['pay'], ['*']),
    });
    const request = fc.record({
      method: fc.constantFrom('GET', 'POST', 'HEAD'),
      path: fc.constantFrom('/v1/users', '/v1/pay/1', '/v1/p%61y/1', '/v1//users', '/v1/ users', 'v1'),
      clientAddress: fc.constantFrom('203.0.113.7', '1.2.3.4', undefined),
      environment: fc.constantFrom('live', 'test', undefined),
      requiredScopes: fc.constantFrom(undefined, ['pay']),
    });
    const header = fc.constantFrom('right', 'right', 'right', 'twice', 'unknown', 'typed', 'none');
    const before = fc.nat(3);
    const orgStatus = fc.constantFrom('active', 'active', 'suspended');
    await fc.assert(
      fc.asyncProperty(
        key,
        restrictions,
        request,
        header,
        before,
        orgStatus,
        async (own, lists, change, how, n, org) => {
          const { explain, authorize, addKey } = createSetting();
          const secret = addKey(own as Partial<StoredSecret['key']>, lists, org as 'active');
          const values = {
            right: [secret],
            twice: [secret, secret],
            unknown: [generateSecret(api.secret, 'live')],
            typed: [`${secret.slice(0, -1)}~`],
            none: [],
          }[how as 'right'];
          const rawHeaders = [
            ...values.flatMap((value) => ['Authorization', `Bearer ${value}`]),
            'Origin',
            'https://example.com',
          ];
          const facts = { ...factsOf(secret), ...change, rawHeaders } as RequestFacts;
          for (let round = 0; round < n; round++) await authorize(facts);
          const explained = (await explain(facts)).verdict;
          const decided = await authorize(facts);
          expect(explained.kind).toBe(decided.kind);
          if (explained.kind === 'refused' && decided.kind === 'refused') expect(explained.reason).toBe(decided.reason);
          if (decided.key !== undefined) expect(explained.key?.id).toBe(decided.key.id);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('rejects when the store fails', async () => {
    const keys = new KeyCache({
      store: { findSecret: async () => Promise.reject(new Error('down')) },
      policyOf: () => api.policy,
    });
    const explain = createExplain(api, { keys, limiter: createInProcessLimiter(), clock: createManualClock(startMs) });
    await expect(explain(factsOf(generateSecret(api.secret, 'live')))).rejects.toThrow('down');
  });
});
