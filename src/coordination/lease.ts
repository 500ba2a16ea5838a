// Runs a node's lease: renews it in time, makes the cache forget, and decides whether the cache may be used.
import { randomBytes } from 'node:crypto';
import { initialLease, type LeaseEffect, type LeaseInput, type LeaseTerms, stepLease } from './lease-core.ts';
import { backgroundTimer, createHolderClock } from './monotonic-clock.ts';
import {
  leaseMs as agreedLeaseMs,
  type ForgetfulCache,
  type LeaseStore,
  type MonotonicClock,
  type NodeReport,
  type Notifications,
  type Position,
  type Timer,
} from './ports.ts';

export interface NodeLeaseOptions {
  readonly store: LeaseStore;
  readonly cache: ForgetfulCache;
  /** Without them, the node learns of changes only when it renews. */
  readonly notifications?: Pick<Notifications, 'onChanged'> | undefined;
  /** The node's name for people, such as its host's name. */
  readonly nodeName: string;
  /** Called with the error of the first renewal that fails after a success, and when `leave` fails. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** How long a lease lasts; the same on all nodes. Default 1,000. */
  readonly leaseMs?: number;
  /** The time from one renewal to the next. Default 250. */
  readonly renewEveryMs?: number;
  /** How long the cache serves without a lease while the store does not answer. Default 0: not at all. */
  readonly serveCachedMs?: number;
  /** What else a renewal carries. Default: nothing. */
  readonly reporter?: Reporter | undefined;
  /** Must not fall behind real time; may leap ahead. */
  readonly clock?: MonotonicClock;
  readonly timer?: Timer;
}

/** Carries reports of this node to the store, and the open reload to this node. Its methods must not throw. */
export interface Reporter {
  describe(): NodeReport;
  /** Called with the answer to each renewal, unless a later renewal was sent. */
  observe(reload: string | undefined): void;
}

/** One process's lease among the nodes. Begins with `join`. */
export interface NodeLease {
  /** New in every process, so that an earlier process's acknowledgements don't count for this one. */
  readonly nodeId: string;
  /**
   * Whether a decision may come from the cache now: the cache has forgotten every change reported so far. The decision
   * happens at this call, so make it last, after everything that may wait. It reads the clock once.
   */
  canServeCached(): boolean;
  /** The newest change that the cache reflects; `undefined` before the first answer. Later commits may exist. */
  readonly position: Position | undefined;
  /** `serving_cached`: without a lease, while the store does not answer. */
  readonly standing: 'leased' | 'serving_cached' | 'none';
  /** How long the lease lasts from now, in milliseconds. 0: there is none. */
  readonly remainingMs: number;
  /** Renewals that failed since the start. */
  readonly failures: number;
  /** Starts to renew. Resolves with the first lease, so it waits as long as the store does not answer. */
  join(): Promise<void>;
  /** Renews now. Call it when a change is known to exist. Does nothing before `join`. */
  lookNow(): void;
  /** From this call on, the cache serves nothing. Resolves when the node's record is removed, or can't be removed. */
  leave(): Promise<void>;
}

/**
 * Creates a node's lease on its cache. A renewal grants the lease, which counts from before the renewal was sent. While
 * it lasts, the cache has forgotten every change that was reported. Throws a `TypeError` when the times don't fit each
 * other.
 */
export function createNodeLease(options: NodeLeaseOptions): NodeLease {
  const {
    store,
    cache,
    notifications,
    reporter,
    onFault,
    clock = createHolderClock(),
    timer = backgroundTimer,
  } = options;
  const terms = checkTerms(options);
  const nodeName = options.nodeName;
  const joined = Promise.withResolvers<void>();
  let nodeId = makeNodeId(nodeName);
  let state = initialLease;
  let serveUntilMs = state.serveUntilMs;
  let hasJoined = false;
  let failures = 0;
  let stopTimer: (() => void) | undefined;
  let stopListening: (() => void) | undefined;
  let underWay: Promise<void> = Promise.resolve();

  function feed(input: LeaseInput): void {
    const stepped = stepLease(state, input, terms);
    state = stepped.state;
    for (const effect of stepped.effects) carryOut(effect);
    serveUntilMs = state.serveUntilMs;
    if (clock.nowMs() < state.leaseEndsAtMs) joined.resolve();
  }

  function carryOut(effect: LeaseEffect): void {
    switch (effect.kind) {
      case 'forget':
        for (const change of effect.changes) cache.forget(change);
        break;
      case 'forget_all':
        cache.forgetAll();
        break;
      case 'take_new_id':
        nodeId = makeNodeId(nodeName);
        break;
      case 'renew':
        underWay = renew(effect.number, effect.acknowledged);
        break;
      case 'wake':
        stopTimer?.();
        stopTimer = timer.start(Math.max(0, effect.atMs - clock.nowMs()), () => tick());
    }
  }

  function renew(number: number, acknowledged: Position | undefined): Promise<void> {
    const { serveCachedMs } = terms;
    const report = reporter?.describe();
    return store.renew({ nodeId, nodeName, number, acknowledged, serveCachedMs, report }).then(
      (answer) => {
        // An older renewal may still show a reload that has ended.
        if (state.asked?.number === number && answer.kind === 'renewed') reporter?.observe(answer.reload);
        feed({ kind: 'answered', number, answer, nowMs: clock.nowMs() });
      },
      (error: unknown) => {
        failures++;
        if (!state.isStoreOut && state.asked?.number === number) onFault(error);
        feed({ kind: 'failed', number, nowMs: clock.nowMs() });
      },
    );
  }

  const tick = () => feed({ kind: 'tick', nowMs: clock.nowMs() });
  const hint = () => feed({ kind: 'hint', nowMs: clock.nowMs() });

  return {
    get nodeId() {
      return nodeId;
    },
    canServeCached: () => clock.nowMs() < serveUntilMs,
    get position() {
      return state.position;
    },
    get standing() {
      const nowMs = clock.nowMs();
      if (nowMs >= serveUntilMs) return 'none';
      return nowMs < state.leaseEndsAtMs ? 'leased' : 'serving_cached';
    },
    get remainingMs() {
      return Math.max(0, state.leaseEndsAtMs - clock.nowMs());
    },
    get failures() {
      return failures;
    },
    join() {
      if (!hasJoined) {
        hasJoined = true;
        stopListening = notifications?.onChanged(hint);
        tick();
      }
      return joined.promise;
    },
    lookNow() {
      if (hasJoined) hint();
    },
    async leave() {
      feed({ kind: 'leave' });
      stopTimer?.();
      stopListening?.();
      // A renewal under way would put the node on record again.
      await Promise.race([underWay, new Promise<void>((resolve) => timer.start(terms.requestTimeoutMs, resolve))]);
      if (state.number > 0) await store.removeNode(nodeId, state.number).catch(onFault);
    },
  };
}

function makeNodeId(nodeName: string): string {
  return `${nodeName}-${randomBytes(8).toString('hex')}`;
}

function checkTerms(options: NodeLeaseOptions): LeaseTerms {
  const { leaseMs = agreedLeaseMs, renewEveryMs = 250, serveCachedMs = 0 } = options;
  if (!(leaseMs > 0)) throw new TypeError('leaseMs must be above 0');
  if (!(renewEveryMs > 0 && renewEveryMs <= leaseMs / 2)) {
    throw new TypeError('renewEveryMs must be above 0 and at most half of leaseMs');
  }
  if (!(serveCachedMs >= 0)) throw new TypeError('serveCachedMs must be 0 or more');
  // Half a lease, so that a silent store is noticed before the lease ends.
  return { leaseMs, renewEveryMs, serveCachedMs, requestTimeoutMs: leaseMs / 2 };
}
