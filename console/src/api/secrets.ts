// Tells a whole secret from other text, so that none goes into an address, a request or the browser's history.

/** Fewer characters behind a prefix are a mask, or a word. */
const leastSecret = 16;

/** The operator token has this prefix whatever the APIs have. */
const operatorPrefix = 'mft_';

/** Whole ids of Miftah, as the server knows them. An API's secrets may begin like one, such as with `key_`. */
const ids = /(?<=^|[\s/?&=,:"'])(?:(?:key|org|inv|per)_[0-9A-Za-z]{20}|sec_[0-9a-f]{16})(?=$|[\s/?&=,:"'])/g;

/** Of a secret, with the characters that imported ones have (UUIDs, base64url). Only with a digit: words have dashes too. */
const body = new RegExp(`^(?:[0-9A-Za-z]{${leastSecret}}|(?=.*\\d)[\\w.~+-]{${leastSecret}})`);

let prefixes: readonly string[] = [operatorPrefix];

/** With which prefixes secrets of this Miftah begin, as its configuration says. */
export function setSecretPrefixes(known: readonly string[]): void {
  prefixes = [operatorPrefix, ...known];
}

/** Whether a secret, or most of one, is anywhere in `text`, percent-encoded or not. Linear in its length for each prefix. */
export function holdsSecret(text: string): boolean {
  const [sent, decoded] = [text.replace(ids, ''), decode(text).replace(ids, '')];
  return prefixes.some((prefix) => holdsAfter(sent, prefix) || holdsAfter(decoded, prefix));
}

function holdsAfter(text: string, prefix: string): boolean {
  for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1)) {
    const start = at + prefix.length;
    if (body.test(text.slice(start, start + leastSecret))) return true;
  }
  return false;
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  return text.replaceAll(/%[0-7][0-9a-f]/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
}
