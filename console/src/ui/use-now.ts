// The clock of the page, for everything that is relative to now.
import { useSyncExternalStore } from 'react';

/** How often the clock moves. */
export const tickMs = 15_000;
let nowMs = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) nowMs = Date.now();
  timer ??= setInterval(() => {
    nowMs = Date.now();
    for (const each of listeners) each();
  }, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Returns milliseconds. Moves every 15 s while it is used. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}
