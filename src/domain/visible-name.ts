// Names that people give to keys, organizations and themselves: their characters, and their visible length.

export type ReadName = { readonly ok: true; readonly name: string } | { readonly ok: false; readonly fix: string };

// Controls, line and paragraph separators, and bidirectional controls: with them a name could look like another name or
// forge a line of a log (CVE-2021-42574, CVE-2024-45808).
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

// Invisible: UAX #44 Default_Ignorable_Code_Point (zero-width characters, fillers, tags, variation selectors, the soft
// hyphen), the empty Braille pattern, annotations, private use, and unassigned code points.
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Co}\p{Cn}\u2800\ufff9-\ufffb]/u;

/** Scripts in which joiners and non-joiners change the shape of letters (Unicode 16, §23.2). */
const joining = ['Arab', 'Syrc', 'Mong', 'Deva', 'Beng', 'Guru', 'Gujr', 'Orya', 'Taml', 'Telu', 'Knda', 'Mlym', 'Sinh']
  .concat(['Khmr', 'Mymr'])
  .map((script) => `\\p{scx=${script}}`)
  .join('');

/** Invisible characters that have a use between these neighbours. */
const usefulInvisible = [
  // Between letters: Persian "می‌خواهم", Indic conjuncts.
  new RegExp(`(?<=[${joining}])[\\u200c\\u200d](?=[${joining}])`, 'gu'),
  // Between emoji that form one image (UTS #51 §1.4.8).
  /(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d(?=\p{Extended_Pictographic})/gu,
  // The flags of England, Scotland and Wales: two letters and three behind a black flag (UTS #51 §C.1).
  /(?<=\u{1f3f4})[\u{e0061}-\u{e007a}]{5}\u{e007f}/gu,
  // Variants of an emoji or an ideograph.
  /(?<=\p{Emoji})[\ufe0e\ufe0f]/gu,
  /(?<=\p{Unified_Ideograph})[\u{e0100}-\u{e01ef}]/gu,
];

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u;

/**
 * The name in its stored form: Unicode NFC, without surrounding white space. `min` counts visible characters (UAX #29
 * grapheme clusters); a name that is not empty needs at least one. `max` counts code points. `fix` says what to send
 * instead.
 */
export function readName(text: string, { min, max }: { readonly min: number; readonly max: number }): ReadName {
  if (!text.isWellFormed()) return refuse('has half a surrogate pair: send valid Unicode');
  // A code point is one or two units, so far longer text needs no normalization to be refused.
  if (text.length > max * 4 + 100) return refuse(`must have at most ${max} characters`);
  const name = text.normalize('NFC').trim();
  if (unprintable.test(name)) return refuse('holds control or text-direction characters: leave them out');
  if (holdsInvisible(name)) return refuse('holds invisible characters: leave them out');
  const { length } = [...name];
  if (length < min) return refuse(`must have at least ${countOf(min, 'character')}`);
  if (length > max) return refuse(`must have at most ${max} characters, it has ${length}`);
  const least = Math.max(min, name === '' ? 0 : 1);
  if (countVisible(name, least) < least) return refuse(`must have at least ${countOf(least, 'visible character')}`);
  return { ok: true, name };
}

function holdsInvisible(name: string): boolean {
  if (!invisible.test(name)) return false;
  return invisible.test(usefulInvisible.reduce((rest, use) => rest.replace(use, ''), name));
}

/** Counts no further than `enough`. A space, and a mark without a letter, are not visible. */
function countVisible(name: string, enough: number): number {
  let count = 0;
  for (const { segment } of graphemes.segment(name)) {
    if (count >= enough) break;
    if (visible.test(segment)) count++;
  }
  return count;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function refuse(fix: string): ReadName {
  return { ok: false, fix };
}
