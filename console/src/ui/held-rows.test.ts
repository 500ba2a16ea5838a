// Held rows do not move or disappear, and new ones are counted.
import { expect, test } from 'vitest';
import { holdRows } from './held-rows.ts';

const row = (id: string, minute: number, count = 1) => ({ id, lastAt: `2026-11-21T09:${minute}:00.000Z`, count });

test('a row that was refused again keeps its place and tells the new count', () => {
  const { rows, waiting } = holdRows([row('b', 20), row('a', 10)], [row('a', 30, 2), row('b', 20)]);
  expect(rows).toEqual([row('b', 20), row('a', 30, 2)]);
  expect(waiting).toBe(0);
});

test('newer rows wait, older ones of a further page follow', () => {
  const { rows, waiting } = holdRows([row('b', 20)], [row('c', 30), row('b', 20), row('a', 10)]);
  expect(rows.map(({ id }) => id)).toEqual(['b', 'a']);
  expect(waiting).toBe(1);
});

test('a row that is gone from the server stays until the list is let go', () => {
  expect(holdRows([row('b', 20), row('a', 10)], [row('b', 20)]).rows).toHaveLength(2);
});

test('an empty list takes what comes', () => {
  expect(holdRows([], [row('a', 10)])).toEqual({ rows: [row('a', 10)], waiting: 0 });
});
