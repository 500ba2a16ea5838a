// Decides without Redis: each node has its share of the windows that have no count in Redis, and nothing of the others.
import { isTighter, type RateLimit, type RateState } from '../domain/rate-limit.ts';
import type { LimitDecision, Limiter } from '../engine/ports.ts';

/** Counts this node's share, in its memory. */
export interface ShareLimiter {
  /** @param cost 0 peeks without counting */
  decide(id: string, limits: readonly RateLimit[], cost: 0 | 1, nowMs: number): LimitDecision;
}

/**
 * Admits `floor(limit / nodes)` in a window, so all nodes together never admit more than the limit.
 *
 * @param counters counts in memory, without promises
 * @param refuse refuses the limits that have no share
 */
export function createShareLimiter(
  nodes: number,
  counters: Limiter,
  refuse: (limits: readonly RateLimit[], nowMs: number) => LimitDecision,
): ShareLimiter {
  return {
    decide(id, limits, cost, nowMs) {
      const shares = limits.map(({ limit, windowSeconds }) => ({ limit: Math.floor(limit / nodes), windowSeconds }));
      const without = limits.filter((_, at) => shares[at]?.limit === 0);
      if (without.length > 0) return refuse(without, nowMs);
      const bucket = { id, counter: undefined };
      const { isAdmitted, state } = (
        cost === 1 ? counters.take(bucket, shares, nowMs) : counters.peek(bucket, shares, nowMs)
      ) as LimitDecision;
      const at = shares.findIndex(
        ({ limit, windowSeconds }) => limit === state.limit && windowSeconds === state.windowSeconds,
      );
      return { isAdmitted, state: { ...state, limit: (limits[at] as RateLimit).limit } };
    },
  };
}

/**
 * Refuses until the windows end, as if they were used up, because their counts are unknown. `limits` must not be empty.
 */
export function refuseUntil(
  endsAtMs: (windowSeconds: number, nowMs: number) => number,
  limits: readonly RateLimit[],
  nowMs: number,
): LimitDecision {
  const states = limits.map(({ limit, windowSeconds }): RateState => {
    return { limit, windowSeconds, remaining: 0, resetAtMs: endsAtMs(windowSeconds, nowMs), readAtMs: nowMs };
  });
  return { isAdmitted: false, state: states.reduce((a, b) => (isTighter(b, a) ? b : a)) };
}
