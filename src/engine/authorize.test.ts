// The whole decision: immediate when the key is in memory, each reason for its cause, no quota for refused requests.
import { describe, expect, test } from 'vitest';
import { createInProcessLimiter } from '../coordination/in-process.ts';
import type { Organization } from '../domain/api-key.ts';
import { createManualClock } from '../domain/clock.ts';
import type { Policy, ProtectedApi } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import { digestSecret, generateSecret, type SecretFormat } from '../domain/secret.ts';
import type { Verdict } from '../domain/verdict.ts';
import { commonPolicy } from '../profiles/profile.ts';
import { createAuthorize } from './authorize.ts';
import { createClientCharge } from './client-charge.ts';
import { KeyCache } from './key-cache.ts';
import { LookUpBudget } from './look-up-budget.ts';
import type { Limiter, StoredSecret } from './ports.ts';

const format: SecretFormat = { prefixes: { live: 'sk_live_', test: 'sk_test_' }, length: 48 };
const startMs = 28_333_333 * 60_000;
const sixty = [{ limit: 60, windowSeconds: 60 }];

interface Setting {
  readonly policy?: Partial<Policy>;
  readonly limiter?: Limiter;
  readonly clientLimiter?: Limiter;
  readonly budget?: LookUpBudget;
  readonly format?: SecretFormat;
}

/** One API over a store that is a map, with every observable effect. */
function createSetting({
  policy,
  limiter = createInProcessLimiter(),
  clientLimiter = createInProcessLimiter(),
  budget,
  format: secretFormat = format,
}: Setting = {}) {
  const api: ProtectedApi = {
    id: 'api',
    source: { kind: 'header', header: 'x-api-key' },
    secret: secretFormat,
    policy: { ...commonPolicy, ...policy },
  };
  const clock = createManualClock(startMs + 1);
  const records = new Map<string, StoredSecret>();
  const faults: unknown[] = [];
  const store = { isDown: false, reads: 0 };
  const keys = new KeyCache({
    store: {
      async findSecret(digest) {
        store.reads++;
        if (store.isDown) throw new Error('the store is down');
        return records.get(digest);
      },
    },
    policyOf: () => api.policy,
    ...(budget !== undefined && { budget }),
  });
  const authorize = createAuthorize(api, {
    keys,
    limiter,
    chargeClient: createClientCharge(api, { clientLimiter, clock }),
    clock,
    onFault: (error) => faults.push(error),
  });

  function addKey(change: Partial<StoredSecret['key']> = {}, orgStatus: Organization['status'] = 'active'): string {
    const secret = generateSecret(secretFormat, change.environment ?? 'live');
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
        restrictions: { addresses: [], referrers: [], endpoints: [], scopes: [] },
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

  const factsOf = (secret: string | undefined, change: Partial<RequestFacts> = {}): RequestFacts => ({
    method: 'GET',
    path: '/v1/users',
    rawHeaders: secret === undefined ? [] : ['x-api-key', secret],
    clientAddress: '203.0.113.7',
    environment: 'live',
    ...change,
  });
  const decide = async (secret: string | undefined, change?: Partial<RequestFacts>): Promise<Verdict> =>
    authorize(factsOf(secret, change));
  return { authorize, addKey, decide, factsOf, records, faults, store, keys, clock };
}

const brokenLimiter: Limiter = {
  take: () => Promise.reject(new Error('the limiter is down')),
  peek: () => Promise.reject(new Error('the limiter is down')),
};
const throwingLimiter: Limiter = {
  take() {
    throw new Error('the limiter is broken');
  },
  peek() {
    throw new Error('the limiter is broken');
  },
};

describe('authorize', () => {
  test('answers with a promise when the key must be read and at once when it is in memory', async () => {
    const { authorize, addKey, factsOf, store } = createSetting({ policy: { rateLimits: sixty } });
    const secret = addKey();
    const first = authorize(factsOf(secret));
    expect(first).toBeInstanceOf(Promise);
    expect((await first).kind).toBe('allowed');
    const second = authorize(factsOf(secret));
    expect(second).not.toBeInstanceOf(Promise);
    expect(second).toMatchObject({
      kind: 'allowed',
      key: { id: 'key_1', apiId: 'api', orgId: 'org_1', environment: 'live', scopes: [] },
      rate: { limit: 60, remaining: 58 },
    });
    expect(store.reads).toBe(1);
  });

  test('refuses as rate_limited, without a fault, when the client looked up too many unknown keys', async () => {
    const clock = createManualClock(0);
    const budget = new LookUpBudget({ clock, onSpent: () => undefined });
    const { addKey, decide, faults, store } = createSetting({ budget });
    const known = addKey();
    await decide(known);
    for (let at = 0; at < 1_000; at++) await decide(generateSecret(format, 'live'));
    const asked = store.reads;
    expect(await decide(addKey())).toEqual({
      kind: 'refused',
      reason: 'rate_limited',
      key: undefined,
      rate: undefined,
    });
    expect([store.reads, faults]).toEqual([asked, []]);
    expect((await decide(known)).kind).toBe('allowed');
    clock.advance(1_000);
    expect((await decide(addKey())).kind).toBe('allowed');
  });

  test('without a checksum, rations typing errors like unknown keys, and asks nothing for another alphabet', async () => {
    const clock = createManualClock(0);
    const budget = new LookUpBudget({ clock, onSpent: () => undefined });
    const bare: SecretFormat = { prefixes: { live: 'AKIA' }, length: 36, alphabet: 'base32' };
    const { addKey, decide, store } = createSetting({ budget, format: bare });
    const known = addKey();
    await decide(known);
    const typed = known.slice(0, -1) + (known.endsWith('A') ? 'B' : 'A');
    for (const text of [`${known.slice(0, -1)}0`, known.toLowerCase(), known.slice(1), `${known}A`]) {
      expect(await decide(text)).toMatchObject({ reason: 'credential_malformed' });
    }
    expect(store.reads).toBe(1);
    expect(await decide(typed)).toMatchObject({ reason: 'key_unknown' });
    for (let at = 0; at < 1_000; at++) await decide(generateSecret(bare, 'live'));
    const asked = store.reads;
    expect(await decide(generateSecret(bare, 'live'))).toMatchObject({ reason: 'rate_limited' });
    expect(store.reads).toBe(asked);
    expect((await decide(known)).kind).toBe('allowed');
  });

  test('returns no rate for a key without limits', async () => {
    const { addKey, decide } = createSetting();
    expect(await decide(addKey())).toMatchObject({ kind: 'allowed', rate: undefined });
  });

  test('refuses noise and typing errors at once, without asking the store', () => {
    const { authorize, addKey, factsOf, store } = createSetting();
    const secret = addKey();
    const typed = secret.slice(0, -1) + (secret.endsWith('0') ? '1' : '0');
    for (const text of [typed, 'sk_live_abc123xyz789', '$env://X', `${secret}x`]) {
      expect(authorize(factsOf(text))).toEqual({
        kind: 'refused',
        reason: 'credential_malformed',
        key: undefined,
        rate: undefined,
      });
    }
    expect(store.reads).toBe(0);
  });

  test('names each reason before a key is known, and no key', async () => {
    const { addKey, decide } = createSetting();
    const secret = addKey();
    const refused = (reason: string) => ({ kind: 'refused', reason, key: undefined, rate: undefined });
    expect(await decide(undefined)).toEqual(refused('credential_missing'));
    expect(await decide('')).toEqual(refused('credential_missing'));
    expect(await decide(secret, { rawHeaders: ['x-api-key', secret, 'x-api-key', secret] })).toEqual(
      refused('credential_ambiguous'),
    );
    expect(await decide(generateSecret(format, 'live'))).toEqual(refused('key_unknown'));
    expect(await decide(addKey({ apiId: 'another' }))).toEqual(refused('key_unknown'));
  });

  test('names each reason of a known key, and the key for its owner', async () => {
    const { addKey, decide } = createSetting();
    const restricted = (restrictions: Partial<StoredSecret['key']['restrictions']>) =>
      addKey({ restrictions: { addresses: [], referrers: [], endpoints: [], scopes: [], ...restrictions } });
    const rows: [string, string, Partial<RequestFacts>?][] = [
      ['org_suspended', addKey({}, 'suspended')],
      ['key_revoked', addKey({ revokedAtMs: 1 })],
      ['key_expired', addKey({ expiresAtMs: startMs })],
      ['environment_mismatch', addKey({ environment: 'test' })],
      ['address_not_allowed', restricted({ addresses: ['1.2.3.4'] })],
      ['referrer_not_allowed', restricted({ referrers: ['example.com'] })],
      ['path_not_canonical', addKey(), { path: '/v1#users' }],
      ['path_not_canonical', restricted({ endpoints: ['GET /v1/**'] }), { path: '/v1//users' }],
      ['endpoint_not_allowed', restricted({ endpoints: ['POST /v1/users'] })],
      ['scope_missing', addKey(), { requiredScopes: ['admin'] }],
    ];
    for (const [reason, secret, change] of rows) {
      expect(await decide(secret, change)).toMatchObject({ kind: 'refused', reason, key: { orgId: 'org_1' } });
    }
    const blocked = createSetting({ policy: { addresses: { mode: 'exact_ipv4', whenEmpty: 'block' } } });
    expect(await blocked.decide(blocked.addKey())).toMatchObject({ kind: 'refused', reason: 'address_list_empty' });
  });

  test('expires a cached key at its very millisecond', async () => {
    const { addKey, decide, clock } = createSetting();
    const secret = addKey({ expiresAtMs: startMs + 10 });
    clock.set(startMs + 9);
    expect((await decide(secret)).kind).toBe('allowed');
    clock.set(startMs + 10);
    expect(await decide(secret)).toMatchObject({ reason: 'key_expired' });
  });

  test('refuses the next request after the cache forgot a revoked key', async () => {
    const { addKey, decide, records, keys } = createSetting();
    const secret = addKey();
    expect((await decide(secret)).kind).toBe('allowed');
    const digest = digestSecret(secret);
    const stored = records.get(digest) as StoredSecret;
    records.set(digest, { ...stored, key: { ...stored.key, revokedAtMs: startMs } });
    keys.forgetSecrets([digest]);
    expect(await decide(secret)).toMatchObject({ reason: 'key_revoked' });
  });

  test('admits exactly 60 of 200 parallel requests in a minute, and again in the next', async () => {
    const { addKey, decide, clock } = createSetting({ policy: { rateLimits: sixty } });
    const secret = addKey();
    const burst = () => Promise.all(Array.from({ length: 200 }, () => decide(secret)));
    const verdicts = await burst();
    expect(verdicts.filter((verdict) => verdict.kind === 'allowed')).toHaveLength(60);
    const last = verdicts.at(-1);
    expect(last).toMatchObject({ reason: 'rate_limited', key: { id: 'key_1' } });
    expect(last?.rate).toEqual({
      limit: 60,
      windowSeconds: 60,
      remaining: 0,
      resetAtMs: startMs + 60_000,
      readAtMs: startMs + 1,
    });
    clock.set(startMs + 60_000);
    expect((await burst()).filter((verdict) => verdict.kind === 'allowed')).toHaveLength(60);
  });

  test('spends no quota on a refused request', async () => {
    const { addKey, decide } = createSetting({ policy: { rateLimits: sixty } });
    const secret = addKey();
    for (let round = 0; round < 100; round++) {
      expect(await decide(secret, { environment: 'test' })).toMatchObject({ reason: 'environment_mismatch' });
    }
    expect(await decide(secret)).toMatchObject({ kind: 'allowed', rate: { remaining: 59 } });
  });

  test('is unavailable while the store is down, reports the fault, and recovers', async () => {
    const { addKey, decide, store, faults } = createSetting();
    const cached = addKey();
    const other = addKey();
    await decide(cached);
    store.isDown = true;
    expect(await decide(other)).toEqual({ kind: 'refused', reason: 'unavailable', key: undefined, rate: undefined });
    expect(faults).toEqual([new Error('the store is down')]);
    expect((await decide(cached)).kind).toBe('allowed');
    store.isDown = false;
    expect((await decide(other)).kind).toBe('allowed');
  });

  test('is unavailable for a corrupt record, and for that key only', async () => {
    const { addKey, decide, faults } = createSetting();
    const good = addKey();
    const bad = addKey({ restrictions: { addresses: ['10.0.0.0/'], referrers: [], endpoints: [], scopes: [] } });
    expect(await decide(bad)).toMatchObject({ reason: 'unavailable' });
    expect(faults).toHaveLength(1);
    expect((await decide(good)).kind).toBe('allowed');
  });

  test.each([
    ['rejects', brokenLimiter],
    ['throws', throwingLimiter],
  ])('is unavailable, never open, when the limiter %s', async (_what, limiter) => {
    const { addKey, decide, faults } = createSetting({ policy: { rateLimits: sixty }, limiter });
    expect(await decide(addKey())).toEqual({ kind: 'refused', reason: 'unavailable', key: undefined, rate: undefined });
    expect(faults).toHaveLength(1);
  });

  test('waits for a limiter that answers later', async () => {
    const inner = createInProcessLimiter();
    const limiter: Limiter = {
      take: async (...args) => inner.take(...args),
      peek: async (...args) => inner.peek(...args),
    };
    const { addKey, decide } = createSetting({ policy: { rateLimits: [{ limit: 1, windowSeconds: 60 }] }, limiter });
    const secret = addKey();
    expect(await decide(secret)).toMatchObject({ kind: 'allowed', rate: { remaining: 0 } });
    expect(await decide(secret)).toMatchObject({ kind: 'refused', reason: 'rate_limited' });
  });
});

describe('with a policy that counts refused requests', () => {
  const counting = { rateLimits: sixty, countsRefusals: true };

  test('the 61st refused request of a client is a 429; other clients and keys are unaffected', async () => {
    const { addKey, decide, clock } = createSetting({ policy: counting });
    const secret = addKey();
    for (let left = 59; left >= 0; left--) {
      expect(await decide(undefined)).toMatchObject({
        reason: 'credential_missing',
        rate: { limit: 60, remaining: left },
      });
    }
    expect(await decide(generateSecret(format, 'live'))).toMatchObject({
      reason: 'rate_limited',
      key: undefined,
      rate: { remaining: 0, resetAtMs: startMs + 60_000 },
    });
    expect(await decide(undefined, { path: '//' })).toMatchObject({ reason: 'rate_limited' });
    expect(await decide(secret)).toMatchObject({ kind: 'allowed', rate: { remaining: 59 } });
    expect(await decide(undefined, { clientAddress: '203.0.113.8' })).toMatchObject({ reason: 'credential_missing' });
    clock.set(startMs + 60_000);
    expect(await decide(undefined)).toMatchObject({ reason: 'credential_missing', rate: { remaining: 59 } });
  });

  test('wrong guesses about a key never use up its limit', async () => {
    const { addKey, decide } = createSetting({ policy: counting });
    const secret = addKey({ environment: 'test' });
    for (let round = 0; round < 100; round++) await decide(secret);
    expect(await decide(secret)).toMatchObject({ reason: 'rate_limited', key: { id: 'key_1' } });
    expect(await decide(secret, { environment: 'test' })).toMatchObject({ kind: 'allowed', rate: { remaining: 59 } });
  });

  test('a /64 of IPv6 is one client, and so are all clients with an unknown address', async () => {
    const { decide } = createSetting({ policy: counting });
    for (let host = 1; host <= 60; host++) await decide(undefined, { clientAddress: `2001:db8:1:2::${host}` });
    expect(await decide(undefined, { clientAddress: '2001:db8:1:2:ffff::1' })).toMatchObject({
      reason: 'rate_limited',
    });
    expect(await decide(undefined, { clientAddress: '2001:db8:1:3::1' })).toMatchObject({
      reason: 'credential_missing',
    });
    for (let round = 0; round < 60; round++) await decide(undefined, { clientAddress: undefined });
    expect(await decide(undefined, { clientAddress: undefined })).toMatchObject({ reason: 'rate_limited' });
  });

  test.each([
    ['rejects', brokenLimiter],
    ['throws', throwingLimiter],
  ])("a request is unavailable when the clients' limiter %s", async (_what, clientLimiter) => {
    const { decide, faults } = createSetting({ policy: counting, clientLimiter });
    expect(await decide(undefined)).toMatchObject({ reason: 'unavailable' });
    expect(faults).toHaveLength(1);
  });

  test('without such a policy, or without a limit, nothing is counted', async () => {
    const { decide } = createSetting({ policy: { rateLimits: sixty }, clientLimiter: throwingLimiter });
    for (let round = 0; round < 70; round++)
      expect(await decide(undefined)).toMatchObject({ reason: 'credential_missing' });
    const off = createSetting({ policy: { countsRefusals: true }, clientLimiter: throwingLimiter });
    expect(await off.decide(undefined)).toMatchObject({ reason: 'credential_missing', rate: undefined });
  });
});
