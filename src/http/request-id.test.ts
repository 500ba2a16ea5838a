// Request ids are UUIDs that never repeat, and none tells anything of another.
import { expect, test } from 'vitest';
import { createRequestId } from './request-id.ts';

const ids = Array.from({ length: 20_000 }, createRequestId);

test('twenty thousand ids are UUIDs of version 4, all different', () => {
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(ids.length);
});

test.each([
  ['beginning', (id: string) => id.slice(0, 8)],
  ['middle', (id: string) => id.slice(9, 13) + id.slice(15, 18) + id.slice(20, 23)],
  ['end', (id: string) => id.slice(-12)],
])('the %s of an id is not that of the one before, nor the next number', (_, partOf) => {
  const numbers = ids.map((id) => Number.parseInt(partOf(id), 16));
  const near = numbers.filter((number, at) => at > 0 && Math.abs(number - (numbers[at - 1] as number)) < 16);
  // By chance one pair in 2^27 is so near, where it is 32 bits long.
  expect(near.length).toBeLessThan(3);
});

test('each digit takes each value about as often as the others', () => {
  const free = [...'xxxxxxxxxxxxyxxxyxxxxxxxxxxxxxxx'].flatMap((kind, at) => (kind === 'x' ? [at] : []));
  for (const at of free) {
    const counts = new Map<string, number>();
    for (const id of ids) {
      const digit = id.replaceAll('-', '')[at] as string;
      counts.set(digit, (counts.get(digit) ?? 0) + 1);
    }
    // 1,250 of each are expected; 400 from that is 11 standard deviations.
    for (const count of counts.values()) expect(Math.abs(count - ids.length / 16)).toBeLessThan(400);
    expect(counts.size).toBe(16);
  }
});
