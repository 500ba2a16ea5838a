// Decides without Redis: each node has its share of the windows that began without it, and nothing of the others.
import { isTighter, type RateLimit, type RateState } from '../domain/rate-limit.ts';
import type { LimitBucket, LimitDecision } from '../engine/ports.ts';
import { createInProcessLimiter } from './in-process.ts';

export interface ShareLimiter {
  /**
   * @param isOpen whether this node may count a window of such length on its own
   * @param cost 0 looks without counting
   */
  decide(
    bucket: LimitBucket,
    limits: readonly RateLimit[],
    isOpen: (windowSeconds: number) => boolean,
    cost: 0 | 1,
    nowMs: number,
  ): LimitDecision;
}

/** Admits `floor(limit / nodes)` in a window, so that all nodes together never admit more than the limit. */
export function createShareLimiter(nodes: number): ShareLimiter {
  const counters = createInProcessLimiter();
  return {
    decide({ id }, limits, isOpen, cost, nowMs) {
      const shares = limits.map(({ limit, windowSeconds }) => ({ limit: Math.floor(limit / nodes), windowSeconds }));
      const refusing = limits.filter(({ windowSeconds }, at) => shares[at]?.limit === 0 || !isOpen(windowSeconds));
      if (refusing.length > 0) {
        const states = refusing.map((limit) => usedUp(limit, nowMs));
        return { isAdmitted: false, state: states.reduce((a, b) => (isTighter(b, a) ? b : a)) };
      }
      const own = { id, counter: undefined };
      const { isAdmitted, state } = (
        cost === 1 ? counters.take(own, shares, nowMs) : counters.peek(own, shares, nowMs)
      ) as LimitDecision;
      const at = shares.findIndex(
        ({ limit, windowSeconds }) => limit === state.limit && windowSeconds === state.windowSeconds,
      );
      return { isAdmitted, state: { ...state, limit: (limits[at] as RateLimit).limit } };
    },
  };
}

function usedUp({ limit, windowSeconds }: RateLimit, nowMs: number): RateState {
  const lengthMs = windowSeconds * 1000;
  return {
    limit,
    windowSeconds,
    remaining: 0,
    resetAtMs: (Math.floor(nowMs / lengthMs) + 1) * lengthMs,
    readAtMs: nowMs,
  };
}
