// Password hashes, few at a time: each takes tens of milliseconds of a core and a thread that files and digests need too.
import { OperationalError } from '../domain/operational-error.ts';

/** Runs jobs, `limit` at a time, in the order in which they came. */
export type Queue = <Result>(job: () => Promise<Result>) => Promise<Result>;

/**
 * A queue with `limit` jobs at a time and at most `capacity` that wait. Beyond that it rejects with `unavailable` at once and
 * runs nothing. What a job rejects with is passed on, and the next one starts.
 */
export function createQueue(limit: number, capacity: number): Queue {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async function run(job) {
    if (running >= limit) {
      if (waiting.length >= capacity) {
        throw new OperationalError('unavailable', 'Too many people are signing in: try again in a moment.');
      }
      // A job that ends hands its place to this one, so a newcomer can't take it.
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
