// Refuses keys and superseded secrets from the very millisecond of their expiry.
import type { Check } from './check.ts';

export const checkExpiry: Check = (key, _facts, _policy, nowMs) =>
  key.expiresAtMs <= nowMs ? 'key_expired' : undefined;
