// The fix of each denial: it allows exactly the refused request, and nothing that the key has already.

import { describe, expect, test } from 'vitest';
import { noAnnotations } from '../domain/annotations.ts';
import type { ApiKey, Restrictions } from '../domain/api-key.ts';
import { parseEndpointDemand } from '../domain/endpoint-demand.ts';
import type { Policy } from '../domain/protected-api.ts';
import { reasons } from '../domain/verdict.ts';
import { chooseFix, type FixContext, fixKinds, isSameFix, type Reach } from './choose-fix.ts';
import type { RefusedSample } from './describe-fix.ts';

const nowMs = 1_760_000_000_000;
const dayMs = 86_400_000;

const policy: Policy = {
  addresses: { mode: 'exact', whenEmpty: 'any' },
  hasReferrers: true,
  hasEndpoints: true,
  hasExpiry: true,
  expiry: { defaultDays: undefined, maxDays: undefined },
  name: { min: 1, max: 200 },
  orgKind: undefined,
  keyIds: 'prefixed',
  canRotate: true,
  canDisable: true,
  selfService: { list: false, create: false, rotate: false, revoke: false },
  maxKeysPerOrg: undefined,
  requiresAddresses: false,
  rateLimits: [],
  limitWindows: 'fixed',
  rateLimitWindowSeconds: undefined,
  countsRefusals: false,
  memberScopes: undefined,
  templates: [],
  memberMetadata: [],
  forwardedMetadata: [],
  hasStrictPaths: false,
  rotateAfterDays: undefined,
  scopeRules: [
    { endpoint: parseEndpointDemand('POST /v1/orders') as never, pattern: 'POST /v1/orders', scope: 'orders:write' },
  ],
  billing: { ends: [], billsHeadAndOptions: false, billsTest: false },
  weightRules: [],
};

const refused: RefusedSample = {
  reason: 'address_not_allowed',
  apiId: 'classic',
  orgId: 'org_1',
  keyId: 'key_1',
  clientAddress: '203.0.113.9',
  method: 'GET',
  path: '/v1/users/usr_1',
};

const isTrustedProxy = (address: string) => address === '203.0.113.200';
const fromOutside: Reach = {
  peer: '198.51.100.1',
  clientAddress: '198.51.100.1',
  isBehindUntrustedProxy: false,
  isTrustedProxy,
};
const onThisMachine: Reach = {
  peer: '127.0.0.1',
  clientAddress: '127.0.0.1',
  isBehindUntrustedProxy: false,
  isTrustedProxy,
};
const behindProxy: Reach = {
  peer: '127.0.0.1',
  clientAddress: '127.0.0.1',
  isBehindUntrustedProxy: true,
  isTrustedProxy,
};

function keyWith(restrictions: Partial<Restrictions>, fields: Partial<ApiKey> = {}): ApiKey {
  return {
    id: 'key_1',
    apiId: 'classic',
    orgId: 'org_1',
    environment: 'live',
    name: 'key',
    hint: { prefix: 'sk_live_', start: 'abcd', end: 'wxyz' },
    restrictions: { addresses: ['192.0.2.1'], referrers: [], endpoints: ['GET /v1/ping'], scopes: [], ...restrictions },
    rateLimits: [],
    grantedLimits: null,
    ...noAnnotations,
    createdAtMs: nowMs - dayMs,
    secretCreatedAtMs: nowMs - dayMs,
    updatedAtMs: nowMs - dayMs,
    expiresAtMs: null,
    revokedAtMs: null,
    disabledAtMs: null,
    revision: 1,
    lastUsedAtMs: null,
    lastUsedAddress: null,
    ...fields,
  };
}

function fixFor(sample: Partial<RefusedSample>, context: Partial<FixContext> = {}) {
  return chooseFix(
    { ...refused, ...sample },
    { key: keyWith({}), policy, reach: fromOutside, nowMs, mayGiveAnyScope: false, ...context },
  );
}

test.each(reasons)('there is a fix for %s, with and without a key', (reason) => {
  expect(fixKinds).toContain(fixFor({ reason }).kind);
  expect(fixFor({ reason, keyId: null }, { key: undefined }).canApply).toBe(false);
  expect(fixFor({ reason }, { key: keyWith({}, { revokedAtMs: nowMs }) })).toMatchObject({
    kind: 'create_replacement',
    canApply: false,
  });
});

describe('an address', () => {
  const add = { kind: 'add_address', params: { address: '203.0.113.9' } };

  test('is added, unless the list has it by now', () => {
    expect(fixFor({})).toEqual({ ...add, canApply: true, isDone: false });
    expect(fixFor({}, { key: keyWith({ addresses: ['203.0.113.9'] }) })).toEqual({
      ...add,
      canApply: false,
      isDone: true,
    });
    expect(fixFor({}, { key: keyWith({ addresses: ['203.0.113.0/24'] }) }).isDone).toBe(true);
    expect(fixFor({}, { key: keyWith({ addresses: [] }) }).isDone).toBe(true);
    const blocks = { ...policy, addresses: { mode: 'exact_ipv4', whenEmpty: 'block' } } as const;
    expect(fixFor({}, { key: keyWith({ addresses: [] }), policy: blocks })).toMatchObject({ ...add, canApply: true });
  });

  test('is not added where the API does not accept such an address', () => {
    const ipv4 = { ...policy, addresses: { mode: 'exact_ipv4', whenEmpty: 'block' } } as const;
    expect(fixFor({ clientAddress: '2001:db8::9' }, { policy: ipv4 })).toMatchObject({
      kind: 'address_not_supported',
      params: { address: '2001:db8::9', mode: 'exact_ipv4' },
      canApply: false,
    });
  });

  test.each(['127.0.0.1', '10.2.0.4', '192.168.1.5', '172.16.0.1', '100.64.0.1', 'fd00::1', '::1', 'fe80::1'])(
    'that is private, %s, is added only for a reader in a private network without a proxy between',
    (clientAddress) => {
      expect(fixFor({ clientAddress }).kind).toBe('trust_proxy');
      expect(fixFor({ clientAddress }, { reach: behindProxy }).kind).toBe('trust_proxy');
      expect(fixFor({ clientAddress }, { reach: onThisMachine })).toMatchObject({
        kind: 'add_address',
        canApply: true,
      });
    },
  );

  test('of an untrusted proxy is not added, public or not', () => {
    const reach = { peer: '203.0.113.9', clientAddress: '203.0.113.9', isBehindUntrustedProxy: true, isTrustedProxy };
    expect(fixFor({}, { reach }).kind).toBe('trust_proxy');
    expect(fixFor({ clientAddress: '203.0.113.10' }, { reach }).kind).toBe('add_address');
  });

  test('that is unknown, or that of a trusted proxy, leads to advice about the proxy', () => {
    expect(fixFor({ clientAddress: '203.0.113.200' })).toMatchObject({ kind: 'check_proxy', canApply: false });
    expect(fixFor({ clientAddress: null })).toMatchObject({ kind: 'check_proxy', canApply: false });
  });
});

test('an endpoint is added unchanged, if the recorded path is complete', () => {
  const reason = 'endpoint_not_allowed';
  expect(fixFor({ reason })).toEqual({
    kind: 'add_endpoint',
    params: { endpoint: 'GET /v1/users/usr_1' },
    canApply: true,
    isDone: false,
  });
  expect(fixFor({ reason }, { key: keyWith({ endpoints: ['* /v1/users/*'] }) }).isDone).toBe(true);
  expect(fixFor({ reason }, { key: keyWith({ endpoints: [] }) }).isDone).toBe(true);
  for (const path of ['/v1/**', '/v1/*', `/${'x'.repeat(199)}`, '/a\\u001b', '/a b']) {
    expect(fixFor({ reason, path }), path).toMatchObject({ kind: 'edit_endpoints', canApply: false });
  }
});

test('a scope that members may not give is offered to the operator, and members get the advice to ask', () => {
  const wanted = { reason: 'scope_missing', method: 'POST', path: '/v1/orders' } as const;
  const key = keyWith({ scopes: ['read'] });
  const under = (memberScopes: readonly string[] | undefined, mayGiveAnyScope = false) =>
    fixFor(wanted, { key, policy: { ...policy, memberScopes }, mayGiveAnyScope });
  const ask = { kind: 'ask_for_scope', params: { scope: 'orders:write' }, canApply: false, isDone: false };
  const add = { kind: 'add_scope', params: { scope: 'orders:write' }, canApply: true, isDone: false };
  expect(under(['read'])).toEqual(ask);
  expect(under([])).toEqual(ask);
  // With `*` in the list, members may give `*`, and no other scope.
  expect(under(['*'])).toEqual(ask);
  expect(under(['orders:write'])).toEqual(add);
  expect(under(undefined)).toEqual(add);
  expect(under([], true)).toEqual(add);
  const done = fixFor(wanted, { key: keyWith({ scopes: ['orders:write'] }), policy: { ...policy, memberScopes: [] } });
  expect(done).toMatchObject({ kind: 'add_scope', isDone: true });
});

test('a scope is added where the policy names it', () => {
  const wanted = { reason: 'scope_missing', method: 'POST', path: '/v1/orders' } as const;
  const add = { kind: 'add_scope', params: { scope: 'orders:write' } };
  expect(fixFor(wanted)).toEqual({ ...add, canApply: true, isDone: false });
  expect(fixFor(wanted, { key: keyWith({ scopes: ['*'] }) })).toEqual({ ...add, canApply: false, isDone: true });
  expect(fixFor({ reason: 'scope_missing' })).toMatchObject({ kind: 'edit_scopes', canApply: false });
});

test('a disabled key is enabled, once', () => {
  expect(fixFor({ reason: 'key_disabled' }, { key: keyWith({}, { disabledAtMs: nowMs }) }).canApply).toBe(true);
  expect(fixFor({ reason: 'key_disabled' })).toMatchObject({ kind: 'enable', isDone: true });
});

test('an expiry moves by 90 days, within the longest life under the policy', () => {
  const expired = keyWith({}, { expiresAtMs: nowMs - 1 });
  const reason = 'key_expired';
  expect(fixFor({ reason }, { key: expired })).toEqual({
    kind: 'extend',
    params: { expiresAt: new Date(nowMs + 90 * dayMs).toISOString() },
    canApply: true,
    isDone: false,
  });
  const bounded = { ...policy, expiry: { defaultDays: undefined, maxDays: 31 } };
  expect(fixFor({ reason }, { key: expired, policy: bounded }).params).toEqual({
    expiresAt: new Date(nowMs + 30 * dayMs).toISOString(),
  });
  const spent = { ...policy, expiry: { defaultDays: undefined, maxDays: 1 } };
  expect(fixFor({ reason }, { key: expired, policy: spent }).kind).toBe('create_replacement');
  expect(fixFor({ reason }).kind).toBe('use_newest_secret');
});

test('an expiry that a person saw is still the same fix while it grants no more than the present one', () => {
  const at = (ms: number) => ({ kind: 'extend', params: { expiresAt: new Date(ms).toISOString() } }) as const;
  const [shown, now] = [at(nowMs + 90 * dayMs), at(nowMs + 90 * dayMs + 60_000)];
  expect(isSameFix(shown, now, nowMs + 60_000)).toBe(true);
  expect(isSameFix(now, shown, nowMs)).toBe(false);
  expect(isSameFix(at(nowMs - 1), now, nowMs)).toBe(false);
  expect(isSameFix({ kind: 'extend', params: {} }, now, nowMs)).toBe(false);
  expect(isSameFix({ kind: 'extend', params: { expiresAt: 'soon' } }, now, nowMs)).toBe(false);
  expect(isSameFix({ kind: 'enable', params: shown.params }, { kind: 'enable', params: {} }, nowMs)).toBe(false);
});
