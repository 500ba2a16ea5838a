// What is put into sentences: numbers in the reader's digits, and names that can't turn the text around them.
import { type Language, languages } from './languages.ts';

const firstStrongIsolate = '\u2068';
const popIsolate = '\u2069';
/** Letters of scripts that run from right to left, and the characters that steer direction. */
const turning = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;
const steering = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * `text` as it may stand inside a sentence of the language: what could order the words around it anew is isolated (Unicode UAX 9), and
 * characters that steer direction, which no honest name has, are taken out.
 */
export function isolate(text: string, language: Language): string {
  const plain = text.replace(steering, '');
  const isHarmless = languages[language].direction === 'ltr' ? !turning.test(plain) : /^\d*$/.test(plain);
  return isHarmless ? plain : `${firstStrongIsolate}${plain}${popIsolate}`;
}
