// Keys of another system: found by their old digest, decided like any other key, and only for APIs that accept them.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createInProcessLimiter } from '../coordination/in-process.ts';
import { createManualClock } from '../domain/clock.ts';
import { type CredentialSource, presentCredential } from '../domain/credential.ts';
import { digestImported, type ImportedFormat } from '../domain/imported-secret.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import { digestSecret, generateSecret } from '../domain/secret.ts';
import { commonPolicy } from '../profiles/profile.ts';
import { createAuthorize } from './authorize.ts';
import { createExplain } from './explain.ts';
import { KeyCache } from './key-cache.ts';
import type { StoredSecret } from './ports.ts';

const own = { prefixes: { live: 'sk_live_', test: 'sk_test_' }, length: 48 } as const;
const sha512: ImportedFormat = { algorithm: 'sha512', prefix: 'old_', minLength: 20, maxLength: 60 };

function createSetting(imported: ImportedFormat | undefined, source: CredentialSource = { kind: 'bearer' }) {
  const api: ProtectedApi = { id: 'api', source, secret: own, imported, policy: commonPolicy };
  const records = new Map<string, StoredSecret>();
  const reads: string[] = [];
  const store = {
    async findSecret(digest: string) {
      reads.push(digest);
      return records.get(digest);
    },
  };
  const parts = {
    keys: new KeyCache({ store, policyOf: () => api.policy }),
    limiter: createInProcessLimiter(),
    chargeClient: () => undefined,
    clock: createManualClock(1_700_000_000_000),
    onFault: (error: unknown) => {
      throw error;
    },
  };
  const authorize = createAuthorize(api, parts);
  const explain = createExplain(api, parts);
  const factsOf = (secret: string, change: Partial<RequestFacts> = {}): RequestFacts => {
    const { headers, query } = presentCredential(source, secret);
    return {
      method: 'GET',
      path: '/',
      rawHeaders: headers,
      query,
      clientAddress: undefined,
      environment: undefined,
      ...change,
    };
  };
  function add(digest: string, change: Partial<StoredSecret['key']> = {}): void {
    const restrictions = { addresses: [], referrers: [], endpoints: [], scopes: [] };
    const dates = { expiresAtMs: null, revokedAtMs: null, disabledAtMs: null };
    const key = {
      seq: 1,
      id: 'key_1',
      apiId: 'api',
      orgId: 'org_1',
      environment: 'live' as const,
      restrictions,
      rateLimits: [],
      grantedLimits: null,
      metadata: {},
      ...dates,
    };
    records.set(digest, {
      digest,
      endsAtMs: null,
      key: { ...key, ...change },
      org: { seq: 1, id: 'org_1', status: 'active', suspendedApis: [], grantedLimits: new Map(), metadata: {} },
    });
  }
  return { authorize, explain, factsOf, add, reads };
}

const secret = 'old_f3b2a1c0-1234-5678-9abc-def012345678';

test.for<CredentialSource>([
  { kind: 'bearer' },
  { kind: 'basic', part: 'user' },
  { kind: 'basic', part: 'password' },
  { kind: 'header', header: 'x-api-key' },
  { kind: 'query', name: 'key' },
])('is found by its digest, from the store and then from memory: $kind', async (source) => {
  const { authorize, factsOf, add, reads } = createSetting(sha512, source);
  add(digestImported(secret, 'sha512'), { environment: 'test' });
  // Never inferred: the record says test, whatever the secret looks like.
  expect(await authorize(factsOf(secret))).toMatchObject({ kind: 'allowed', key: { environment: 'test' } });
  expect(authorize(factsOf(secret))).toMatchObject({ kind: 'allowed' });
  expect(authorize(factsOf(secret, { environment: 'live' }))).toMatchObject({ reason: 'environment_mismatch' });
  expect(reads).toEqual([digestImported(secret, 'sha512')]);
});

test('is malformed, without I/O, for an API that accepts none or another format', async () => {
  const without = createSetting(undefined);
  expect(await without.authorize(without.factsOf(secret))).toMatchObject({ reason: 'credential_malformed' });
  const { authorize, factsOf, reads } = createSetting(sha512);
  for (const wrong of [secret.replace('old_', 'new_'), 'old_short', `${secret}${secret}`]) {
    expect(await authorize(factsOf(wrong))).toMatchObject({ reason: 'credential_malformed' });
  }
  expect([...without.reads, ...reads]).toEqual([]);
});

test('is unknown when it was not imported or belongs to another API, and revoked when it was revoked', async () => {
  const { authorize, factsOf, add } = createSetting(sha512);
  expect(await authorize(factsOf(secret))).toMatchObject({ reason: 'key_unknown', key: undefined });
  const foreign = `${secret}-of-another`;
  add(digestImported(foreign, 'sha512'), { apiId: 'another' });
  expect(await authorize(factsOf(foreign))).toMatchObject({ reason: 'key_unknown', key: undefined });
  const revoked = `${secret}-revoked`;
  add(digestImported(revoked, 'sha512'), { revokedAtMs: 1 });
  expect(await authorize(factsOf(revoked))).toMatchObject({ reason: 'key_revoked' });
});

test('may be as long as the API’s own secrets, and begin like them', async () => {
  const imported: ImportedFormat = { algorithm: 'sha256', prefix: '', minLength: 20, maxLength: 60 };
  const { authorize, factsOf, add } = createSetting(imported);
  const alike = `sk_live_${'x'.repeat(40)}`;
  add(createHash('sha256').update(alike).digest('hex'));
  expect(await authorize(factsOf(alike))).toMatchObject({ kind: 'allowed' });
  expect(authorize(factsOf(alike))).toMatchObject({ kind: 'allowed' });
  const ours = generateSecret(own, 'live');
  add(digestSecret(ours), { id: 'key_2' });
  expect(await authorize(factsOf(ours))).toMatchObject({ kind: 'allowed', key: { id: 'key_2' } });
});

test('in a second place is ambiguous, as a key of the API’s own would be', async () => {
  const { authorize, factsOf, add } = createSetting(sha512);
  add(digestImported(secret, 'sha512'));
  const { rawHeaders } = factsOf(secret);
  expect(await authorize(factsOf(secret, { rawHeaders: [...rawHeaders, 'X-API-Key', secret] }))).toMatchObject({
    reason: 'credential_ambiguous',
  });
});

test('is explained by its format, because it has no checksum', async () => {
  const { explain, factsOf, add } = createSetting(sha512);
  add(digestImported(secret, 'sha512'));
  const rowsOf = async (text: string) =>
    (await explain(factsOf(text))).checks.map(({ name, outcome }) => `${name} ${outcome}`).slice(0, 4);
  expect(await rowsOf(secret)).toEqual([
    'credential passed',
    'imported format passed',
    'known passed',
    'status passed',
  ]);
  expect((await rowsOf(`${secret}x`))[2]).toBe('known refused');
  expect((await rowsOf('old_short')).slice(1, 3)).toEqual(['checksum refused', 'known not_reached']);
});
