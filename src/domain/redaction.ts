// Finds secrets in text from outside: it cuts them out of stored text, and lets input that contains one be refused.
import type { ImportedFormat } from './imported-secret.ts';
import type { ProtectedApi } from './protected-api.ts';

/** Finds the secrets of all APIs of an installation, also in percent-encoded text. Linear in the length of the text. */
export interface Redactor {
  /**
   * The path with each secret cut off after its prefix (`sk_live_…`). Segments without a secret stay unchanged; a
   * segment with one comes back decoded. `own`: the API that received the path. Its imported secrets may have no
   * prefix.
   */
  redactPath(path: string, own: Pick<ProtectedApi, 'imported'>): string;
  /**
   * Whether the text contains a secret, or at least half of the part after a prefix. After an imported prefix, half a
   * secret counts only with a digit in it, because any characters may follow. Imported prefixes shorter than
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

/** The bearer token of the internal listener. */
const operatorToken = { prefix: 'mft_', length: 44 };

/** Whole ids of Miftah. An API's secrets may begin like one (`key_`), but a URL with an id must not be refused. */
const ids = /(?<=^|[\s/?&=,:"'])(?:(?:key|org|inv|per)_[0-9A-Za-z]{20}|sec_[0-9a-f]{16})(?=$|[\s/?&=,:"'])/g;

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
  /** Whether any printable character may follow the prefix. `false`: only letters and digits. */
  readonly isImported: boolean;
}

/** Compiles the prefixes of all APIs and the operator token's. */
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
  add({ text: tokenPrefix, tailLength: length - tokenPrefix.length, isImported: false });
  for (const { secret, imported } of apis) {
    for (const text of Object.values(secret.prefixes)) {
      add({ text, tailLength: secret.length - text.length, isImported: false });
    }
    if (imported !== undefined && imported.prefix !== '') {
      const { prefix: text, minLength } = imported;
      add({ text, tailLength: Math.max(1, minLength - text.length), isImported: true });
    }
  }
  return [...own.values(), ...imports.values()];
}

/** Each text once, with the loosest rule for the characters after it. */
function mergePrefixes(listed: readonly Prefix[]): readonly Prefix[] {
  const found = new Map<string, Prefix>();
  for (const prefix of listed) addShortest(found, prefix);
  // If two prefixes match at one place, the longer one belongs to the secret.
  return [...found.values()].sort((a, b) => b.text.length - a.text.length);
}

function addShortest(found: Map<string, Prefix>, prefix: Prefix): void {
  const { tailLength = prefix.tailLength, isImported = false } = found.get(prefix.text) ?? {};
  found.set(prefix.text, {
    ...prefix,
    tailLength: Math.min(tailLength, prefix.tailLength),
    isImported: isImported || prefix.isImported,
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
function endOfTail(text: string, from: number, { isImported }: Prefix): number {
  let at = from;
  while (at < text.length && isTailCode(text.charCodeAt(at), isImported)) at++;
  return at;
}

function isTailCode(code: number, isImported: boolean): boolean {
  // Printable ASCII except `/ ? & #`, which end a part of a URL.
  if (isImported) return code > 0x20 && code < 0x7f && code !== 0x2f && code !== 0x3f && code !== 0x26 && code !== 0x23;
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
      const isSecret = end - start >= Math.min(minTailLength, prefix.tailLength);
      kept += redacted.slice(from, start) + (isSecret ? '…' : '');
      // Another prefix may follow this one immediately.
      from = isSecret ? end : start;
    }
    redacted = kept + redacted.slice(from);
  }
  return redacted;
}

function holds(text: string, prefix: Prefix): boolean {
  const least = Math.max(1, Math.ceil(prefix.tailLength / 2));
  for (let at = text.indexOf(prefix.text); at >= 0; ) {
    const start = at + prefix.text.length;
    const end = endOfTail(text, start, prefix);
    if (end - start >= least && mayBeSecret(text.slice(start, end), prefix)) return true;
    at = text.indexOf(prefix.text, start);
  }
  return false;
}

/** `old_accounts` is an ordinary name. Words have no digits, and half a secret almost always has one. */
function mayBeSecret(tail: string, { tailLength, isImported }: Prefix): boolean {
  return !isImported || tail.length >= tailLength || /[0-9]/.test(tail);
}

function fitsLength({ length }: string, { minLength, maxLength }: ImportedFormat): boolean {
  return length >= minLength && length <= maxLength;
}
