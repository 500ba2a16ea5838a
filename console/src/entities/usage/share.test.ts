// Shares of a whole.
import { expect, test } from 'vitest';
import { shareOf } from './share.ts';

test('what is there is not shown as nothing', () => {
  expect(shareOf(1, 4)).toEqual({ ratio: 0.25, isLess: false });
  expect(shareOf(1, 1_000)).toEqual({ ratio: 0.001, isLess: false });
  expect(shareOf(1, 2_358)).toEqual({ ratio: 0.001, isLess: true });
  expect(shareOf(0, 0)).toEqual({ ratio: 0, isLess: false });
});
