// How a committed change comes to hold where there is one node: its own cache forgets.
import type { KeyCache } from '../engine/key-cache.ts';
import type { Coherence, ForgottenByChange } from './ports.ts';

type Forgetful = Pick<KeyCache, 'forgetSecrets' | 'forgetOrganization'>;

export function createLocalCoherence(cache: Forgetful): Coherence {
  return { hold: async (change) => forget(cache, change) };
}

/** From now on `cache` serves nothing that was before the change. */
function forget(cache: Forgetful, { digests, orgIds }: ForgottenByChange): void {
  cache.forgetSecrets(digests);
  for (const orgId of orgIds) cache.forgetOrganization(orgId);
}
