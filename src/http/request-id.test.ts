// Request ids are UUIDs and never repeat, across the point where a new random part is drawn.
import { expect, test } from 'vitest';
import { createRequestId } from './request-id.ts';

test('ten thousand ids are UUIDs of version 4, all different', () => {
  const ids = Array.from({ length: 10_000 }, createRequestId);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a new random part is drawn every 4,096 ids', () => {
  const beginnings = new Set(Array.from({ length: 4096 * 3 }, () => createRequestId().slice(0, -3)));
  expect(beginnings.size).toBeGreaterThanOrEqual(3);
  expect(beginnings.size).toBeLessThanOrEqual(4);
});
