// Quotes a customer's text for a mail of Miftah.

const maxLength = 100;

/**
 * `text` in quotes, as one line of at most 100 characters. No mail reader turns it into a link or changes its
 * direction. A space follows each character that links need: `evil.com` becomes `evil. com`.
 */
export function quoteForMail(text: string): string {
  const line = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replaceAll(/["\u201c\u201d]/g, "'")
    .replaceAll(/([.:/@\\\u3002\uff0e\uff0f\uff1a\uff20\uff61])(?=\S)/g, '$1 ')
    .trim();
  const characters = [...line];
  return `"${characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join('')}…` : line}"`;
}
