// Positions: how they are written, read back and compared.
import { expect, test } from 'vitest';
import { formatPosition, hasReached, parsePosition } from './position.ts';

const written = formatPosition({ epoch: '7480551234567890123/00000001', revision: 42 });

test('a position is written as a revision that people can read, with a mark of its history', () => {
  expect(written).toMatch(/^42-[0-9a-f]{8}$/);
  expect(parsePosition(written)).toEqual({ revision: 42, epochMark: written.slice(3) });
});

test.each([
  '',
  '42',
  '-1-00000000',
  '42-0000000',
  '42-000000000',
  '42-0000000G',
  ' 42-00000000',
  '1e3-00000000',
  '042-00000000',
  '00-00000000',
])('%j is not a position', (text) => {
  expect(parsePosition(text)).toBeUndefined();
});

test.each([
  [{ epoch: '7480551234567890123/00000001', revision: 42 }, true],
  [{ epoch: '7480551234567890123/00000001', revision: 43 }, true],
  [{ epoch: '7480551234567890123/00000001', revision: 41 }, false],
  [{ epoch: '7480551234567890123/00000002', revision: 99 }, false],
  [undefined, false],
])('%o has reached it: %s', (position, isReached) => {
  expect(hasReached(position, parsePosition(written) ?? expect.fail(written))).toBe(isReached);
});
