// Time as a dependency: the system's clock, one that never goes back, and one for tests.

/** A source of time. Code takes it as a parameter, so that tests control the time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
}

/** The machine's clock. It jumps when someone sets the machine's time. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/**
 * A clock that never runs backwards. When `source` is set back, time continues from the last reading. Windows of rate
 * limits use it, so a change of the machine's clock can't reopen a window that is used up.
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
      // A write allocates a number on the heap, and callers read the time many times in one millisecond.
      if (now !== lastMs) lastMs = now;
      return now;
    },
  };
}

/** A clock for tests. It stands still until a test moves it. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
  set(epochMs: number): void;
}

/** A manual clock that starts at `startMs`, in epoch milliseconds. */
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
