// The clocks of leases and barriers: one never falls behind real time, the other never runs ahead of it.
import type { MonotonicClock, Timer } from './ports.ts';

/**
 * For a barrier, which waits for leases to end. It stops while the machine is suspended, so it may fall behind real
 * time. It never runs ahead by more than its drift (CLOCK_MONOTONIC).
 */
export const waiterClock: MonotonicClock = { nowMs: () => performance.now() };

/**
 * For the holder of a lease. CLOCK_MONOTONIC stops while the machine is suspended; the wall clock then leaps ahead, and
 * this clock follows it. When the wall clock is set back, this clock continues unchanged. So it may run ahead of real
 * time, which ends leases early. It falls behind only if the wall clock stops too.
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

/** For background work. It does not keep the process alive. */
export const backgroundTimer: Timer = {
  start(delayMs, run) {
    const timeout = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timeout);
  },
};

/** For work that a caller waits for. It keeps the process alive until it has run. */
export const foregroundTimer: Timer = {
  start(delayMs, run) {
    const timeout = setTimeout(run, delayMs);
    return () => clearTimeout(timeout);
  },
};
