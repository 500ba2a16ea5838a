// Requests that cost milliseconds each: one starts in a turn of the event loop, so that the data plane goes on between them.

/**
 * Resolves when the caller may go on: at once while no one else did in this turn of the loop, else in a later turn, in the
 * order of the calls. Await it right before the work.
 */
export type TakeTurn = () => Promise<void>;

/**
 * Makes the turns of a process; all that shares its loop shares them. Without turns, a burst of pages runs in one turn, and a
 * request of the data plane waits for all of them, again at each of its own steps.
 */
export function createLoopTurns(): TakeTurn {
  const waiting: (() => void)[] = [];
  let isTaken = false;

  function next(): void {
    const resume = waiting.shift();
    isTaken = resume !== undefined;
    if (resume === undefined) return;
    // Called in this one, an immediate runs in the next turn, after what has arrived meanwhile.
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
