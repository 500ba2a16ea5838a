// The in-process limiter's own behaviour: synchronous answers, bounded memory. The rest is in
// test/contracts/limiter-contract.ts.
import { expect, test } from 'vitest';
import type { RateLimit } from '../domain/rate-limit.ts';
import type { LimitBucket, LimitDecision } from '../engine/ports.ts';
import { createInProcessLimiter, type InProcessLimiterOptions } from './in-process.ts';

const startMs = 28_333_333 * 60_000;
const bucketOf = (id: string): LimitBucket => ({ id, counter: undefined });

function createLimiter(options?: InProcessLimiterOptions) {
  const limiter = createInProcessLimiter(options);
  return {
    take(bucket: LimitBucket, limits: readonly RateLimit[], nowMs: number): LimitDecision {
      const decision = limiter.take(bucket, limits, nowMs);
      if (decision instanceof Promise) throw new TypeError('the in-process limiter must answer at once');
      return decision;
    },
  };
}

test('admits exactly the limit of 10,000 requests made at once, each answered without a promise', async () => {
  const limiter = createLimiter();
  const bucket = bucketOf('key');
  const decisions = await Promise.all(
    Array.from({ length: 10_000 }, async (_, at) => {
      await Promise.resolve();
      const limits = [{ limit: 60, windowSeconds: 60 }];
      return limiter.take(at % 2 === 0 ? bucket : bucketOf('key'), limits, startMs + (at % 60_000));
    }),
  );
  expect(decisions.filter((decision) => decision.isAdmitted)).toHaveLength(60);
});

test('counts buckets beyond its bound together, until the window ends', () => {
  const limiter = createLimiter({ maxBuckets: 2 });
  const two: RateLimit = { limit: 2, windowSeconds: 60 };
  limiter.take(bucketOf('a'), [two], startMs);
  limiter.take(bucketOf('b'), [two], startMs);
  const flood = Array.from({ length: 100 }, (_, at) => limiter.take(bucketOf(`c${at}`), [two], startMs).isAdmitted);
  expect(flood.filter(Boolean)).toHaveLength(2);
  expect(limiter.take(bucketOf('a'), [two], startMs).isAdmitted).toBe(true);
  expect(limiter.take(bucketOf('c9'), [two], startMs + 60_000).state.remaining).toBe(1);
});
