// Brings a committed change into force on every node: this node's cache forgets, then the barrier waits for the others.
import { OperationalError } from '../domain/operational-error.ts';
import { createBarrier } from './barrier.ts';
import { createNodeLease, type NodeLease, type Reporter } from './lease.ts';
import { backgroundTimer } from './monotonic-clock.ts';
import type { ForgetfulCache, LeaseStore, Notifications, Position } from './ports.ts';

/** The node's parts that `createNodeCoherence` connects. */
export interface NodeCoherenceOptions {
  readonly leases: LeaseStore;
  readonly notifications: Notifications;
  readonly cache: ForgetfulCache;
  readonly nodeName: string;
  /** How long the cache may serve while the store does not answer. Default 0: not at all. */
  readonly serveCachedMs?: number;
  /** What else the node's renewals carry. Default: nothing. */
  readonly reporter?: Reporter;
  /** Called when the store does not answer. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /**
   * Called after a change that some nodes may not know for a time. Happens only where nodes serve from their caches.
   */
  readonly onBounded: (unreached: Unreached) => void;
}

/**
 * Nodes that may decide from the older state, for at most `forAtMostMs`. `nodes`: their ids; `undefined` when the store
 * could not be asked.
 */
export interface Unreached {
  readonly nodes: readonly string[] | undefined;
  readonly forAtMostMs: number;
}

/** This node's lease, and the wait that makes a change hold on all nodes. */
export interface NodeCoherence {
  readonly lease: NodeLease;
  /**
   * Call it after the commit at `position`. Drops the changed records from this node's cache, then resolves when no
   * node decides from the older state, except for the nodes that it returns. `undefined`: there are none. Rejects with
   * `outcome_unknown` after a failover.
   */
  hold(
    change: { readonly digests: readonly string[]; readonly orgIds: readonly string[] },
    position: Position,
  ): Promise<Unreached | undefined>;
  /** Stops the sweeps and removes this node's record, so that no change waits for it. */
  close(): Promise<void>;
}

/**
 * As often as nodes renew. A change counts a silent node's lease from when its newest renewal was first seen, and
 * sweeps see it early. So a change that already waited for a cut-off node's lock need not wait a whole lease more.
 */
const sweepEveryMs = 250;

/**
 * Creates this node's lease and barrier, and sweeps every 250 ms until `close`. `lease.join()` starts the lease. Throws
 * a `TypeError` for a negative `serveCachedMs`.
 */
export function createNodeCoherence(options: NodeCoherenceOptions): NodeCoherence {
  const { leases: store, notifications, cache, nodeName, serveCachedMs = 0, reporter, onFault, onBounded } = options;
  const lease = createNodeLease({ store, cache, notifications, nodeName, serveCachedMs, reporter, onFault });
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
