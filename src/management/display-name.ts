// Names that people give to keys and organizations.
import { invalidInput } from './management-error.ts';

// C0 and C1 controls, line and paragraph separators, and the bidirectional controls, with which a name could pass for
// another one or write into a log (CVE-2021-42574, CVE-2024-45808).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/**
 * The name as it is kept: Unicode NFC, without white space around it. Throws a `ManagementError` when it has fewer than
 * `min` or more than `max` code points, lone surrogates, or control characters.
 */
export function checkName(text: string, { min, max }: { readonly min: number; readonly max: number }): string {
  if (!text.isWellFormed()) throw invalidInput('name', 'has half a surrogate pair: send valid Unicode');
  // Every code point is one or two units; far longer text isn't worth normalizing.
  if (text.length > max * 4 + 100) throw invalidInput('name', `must have at most ${max} characters`);
  const name = text.normalize('NFC').trim();
  if (unprintable.test(name)) {
    throw invalidInput('name', 'holds control or text-direction characters: leave them out');
  }
  const { length } = [...name];
  if (length < min) throw invalidInput('name', `must have at least ${min} ${min === 1 ? 'character' : 'characters'}`);
  if (length > max) throw invalidInput('name', `must have at most ${max} characters, it has ${length}`);
  return name;
}
