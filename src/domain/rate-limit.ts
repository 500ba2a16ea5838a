// Rate limits: a number of requests in a window of time.

/** The kinds of windows in which limits count. */
export const limitWindows = ['fixed', 'sliding'] as const;

/**
 * `fixed`: windows begin at whole multiples of their length since the epoch, so a key can use two windows' limits around
 * such an instant. `sliding`: every interval of the window's length admits at most the limit.
 */
export type LimitWindows = (typeof limitWindows)[number];

/** At most `limit` requests in each window. */
export interface RateLimit {
  /** An integer, at least 1. */
  readonly limit: number;
  /** An integer, at least 1. */
  readonly windowSeconds: number;
}

/** Both lists combined: the smaller limit of each window, first those of `granted`. An empty list sets no limit. */
export function tightest(granted: readonly RateLimit[], own: readonly RateLimit[]): readonly RateLimit[] {
  if (own.length === 0) return granted;
  if (granted.length === 0) return own;
  const byWindow = new Map(granted.map((limit) => [limit.windowSeconds, limit]));
  for (const limit of own) {
    const held = byWindow.get(limit.windowSeconds);
    if (held === undefined || limit.limit < held.limit) byWindow.set(limit.windowSeconds, limit);
  }
  return [...byWindow.values()];
}

/** A caller's state under one limit. */
export interface RateState {
  readonly limit: number;
  readonly windowSeconds: number;
  /** Requests left in this window, at least 0. */
  readonly remaining: number;
  /**
   * Epoch milliseconds. Fixed windows: when the next one begins. Sliding: when `remaining` next grows, which without a
   * remaining request is when the next one is admitted.
   */
  readonly resetAtMs: number;
  /** Epoch milliseconds at which this state was read. Headers derive all their values from this reading. */
  readonly readAtMs: number;
}

/** Whether `a` has fewer requests left than `b` or, if both have the same number, resets later. */
export function isTighter(a: RateState, b: RateState): boolean {
  return a.remaining === b.remaining ? a.resetAtMs > b.resetAtMs : a.remaining < b.remaining;
}

/** Seconds to wait until the window resets: rounded up, so never too early, and at least 1 (RFC 9110 §10.2.3). */
export function secondsToReset(state: RateState): number {
  return Math.max(1, Math.ceil((state.resetAtMs - state.readAtMs) / 1000));
}

const unitSeconds: Readonly<Record<string, number>> = {
  d: 86_400,
  h: 3600,
  m: 60,
  s: 1,
};

/** Reads `60/m`, `10/s`, `1000/h`, `50000/d` or `100/30s`. `undefined` for anything else. */
export function parseRateLimit(text: string): RateLimit | undefined {
  const parts = /^([1-9]\d{0,8})\/([1-9]\d{0,4})?([smhd])$/.exec(text);
  if (parts === null) return undefined;
  const unit = unitSeconds[parts[3] ?? ''];
  if (unit === undefined) return undefined;
  return {
    limit: Number(parts[1]),
    windowSeconds: Number(parts[2] ?? 1) * unit,
  };
}

/**
 * The inverse of `parseRateLimit`, in the largest unit that fits: `60/m`, `100/30s`, `500/2d`. Throws a `TypeError`
 * when the window is not a whole number of seconds.
 */
export function formatRateLimit(rate: RateLimit): string {
  for (const [unit, seconds] of Object.entries(unitSeconds)) {
    const count = rate.windowSeconds / seconds;
    if (Number.isInteger(count)) return `${rate.limit}/${count === 1 ? '' : count}${unit}`;
  }
  throw new TypeError('a window must be a whole number of seconds');
}

/** `60/m, 1000/h`, for messages. Empty for an empty list. */
export function formatRateLimits(limits: readonly RateLimit[]): string {
  return limits.map(formatRateLimit).join(', ');
}
