// Look-ups for verification, bounded: so many at once, so many that wait, and nobody waits for long.
import { StorageError } from './errors.ts';

export interface LookUpBounds {
  /** Questions under way at most. One whose callers have given up counts until it has ended. */
  readonly maxAtOnce: number;
  /** What has come to wait is asked for together: so many digests in one question at most. */
  readonly maxTogether: number;
  /** Callers that wait for their turn at most; one more is turned away at once. */
  readonly maxWaiting: number;
  /** After this long a caller is told that the store can't tell. */
  readonly deadlineMs: number;
}

/** One question about several digests. What it resolves with gives the answer for each, or throws where it can't be understood. */
export type LookUp<Result> = (digests: readonly string[]) => Promise<(digest: string) => Result>;

interface Caller<Result> {
  readonly digest: string;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Rejects with `storage_busy` what can't be answered in time, so that a store which is slow, hangs, or is asked for more than
 * it can do costs neither memory nor all of its connections. A crowd costs few questions: each is asked after its callers called.
 */
export function boundLookUps<Result>(
  lookUp: LookUp<Result>,
  { maxAtOnce, maxTogether, maxWaiting, deadlineMs }: LookUpBounds,
): (digest: string) => Promise<Result> {
  /** The oldest first. */
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
    // Where it was this process that stood still, the answer may be there already: what has arrived is read first.
    const timer = setTimeout(() => setImmediate(giveUp), deadlineMs);
    waiting.add(caller);
    askNext();
    return promise;
  };
}

function tooSlow(deadlineMs: number): StorageError {
  return new StorageError('storage_busy', `the database did not find a key within ${deadlineMs} ms`, 'try again');
}
