// Clocks: the steady one never goes back.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createManualClock, createSteadyClock, systemClock } from './clock.ts';

describe('createSteadyClock', () => {
  test('follows its source while that goes forward', () => {
    const source = createManualClock(1000);
    const steady = createSteadyClock(source);
    expect(steady.nowMs()).toBe(1000);
    source.advance(500);
    expect(steady.nowMs()).toBe(1500);
  });

  test('goes on from where it was when the source is set back an hour', () => {
    const source = createManualClock(10_000_000);
    const steady = createSteadyClock(source);
    steady.nowMs();
    source.advance(-3_600_000);
    expect(steady.nowMs()).toBe(10_000_000);
    source.advance(250);
    expect(steady.nowMs()).toBe(10_000_250);
  });

  test('never goes back, whatever the source does, and moves with it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -10_000_000, max: 10_000_000 })), (steps) => {
        const source = createManualClock(1_700_000_000_000);
        const steady = createSteadyClock(source);
        let last = steady.nowMs();
        for (const step of steps) {
          source.advance(step);
          const now = steady.nowMs();
          expect(now).toBe(last + Math.max(0, step));
          last = now;
        }
      }),
    );
  });
});

test('a manual clock stands still until it is moved', () => {
  const clock = createManualClock(5);
  expect([clock.nowMs(), clock.nowMs()]).toEqual([5, 5]);
  clock.set(9);
  clock.advance(1);
  expect(clock.nowMs()).toBe(10);
});

test('the system clock gives milliseconds since the epoch', () => {
  const before = Date.now();
  expect(systemClock.nowMs()).toBeGreaterThanOrEqual(before);
  expect(systemClock.nowMs()).toBeLessThanOrEqual(Date.now());
});
