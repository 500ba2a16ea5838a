// The lifecycle of a key.
import { expect, test } from 'vitest';
import { keyStatus } from './api-key.ts';

test.each([
  ['without an end is active', null, null, null, 5000, 'active'],
  ['is active to the millisecond before its expiry', 5000, null, null, 4999, 'active'],
  ['is expired from the millisecond of its expiry on', 5000, null, null, 5000, 'expired'],
  ['that is revoked is revoked', null, 1000, null, 5000, 'revoked'],
  ['that is revoked and expired is revoked', 2000, 3000, 1000, 5000, 'revoked'],
  ['that is disabled is disabled', null, null, 4000, 5000, 'disabled'],
  ['that is disabled and expired is expired', 5000, null, 4000, 5000, 'expired'],
] as const)('a key %s', (_what, expiresAtMs, revokedAtMs, disabledAtMs, nowMs, status) => {
  expect(keyStatus({ expiresAtMs, revokedAtMs, disabledAtMs }, nowMs)).toBe(status);
});
