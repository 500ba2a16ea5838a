// Finds secrets in text from outside: it cuts them out of stored text, and lets input that contains one be refused.
import type { ImportedFormat } from './imported-secret.ts';
import type { ProtectedApi } from './protected-api.ts';
import type { SecretFormat } from './secret.ts';
import { tokenPrefix } from './token.ts';

/** Finds the secrets of all APIs of an installation, also in percent-encoded text. Linear in the length of the text. */
export interface Redactor {
  /**
   * The path with each secret cut off after its prefix (`sk_live_…`). Segments without a secret stay unchanged; a
   * segment with one comes back decoded. `own`: the API that received the path. Its imported secrets may have no
   * prefix.
   */
  redactPath(path: string, own: Pick<ProtectedApi, 'imported'>): string;
  /**
   * Whether the text contains a secret, or at least half of the part after a prefix. After a prefix that words contain
   * too (`isInWords`), half a secret counts only with a digit in it. Imported prefixes shorter than
   * `minImportedPrefixLength` are not searched for. Miftah's own ids are not secrets, so an imported secret in the form
   * of an id is not found.
   */
  holdsSecret(text: string): boolean;
  /**
   * The text with each secret cut off after its prefix, for messages that repeat input. If it has one, it comes back
   * decoded.
   */
  redactText(text: string): string;
}

/** The shortest token of the internal listener: the operator token. Other tokens have the same prefix. */
const operatorToken = { prefix: tokenPrefix, length: 44 };

/** Whole ids of Miftah. An API's secrets may begin like one (`key_`), but a URL with an id must not be refused. */
const ids = /(?<=^|[\s/?&=,:"'])(?:(?:key|org|inv|per|tok)_[0-9A-Za-z]{20}|sec_[0-9a-f]{16})(?=$|[\s/?&=,:"'])/g;

/** Layers of percent-encoding that are undone. No honest client sends more. */
const maxDecodings = 6;

/** The fewest characters after a prefix that count as a secret or a part of one. `task_force` has fewer. */
const minTailLength = 8;

/** Shorter imported prefixes are not searched for in input, because ordinary words contain them. */
export const minImportedPrefixLength = 3;

interface Prefix {
  readonly text: string;
  /** The fewest characters that follow the prefix in a whole secret. */
  readonly tailLength: number;
  readonly isImported: boolean;
  /** The characters that may follow. */
  readonly tail: Tail;
}

/** The characters after a prefix, from few to many: letters and digits, base64url, printable ASCII. */
type Tail = 'plain' | 'base64url' | 'printable';

const tails = ['plain', 'base64url', 'printable'] as const satisfies readonly Tail[];

/** Compiles the prefixes of all APIs and of tokens. */
export function createRedactor(apis: Iterable<Pick<ProtectedApi, 'secret' | 'imported'>>): Redactor {
  const listed = listPrefixes(apis);
  const prefixes = mergePrefixes(listed);
  const searched = listed.filter(({ text, isImported }) => !isImported || text.length >= minImportedPrefixLength);

  function redactSegment(segment: string, { imported }: Pick<ProtectedApi, 'imported'>): string {
    const decoded = decode(segment);
    if (decoded === undefined) return '…';
    if (imported?.prefix === '' && fitsLength(decoded, imported)) return '…';
    const redacted = redact(decoded, prefixes);
    return redacted === decoded ? segment : redacted;
  }

  return {
    redactPath: (path, own) =>
      path
        .split('/')
        .map((segment) => redactSegment(segment, own))
        .join('/'),

    holdsSecret(text) {
      const decoded = decode(text);
      if (decoded === undefined) return true;
      const withoutIds = decoded.replace(ids, '');
      return searched.some((prefix) => holds(withoutIds, prefix));
    },

    redactText(text) {
      const decoded = decode(text);
      if (decoded === undefined) return '…';
      const redacted = redact(decoded, prefixes);
      return redacted === decoded ? text : redacted;
    },
  };
}

/** Each prefix once, but twice if it is both imported and an API's own, because the characters that follow differ. */
function listPrefixes(apis: Iterable<Pick<ProtectedApi, 'secret' | 'imported'>>): readonly Prefix[] {
  const { prefix: tokenPrefix, length } = operatorToken;
  const [own, imports] = [new Map<string, Prefix>(), new Map<string, Prefix>()];
  const add = (prefix: Prefix): void => addShortest(prefix.isImported ? imports : own, prefix);
  add({ text: tokenPrefix, tailLength: length - tokenPrefix.length, isImported: false, tail: 'plain' });
  for (const { secret, imported } of apis) {
    for (const text of Object.values(secret.prefixes)) {
      add({ text, tailLength: secret.length - text.length, isImported: false, tail: tailOf(secret) });
    }
    if (imported !== undefined && imported.prefix !== '') {
      const { prefix: text, minLength } = imported;
      add({ text, tailLength: Math.max(1, minLength - text.length), isImported: true, tail: 'printable' });
    }
  }
  return [...own.values(), ...imports.values()];
}

function tailOf({ alphabet }: Pick<SecretFormat, 'alphabet'>): Tail {
  return alphabet === 'base64url' ? 'base64url' : 'plain';
}

/** Each text once, with the loosest rule for the characters after it. */
function mergePrefixes(listed: readonly Prefix[]): readonly Prefix[] {
  const found = new Map<string, Prefix>();
  for (const prefix of listed) addShortest(found, prefix);
  // If two prefixes match at one place, the longer one belongs to the secret.
  return [...found.values()].sort((a, b) => b.text.length - a.text.length);
}

function addShortest(found: Map<string, Prefix>, prefix: Prefix): void {
  const { tailLength = prefix.tailLength, isImported = false, tail = prefix.tail } = found.get(prefix.text) ?? {};
  found.set(prefix.text, {
    ...prefix,
    tailLength: Math.min(tailLength, prefix.tailLength),
    isImported: isImported || prefix.isImported,
    tail: tails[Math.max(tails.indexOf(tail), tails.indexOf(prefix.tail))] as Tail,
  });
}

/** `undefined`: more than `maxDecodings` layers. Bytes that are not UTF-8 do not hide the text around them. */
function decode(text: string): string | undefined {
  let decoded = text;
  for (let round = 0; round < maxDecodings; round++) {
    if (!/%[0-9a-f]{2}/i.test(decoded)) return decoded;
    decoded = decoded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
  return /%[0-9a-f]{2}/i.test(decoded) ? undefined : decoded;
}

/** The end of the characters that may belong to the secret. */
function endOfTail(text: string, from: number, { tail }: Prefix): number {
  let at = from;
  while (at < text.length && isTailCode(text.charCodeAt(at), tail)) at++;
  return at;
}

function isTailCode(code: number, tail: Tail): boolean {
  // Printable ASCII except `/ ? & #`, which end a part of a URL.
  if (tail === 'printable')
    return code > 0x20 && code < 0x7f && code !== 0x2f && code !== 0x3f && code !== 0x26 && code !== 0x23;
  if (tail === 'base64url' && (code === 0x2d || code === 0x5f)) return true;
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function redact(text: string, prefixes: readonly Prefix[]): string {
  let redacted = text;
  for (const prefix of prefixes) {
    let kept = '';
    let from = 0;
    for (let at = redacted.indexOf(prefix.text); at >= 0; at = redacted.indexOf(prefix.text, from)) {
      const start = at + prefix.text.length;
      const end = endOfTail(redacted, start, prefix);
      const isSecret = mustBeCut(redacted, start, end, prefix);
      kept += redacted.slice(from, start) + (isSecret ? '…' : '');
      // Another prefix may follow this one immediately.
      from = isSecret ? end : start;
    }
    redacted = kept + redacted.slice(from);
  }
  return redacted;
}

/** Kebab paths (`/monkey-business`) contain `key-`, and any word can contain `AKIA`. Only `_` is rare in them. */
function mustBeCut(text: string, start: number, end: number, prefix: Prefix): boolean {
  if (!prefix.isImported && !prefix.text.endsWith('_')) return isSecretOrHalf(text, start, end, prefix);
  return end - start >= Math.min(minTailLength, prefix.tailLength);
}

function holds(text: string, prefix: Prefix): boolean {
  for (let at = text.indexOf(prefix.text); at >= 0; ) {
    const start = at + prefix.text.length;
    if (isSecretOrHalf(text, start, endOfTail(text, start, prefix), prefix)) return true;
    at = text.indexOf(prefix.text, start);
  }
  return false;
}

/** Words have no digits, and half a secret almost always has one. */
function isSecretOrHalf(text: string, start: number, end: number, prefix: Prefix): boolean {
  const length = end - start;
  if (length >= prefix.tailLength) return true;
  if (length < Math.max(1, Math.ceil(prefix.tailLength / 2))) return false;
  return !isInWords(prefix) || /[0-9]/.test(text.slice(start, end));
}

/** Whether ordinary names look like the prefix and its tail: `old_accounts`, `monkey-business`. */
function isInWords({ text, tail }: Prefix): boolean {
  return tail !== 'plain' || !text.endsWith('_');
}

function fitsLength({ length }: string, { minLength, maxLength }: ImportedFormat): boolean {
  return length >= minLength && length <= maxLength;
}
