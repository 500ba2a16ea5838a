// Text of a customer inside a mail of ours.

const maxLength = 100;

/**
 * `text` in quotes, as one line of at most 100 characters that no mail reader turns into a link or reads in another
 * direction. A space follows each character that links are made of: `evil.com` becomes `evil. com`.
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
