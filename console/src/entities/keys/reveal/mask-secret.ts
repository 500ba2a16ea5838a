// Masks a secret for a screen that others see: its beginning and its last four characters stay.
const shownStart = 4;
const shownEnd = 4;

/**
 * Returns a text as long as the secret, so that nothing moves when it is revealed. `prefixes`: those of the API's keys.
 */
export function maskSecret(secret: string, prefixes: readonly string[]): string {
  const prefix = prefixes.find((each) => secret.startsWith(each)) ?? '';
  const start = prefix.length + shownStart;
  const hidden = Math.max(0, secret.length - start - shownEnd);
  return `${secret.slice(0, start)}${'•'.repeat(hidden)}${secret.slice(start + hidden)}`;
}
