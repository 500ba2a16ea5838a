// The queue of events: a binary heap by time. Events of the same instant run in the order in which they were added.

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export interface EventQueue {
  readonly nowMs: number;
  /** Adds an event. A time in the past means now. */
  add(atMs: number, run: () => void): void;
  /** Runs all events up to and including `endMs` in order, also those that they add. */
  runUntil(endMs: number): void;
}

export function createEventQueue(): EventQueue {
  const heap: Entry[] = [];
  let nowMs = 0;
  let added = 0;

  const isBefore = (a: Entry, b: Entry) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  const entryAt = (index: number) => heap[index] as Entry;

  function add(atMs: number, run: () => void): void {
    const entry = { atMs: Math.max(atMs, nowMs), order: added++, run };
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, entryAt(parent))) break;
      heap[index] = entryAt(parent);
      index = parent;
    }
    heap[index] = entry;
  }

  function take(): Entry {
    const first = entryAt(0);
    const last = heap.pop() as Entry;
    if (heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(entryAt(child + 1), entryAt(child))) child++;
      if (!isBefore(entryAt(child), last)) break;
      heap[index] = entryAt(child);
      index = child;
    }
    heap[index] = last;
    return first;
  }

  return {
    get nowMs() {
      return nowMs;
    },
    add,
    runUntil(endMs) {
      while (heap.length > 0 && entryAt(0).atMs <= endMs) {
        const { atMs, run } = take();
        nowMs = atMs;
        run();
      }
      nowMs = endMs;
    },
  };
}
