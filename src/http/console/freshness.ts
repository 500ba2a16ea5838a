// Flushes recorders before the console reads, but not for every read.
import type { Clock } from '../../domain/clock.ts';

/** Makes recent records readable. Safe concurrently. */
export interface Freshness {
  /** Resolves when all records older than 250 ms can be read, or when the store can't be written. Never rejects. */
  refresh(): Promise<void>;
}

interface Recorder {
  flush(): Promise<void>;
}

/** Recorders flush every second. Pages that poll every second must not cause a write for each page. */
const maxAgeMs = 250;

/** Creates the freshness of `recorders`. If a flush fails, reads see older records, and the recorder logs it. */
export function createFreshness(recorders: readonly Recorder[], clock: Clock): Freshness {
  let freshUntilMs = Number.NEGATIVE_INFINITY;
  let running: Promise<unknown> | undefined;
  return {
    async refresh() {
      const nowMs = clock.nowMs();
      // After the clock was set back, flush at once.
      if (nowMs < freshUntilMs && nowMs >= freshUntilMs - maxAgeMs) return running?.then(() => undefined);
      freshUntilMs = nowMs + maxAgeMs;
      running = Promise.allSettled(recorders.map((recorder) => recorder.flush()));
      await running;
    },
  };
}
