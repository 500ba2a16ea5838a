// The revocation barrier, driven: a change waits here between its commit and its reply.
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
  /** Without them acknowledgements are looked for every 20 ms. */
  readonly notifications?: Pick<Notifications, 'onAcknowledged'> | undefined;
  /** This process's own lease, which is then renewed at once. */
  readonly lease?: { lookNow(): void } | undefined;
  /** Told why the nodes could not be read, the first time after one that went well; for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** As the leases have it. Default 1,000. */
  readonly leaseMs?: number;
  /** As the leases have it. Default 0. */
  readonly serveCachedMs?: number;
  /** Must not run ahead of real time. */
  readonly clock?: MonotonicClock;
  readonly timer?: Timer;
}

export interface Barrier {
  /**
   * Waits until no node decides by anything older than `position`, which must be committed when this is called. Resolves within
   * a lease and its margins (1.06 s with a lease of 1 s), also when the store does not answer. Never rejects. Safe concurrently.
   *
   * A command that found nothing to change waits for the newest position that its transaction read: what it reports may be
   * another's change that is still at its own barrier, or whose caller died there.
   */
  settled(position: Position): Promise<BarrierOutcome>;
  /**
   * Looks at the nodes. Done every few seconds, it removes the records of nodes that are gone, so that no change waits for them.
   */
  sweep(): void;
  /** Stops to listen. What waits goes on to its end. */
  close(): void;
}

const marginMs = 50;
const pollEveryMs = 20;

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
