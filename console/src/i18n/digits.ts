// The reader's digits in texts that have numbers of their own, such as "last 30 days".

/** Numbers in running text. Left alone: what stands in an isolate from left to right, in a placeholder or by Latin letters. */
const numbers = /\u2066[^\u2069]*\u2069|\{\{[^}]*\}\}|[\w./:-]*[A-Za-z][\w./:-]*|[0-9]+/g;

const zero = '\u0660'.charCodeAt(0);

/** Replaces 0 to 9 by ٠ to ٩ in every text of `texts`, which may be nested. */
export function withArabicDigits<Texts>(texts: Texts): Texts {
  if (typeof texts === 'string') {
    return texts.replaceAll(numbers, (found) =>
      /^[0-9]/.test(found) && !/[^0-9]/.test(found)
        ? found.replaceAll(/[0-9]/g, (digit) => String.fromCharCode(zero + Number(digit)))
        : found,
    ) as Texts;
  }
  if (typeof texts !== 'object' || texts === null) return texts;
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, withArabicDigits(text)])) as Texts;
}
