// Refuses keys that were revoked or are switched off. A revoked key's tombstone stays, so the owner reads "revoked", not "unknown".
import type { Check } from './check.ts';

export const checkStatus: Check = (key) => {
  if (key.isRevoked) return 'key_revoked';
  return key.isDisabled ? 'key_disabled' : undefined;
};
