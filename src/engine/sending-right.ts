// The right to send what waits in the database, which one node has at a time. All senders of a node share it.
import type { RightStore } from './ports.ts';

export interface SendingRight {
  /** Whether this node may send now. Takes or prolongs the right if that is due. Rejects as the store does. */
  hold(nowMs: number): Promise<boolean>;
  /** The store failed, so the next `hold` asks it, and nothing is sent until it takes writes again. */
  doubt(): void;
  /** Returns the right, after all senders have closed. Rejects as the store does. */
  release(): Promise<void>;
}

/** How long a node that vanishes keeps others from sending. */
const rightMs = 30_000;
const renewMs = 10_000;

/** `holder`: processes that use the database at the same time have different ones. */
export function createSendingRight(holder: string, store: RightStore): SendingRight {
  let heldUntilMs = 0;
  return {
    async hold(nowMs) {
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
    },
  };
}
