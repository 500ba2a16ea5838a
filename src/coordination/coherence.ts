// How a committed change comes to hold on every node: the own cache forgets, then the barrier waits for the others.
import { OperationalError } from '../domain/operational-error.ts';
import { createBarrier } from './barrier.ts';
import { createNodeLease, type NodeLease } from './lease.ts';
import { backgroundTimer } from './monotonic-clock.ts';
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
  readonly onBounded: (unreached: Unreached) => void;
}

/** Nodes that may go on with what they had; without `nodes` the store could not be asked which. */
export interface Unreached {
  readonly nodes: readonly string[] | undefined;
  readonly forAtMostMs: number;
}

export interface NodeCoherence {
  readonly lease: NodeLease;
  /**
   * Resolves when no node decides by what was before the change, but for those that it names. Rejects with `outcome_unknown`
   * after a failover.
   */
  hold(
    change: { readonly digests: readonly string[]; readonly orgIds: readonly string[] },
    position: Position,
  ): Promise<Unreached | undefined>;
  /** Takes this node off the record, so that nobody waits for it. */
  close(): Promise<void>;
}

/**
 * As often as leases are renewed: a change counts a silent node's lease from when its newest renewal was first seen. One that had
 * to wait for another's change first, whose node was cut off in the middle of it, has then waited for the lease meanwhile.
 */
const sweepEveryMs = 250;

export function createNodeCoherence(options: NodeCoherenceOptions): NodeCoherence {
  const { leases: store, notifications, cache, nodeName, serveCachedMs = 0, onFault, onBounded } = options;
  const lease = createNodeLease({ store, cache, notifications, nodeName, serveCachedMs, onFault });
  const barrier = createBarrier({ store, notifications, lease, serveCachedMs, onFault });
  let stopSweeping: (() => void) | undefined;
  const sweepLater = (): void => {
    stopSweeping = backgroundTimer.start(sweepEveryMs, () => {
      barrier.sweep();
      sweepLater();
    });
  };
  sweepLater();
  return {
    lease,
    async hold(change, position) {
      cache.forget(change);
      const outcome = await barrier.settled(position);
      if (outcome.kind === 'settled') return undefined;
      if (outcome.kind === 'bounded') {
        const unreached = { nodes: outcome.unreached, forAtMostMs: outcome.forAtMostMs };
        onBounded(unreached);
        return unreached;
      }
      throw new OperationalError(
        'outcome_unknown',
        'another PostgreSQL server took over during this change: read the record again, and repeat the change if it is missing',
      );
    },
    async close() {
      stopSweeping?.();
      barrier.close();
      await lease.leave();
    },
  };
}
