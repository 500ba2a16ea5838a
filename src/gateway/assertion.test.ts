import { createLocalJWKSet, decodeProtectedHeader, type JWK, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { noAnnotations } from '../domain/annotations.ts';
import type { AuthorizedKey } from '../domain/api-key.ts';
import { createManualClock } from '../domain/clock.ts';
import { createAssertions, generateSigningKey } from './assertion.ts';

const clock = createManualClock(1_767_268_800_400);
const holder = {
  id: 'key_1',
  orgId: 'org_1',
  apiId: 'acme',
  environment: 'live',
  scopes: ['users:read', 'users:write'],
  metadata: noAnnotations.metadata,
} as unknown as AuthorizedKey;

function publicPartOf({ d: _, ...rest }: JWK): JWK {
  return rest;
}

test('an assertion has the documented header and claims', async () => {
  const key = await generateSigningKey();
  const { assert, jwks } = await createAssertions(key, clock);
  const token = await assert(holder);
  expect(jwks).toEqual({ keys: [publicPartOf(key)] });
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet({ keys: [...jwks.keys] }), {
    currentDate: new Date(clock.nowMs()),
  });
  expect(protectedHeader).toEqual({ alg: 'EdDSA', kid: key.kid, typ: 'JWT' });
  expect(payload).toEqual({
    iss: 'miftah',
    aud: 'acme',
    sub: 'key_1',
    org: 'org_1',
    env: 'live',
    scope: 'users:read users:write',
    iat: 1_767_268_800,
    exp: 1_767_268_860,
  });
});

test('of several keys the first signs, and all are published without their private parts', async () => {
  const [first, second] = [await generateSigningKey(), await generateSigningKey()];
  const third = publicPartOf(await generateSigningKey());
  const { assert, jwks } = await createAssertions({ keys: [{ ...first, key_ops: ['sign'] }, second, third] }, clock);
  expect(decodeProtectedHeader(await assert(holder)).kid).toBe(first.kid);
  expect(jwks.keys).toEqual([publicPartOf(first), publicPartOf(second), third]);
});

test('anything else is no signing key', async () => {
  const key = await generateSigningKey();
  const others: readonly unknown[] = [
    ...[{}, [], null, 'key', { keys: [] }, { keys: {} }, { keys: [null] }, { keys: [key, {}] }],
    ...[publicPartOf(key), { keys: [publicPartOf(key), await generateSigningKey()] }],
    ...[
      { ...key, kid: undefined },
      { ...key, x: undefined },
      { ...key, crv: 'X25519' },
      { ...key, kty: 'OKp' },
    ],
    { keys: [key, key] },
  ];
  for (const other of others)
    await expect(createAssertions(other as JWK, clock), JSON.stringify(other)).rejects.toBeInstanceOf(TypeError);
});
