// Numbers and times in each language.
import { expect, test } from 'vitest';
import { localeOf } from '../i18n/languages.ts';
import { createFormats } from './formats.ts';

const english = createFormats(localeOf('en', 'latn'));
const arabic = createFormats(localeOf('ar', 'latn'));
const eastern = createFormats(localeOf('ar', 'arab'));
const nowMs = Date.parse('2026-11-21T10:00:00Z');

test('Arabic has Latin digits unless the reader wants Eastern ones', () => {
  expect(english.number(1_234_567)).toBe('1,234,567');
  expect(arabic.number(12_345)).toMatch(/^[\d,.]+$/);
  expect(eastern.number(12_345)).toMatch(/^[٠-٩٬،]+$/);
});

test('a span of time is shown in its largest whole unit', () => {
  expect(english.relative(nowMs - 5_000, nowMs)).toBe('5 seconds ago');
  expect(english.relative(nowMs - 119_000, nowMs)).toBe('1 minute ago');
  expect(english.relative(nowMs + 6 * 86_400_000, nowMs)).toBe('in 6 days');
  expect(english.relative('2025-11-01T00:00:00Z', nowMs)).toBe('last year');
  expect(arabic.relative(nowMs - 3 * 60_000, nowMs)).toBe('قبل 3 دقائق');
});

test('a date names its month, in Arabic as in English', () => {
  expect(english.date('2026-11-21T10:00:00Z')).toBe('21 Nov 2026');
  expect(arabic.date('2026-11-21T10:00:00Z')).toBe('21 تشرين الثاني 2026');
  expect(english.dateTime('2026-11-21T10:00:00Z')).toMatch(/^21 Nov 2026, \d\d:00$/);
  expect(arabic.dateTime('2026-11-21T10:00:00Z')).toMatch(/^21 تشرين الثاني 2026، \d+:00 [صم]$/);
});

test('percentages and short numbers', () => {
  expect(english.percent(0.0345)).toBe('3.5%');
  expect(english.shortNumber(12_345)).toMatch(/^12\.3K$/i);
});
