// A queue for password hashes. Each takes tens of milliseconds of a core and of a thread that files need too.
import { OperationalError } from '../domain/operational-error.ts';

/** Runs a job when its turn comes. Returns its result, or rejects with its error. */
export type Queue = <Result>(job: () => Promise<Result>) => Promise<Result>;

/**
 * A queue that runs `limit` jobs at a time, in order, while at most `capacity` wait. Beyond that, it rejects with
 * `unavailable` at once and does not run the job. A failed job does not stop the queue.
 */
export function createQueue(limit: number, capacity: number): Queue {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async function run(job) {
    if (running >= limit) {
      if (waiting.length >= capacity) {
        throw new OperationalError('unavailable', 'Too many people are signing in: try again in a moment.');
      }
      // A job that ends passes its place on to this one, so a later job can't take it.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await job();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
