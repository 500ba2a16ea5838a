// A clock that follows another: corrected where it is wrong, and never backwards.
import { expect, test } from 'vitest';
import { createManualClock } from './clock.ts';
import { createFollowedClock } from './followed-clock.ts';

const trueMs = 1_800_000_000_000;
const hour = 3_600_000;

function start(wallMs: number) {
  const monotonic = createManualClock(5_000);
  const wall = createManualClock(wallMs);
  const reports: number[] = [];
  const clock = createFollowedClock({ monotonic, wall, onDiffers: (aheadMs) => reports.push(aheadMs) });
  let otherMs = trueMs;
  return {
    clock,
    wall,
    reports,
    /** Time passes everywhere. */
    pass(ms: number) {
      monotonic.advance(ms);
      wall.advance(ms);
      otherMs += ms;
    },
    setOther(ms: number) {
      otherMs = ms;
    },
    /** The other clock is read, which takes `ms`. */
    read(ms = 0) {
      const askedAtMs = monotonic.nowMs();
      this.pass(ms);
      clock.observe({ saidMs: otherMs - ms / 2, askedAtMs, answeredAtMs: monotonic.nowMs() });
    },
  };
}

test.each([hour, -hour])('a machine whose clock is %i ms off has the right time from the first reading on', (offMs) => {
  const world = start(trueMs + offMs);
  expect(world.clock.nowMs()).toBe(trueMs + offMs);
  world.read(40);
  expect(world.clock.nowMs()).toBe(trueMs + 40);
  expect(world.clock.aheadMs()).toBe(offMs);
  expect(world.reports).toEqual([offMs]);
});

test.each([hour, -hour])('setting the clock of the machine by %i ms changes nothing, and is reported', (offMs) => {
  const world = start(trueMs);
  world.read();
  world.pass(100);
  world.wall.advance(offMs);
  expect(world.clock.nowMs()).toBe(trueMs + 100);
  world.read();
  expect(world.reports).toEqual([offMs]);
  world.wall.advance(-offMs);
  world.read();
  expect(world.reports).toEqual([offMs, 0]);
});

test('a slow answer that differs by less than its own duration corrects nothing', () => {
  const world = start(trueMs);
  world.read();
  world.setOther(trueMs + 200);
  world.read(400);
  expect(world.clock.nowMs()).toBe(trueMs + 400);
});

test('where the followed clock is set back, time goes at half the speed until both agree', () => {
  const world = start(trueMs);
  world.read();
  world.setOther(trueMs - 2_000);
  world.read();
  expect(world.clock.nowMs()).toBe(trueMs);
  world.pass(1_000);
  expect(world.clock.nowMs()).toBe(trueMs + 500);
  // The next reading still finds it ahead.
  world.read();
  expect(world.clock.nowMs()).toBe(trueMs + 500);
  world.pass(3_000);
  expect(world.clock.nowMs()).toBe(trueMs + 2_000);
  world.pass(1_000);
  expect(world.clock.nowMs()).toBe(trueMs + 3_000);
});

test('where the followed clock is set ahead, time leaps', () => {
  const world = start(trueMs);
  world.read();
  world.setOther(trueMs + hour);
  world.read();
  expect(world.clock.nowMs()).toBe(trueMs + hour);
});
