// Secrets in texts that strangers and careless people write: taken out of what is kept, found in what is refused.
import type { ImportedFormat } from './imported-secret.ts';
import type { ProtectedApi } from './protected-api.ts';

/** Looks for the secrets of all APIs of an installation, however often a text is percent-encoded. Linear in the text. */
export interface Redactor {
  /**
   * The path with each secret cut off after its prefix (`sk_live_…`). Segments that hold none stay as they are; one that holds
   * any comes back decoded. `own`: the API that the path was sent to, whose imported secrets may have no prefix.
   */
  redactPath(path: string, own: Pick<ProtectedApi, 'imported'>): string;
  /**
   * Whether a secret stands in the text: a prefix with at least half of what follows it in a whole one. Behind an imported
   * prefix any characters may follow, so that half counts with a digit alone, and a whole length always; imported prefixes
   * under `leastImportedPrefix` are not looked for. An id of Miftah is none, so an imported secret that has the very form of
   * an id is not found.
   */
  holdsSecret(text: string): boolean;
  /** The text with each secret cut off after its prefix, for messages that repeat what someone sent. Decoded where it holds any. */
  redactText(text: string): string;
}

/** Of the internal listener, which takes it as a bearer token. */
const operatorToken = { prefix: 'mft_', length: 44 };

/** Whole ids of Miftah. An API's secrets may begin like one (`key_`), and an address with an id must not be refused for that. */
const ids = /(?<=^|[\s/?&=,:"'])(?:(?:key|org|inv|per)_[0-9A-Za-z]{20}|sec_[0-9a-f]{16})(?=$|[\s/?&=,:"'])/g;

/** So many encodings one upon the other are undone; a text with more is no client's. */
const maxDecodings = 6;

/** Letters and digits behind a prefix that are taken for a secret, or a part of one. `task_force` is none. */
const leastTail = 8;

/** Characters of an imported prefix that are looked for in what people type. Shorter ones stand in ordinary words. */
export const leastImportedPrefix = 3;

interface Prefix {
  readonly text: string;
  /** Characters behind the prefix of a whole secret, at least. */
  readonly tailLength: number;
  /** Whether any printable character may follow, or letters and digits alone. */
  readonly isImported: boolean;
}

export function createRedactor(apis: Iterable<Pick<ProtectedApi, 'secret' | 'imported'>>): Redactor {
  const listed = listPrefixes(apis);
  const prefixes = mergePrefixes(listed);
  const telling = listed.filter(({ text, isImported }) => !isImported || text.length >= leastImportedPrefix);

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
      return telling.some((prefix) => holds(withoutIds, prefix));
    },

    redactText(text) {
      const decoded = decode(text);
      if (decoded === undefined) return '…';
      const redacted = redact(decoded, prefixes);
      return redacted === decoded ? text : redacted;
    },
  };
}

/** Each once; one that is imported and an API's own comes twice, since other tails follow. */
function listPrefixes(apis: Iterable<Pick<ProtectedApi, 'secret' | 'imported'>>): readonly Prefix[] {
  const { prefix, length } = operatorToken;
  const [own, imports] = [new Map<string, Prefix>(), new Map<string, Prefix>()];
  const add = (one: Prefix): void => addShortest(one.isImported ? imports : own, one);
  add({ text: prefix, tailLength: length - prefix.length, isImported: false });
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

/** Each text once, with whatever may follow it. */
function mergePrefixes(listed: readonly Prefix[]): readonly Prefix[] {
  const found = new Map<string, Prefix>();
  for (const one of listed) addShortest(found, one);
  // Of two prefixes at one place the longer one is the secret's.
  return [...found.values()].sort((a, b) => b.text.length - a.text.length);
}

function addShortest(found: Map<string, Prefix>, one: Prefix): void {
  const { tailLength = one.tailLength, isImported = false } = found.get(one.text) ?? {};
  const least = Math.min(tailLength, one.tailLength);
  found.set(one.text, { ...one, tailLength: least, isImported: isImported || one.isImported });
}

/** `undefined`: encoded more often than anyone has use for. Bytes that are no UTF-8 do not hide what is around them. */
function decode(text: string): string | undefined {
  let decoded = text;
  for (let round = 0; round < maxDecodings; round++) {
    if (!/%[0-9a-f]{2}/i.test(decoded)) return decoded;
    decoded = decoded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
  return /%[0-9a-f]{2}/i.test(decoded) ? undefined : decoded;
}

/** The end of what follows a prefix and may be its secret's. */
function endOfTail(text: string, from: number, { isImported }: Prefix): number {
  let at = from;
  while (at < text.length && isOfTail(text.charCodeAt(at), isImported)) at++;
  return at;
}

function isOfTail(code: number, isImported: boolean): boolean {
  // Printable ASCII but `/ ? & #`, which end a part of a URL.
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
      const isSecret = end - start >= Math.min(leastTail, prefix.tailLength);
      kept += redacted.slice(from, start) + (isSecret ? '…' : '');
      // The text may hold another prefix right behind this one.
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

/** `old_accounts` is a name as people give it: words have no digits, and secrets cut in half mostly have. */
function mayBeSecret(tail: string, { tailLength, isImported }: Prefix): boolean {
  return !isImported || tail.length >= tailLength || /[0-9]/.test(tail);
}

function fitsLength({ length }: string, { minLength, maxLength }: ImportedFormat): boolean {
  return length >= minLength && length <= maxLength;
}
