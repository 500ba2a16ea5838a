// Work that is looked for again and again: after a delay, or at once when something may have come.
import type { Timer } from './flush-loop.ts';

export interface Rounds {
  /** Starts a round now, or after the one that runs. */
  wake(): void;
  readonly isClosed: boolean;
  /** Starts no more rounds. Resolves after the one that runs. Never rejects. */
  close(): Promise<void>;
}

/** One round runs at a time. `run` resolves with the delay until the next one, in milliseconds. It must not reject. */
export function createRounds(timer: Timer, run: () => Promise<number>): Rounds {
  let stopTimer: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let isWanted = false;
  let isClosed = false;

  function wake(): void {
    if (isClosed) return;
    isWanted = true;
    if (running !== undefined) return;
    stopTimer?.();
    isWanted = false;
    running = run().then((delayMs) => {
      running = undefined;
      if (isClosed) return;
      if (isWanted) wake();
      else stopTimer = timer.start(delayMs, wake);
    });
  }

  return {
    wake,
    get isClosed() {
      return isClosed;
    },
    async close() {
      isClosed = true;
      stopTimer?.();
      await running;
    },
  };
}
