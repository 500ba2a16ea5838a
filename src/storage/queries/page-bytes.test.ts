import { expect, test } from 'vitest';
import { countFitting } from './page-bytes.ts';

test.each([
  [[], 10, 100, 0],
  [[1, 1, 1], 10, 100, 3],
  [[1, 1, 1], 2, 100, 2],
  [[50, 50, 1], 10, 100, 2],
  [[50, 51, 1], 10, 100, 1],
  [[101, 1], 10, 100, 1],
  [[0, 101, 0], 10, 100, 1],
  [[100, 0, 0, 1], 10, 100, 3],
])('of rows with %j bytes, a page of at most %i rows and %i bytes holds %i', (sizes, limit, maxBytes, count) => {
  expect(countFitting(sizes, limit, maxBytes)).toBe(count);
});
