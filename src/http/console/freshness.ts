// Writes what recorders still hold before the console reads it, however often it asks.
import type { Clock } from '../../domain/clock.ts';

export interface Freshness {
  /** Resolves when what was recorded up to `maxAgeMs` ago can be read; quickly, when that was so already. */
  refresh(): Promise<void>;
}

interface Recorder {
  flush(): Promise<void>;
}

/** Recorders write by themselves each second; pages that ask every second must not make them write for each page. */
const maxAgeMs = 250;

/** A store that can't be written still can be read: then what is read is older, and the recorders tell the log. */
export function createFreshness(recorders: readonly Recorder[], clock: Clock): Freshness {
  let freshUntilMs = Number.NEGATIVE_INFINITY;
  let running: Promise<unknown> | undefined;
  return {
    async refresh() {
      const nowMs = clock.nowMs();
      // A clock that was set back must not make this wait.
      if (nowMs < freshUntilMs && nowMs >= freshUntilMs - maxAgeMs) return running?.then(() => undefined);
      freshUntilMs = nowMs + maxAgeMs;
      running = Promise.allSettled(recorders.map((recorder) => recorder.flush()));
      await running;
    },
  };
}
