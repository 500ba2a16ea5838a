// The contract of every limiter, in process and on Redis, for each kind of windows: exact, all limits or none, true
// states.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import { type LimitWindows, limitWindows, type RateLimit } from '../../src/domain/rate-limit.ts';
import type { LimitBucket, LimitDecision, Limiter } from '../../src/engine/ports.ts';

/** Limiters without counts. `clock` decides their windows. */
export interface OpenLimiter {
  readonly limiter: Readonly<Record<LimitWindows, Limiter>>;
  close(): void | Promise<void>;
}

/** The epoch minute 28,333,333: the first millisecond of a window. */
const startMs = 28_333_333 * 60_000;
const perMinute: RateLimit = { limit: 60, windowSeconds: 60 };
export const bucketOf = (id: string): LimitBucket => ({ id, counter: undefined });

/** @param runs number of random histories to compare with a list of all admitted requests */
export function describeLimiter(
  name: string,
  { open, runs }: { readonly open: (clock: ManualClock) => OpenLimiter | Promise<OpenLimiter>; readonly runs: number },
): void {
  describe.each(limitWindows)(`the ${name} limiter with %s windows`, (windows) => {
    let clock: ManualClock;
    let opened: OpenLimiter;
    const take = async (bucket: LimitBucket, limits: readonly RateLimit[]): Promise<LimitDecision> =>
      opened.limiter[windows].take(bucket, limits, clock.nowMs());
    const peek = async (bucket: LimitBucket, limits: readonly RateLimit[]): Promise<LimitDecision> =>
      opened.limiter[windows].peek(bucket, limits, clock.nowMs());

    beforeEach(async () => {
      clock = createManualClock(startMs);
      opened = await open(clock);
    });
    afterEach(() => opened.close());

    test.each([60, 5_000])('admits exactly the limit, %i, of requests made at once', async (limit) => {
      const bucket = bucketOf('key');
      const limits = [{ limit, windowSeconds: 60 }];
      const decisions = await Promise.all(
        Array.from({ length: limit + 200 }, (_, at) => take(at % 2 === 0 ? bucket : bucketOf('key'), limits)),
      );
      expect(decisions.filter((decision) => decision.isAdmitted)).toHaveLength(limit);
      expect(await peek(bucketOf('key'), limits)).toMatchObject({ isAdmitted: false, state: { remaining: 0 } });
    });

    test('counts a high limit down one by one', async () => {
      const bucket = bucketOf('key');
      const limits = [{ limit: 2_000, windowSeconds: 60 }];
      for (let left = 1_999; left >= 0; left--) {
        const { isAdmitted, state } = await take(bucket, limits);
        expect({ isAdmitted, left: state.remaining }).toEqual({ isAdmitted: true, left });
      }
      expect(await take(bucket, limits)).toMatchObject({ isAdmitted: false, state: { remaining: 0 } });
      clock.advance(60_600);
      expect(await take(bucket, limits)).toMatchObject({ isAdmitted: true, state: { remaining: 1_999 } });
    });

    test('peeks without counting', async () => {
      const bucket = bucketOf('key');
      const limits = [perMinute];
      for (let round = 0; round < 20; round++) expect((await peek(bucket, limits)).state.remaining).toBe(60);
      expect((await take(bucket, limits)).state.remaining).toBe(59);
      expect((await peek(bucket, limits)).state.remaining).toBe(59);
      for (let round = 0; round < 59; round++) await take(bucket, limits);
      expect((await peek(bucket, limits)).isAdmitted).toBe(false);
    });

    test('peeks at a high limit without counting', async () => {
      const bucket = bucketOf('key');
      const limits = [{ limit: 1_000, windowSeconds: 60 }];
      for (let used = 1; used <= 100; used++) {
        await take(bucket, limits);
        expect((await peek(bucket, limits)).state.remaining).toBe(1_000 - used);
      }
    });

    test('counts against all limits or against none', async () => {
      const bucket = bucketOf('key');
      const hour: RateLimit = { limit: 3, windowSeconds: 3600 };
      const minute: RateLimit = { limit: 2, windowSeconds: 60 };
      const both = [minute, hour];
      expect((await take(bucket, both)).isAdmitted).toBe(true);
      expect((await take(bucket, both)).isAdmitted).toBe(true);
      for (let round = 0; round < 5; round++) {
        const denied = await take(bucket, both);
        expect(denied.isAdmitted).toBe(false);
        expect(denied.state).toMatchObject({ limit: 2, remaining: 0 });
      }
      expect((await peek(bucket, [hour])).state.remaining).toBe(1);
      // In the next minute the hour has one left, and a used-up hour leaves the minute uncounted.
      clock.advance(60_000);
      expect((await take(bucket, both)).state).toMatchObject({ limit: 3, remaining: 0 });
      expect((await take(bucket, both)).isAdmitted).toBe(false);
      expect((await peek(bucket, [minute])).state.remaining).toBe(1);
    });

    test('counts high limits of several window lengths exactly from minute to minute', async () => {
      const bucket = bucketOf('key');
      const limits = [
        { limit: 1_000, windowSeconds: 60 },
        { limit: 3_000, windowSeconds: 3600 },
      ];
      let admitted = 0;
      for (let minute = 0; minute < 6; minute++) {
        for (let round = 0; round < 700; round++) if ((await take(bucket, limits)).isAdmitted) admitted++;
        clock.advance(61_000);
      }
      expect(admitted).toBe(3_000);
    });

    test('returns the limit that resets last when several are used up', async () => {
      const bucket = bucketOf('key');
      const limits: RateLimit[] = [
        { limit: 1, windowSeconds: 60 },
        { limit: 1, windowSeconds: 3600 },
        { limit: 9, windowSeconds: 86_400 },
      ];
      await take(bucket, limits);
      expect((await take(bucket, limits)).state.windowSeconds).toBe(3600);
    });

    test('counts a request once against two limits of the same window length', async () => {
      const bucket = bucketOf('key');
      const limits = [perMinute, { limit: 4, windowSeconds: 60 }];
      const remaining: number[] = [];
      for (let round = 0; round < 4; round++) remaining.push((await take(bucket, limits)).state.remaining);
      expect(remaining).toEqual([3, 2, 1, 0]);
      expect((await take(bucket, limits)).isAdmitted).toBe(false);
    });

    test('counts two keys separately', async () => {
      for (let round = 0; round < 60; round++) await take(bucketOf('a'), [perMinute]);
      expect((await take(bucketOf('a'), [perMinute])).isAdmitted).toBe(false);
      expect((await take(bucketOf('b'), [perMinute])).state.remaining).toBe(59);
    });

    test('keeps its count when a key is compiled again or its limit changes', async () => {
      for (let round = 0; round < 30; round++) await take(bucketOf('key'), [perMinute]);
      expect((await take(bucketOf('key'), [{ limit: 100, windowSeconds: 60 }])).state.remaining).toBe(69);
      const lowered = await take(bucketOf('key'), [{ limit: 10, windowSeconds: 60 }]);
      expect(lowered.isAdmitted).toBe(false);
      expect(lowered.state.remaining).toBe(0);
    });

    test('starts a new count when the window length of a bucket changes', async () => {
      const bucket = bucketOf('key');
      await take(bucket, [{ limit: 1, windowSeconds: 60 }]);
      expect((await take(bucket, [{ limit: 1, windowSeconds: 1 }])).isAdmitted).toBe(true);
      expect((await take(bucket, [{ limit: 1, windowSeconds: 60 }])).isAdmitted).toBe(false);
    });

    test.each([
      ['forgotten', () => bucketOf('key')],
      ['remembered', undefined],
    ])('does not reopen a window when the clock is set back, with its counter %s', async (_what, fresh) => {
      const bucket = bucketOf('key');
      const one = [{ limit: 1, windowSeconds: 60 }];
      await take(bucket, one);
      clock.advance(60_000);
      await take(bucket, one);
      for (const backMs of [59_999, 1, 0, -3_600_000]) {
        clock.set(startMs + backMs);
        const again = await take(fresh?.() ?? bucket, one);
        expect(again.isAdmitted).toBe(false);
        expect(again.state.resetAtMs).toBe(startMs + 120_000);
      }
      clock.set(startMs + 120_000);
      expect((await take(bucket, one)).isAdmitted).toBe(true);
    });

    test('throws without limits', () => {
      expect(() => opened.limiter[windows].take(bucketOf('key'), [], clock.nowMs())).toThrow(TypeError);
    });

    const downAndReset = windows === 'fixed' ? startMs + 60_000 : startMs + 60_005;
    test('counts down to 0 and returns the true reset', async () => {
      const bucket = bucketOf('key');
      clock.advance(5);
      for (let left = 59; left >= 0; left--) {
        expect(await take(bucket, [perMinute])).toEqual({
          isAdmitted: true,
          state: { ...perMinute, remaining: left, resetAtMs: downAndReset, readAtMs: startMs + 5 },
        });
      }
      clock.advance(1);
      expect(await take(bucket, [perMinute])).toEqual({
        isAdmitted: false,
        state: { ...perMinute, remaining: 0, resetAtMs: downAndReset, readAtMs: startMs + 6 },
      });
    });

    if (windows === 'fixed') testFixed();
    else testSliding();

    function testFixed(): void {
      test('cuts windows at whole multiples of their length since the epoch', async () => {
        const bucket = bucketOf('key');
        const one = [{ limit: 1, windowSeconds: 60 }];
        clock.advance(59_999);
        expect((await take(bucket, one)).isAdmitted).toBe(true);
        const last = await take(bucket, one);
        expect(last.isAdmitted).toBe(false);
        expect(last.state.resetAtMs).toBe(startMs + 60_000);
        // The instant of the reset is the first of the next window.
        clock.set(last.state.resetAtMs);
        const next = await take(bucket, one);
        expect(next.isAdmitted).toBe(true);
        expect(next.state.resetAtMs).toBe(startMs + 120_000);
      });
    }

    function testSliding(): void {
      test('admits no more than the limit around an instant at which a fixed window begins', async () => {
        const bucket = bucketOf('key');
        clock.set(startMs + 59_999);
        for (let round = 0; round < 60; round++) expect((await take(bucket, [perMinute])).isAdmitted).toBe(true);
        for (const atMs of [59_999, 60_000, 90_000, 119_998]) {
          clock.set(startMs + atMs);
          const refused = await take(bucket, [perMinute]);
          expect(refused).toMatchObject({ isAdmitted: false, state: { resetAtMs: startMs + 119_999 } });
        }
        clock.set(startMs + 119_999);
        for (let round = 0; round < 60; round++) expect((await take(bucket, [perMinute])).isAdmitted).toBe(true);
        expect((await take(bucket, [perMinute])).isAdmitted).toBe(false);
      });

      test('says when the next request is admitted, and when more remains', async () => {
        const bucket = bucketOf('key');
        const three = [{ limit: 3, windowSeconds: 60 }];
        expect((await peek(bucket, three)).state).toMatchObject({ remaining: 3, resetAtMs: startMs + 60_000 });
        for (const _ of [1, 2, 3]) {
          await take(bucket, three);
          clock.advance(7_000);
        }
        // At 0, 7 and 14 s.
        expect((await take(bucket, three)).state).toMatchObject({ remaining: 0, resetAtMs: startMs + 60_000 });
        clock.set(startMs + 60_000);
        expect((await peek(bucket, three)).state).toMatchObject({ remaining: 1, resetAtMs: startMs + 67_000 });
        // A lower limit waits until enough requests have left.
        const one = [{ limit: 1, windowSeconds: 60 }];
        expect((await peek(bucket, one)).state).toMatchObject({ remaining: 0, resetAtMs: startMs + 74_000 });
      });

      test('admits at most a large limit in any window, and refuses only if a window 1 % longer had so many', async () => {
        const rate: RateLimit = { limit: 150, windowSeconds: 10 };
        const step = fc.record({ count: fc.nat(40), afterMs: fc.oneof(fc.nat(300), fc.nat(4_000)) });
        let run = 0;
        let refused = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 80 }), async (steps) => {
            run++;
            clock.set(startMs + run * 3_600_000);
            const bucket = bucketOf(`large${run}`);
            const admittedMs: number[] = [];
            const within = (lengthMs: number) => admittedMs.filter((atMs) => atMs > clock.nowMs() - lengthMs).length;
            for (const { count, afterMs } of steps) {
              clock.advance(afterMs);
              for (let sent = 0; sent < count; sent++) {
                const { isAdmitted, state } = await take(bucket, [rate]);
                if (isAdmitted) admittedMs.push(clock.nowMs());
                else expect(within(10_100)).toBeGreaterThanOrEqual(rate.limit);
                expect(within(10_000)).toBeLessThanOrEqual(rate.limit);
                expect(state.remaining).toBeLessThanOrEqual(rate.limit - within(10_000));
                if (!isAdmitted) refused++;
              }
            }
          }),
          { numRuns: Math.ceil(runs / 5) },
        );
        expect(refused).toBeGreaterThan(0);
      });
    }

    test('agrees with a list of all admitted requests', async () => {
      const limits = fc.constantFrom<RateLimit[]>(
        [{ limit: 3, windowSeconds: 1 }],
        [{ limit: 2, windowSeconds: 2 }],
        [
          { limit: 2, windowSeconds: 1 },
          { limit: 5, windowSeconds: 4 },
        ],
      );
      const step = fc.record({ id: fc.constantFrom('a', 'b'), afterMs: fc.nat(700), isPeek: fc.boolean() });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          limits,
          fc.array(step, { maxLength: 60 }),
          fc.boolean(),
          async (rates, steps, isRemembered) => {
            run++;
            clock.set(startMs + run * 3_600_000);
            const buckets = { a: bucketOf(`a${run}`), b: bucketOf(`b${run}`) };
            const admitted: { id: string; atMs: number }[] = [];
            for (const { id, afterMs, isPeek } of steps) {
              clock.advance(afterMs);
              const nowMs = clock.nowMs();
              const windowOf = (atMs: number, rate: RateLimit) => Math.floor(atMs / (rate.windowSeconds * 1000));
              const isInWindow = (atMs: number, rate: RateLimit) =>
                windows === 'fixed'
                  ? windowOf(atMs, rate) === windowOf(nowMs, rate)
                  : atMs > nowMs - rate.windowSeconds * 1000;
              const inWindow = (rate: RateLimit) =>
                admitted.filter((one) => one.id === id && isInWindow(one.atMs, rate));
              const left = (rate: RateLimit) => rate.limit - inWindow(rate).length;
              const isFree = rates.every((rate) => left(rate) > 0);
              const bucket = isRemembered ? buckets[id] : bucketOf(`${id}${run}`);
              const decision = await (isPeek ? peek(bucket, rates) : take(bucket, rates));
              expect(decision.isAdmitted).toBe(isFree);
              if (isFree && !isPeek) admitted.push({ id, atMs: nowMs });
              expect(decision.state.remaining).toBe(Math.min(...rates.map(left)));
              expect(decision.state.resetAtMs).toBeGreaterThan(nowMs);
              const lengthMs = decision.state.windowSeconds * 1000;
              if (windows === 'fixed') expect(decision.state.resetAtMs % lengthMs).toBe(0);
              else expect(decision.state.resetAtMs).toBe((inWindow(decision.state)[0]?.atMs ?? nowMs) + lengthMs);
            }
          },
        ),
        { numRuns: runs },
      );
    });
  });
}
