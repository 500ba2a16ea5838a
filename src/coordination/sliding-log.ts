// The rules of a sliding window that both limiters keep: how finely admitted requests are remembered.

/**
 * The most slots of a window. Requests of one slot are remembered together, as if all were made at the last one's
 * instant.
 */
const maxSlots = 100;

/**
 * The length of the slots of a limit. Up to 100 requests are remembered one by one. Of a larger limit, the window has
 * 100 slots, so a request counts for up to 1 % longer than the window.
 */
export function slotMsOf(limit: number, lengthMs: number): number {
  return limit <= maxSlots ? 1 : lengthMs / maxSlots;
}

/** The first instant of the slot of `atMs`. */
export function slotStartMs(atMs: number, slotMs: number): number {
  return Math.floor(atMs / slotMs) * slotMs;
}

/** The most time for which a node may use requests that it took in advance. */
export function blockMs(windowSeconds: number): number {
  return (windowSeconds * 1000) / maxSlots;
}
