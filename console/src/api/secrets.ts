// Tells a whole secret from other text, so that none goes into an address, a request or the browser's history.

/** Fewer characters behind a prefix are a mask, or a word. */
const leastSecret = 16;

let prefixes: readonly string[] = [];

/** With which prefixes secrets of this Miftah begin, as its configuration says. */
export function setSecretPrefixes(known: readonly string[]): void {
  prefixes = known;
}

/** Whether a secret, or most of one, is anywhere in `text`, percent-encoded or not. Linear in its length for each prefix. */
export function holdsSecret(text: string): boolean {
  return prefixes.some((prefix) => holdsAfter(text, prefix) || holdsAfter(decode(text), prefix));
}

function holdsAfter(text: string, prefix: string): boolean {
  for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1)) {
    let end = at + prefix.length;
    while (end < text.length && /[0-9A-Za-z]/.test(text.charAt(end)) && end - at - prefix.length < leastSecret)
      end += 1;
    if (end - at - prefix.length >= leastSecret) return true;
  }
  return false;
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  return text.replaceAll(/%[0-7][0-9a-f]/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
}
