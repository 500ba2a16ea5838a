// Look-ups for verification, bounded: so many at once, so many that wait, and nobody waits for long.
import { StorageError } from './errors.ts';

export interface LookUpBounds {
  /** Look-ups under way at most. One whose caller has given up counts until it has ended. */
  readonly maxAtOnce: number;
  /** Callers that wait for their turn at most; one more is turned away at once. */
  readonly maxWaiting: number;
  /** After this long a caller is told that the store can't tell. */
  readonly deadlineMs: number;
}

/**
 * Rejects with `storage_busy` what can't be answered in time, so that a store which is slow, hangs, or is asked for more than
 * it can do costs neither memory nor all of its connections.
 */
export function boundLookUps<Result>(
  lookUp: (digest: string) => Promise<Result>,
  { maxAtOnce, maxWaiting, deadlineMs }: LookUpBounds,
): (digest: string) => Promise<Result> {
  /** What begins a look-up, the oldest first. */
  const waiting = new Set<() => void>();
  let underWay = 0;

  function end(): void {
    underWay -= 1;
    const [begin] = waiting;
    begin?.();
  }

  return (digest) => {
    if (waiting.size >= maxWaiting) return Promise.reject(tooSlow(deadlineMs));
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const begin = (): void => {
      waiting.delete(begin);
      underWay += 1;
      lookUp(digest)
        .finally(() => clearTimeout(timer))
        .then(resolve, reject)
        .finally(end);
    };
    const giveUp = (): void => {
      waiting.delete(begin);
      reject(tooSlow(deadlineMs));
    };
    // Where it was this process that stood still, the answer may be there already: what has arrived is read first.
    const timer = setTimeout(() => setImmediate(giveUp), deadlineMs);
    if (underWay < maxAtOnce) begin();
    else waiting.add(begin);
    return promise;
  };
}

function tooSlow(deadlineMs: number): StorageError {
  return new StorageError('storage_busy', `the database did not find a key within ${deadlineMs} ms`, 'try again');
}
