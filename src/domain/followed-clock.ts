// A clock that follows another one, so that machines whose own clocks differ agree on what has expired.
import type { Clock } from './clock.ts';

/** What the followed clock said, between two readings of `performance.now()`. */
export interface ClockReading {
  readonly saidMs: number;
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
}

export interface FollowedClock extends Clock {
  /** Corrects the clock where the reading proves it wrong. */
  observe(reading: ClockReading): void;
  /** How far the machine's own clock is ahead of the followed one, in milliseconds; negative: behind. */
  aheadMs(): number;
}

export interface FollowedClockOptions {
  /** Told once when the machine's own clock differs by more than a second, and once when it does not any more. */
  readonly onDiffers?: (aheadMs: number) => void;
  /** Time that passes, whatever is done to the machine's clock. */
  readonly monotonic?: Clock;
  readonly wall?: Clock;
}

/** Less than this is not corrected: what a reading can't tell from the way that it took. */
const toleranceMs = 50;
const noticeMs = 1000;

/**
 * Starts with the time of the machine, then follows its monotonic clock and the readings: setting the clock of the machine
 * changes nothing. It never runs backwards. If a reading shows that it is ahead, it runs at half speed until it agrees.
 * Before the first reading it may be wrong by any amount.
 */
export function createFollowedClock({
  onDiffers = () => undefined,
  monotonic = { nowMs: () => performance.now() },
  wall = { nowMs: () => Date.now() },
}: FollowedClockOptions = {}): FollowedClock {
  let offsetMs = wall.nowMs() - monotonic.nowMs();
  /** From here on, time goes at half the speed until it agrees. */
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
