// Runs the revocation barrier: a change waits here between its commit and its reply.
import {
  type BarrierEffect,
  type BarrierInput,
  type BarrierOutcome,
  type BarrierTerms,
  initialBarrier,
  stepBarrier,
} from './barrier-core.ts';
import { foregroundTimer, waiterClock } from './monotonic-clock.ts';
import {
  leaseMs as agreedLeaseMs,
  type LeaseStore,
  type MonotonicClock,
  type Notifications,
  type Position,
  type Timer,
} from './ports.ts';

export type { BarrierOutcome } from './barrier-core.ts';

export interface BarrierOptions {
  readonly store: Pick<LeaseStore, 'listNodes' | 'removeNode'>;
  /** Without them, the barrier looks for acknowledgements every 20 ms. */
  readonly notifications?: Pick<Notifications, 'onAcknowledged'> | undefined;
  /** This process's own lease. Each wait renews it at once. */
  readonly lease?: { lookNow(): void } | undefined;
  /**
   * Called when the nodes can't be read, once until a read succeeds, and when a record can't be removed. Must not
   * throw.
   */
  readonly onFault: (error: unknown) => void;
  /** The same as the leases use. Default 1,000. */
  readonly leaseMs?: number;
  /** The same as the leases use. Default 0. */
  readonly serveCachedMs?: number;
  /** Must not run ahead of real time. */
  readonly clock?: MonotonicClock;
  readonly timer?: Timer;
}

/** Holds a change back until it is in force on every node. */
export interface Barrier {
  /**
   * Waits until no node decides from a state older than `position`, which must be committed. Resolves within a lease
   * and its margins (1.06 s with a lease of 1 s), even when the store does not answer. Never rejects. Safe
   * concurrently.
   *
   * A command that found nothing to change must wait too, for the newest position that its transaction read. The state
   * that it reports may be another command's change that still waits here, or whose caller died.
   */
  settled(position: Position): Promise<BarrierOutcome>;
  /** Looks at the nodes. Regular calls remove the records of nodes that are gone, so that no change waits for them. */
  sweep(): void;
  /** Stops listening. Changes that already wait are settled as usual. */
  close(): void;
}

const marginMs = 50;
const pollEveryMs = 20;

/** Creates this process's barrier. It does nothing until `settled` or `sweep` is called. */
export function createBarrier(options: BarrierOptions): Barrier {
  const { store, notifications, lease, onFault, clock = waiterClock, timer = foregroundTimer } = options;
  const { leaseMs = agreedLeaseMs, serveCachedMs = 0 } = options;
  const terms: BarrierTerms = { leaseMs, serveCachedMs, marginMs, pollEveryMs, requestTimeoutMs: leaseMs / 2 };
  const callers = new Map<number, (outcome: BarrierOutcome) => void>();
  let state = initialBarrier;
  let ids = 0;
  let isStoreOut = false;
  let stopTimer: (() => void) | undefined;

  function feed(input: BarrierInput): void {
    const stepped = stepBarrier(state, input, terms);
    state = stepped.state;
    for (const effect of stepped.effects) carryOut(effect);
    if (state.waits.length === 0) stopTimer?.();
  }

  function carryOut(effect: BarrierEffect): void {
    switch (effect.kind) {
      case 'look':
        look(effect.number);
        break;
      case 'conclude':
        callers.get(effect.id)?.(effect.outcome);
        callers.delete(effect.id);
        break;
      case 'remove':
        store.removeNode(effect.nodeId, effect.number).catch(onFault);
        break;
      case 'wake':
        stopTimer?.();
        stopTimer = timer.start(Math.max(0, effect.atMs - clock.nowMs()), () => {
          feed({ kind: 'tick', nowMs: clock.nowMs() });
        });
    }
  }

  function look(number: number): void {
    store.listNodes().then(
      (list) => {
        isStoreOut = false;
        feed({ kind: 'listed', look: number, list, nowMs: clock.nowMs() });
      },
      (error: unknown) => {
        if (!isStoreOut) onFault(error);
        isStoreOut = true;
        feed({ kind: 'failed', look: number, nowMs: clock.nowMs() });
      },
    );
  }

  const stopListening = notifications?.onAcknowledged(() => feed({ kind: 'hint', nowMs: clock.nowMs() }));

  return {
    settled(position) {
      const { promise, resolve } = Promise.withResolvers<BarrierOutcome>();
      const id = ++ids;
      callers.set(id, resolve);
      feed({ kind: 'settle', id, position, nowMs: clock.nowMs() });
      lease?.lookNow();
      return promise;
    },
    sweep: () => feed({ kind: 'sweep', nowMs: clock.nowMs() }),
    close: () => stopListening?.(),
  };
}
