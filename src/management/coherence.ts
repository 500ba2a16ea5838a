// Coherence with one node: its own cache forgets each change.
import type { KeyCache } from '../engine/key-cache.ts';
import type { Coherence } from './ports.ts';

/** The coherence of a single node. No node is unreached. */
export function createLocalCoherence(cache: Pick<KeyCache, 'forget'>): Coherence {
  return {
    async hold(change) {
      cache.forget(change);
      return undefined;
    },
  };
}
