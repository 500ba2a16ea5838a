// Names: invisible characters are refused unless they have a use, and the least length counts visible characters.
import { describe, expect, test } from 'vitest';
import { readName } from './visible-name.ts';

const any = { min: 1, max: 200 };
const hidden = 'holds invisible characters: leave them out';

describe('readName', () => {
  test.each([
    ['zero-width space', 'a\u200bb'],
    ['zero-width space alone', '\u200b\u200b\u200b'],
    ['word joiner', '\u2060'],
    ['byte order mark inside', 'a\ufeffb'],
    ['Hangul filler', '\u3164'],
    ['Hangul choseong filler', '\u115f'],
    ['halfwidth Hangul filler', '\uffa0'],
    ['Braille blank', '\u2800'],
    ['soft hyphen', 'pay\u00adment'],
    ['combining grapheme joiner', 'a\u034fb'],
    ['Khmer inherent vowel', 'a\u17b4'],
    ['Mongolian vowel separator', 'a\u180eb'],
    ['invisible times', 'a\u2062b'],
    ['interlinear annotation', 'a\ufff9b'],
    ['tag letters', 'a\u{e0061}\u{e0062}'],
    ['tags that form no flag', '\u{1f3f4}\u{e0061}\u{e007f}'],
    ['variation selector behind a letter', 'a\ufe0f'],
    ['variation selector 17 behind a letter', 'a\u{e0100}'],
    ['variation selectors in a row', '\u{1f600}\ufe0f\ufe0f'],
    ['private use', 'a\ue000'],
    ['private use of plane 16', '\u{100000}'],
    ['unassigned', 'a\u{50000}'],
    ['noncharacter', 'a\ufdd0'],
    ['joiner between Latin letters', 'a\u200db'],
    ['non-joiner at an end', 'می\u200c'],
    ['joiner behind an emoji', '\u{1f600}\u200d'],
  ])('refuses %s', (_name, text) => {
    expect(readName(text, any)).toEqual({ ok: false, fix: hidden });
    expect(readName(text, { min: 0, max: 500 })).toEqual({ ok: false, fix: hidden });
  });

  test.each([
    ['Persian', 'می\u200cخواهم'],
    ['Devanagari', 'क्\u200dष'],
    ['Sinhala', 'ශ්\u200dරී'],
    ['a family', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'],
    ['a rainbow flag', '\u{1f3f3}\ufe0f\u200d\u{1f308}'],
    ['a dark-skinned cook', '\u{1f9d1}\u{1f3ff}\u200d\u{1f373}'],
    ['the flag of Scotland', '\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'],
    ['a heart', '\u2764\ufe0f'],
    ['a keycap', '1\ufe0f\u20e3'],
    ['an ideograph in another form', '葛\u{e0100}'],
    ['Arabic', 'مفتاح الإنتاج'],
    ['vowel marks', 'مُحَمَّد'],
    ['Thai', 'กำลัง'],
    ['Korean', '한국어'],
    ['a no-break space between words', 'a\u00a0b'],
  ])('keeps %s', (_name, text) => {
    const name = text.normalize('NFC');
    expect(readName(text, any)).toEqual({ ok: true, name });
    expect(readName(name, any)).toEqual({ ok: true, name });
  });

  test.each([
    ['marks alone', '\u0301\u0302\u0303', 1],
    ['an Arabic mark alone', '\u064e', 1],
    ['a letter under many marks', 'a\u0301\u0302\u0303', 2],
    ['one emoji of many code points', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}', 2],
    ['letters far apart', 'a \u3000 b', 3],
  ])('counts visible characters: %s', (_name, text, min) => {
    const read = readName(text, { min, max: 50 });
    expect(read).toMatchObject({ ok: false, fix: expect.stringMatching(/^must have at least \d/) });
    expect(readName(`${text}xyz`, { min, max: 50 }).ok).toBe(true);
  });

  test('says what is wrong with a length, and an optional name may be empty but not invisible', () => {
    expect(readName(' ab ', { min: 3, max: 5 })).toEqual({ ok: false, fix: 'must have at least 3 characters' });
    expect(readName('abcdef', { min: 3, max: 5 })).toEqual({
      ok: false,
      fix: 'must have at most 5 characters, it has 6',
    });
    const optional = { min: 0, max: 500 };
    expect(readName('  ', optional)).toEqual({ ok: true, name: '' });
    expect(readName('\u0301', optional)).toEqual({
      ok: false,
      fix: 'must have at least 1 visible character',
    });
    expect(readName('a\u202eb', optional)).toEqual({
      ok: false,
      fix: 'holds control or text-direction characters: leave them out',
    });
  });
});
