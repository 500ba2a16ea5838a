// Isolates a value in a sentence, so that it can't change the direction of the words around it.
import { type Language, languages } from './languages.ts';

const firstStrongIsolate = '\u2068';
const popIsolate = '\u2069';
/** Letters of scripts from right to left, and characters that steer direction. */
const turning = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;
const steering = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Returns `text` for a sentence of the language. A text that could reorder the sentence is isolated (Unicode UAX 9).
 * Characters that steer direction are removed: no honest name has them.
 */
export function isolate(text: string, language: Language): string {
  const plain = text.replace(steering, '');
  const isHarmless = languages[language].direction === 'ltr' ? !turning.test(plain) : /^\d*$/.test(plain);
  return isHarmless ? plain : `${firstStrongIsolate}${plain}${popIsolate}`;
}
