// A clock that follows another one, so that machines whose own clocks differ agree on what has expired.
import type { Clock } from './clock.ts';

/** One reading of the followed clock, between two readings of the monotonic clock. */
export interface ClockReading {
  readonly saidMs: number;
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
}

/** See `createFollowedClock`. */
export interface FollowedClock extends Clock {
  /** Corrects the clock if the reading proves it wrong. */
  observe(reading: ClockReading): void;
  /** Milliseconds by which the machine's own clock is ahead of the followed one. Negative: behind. */
  aheadMs(): number;
}

export interface FollowedClockOptions {
  /** Called once when the machine's own clock differs by a second or more, and once when that ends. */
  readonly onDiffers?: (aheadMs: number) => void;
  /** A clock that no change of the machine's time affects. Default: `performance.now()`. */
  readonly monotonic?: Clock;
  readonly wall?: Clock;
}

/** Smaller differences are not corrected, because a reading is no more exact than that. */
const toleranceMs = 50;
const noticeMs = 1000;

/**
 * Starts with the machine's time, then follows its monotonic clock and the readings; later changes of the machine's
 * time have no effect. It never runs backwards: if a reading shows that it is ahead, it runs at half speed until both
 * agree. Before the first reading it may be wrong by any amount.
 */
export function createFollowedClock({
  onDiffers = () => undefined,
  monotonic = { nowMs: () => performance.now() },
  wall = { nowMs: () => Date.now() },
}: FollowedClockOptions = {}): FollowedClock {
  let offsetMs = wall.nowMs() - monotonic.nowMs();
  /** From this point, time runs at half speed until both clocks agree. */
  let slowed = { fromMs: Number.NEGATIVE_INFINITY, atMs: 0 };
  let isFollowing = false;
  let differs = false;

  function at(monotonicMs: number): number {
    return Math.floor(Math.max(monotonicMs + offsetMs, slowed.fromMs + (monotonicMs - slowed.atMs) / 2));
  }

  function notice(aheadMs: number): void {
    if (Math.abs(aheadMs) >= noticeMs === differs) return;
    differs = !differs;
    onDiffers(aheadMs);
  }

  const aheadMs = (): number => wall.nowMs() - monotonic.nowMs() - offsetMs;

  return {
    nowMs: () => at(monotonic.nowMs()),
    observe({ saidMs, askedAtMs, answeredAtMs }) {
      const least = saidMs - answeredAtMs;
      const most = saidMs - askedAtMs;
      if (!isFollowing || offsetMs < least - toleranceMs || offsetMs > most + toleranceMs) {
        const atMs = monotonic.nowMs();
        if (isFollowing) slowed = { fromMs: at(atMs), atMs };
        offsetMs = (least + most) / 2;
        isFollowing = true;
      }
      notice(aheadMs());
    },
    aheadMs,
  };
}
