// How a committed change comes to hold on every node: the own cache forgets, then the barrier waits for the others.
import { OperationalError } from '../domain/operational-error.ts';
import { type BarrierOutcome, createBarrier } from './barrier.ts';
import { createNodeLease, type NodeLease } from './lease.ts';
import type { ForgetfulCache, LeaseStore, Notifications, Position } from './ports.ts';

export interface NodeCoherenceOptions {
  readonly leases: LeaseStore;
  readonly notifications: Notifications;
  readonly cache: ForgetfulCache;
  readonly nodeName: string;
  /** How long the cache goes on while the store does not answer. Default 0. */
  readonly serveCachedMs?: number;
  /** Told of a store that does not answer. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** Told of a change that some nodes may not know of for a time, which only happens where nodes serve from their caches. */
  readonly onBounded: (outcome: Extract<BarrierOutcome, { kind: 'bounded' }>) => void;
}

export interface NodeCoherence {
  readonly lease: NodeLease;
  /** Resolves when no node decides by what was before the change. Rejects with `outcome_unknown` after a failover. */
  hold(
    change: { readonly digests: readonly string[]; readonly orgIds: readonly string[] },
    position: Position | undefined,
  ): Promise<void>;
  /** Takes this node off the record, so that nobody waits for it. */
  close(): Promise<void>;
}

export function createNodeCoherence(options: NodeCoherenceOptions): NodeCoherence {
  const { leases: store, notifications, cache, nodeName, serveCachedMs = 0, onFault, onBounded } = options;
  const lease = createNodeLease({ store, cache, notifications, nodeName, serveCachedMs, onFault });
  const barrier = createBarrier({ store, notifications, lease, serveCachedMs, onFault });
  return {
    lease,
    async hold(change, position) {
      cache.forget(change);
      if (position === undefined) return;
      const outcome = await barrier.settled(position);
      if (outcome.kind === 'bounded') onBounded(outcome);
      if (outcome.kind !== 'epoch_changed') return;
      throw new OperationalError(
        'outcome_unknown',
        'another PostgreSQL server took over while this was changed: read it again, and repeat the change if it is not there',
      );
    },
    async close() {
      barrier.close();
      await lease.leave();
    },
  };
}
