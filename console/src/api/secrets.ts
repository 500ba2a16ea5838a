// Recognizes a whole secret in a text, so that none enters an address, a request or the browser's history.

/** Fewer characters after a prefix are a mask, or a word. */
const leastSecret = 16;

/** The prefix of the operator token, whatever the APIs use. */
const operatorPrefix = 'mft_';

/** Whole ids of Miftah, as the server writes them. A secret of an API may begin like one, for example with `key_`. */
const ids = /(?<=^|[\s/?&=,:"'])(?:(?:key|org|inv|per)_[0-9A-Za-z]{20}|sec_[0-9a-f]{16})(?=$|[\s/?&=,:"'])/g;

/**
 * What follows the prefix. Imported secrets have the characters of UUIDs and base64url. A digit is required, because
 * words have dashes too.
 */
const body = new RegExp(`^(?:[0-9A-Za-z]{${leastSecret}}|(?=.*\\d)[\\w.~+-]{${leastSecret}})`);

let prefixes: readonly string[] = [operatorPrefix];

/** Sets the prefixes of secrets, as the configuration lists them. */
export function setSecretPrefixes(known: readonly string[]): void {
  prefixes = [operatorPrefix, ...known];
}

/** Whether `text` holds a secret or most of one, percent-encoded or not. Linear in its length for each prefix. */
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
