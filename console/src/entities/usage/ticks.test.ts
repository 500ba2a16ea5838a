import { expect, test } from 'vitest';
import { countTicks, labelledSteps } from './ticks.ts';

test('the marks are whole, round and reach the highest count', () => {
  expect(countTicks(0)).toEqual([0, 1]);
  expect(countTicks(1)).toEqual([0, 1]);
  expect(countTicks(3)).toEqual([0, 1, 2, 3]);
  expect(countTicks(9)).toEqual([0, 5, 10]);
  expect(countTicks(44_130)).toEqual([0, 20_000, 40_000, 60_000]);
  expect(countTicks(1_200)).toEqual([0, 500, 1_000, 1_500]);
  for (let most = 0; most < 5_000; most += 7) {
    const ticks = countTicks(most);
    expect(ticks.length).toBeLessThanOrEqual(5);
    expect(ticks.every(Number.isInteger)).toBe(true);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
  }
});

test('labels are left out until the others fit', () => {
  expect(labelledSteps(7, 800, 60)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(labelledSteps(7, 240, 60)).toEqual([0, 2, 4, 6]);
  expect(labelledSteps(30, 300, 60)).toEqual([0, 6, 12, 18, 24]);
  expect(labelledSteps(3, 0, 60)).toEqual([0]);
});
