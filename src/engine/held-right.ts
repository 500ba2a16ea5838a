// A right that one process holds at a time, and that ends by itself when the process vanishes.

import type { RightStore } from './ports.ts';

export interface HeldRight {
  /** Whether this process has the right now. Takes or prolongs it where needed. Rejects as the store does. */
  take(nowMs: number): Promise<boolean>;
  /** The store failed: the next `take` asks it again. */
  doubt(): void;
  /** Returns the right, if this process may have it. Rejects as the store does. */
  release(): Promise<void>;
}

/** How long a process that vanishes keeps others from the work. */
const rightMs = 30_000;
const renewMs = 10_000;

/** Creates the right of one process. Processes that use the store at the same time have different holders. */
export function createHeldRight({ store, holder }: { readonly store: RightStore; readonly holder: string }): HeldRight {
  let heldUntilMs = 0;
  return {
    async take(nowMs) {
      const leftMs = heldUntilMs - nowMs;
      if (leftMs > rightMs - renewMs && leftMs <= rightMs) return true;
      const isTaken = await store.claim(holder, nowMs, nowMs + rightMs);
      heldUntilMs = isTaken ? nowMs + rightMs : 0;
      return isTaken;
    },
    doubt() {
      heldUntilMs = 0;
    },
    async release() {
      if (heldUntilMs > 0) await store.release(holder);
      heldUntilMs = 0;
    },
  };
}
