// Starts at most one expensive request in each turn of the event loop, so that the data plane continues between them.

/**
 * Resolves when the caller may continue: at once if it is the first in this turn of the loop, else in a later turn.
 * Callers continue in the order of their calls. Await it right before the work. Never rejects.
 */
export type TakeTurn = () => Promise<void>;

/**
 * Creates the turns of a process. Everything on one event loop must share them. Without turns, a burst of pages runs in
 * one turn of the loop. A request of the data plane then waits for the whole burst, at each of its steps.
 */
export function createLoopTurns(): TakeTurn {
  const waiting: (() => void)[] = [];
  let isTaken = false;

  function next(): void {
    const resume = waiting.shift();
    isTaken = resume !== undefined;
    if (resume === undefined) return;
    // An immediate that is set here runs in the next turn of the loop, after the I/O that has arrived by then.
    setImmediate(next);
    resume();
  }

  return function takeTurn() {
    if (isTaken) return new Promise((resolve) => waiting.push(resolve));
    isTaken = true;
    setImmediate(next);
    return Promise.resolve();
  };
}
