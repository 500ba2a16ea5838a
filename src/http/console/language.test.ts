// The choice of a page's language.
import { expect, test } from 'vitest';
import { chooseLanguage } from './language.ts';

test.each([
  ['the reader’s choice comes first', 'a=b; miftah-language=ar; c=d', 'en', 'en', 'ar'],
  ['a choice that there is not counts as none', 'miftah-language=fr', 'ar', 'en', 'ar'],
  ['another cookie that ends like it is no choice', 'x-miftah-language=ar', 'en', 'en', 'en'],
  ['a regional tag asks for its language', undefined, 'ar-PS', 'en', 'ar'],
  ['the heavier wish wins, wherever it stands', undefined, 'en;q=0.5, fr, ar;q=0.8', 'en', 'ar'],
  ['the first of equal wishes wins', undefined, 'ar, en', 'en', 'ar'],
  ['what is refused is not wished for', undefined, 'ar;q=0', 'en', 'en'],
  ['a weight that is none is not one', undefined, 'ar;q=x, en;q=0.1', 'ar', 'en'],
  ['no wish at all: the console’s own', undefined, undefined, 'ar', 'ar'],
  ['only wishes that there are not: the console’s own', undefined, 'fr, de;q=0.4, *', 'ar', 'ar'],
] as const)('%s', (_name, cookie, acceptLanguage, fallback, expected) => {
  expect(chooseLanguage(cookie, acceptLanguage, fallback)).toBe(expected);
});
