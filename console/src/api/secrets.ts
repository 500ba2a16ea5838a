// Recognizes a whole secret in a text, so that none enters an address, a request or the browser's history.

/** Fewer characters after a prefix are a mask, or a word. */
const leastSecret = 16;

/** A prefix of secrets. `isPlain`: only letters and digits follow it. */
export interface SecretPrefix {
  readonly text: string;
  readonly isPlain: boolean;
}

/** The prefix of tokens of the internal listener, whatever the APIs use. */
const operatorPrefix: SecretPrefix = { text: 'mft_', isPlain: true };

/** Whole ids of Miftah, as the server writes them. A secret of an API may begin like one, for example with `key_`. */
const ids = /(?<=^|[\s/?&=,:"'])(?:(?:key|org|inv|per|tok|wh)_[0-9A-Za-z]{20}|sec_[0-9a-f]{16})(?=$|[\s/?&=,:"'])/g;

const plain = new RegExp(`^[0-9A-Za-z]{${leastSecret}}`);
/** Imported secrets have the characters of UUIDs and base64url. */
const printable = new RegExp(`^[\\w.~+-]{${leastSecret}}`);

let prefixes: readonly SecretPrefix[] = [operatorPrefix];

/** Sets the prefixes of secrets, as the configuration lists them. */
export function setSecretPrefixes(known: readonly SecretPrefix[]): void {
  prefixes = [operatorPrefix, ...known];
}

/** Whether `text` holds a secret or most of one, percent-encoded or not. Linear in its length for each prefix. */
export function holdsSecret(text: string): boolean {
  const [sent, decoded] = [text.replace(ids, ''), decode(text).replace(ids, '')];
  return prefixes.some((prefix) => holdsAfter(sent, prefix) || holdsAfter(decoded, prefix));
}

function holdsAfter(text: string, prefix: SecretPrefix): boolean {
  for (let at = text.indexOf(prefix.text); at >= 0; at = text.indexOf(prefix.text, at + 1)) {
    const start = at + prefix.text.length;
    if (isMostOfSecret(text.slice(start, start + leastSecret), prefix)) return true;
  }
  return false;
}

/** Words have dashes and no digits. They contain every prefix, but rarely one with `_` at its end. */
function isMostOfSecret(tail: string, { text, isPlain }: SecretPrefix): boolean {
  if (text.endsWith('_') && plain.test(tail)) return true;
  return /\d/.test(tail) && (isPlain ? plain : printable).test(tail);
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  return text.replaceAll(/%[0-7][0-9a-f]/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
}
