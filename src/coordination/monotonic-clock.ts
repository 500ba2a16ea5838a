// The clocks of leases and barriers: one that never lags behind real time, one that never runs ahead of it.
import type { MonotonicClock, Timer } from './ports.ts';

/**
 * For who waits. Counts no time in which the whole machine was suspended, so it may lag behind real time; it never runs ahead
 * beyond its drift (CLOCK_MONOTONIC).
 */
export const waiterClock: MonotonicClock = { nowMs: () => performance.now() };

/**
 * For who holds a lease. Leaps ahead with the wall clock when that leaps, as it does after the machine was suspended, for which
 * CLOCK_MONOTONIC stands still; when the wall clock is set back, it goes on as before. So it may run ahead of real time, which
 * ends leases early, and does not lag behind it unless the wall clock slept as well.
 */
export function createHolderClock(
  monotonic: MonotonicClock = waiterClock,
  wall: MonotonicClock = { nowMs: () => Date.now() },
): MonotonicClock {
  let offsetMs = wall.nowMs() - monotonic.nowMs();
  return {
    nowMs() {
      const nowMs = monotonic.nowMs() + offsetMs;
      const aheadMs = wall.nowMs() - nowMs;
      if (aheadMs <= 0) return nowMs;
      offsetMs += aheadMs;
      return nowMs + aheadMs;
    },
  };
}

/** For what goes on in the background: it does not keep the process alive. */
export const backgroundTimer: Timer = {
  start(delayMs, run) {
    const timeout = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timeout);
  },
};

/** For what somebody waits for: the process lives until it has happened. */
export const foregroundTimer: Timer = {
  start(delayMs, run) {
    const timeout = setTimeout(run, delayMs);
    return () => clearTimeout(timeout);
  },
};
