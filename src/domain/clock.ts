// Time as a dependency: the system's clock, one that never goes back, and one for tests.

export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };

/**
 * A clock that never runs backwards: when `source` is set back, time goes on from where it was. Rate-limit windows are cut
 * by it, so that an adjusted machine clock can't reopen a window that is already used up.
 */
export function createSteadyClock(source: Clock = systemClock): Clock {
  let offsetMs = 0;
  let lastMs = 0;
  return {
    nowMs() {
      let now = source.nowMs() + offsetMs;
      if (now < lastMs) {
        offsetMs += lastMs - now;
        now = lastMs;
      }
      // A write puts a new number on the heap, and the time is asked for many times in one millisecond.
      if (now !== lastMs) lastMs = now;
      return now;
    },
  };
}

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
  set(epochMs: number): void;
}

export function createManualClock(startMs: number): ManualClock {
  let now = startMs;
  return {
    nowMs: () => now,
    advance(ms) {
      now += ms;
    },
    set(epochMs) {
      now = epochMs;
    },
  };
}
