// Refuses revoked and disabled keys. The record of a revoked key stays, so its owner sees "revoked" and not "unknown".
import type { Check } from './check.ts';

export const checkStatus: Check = (key) => {
  if (key.isRevoked) return 'key_revoked';
  return key.isDisabled ? 'key_disabled' : undefined;
};
