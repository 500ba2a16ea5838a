// Bounded look-ups for verification: a limit on parallel queries, on waiting callers, and on the time that each waits.
import { StorageError } from './errors.ts';

/** Limits of `boundLookUps`. All are at least 1. */
export interface LookUpBounds {
  /** Queries that run at once, at most. A query whose callers have given up counts until it ends. */
  readonly maxAtOnce: number;
  /** Digests in one query, at most. Callers that wait share a query. */
  readonly maxTogether: number;
  /** Waiting callers, at most. One more is rejected at once. */
  readonly maxWaiting: number;
  /** A caller that has waited this long is rejected. */
  readonly deadlineMs: number;
}

/**
 * One query for several digests. The returned function gives the result for a digest, and throws if its record is
 * damaged.
 */
export type LookUp<Result> = (digests: readonly string[]) => Promise<(digest: string) => Result>;

interface Caller<Result> {
  readonly digest: string;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Wraps `lookUp` so that a slow, hanging or overloaded store costs neither memory nor all of its connections. The
 * returned function rejects with `storage_busy` when the queue is full or the deadline has passed. Each query starts
 * after its callers called, so it never returns an older state.
 */
export function boundLookUps<Result>(
  lookUp: LookUp<Result>,
  { maxAtOnce, maxTogether, maxWaiting, deadlineMs }: LookUpBounds,
): (digest: string) => Promise<Result> {
  /** Oldest first. */
  const waiting = new Set<Caller<Result>>();
  let underWay = 0;

  function askNext(): void {
    if (waiting.size === 0 || underWay >= maxAtOnce) return;
    const callers: Caller<Result>[] = [];
    for (const caller of waiting) {
      waiting.delete(caller);
      if (callers.push(caller) === maxTogether) break;
    }
    underWay += 1;
    void ask(callers).finally(() => {
      underWay -= 1;
      askNext();
    });
  }

  async function ask(callers: readonly Caller<Result>[]): Promise<void> {
    try {
      const answerFor = await lookUp(callers.map(({ digest }) => digest));
      for (const { digest, resolve, reject } of callers) {
        try {
          resolve(answerFor(digest));
        } catch (error) {
          reject(error);
        }
      }
    } catch (error) {
      for (const { reject } of callers) reject(error);
    }
  }

  return (digest) => {
    if (waiting.size >= maxWaiting) return Promise.reject(tooSlow(deadlineMs));
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const end =
      <Value>(settle: (value: Value) => void) =>
      (value: Value) => {
        clearTimeout(timer);
        settle(value);
      };
    const caller: Caller<Result> = { digest, resolve: end(resolve), reject: end(reject) };
    const giveUp = (): void => {
      waiting.delete(caller);
      reject(tooSlow(deadlineMs));
    };
    // If this process was the one that stalled, the answer may have arrived already. `setImmediate` lets it be read
    // first.
    const timer = setTimeout(() => setImmediate(giveUp), deadlineMs);
    waiting.add(caller);
    askNext();
    return promise;
  };
}

function tooSlow(deadlineMs: number): StorageError {
  return new StorageError('storage_busy', `the database did not find a key within ${deadlineMs} ms`, 'try again');
}
