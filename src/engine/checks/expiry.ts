// Refuses keys, and secrets that a rotation replaced, from the millisecond of their end on.
import type { Check } from './check.ts';

export const checkExpiry: Check = (key, _facts, _policy, nowMs) =>
  key.expiresAtMs <= nowMs ? 'key_expired' : undefined;
