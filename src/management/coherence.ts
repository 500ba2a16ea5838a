// How a committed change comes to hold where there is one node: its own cache forgets.
import type { KeyCache } from '../engine/key-cache.ts';
import type { Coherence } from './ports.ts';

export function createLocalCoherence(cache: Pick<KeyCache, 'forget'>): Coherence {
  return {
    async hold(change) {
      cache.forget(change);
      return undefined;
    },
  };
}
