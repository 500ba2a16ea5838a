import { expect, test } from 'vitest';
import { DurationHistogram } from './duration-histogram.ts';

test('buckets count cumulatively, and a bound belongs to its bucket', () => {
  const histogram = new DurationHistogram([1, 10]);
  for (const durationMs of [0, 1, 1.5, 10, 11, 1000]) histogram.observe(durationMs);
  expect(histogram.read()).toEqual({
    buckets: [
      { upToMs: 1, count: 2 },
      { upToMs: 10, count: 4 },
    ],
    count: 6,
    sumMs: 1023.5,
  });
});

test('an unused histogram reads 0', () => {
  expect(new DurationHistogram([5]).read()).toEqual({ buckets: [{ upToMs: 5, count: 0 }], count: 0, sumMs: 0 });
});
