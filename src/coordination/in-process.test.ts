// The in-process limiter: exact windows, all limits or none, bounded memory.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RateLimit } from '../domain/rate-limit.ts';
import type { LimitBucket, LimitDecision, Limiter } from '../engine/ports.ts';
import { createInProcessLimiter, type InProcessLimiterOptions } from './in-process.ts';

/** The epoch minute 28,333,333: a window's first millisecond. */
const startMs = 28_333_333 * 60_000;
const perMinute: RateLimit = { limit: 60, windowSeconds: 60 };
const bucketOf = (id: string): LimitBucket => ({ id, counter: undefined });

/** The limiter with its answers known to be synchronous. */
function createLimiter(options?: InProcessLimiterOptions) {
  const limiter = createInProcessLimiter(options);
  const now = (decision: ReturnType<Limiter['take']>): LimitDecision => {
    if (decision instanceof Promise) throw new TypeError('the in-process limiter must answer at once');
    return decision;
  };
  return {
    take: (...args: Parameters<Limiter['take']>) => now(limiter.take(...args)),
    peek: (...args: Parameters<Limiter['peek']>) => now(limiter.peek(...args)),
  };
}

describe('the in-process limiter', () => {
  test('admits exactly the limit of 10,000 requests made at once', async () => {
    const limiter = createLimiter();
    const bucket = bucketOf('key');
    const decisions = await Promise.all(
      Array.from({ length: 10_000 }, async (_, at) => {
        await Promise.resolve();
        return limiter.take(at % 2 === 0 ? bucket : bucketOf('key'), [perMinute], startMs + (at % 60_000));
      }),
    );
    expect(decisions.filter((decision) => decision.isAdmitted)).toHaveLength(60);
  });

  test('counts down to 0 and tells the true reset', () => {
    const limiter = createLimiter();
    const bucket = bucketOf('key');
    for (let left = 59; left >= 0; left--) {
      expect(limiter.take(bucket, [perMinute], startMs + 5)).toEqual({
        isAdmitted: true,
        state: { ...perMinute, remaining: left, resetAtMs: startMs + 60_000, readAtMs: startMs + 5 },
      });
    }
    expect(limiter.take(bucket, [perMinute], startMs + 6)).toEqual({
      isAdmitted: false,
      state: { ...perMinute, remaining: 0, resetAtMs: startMs + 60_000, readAtMs: startMs + 6 },
    });
  });

  test('cuts windows at whole multiples of their length since the epoch', () => {
    const limiter = createLimiter();
    const bucket = bucketOf('key');
    const one: RateLimit = { limit: 1, windowSeconds: 60 };
    expect(limiter.take(bucket, [one], startMs + 59_999).isAdmitted).toBe(true);
    const last = limiter.take(bucket, [one], startMs + 59_999);
    expect(last.isAdmitted).toBe(false);
    expect(last.state.resetAtMs).toBe(startMs + 60_000);
    // The instant that was named as the reset is the first of the next window.
    const next = limiter.take(bucket, [one], last.state.resetAtMs);
    expect(next.isAdmitted).toBe(true);
    expect(next.state.resetAtMs).toBe(startMs + 120_000);
  });

  test('peeks without counting', () => {
    const limiter = createLimiter();
    const bucket = bucketOf('key');
    for (let round = 0; round < 100; round++) {
      expect(limiter.peek(bucket, [perMinute], startMs).state.remaining).toBe(60);
    }
    expect(limiter.take(bucket, [perMinute], startMs).state.remaining).toBe(59);
    expect(limiter.peek(bucket, [perMinute], startMs).state.remaining).toBe(59);
    for (let round = 0; round < 59; round++) limiter.take(bucket, [perMinute], startMs);
    expect(limiter.peek(bucket, [perMinute], startMs).isAdmitted).toBe(false);
  });

  test('counts against all limits or against none', () => {
    const limiter = createLimiter();
    const bucket = bucketOf('key');
    const hour: RateLimit = { limit: 3, windowSeconds: 3600 };
    const minute: RateLimit = { limit: 2, windowSeconds: 60 };
    const both = [minute, hour];
    expect(limiter.take(bucket, both, startMs).isAdmitted).toBe(true);
    expect(limiter.take(bucket, both, startMs).isAdmitted).toBe(true);
    for (let round = 0; round < 5; round++) {
      const denied = limiter.take(bucket, both, startMs);
      expect(denied.isAdmitted).toBe(false);
      expect(denied.state).toMatchObject({ limit: 2, remaining: 0 });
    }
    expect(limiter.peek(bucket, [hour], startMs).state.remaining).toBe(1);
    // The next minute: the hour has one left, and the minute is not touched once the hour is used up.
    expect(limiter.take(bucket, both, startMs + 60_000).state).toMatchObject({ limit: 3, remaining: 0 });
    expect(limiter.take(bucket, both, startMs + 60_000).isAdmitted).toBe(false);
    expect(limiter.peek(bucket, [minute], startMs + 60_000).state.remaining).toBe(1);
  });

  test('names the limit that resets last when several are used up', () => {
    const limiter = createLimiter();
    const bucket = bucketOf('key');
    const limits: RateLimit[] = [
      { limit: 1, windowSeconds: 60 },
      { limit: 1, windowSeconds: 3600 },
      { limit: 9, windowSeconds: 86_400 },
    ];
    limiter.take(bucket, limits, startMs);
    expect(limiter.take(bucket, limits, startMs).state.windowSeconds).toBe(3600);
  });

  test('counts one request once against two limits of one window length', () => {
    const limiter = createLimiter();
    const bucket = bucketOf('key');
    const limits = [perMinute, { limit: 4, windowSeconds: 60 }];
    const admitted = Array.from({ length: 10 }, () => limiter.take(bucket, limits, startMs).isAdmitted);
    expect(admitted.filter(Boolean)).toHaveLength(4);
  });

  test('counts two keys apart', () => {
    const limiter = createLimiter();
    for (let round = 0; round < 60; round++) limiter.take(bucketOf('a'), [perMinute], startMs);
    expect(limiter.take(bucketOf('a'), [perMinute], startMs).isAdmitted).toBe(false);
    expect(limiter.take(bucketOf('b'), [perMinute], startMs).state.remaining).toBe(59);
  });

  test('goes on counting when a key is compiled anew or its limit changes', () => {
    const limiter = createLimiter();
    for (let round = 0; round < 30; round++) limiter.take(bucketOf('key'), [perMinute], startMs);
    expect(limiter.take(bucketOf('key'), [{ limit: 100, windowSeconds: 60 }], startMs).state.remaining).toBe(69);
    const lowered = limiter.take(bucketOf('key'), [{ limit: 10, windowSeconds: 60 }], startMs);
    expect(lowered.isAdmitted).toBe(false);
    expect(lowered.state.remaining).toBe(0);
  });

  test('counts anew when the window length of the same bucket changes', () => {
    const limiter = createLimiter();
    const bucket = bucketOf('key');
    limiter.take(bucket, [{ limit: 1, windowSeconds: 60 }], startMs);
    expect(limiter.take(bucket, [{ limit: 1, windowSeconds: 1 }], startMs).isAdmitted).toBe(true);
    expect(limiter.take(bucket, [{ limit: 1, windowSeconds: 60 }], startMs).isAdmitted).toBe(false);
  });

  test.each([
    ['forgotten', () => bucketOf('key')],
    ['remembered', undefined],
  ])('does not reopen a window when the clock is set back, its counter %s', (_what, fresh) => {
    const limiter = createLimiter();
    const bucket = bucketOf('key');
    const one: RateLimit = { limit: 1, windowSeconds: 60 };
    limiter.take(bucket, [one], startMs);
    limiter.take(bucket, [one], startMs + 60_000);
    for (const backMs of [59_999, 1, 0, -3_600_000]) {
      const again = limiter.take(fresh?.() ?? bucket, [one], startMs + backMs);
      expect(again.isAdmitted).toBe(false);
      expect(again.state.resetAtMs).toBe(startMs + 120_000);
    }
    expect(limiter.take(bucket, [one], startMs + 120_000).isAdmitted).toBe(true);
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

  test('refuses to decide without limits', () => {
    expect(() => createLimiter().take(bucketOf('key'), [], startMs)).toThrow(TypeError);
  });

  test('agrees with a list of all that was admitted', () => {
    const limits = fc.constantFrom<RateLimit[]>(
      [{ limit: 3, windowSeconds: 1 }],
      [{ limit: 2, windowSeconds: 2 }],
      [
        { limit: 2, windowSeconds: 1 },
        { limit: 5, windowSeconds: 4 },
      ],
    );
    const step = fc.record({ id: fc.constantFrom('a', 'b'), afterMs: fc.nat(700), isPeek: fc.boolean() });
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 60 }), fc.boolean(), (rates, steps, isRemembered) => {
        const limiter = createLimiter();
        const buckets = { a: bucketOf('a'), b: bucketOf('b') };
        const admitted: { id: string; atMs: number }[] = [];
        let nowMs = startMs;
        for (const { id, afterMs, isPeek } of steps) {
          nowMs += afterMs;
          const windowOf = (atMs: number, rate: RateLimit) => Math.floor(atMs / (rate.windowSeconds * 1000));
          const left = (rate: RateLimit) =>
            rate.limit -
            admitted.filter((one) => one.id === id && windowOf(one.atMs, rate) === windowOf(nowMs, rate)).length;
          const isFree = rates.every((rate) => left(rate) > 0);
          const bucket = isRemembered ? buckets[id] : bucketOf(id);
          const decision = isPeek ? limiter.peek(bucket, rates, nowMs) : limiter.take(bucket, rates, nowMs);
          expect(decision.isAdmitted).toBe(isFree);
          if (isFree && !isPeek) admitted.push({ id, atMs: nowMs });
          expect(decision.state.remaining).toBe(Math.min(...rates.map(left)));
          expect(decision.state.resetAtMs).toBeGreaterThan(nowMs);
          expect(decision.state.resetAtMs % (decision.state.windowSeconds * 1000)).toBe(0);
        }
      }),
    );
  });
});
