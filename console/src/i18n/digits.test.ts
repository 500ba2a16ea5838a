import { expect, test } from 'vitest';
import { withArabicDigits } from './digits.ts';

test('numbers of sentences get the digits, technical text and placeholders keep theirs', () => {
  expect(withArabicDigits({ a: { b: 'آخر 30 يومًا' }, time30d: '{{count2}} من 7' })).toEqual({
    a: { b: 'آخر ٣٠ يومًا' },
    time30d: '{{count2}} من ٧',
  });
  for (const text of ['عناوين IPv4 وIPv6', 'مثال: \u2066203.0.113.0/24\u2069', 'sk_live_12']) {
    expect(withArabicDigits(text)).toBe(text);
  }
});
