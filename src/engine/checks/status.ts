// Refuses keys that were revoked. Their tombstone stays, so the owner reads "revoked" and not "unknown".
import type { Check } from './check.ts';

export const checkStatus: Check = (key) => (key.isRevoked ? 'key_revoked' : undefined);
