// A secret as it may stand on a screen that others see: its beginning and its last four characters.
const shownStart = 4;
const shownEnd = 4;

/** As long as the secret, so that nothing moves when it is shown. `prefixes`: with which keys of the API begin. */
export function maskSecret(secret: string, prefixes: readonly string[]): string {
  const prefix = prefixes.find((each) => secret.startsWith(each)) ?? '';
  const start = prefix.length + shownStart;
  const hidden = Math.max(0, secret.length - start - shownEnd);
  return `${secret.slice(0, start)}${'•'.repeat(hidden)}${secret.slice(start + hidden)}`;
}
