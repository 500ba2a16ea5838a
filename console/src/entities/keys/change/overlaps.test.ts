// The offered overlaps, the rest of one, and its warning.
import { expect, test } from 'vitest';
import { isEndingInUse, offeredOverlaps, shareLeft } from './overlaps.ts';

const nowMs = Date.parse('2026-11-21T10:00:00Z');
const hourMs = 3_600_000;
const at = (hours: number) => new Date(nowMs + hours * hourMs).toISOString();

test('no overlap is offered that is longer than the first one which outlives the key', () => {
  expect(offeredOverlaps({ expiresAt: null }, nowMs)).toEqual(['now', '1h', '24h', '7d', '30d', 'until_ended']);
  expect(offeredOverlaps({ expiresAt: at(48) }, nowMs)).toEqual(['now', '1h', '24h', '7d']);
  expect(offeredOverlaps({ expiresAt: at(0.5) }, nowMs)).toEqual(['now', '1h']);
});

test('the share that is left goes from 1 at the rotation to 0 at the end', () => {
  expect(shareLeft({ endsAt: at(24) }, at(0), nowMs)).toBe(1);
  expect(shareLeft({ endsAt: at(6) }, at(-18), nowMs)).toBe(0.25);
  expect(shareLeft({ endsAt: at(-1) }, at(-24), nowMs)).toBe(0);
  expect(shareLeft({ endsAt: null }, at(-24), nowMs)).toBe(1);
});

test('warns on the last day, of a short overlap in its second half, and only when it is still used', () => {
  const used = { lastUsedAt: at(-1) };
  expect(isEndingInUse({ endsAt: at(23), ...used }, at(-145), nowMs)).toBe(true);
  expect(isEndingInUse({ endsAt: at(25), ...used }, at(-143), nowMs)).toBe(false);
  expect(isEndingInUse({ endsAt: at(23), ...used }, at(-1), nowMs)).toBe(false);
  expect(isEndingInUse({ endsAt: at(11), ...used }, at(-13), nowMs)).toBe(true);
  expect(isEndingInUse({ endsAt: at(11), lastUsedAt: at(-30) }, at(-150), nowMs)).toBe(false);
  expect(isEndingInUse({ endsAt: at(11), lastUsedAt: null }, at(-150), nowMs)).toBe(false);
  expect(isEndingInUse({ endsAt: null, ...used }, at(-150), nowMs)).toBe(false);
});
