// The table of checks: the cause of each reason, the order of the reasons, and the headers that change nothing.
import { describe, expect, test } from 'vitest';
import { parseEndpointDemand } from '../domain/endpoint-demand.ts';
import type { Policy, ScopeRule } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Reason } from '../domain/verdict.ts';
import { commonPolicy } from '../profiles/profile.ts';
import { type CheckName, checks, runChecks } from './checks.ts';
import type { StoredSecret } from './ports.ts';
import { compileKey } from './verification-key.ts';

const nowMs = 1_700_000_000_000;

const facts: RequestFacts = {
  method: 'GET',
  path: '/v1/users/usr_123',
  rawHeaders: ['Host', 'api.example.com', 'Referer', 'https://www.example.com/page'],
  clientAddress: '203.0.113.7',
  environment: 'live',
};

function rule(pattern: string, scope: string): ScopeRule {
  const endpoint = parseEndpointDemand(pattern);
  if (endpoint === undefined) throw new TypeError(`${pattern} is not a pattern`);
  return { endpoint, pattern, scope };
}

type KeyChange = Partial<Omit<StoredSecret['key'], 'restrictions'>> & Partial<StoredSecret['key']['restrictions']>;

interface Case {
  readonly key?: KeyChange;
  readonly orgStatus?: 'active' | 'suspended';
  readonly suspendedApis?: readonly string[];
  readonly endsAtMs?: number;
  readonly facts?: Partial<RequestFacts>;
  readonly policy?: Partial<Policy>;
}

function run(change: Case): Reason | undefined {
  const policy = { ...commonPolicy, ...change.policy };
  const { addresses = [], referrers = [], endpoints = [], scopes = [], ...rest } = change.key ?? {};
  const stored: StoredSecret = {
    digest: 'd',
    endsAtMs: change.endsAtMs ?? null,
    key: {
      seq: 1,
      id: 'key_1',
      apiId: 'api',
      orgId: 'org_1',
      environment: 'live',
      rateLimits: [],
      grantedLimits: null,
      metadata: {},
      expiresAtMs: null,
      revokedAtMs: null,
      disabledAtMs: null,
      ...rest,
      restrictions: { addresses, referrers, endpoints, scopes },
    },
    org: {
      seq: 1,
      id: 'org_1',
      status: change.orgStatus ?? 'active',
      suspendedApis: change.suspendedApis ?? [],
      grantedLimits: new Map(),
      metadata: {},
    },
  };
  return runChecks(compileKey(stored, policy), { ...facts, ...change.facts }, policy, nowMs);
}

const blockWhenEmpty = { addresses: { mode: 'exact_ipv4', whenEmpty: 'block' } } as const;
const referer = (...values: string[]) => ({ rawHeaders: values.flatMap((value) => ['Referer', value]) });

test.each<[string, Case, Reason | undefined]>([
  ['a key without restrictions passes', {}, undefined],
  ['a suspended organization', { orgStatus: 'suspended' }, 'org_suspended'],
  ['an organization that is suspended for the API', { suspendedApis: ['api', 'other'] }, 'org_suspended'],
  ['an organization that is suspended for another API', { suspendedApis: ['other'] }, undefined],
  ['a revoked key', { key: { revokedAtMs: nowMs + 1 } }, 'key_revoked'],
  ['a disabled key', { key: { disabledAtMs: nowMs - 1 } }, 'key_disabled'],
  ['a key that is revoked and disabled', { key: { revokedAtMs: 1, disabledAtMs: 1 } }, 'key_revoked'],
  ['a key a millisecond before its expiry passes', { key: { expiresAtMs: nowMs + 1 } }, undefined],
  ['a key at the millisecond of its expiry', { key: { expiresAtMs: nowMs } }, 'key_expired'],
  ['a key after its expiry', { key: { expiresAtMs: nowMs - 1 } }, 'key_expired'],
  ['a secret a millisecond before the end of its overlap passes', { endsAtMs: nowMs + 1 }, undefined],
  ['a secret at the end of its overlap', { endsAtMs: nowMs, key: { expiresAtMs: nowMs + 9 } }, 'key_expired'],
  ['a test key on the live host', { key: { environment: 'test' } }, 'environment_mismatch'],
  ['a live key on the test host', { facts: { environment: 'test' } }, 'environment_mismatch'],
  [
    'a test key on a host of both passes',
    { key: { environment: 'test' }, facts: { environment: undefined } },
    undefined,
  ],
  ['an empty list that blocks', { policy: blockWhenEmpty }, 'address_list_empty'],
  ['an address on the list passes', { key: { addresses: ['203.0.113.7'] }, policy: blockWhenEmpty }, undefined],
  ['an address not on the list', { key: { addresses: ['203.0.113.8'] } }, 'address_not_allowed'],
  ['an address in a range passes', { key: { addresses: ['203.0.113.0/24'] } }, undefined],
  [
    'an unknown address and a list',
    { key: { addresses: ['0.0.0.0/0'] }, facts: { clientAddress: undefined } },
    'address_not_allowed',
  ],
  ['an unknown address and no list passes', { facts: { clientAddress: undefined } }, undefined],
  ['a page below the domain passes', { key: { referrers: ['*.example.com'] } }, undefined],
  ['a page elsewhere', { key: { referrers: ['yy.com'] } }, 'referrer_not_allowed'],
  ['one of several referrers passes', { key: { referrers: ['yy.com', 'www.example.com'] } }, undefined],
  ['no Referer', { key: { referrers: ['*.example.com'] }, facts: { rawHeaders: [] } }, 'referrer_not_allowed'],
  ['a malformed Referer', { key: { referrers: ['www.yy.com'] }, facts: referer('www.yy.com') }, 'referrer_not_allowed'],
  ['a revoked key of a suspended organization', { key: { revokedAtMs: 1 }, orgStatus: 'suspended' }, 'key_revoked'],
  ['a disabled key of a suspended organization', { key: { disabledAtMs: 1 }, orgStatus: 'suspended' }, 'key_disabled'],
  ['an expired key of a suspended organization', { key: { expiresAtMs: 1 }, orgStatus: 'suspended' }, 'org_suspended'],
  [
    'a Referer sent twice',
    { key: { referrers: ['a.com'] }, facts: referer('https://a.com', 'https://a.com') },
    'referrer_not_allowed',
  ],
  [
    'an Origin without Referer passes',
    { key: { referrers: ['https://a.com'] }, facts: { rawHeaders: ['ORIGIN', 'https://a.com'] } },
    undefined,
  ],
  ...['', 'about:blank', 'about:client'].map((referer): [string, Case, Reason | undefined] => [
    `the Referer ${JSON.stringify(referer)} beside a right Origin passes`,
    { key: { referrers: ['a.com'] }, facts: { rawHeaders: ['Referer', referer, 'Origin', 'https://a.com'] } },
    undefined,
  ]),
  ...['https://b.com/', 'a.com', 'null'].map((referer): [string, Case, Reason | undefined] => [
    `the Referer ${referer} beside a right Origin`,
    { key: { referrers: ['a.com'] }, facts: { rawHeaders: ['Referer', referer, 'Origin', 'https://a.com'] } },
    'referrer_not_allowed',
  ]),
  [
    'an empty Referer beside two right Origins',
    {
      key: { referrers: ['a.com'] },
      facts: { rawHeaders: ['Referer', '', 'Origin', 'https://a.com', 'Origin', 'https://a.com'] },
    },
    'referrer_not_allowed',
  ],
  [
    'an empty Referer sent twice beside a right Origin',
    {
      key: { referrers: ['a.com'] },
      facts: { rawHeaders: ['Referer', '', 'Referer', '', 'Origin', 'https://a.com'] },
    },
    'referrer_not_allowed',
  ],
  [
    'the Origin null',
    { key: { referrers: ['a.com'] }, facts: { rawHeaders: ['Origin', 'null'] } },
    'referrer_not_allowed',
  ],
  [
    'a foreign Referer beside a right Origin',
    { key: { referrers: ['a.com'] }, facts: { rawHeaders: ['Origin', 'https://a.com', 'Referer', 'https://b.com/'] } },
    'referrer_not_allowed',
  ],
  ['an endpoint of the key passes', { key: { endpoints: ['POST /x', 'GET /v1/users/*'] } }, undefined],
  ['another path', { key: { endpoints: ['GET /v1/wallets/*'] } }, 'endpoint_not_allowed'],
  ['another method', { key: { endpoints: ['GET /v1/users/*'] }, facts: { method: 'DELETE' } }, 'endpoint_not_allowed'],
  [
    'a scope that the policy requires',
    { policy: { scopeRules: [rule('GET /v1/users/*', 'users:read')] } },
    'scope_missing',
  ],
  [
    'the scope held passes',
    { key: { scopes: ['users:read'] }, policy: { scopeRules: [rule('GET /v1/users/*', 'users:read')] } },
    undefined,
  ],
  ['all scopes held passes', { key: { scopes: ['*'] }, policy: { scopeRules: [rule('/**', 'admin')] } }, undefined],
  [
    'a scope of another endpoint passes',
    { policy: { scopeRules: [rule('POST /v1/users/*', 'users:write')] } },
    undefined,
  ],
  [
    'one of two scopes missing',
    { key: { scopes: ['a'] }, policy: { scopeRules: [rule('/**', 'a'), rule('GET /v1/**', 'b')] } },
    'scope_missing',
  ],
  [
    'a guarded path in another encoding',
    { facts: { path: '/v1/us%65rs/1' }, policy: { scopeRules: [rule('/v1/users/*', 'users:read')] } },
    'scope_missing',
  ],
  [
    'the default scope where no rule matches',
    { key: { scopes: ['pay'] }, policy: { scopeRules: [rule('POST /v1/pay', 'pay')], defaultScope: 'read' } },
    'scope_missing',
  ],
  ['the default scope without any rule', { policy: { defaultScope: 'read' } }, 'scope_missing'],
  ['the default scope held passes', { key: { scopes: ['read'] }, policy: { defaultScope: 'read' } }, undefined],
  [
    'a rule that matches replaces the default scope and passes',
    {
      key: { scopes: ['users:read'] },
      policy: { scopeRules: [rule('GET /v1/users/*', 'users:read')], defaultScope: 'admin' },
    },
    undefined,
  ],
  [
    'another spelling of a guarded path does not fall to the default scope',
    {
      key: { scopes: ['read'] },
      facts: { path: '/V1/Users/7/' },
      policy: { scopeRules: [rule('GET /v1/users/*', 'users:read')], defaultScope: 'read' },
    },
    'scope_missing',
  ],
  [
    'an endpoint of the key in another spelling',
    { key: { endpoints: ['GET /v1/users/*'] }, facts: { path: '/v1/users/7/' } },
    'endpoint_not_allowed',
  ],
  ['what is no path, where no rule looks at paths', { facts: { path: '/a b' } }, 'path_not_canonical'],
  ['a target that is no path', { facts: { path: 'http://host/a' } }, 'path_not_canonical'],
  ['a path with two readings, where no rule looks at paths, passes', { facts: { path: '/a/../b%2Fc;v=1' } }, undefined],
  [
    'the same where the key may call some paths',
    { key: { endpoints: ['* /a/**'] }, facts: { path: '/a/../b' } },
    'path_not_canonical',
  ],
  [
    'the same where some paths need a scope, with all scopes too',
    { key: { scopes: ['*'] }, facts: { path: '/a//b' }, policy: { scopeRules: [rule('/admin', 'admin')] } },
    'path_not_canonical',
  ],
  [
    'the same where the API is strict',
    { facts: { path: '/a/b.' }, policy: { hasStrictPaths: true } },
    'path_not_canonical',
  ],
  [
    'a default scope alone looks at no path',
    { facts: { path: '/a//b' }, policy: { defaultScope: 'read' }, key: { scopes: ['read'] } },
    undefined,
  ],
  ['a scope that the route wants', { key: { scopes: ['a'] }, facts: { requiredScopes: ['a', 'b'] } }, 'scope_missing'],
  ["the route's scopes held passes", { key: { scopes: ['a', 'b'] }, facts: { requiredScopes: ['a', 'b'] } }, undefined],
  [
    'a scope that is a prefix of the required one',
    { key: { scopes: ['users'] }, facts: { requiredScopes: ['users:read'] } },
    'scope_missing',
  ],
])('%s: %#', (_what, change, reason) => {
  expect(run(change)).toBe(reason);
});

test.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])('%s does not change the method', (name) => {
  const rawHeaders = [name, 'GET'];
  expect(run({ key: { endpoints: ['GET /v1/**'] }, facts: { method: 'DELETE', rawHeaders } })).toBe(
    'endpoint_not_allowed',
  );
  expect(run({ key: { endpoints: ['DELETE /v1/**'] }, facts: { method: 'DELETE', rawHeaders } })).toBeUndefined();
});

test.each(['X-Original-URI', 'X-Rewrite-URL', 'X-Forwarded-Uri', 'X-Forwarded-Prefix', 'x-middleware-subrequest'])(
  '%s does not change the path',
  (name) => {
    const rawHeaders = [name, '/v1/users/usr_123'];
    expect(run({ key: { endpoints: ['GET /v1/**'] }, facts: { path: '/admin', rawHeaders } })).toBe(
      'endpoint_not_allowed',
    );
  },
);

describe('a key that fails several checks', () => {
  /** Each row makes exactly one check fail, also in combination with the others. In the order of the table. */
  const failureOf: Readonly<Record<CheckName, { readonly reason: Reason; readonly change: Case }>> = {
    status: { reason: 'key_revoked', change: { key: { revokedAtMs: 1 } } },
    organization: { reason: 'org_suspended', change: { orgStatus: 'suspended' } },
    expiry: { reason: 'key_expired', change: { endsAtMs: nowMs } },
    environment: { reason: 'environment_mismatch', change: { facts: { environment: 'test' } } },
    address: { reason: 'address_not_allowed', change: { key: { addresses: ['1.2.3.4'] } } },
    referrer: { reason: 'referrer_not_allowed', change: { key: { referrers: ['yy.com'] } } },
    path: { reason: 'path_not_canonical', change: { facts: { path: '/v1//x' }, policy: { hasStrictPaths: true } } },
    endpoint: { reason: 'endpoint_not_allowed', change: { key: { endpoints: ['GET /x'] } } },
    scope: { reason: 'scope_missing', change: { facts: { requiredScopes: ['admin'] } } },
  };
  const failures = Object.values(failureOf);

  const join = (a: Case, b: Case): Case => ({
    ...a,
    ...b,
    key: { ...a.key, ...b.key },
    facts: { ...a.facts, ...b.facts },
  });

  test('fails them in the order of the table', () => {
    expect(
      checks.map((row) => row.name),
      '`failureOf` has a row for each check of the table `checks`, in its order',
    ).toEqual(Object.keys(failureOf));
  });

  test('reports the first of them, for every set of failures', () => {
    for (let set = 1; set < 1 << failures.length; set++) {
      const chosen = failures.filter((_row, at) => (set >> at) & 1);
      expect(
        run(chosen.map((row) => row.change).reduce(join, {})),
        '`runChecks` has the checks of the table `checks`, in its order',
      ).toBe(chosen[0]?.reason);
    }
  });
});
