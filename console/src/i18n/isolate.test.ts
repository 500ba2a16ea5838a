// A value in a sentence can't change its direction.
import { expect, test } from 'vitest';
import { isolate } from './isolate.ts';

test.each([
  ['plain text in English stays unchanged', 'Production', 'en', 'Production'],
  ['Arabic in English is isolated', 'الإنتاج', 'en', '\u2068الإنتاج\u2069'],
  ['Latin in Arabic is isolated', 'Production', 'ar', '\u2068Production\u2069'],
  ['digits need none', '12', 'ar', '12'],
  ['nothing needs none', '', 'ar', ''],
  ['an override is taken out', 'safe\u202Egpj.exe', 'en', 'safegpj.exe'],
  ['so are isolates that would end ours early', 'a\u2069\u202Eb', 'ar', '\u2068ab\u2069'],
] as const)('%s', (_name, text, language, expected) => {
  expect(isolate(text, language)).toBe(expected);
});
