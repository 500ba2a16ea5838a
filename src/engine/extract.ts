// Finds the credential of a request, in the one place where its API takes it.
import type { Credential, CredentialSource } from '../domain/credential.ts';
import { findSourceFault, placesOf, type SingleSource, sourcesOf, subprotocolField } from '../domain/credential.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import { createQueryKey } from '../domain/query-key.ts';
import { createSubprotocols } from '../domain/subprotocol.ts';
import type { Reason } from '../domain/verdict.ts';

const absent: Credential = { kind: 'absent' };
const malformed: Credential = { kind: 'malformed' };
const ambiguous: Credential = { kind: 'ambiguous' };

/** The reasons to refuse a request that does not have exactly one readable credential. */
export const unpresentedReasons = {
  absent: 'credential_missing',
  malformed: 'credential_malformed',
  ambiguous: 'credential_ambiguous',
} as const satisfies Record<Exclude<Credential['kind'], 'presented'>, Reason>;

/** Finds the credential in a request's raw headers and, where the API takes keys there, its query. */
export type ExtractCredential = (rawHeaders: readonly string[], query?: string) => Credential;

/**
 * Compiles the extraction for one API. It reads raw headers, because Node's `headers` silently keeps only the first of
 * two. Clients of different vendors send keys in `Authorization` or in `x-api-key`. If one of these that is not this
 * API's place also contains one of its keys, the credential is ambiguous. A foreign value there, such as the end user's
 * own token, is ignored.
 */
export function createExtractor(api: Pick<ProtectedApi, 'source' | 'secret' | 'imported'>): ExtractCredential {
  const { source } = api;
  const fault = findSourceFault(source);
  if (fault !== undefined) throw new TypeError(`the source of a credential ${fault}`);
  const signs = signsOf(api);
  return isHeaderSource(source)
    ? createHeaderExtractor(source, signs)
    : createPlacesExtractor(sourcesOf(source), signs);
}

type HeaderSource = Exclude<SingleSource, { readonly kind: 'subprotocol' | 'query' }>;

function isHeaderSource(source: CredentialSource): source is HeaderSource {
  return source.kind !== 'subprotocol' && source.kind !== 'query' && source.kind !== 'anyOf';
}

/** For one header: nearly every API, so it compares names by their length first, and allocates nothing. */
function createHeaderExtractor(source: HeaderSource, signs: readonly Sign[]): ExtractCredential {
  const wanted = placesOf(source).headers[0] as string;
  const wantedLength = wanted.length;
  const other = wanted === 'authorization' ? 'x-api-key' : 'authorization';
  const otherLength = other.length;
  const readValue = createReader(source, signs);

  return function extract(rawHeaders) {
    let value: string | undefined;
    let isElsewhere = false;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] as string;
      const { length } = name;
      if (length === wantedLength && (name === wanted || name.toLowerCase() === wanted)) {
        if (value !== undefined) return ambiguous;
        value = rawHeaders[at + 1] as string;
      } else if (length === otherLength && (name === other || name.toLowerCase() === other)) {
        isElsewhere ||= holdsKey(rawHeaders[at + 1] as string, signs);
      }
    }
    if (value === undefined || value === '') return absent;
    if (isElsewhere) return ambiguous;
    return readValue(value);
  };
}

/** A header that can hold a key. */
interface Field {
  /** Whether the header may have several lines, which are one list (RFC 9110 §5.3). */
  readonly isList: boolean;
  /** The credentials in one line. */
  readonly read: (line: string) => readonly Credential[];
}

/** The headers in which clients send keys to any vendor. */
const usualHeaders: readonly string[] = ['authorization', 'x-api-key'];

/** For places other than one header, and for several places. A request with two credentials is ambiguous. */
function createPlacesExtractor(sources: readonly SingleSource[], signs: readonly Sign[]): ExtractCredential {
  const fields = fieldsOf(sources, signs);
  const queryKey = sources
    .map((source) => (source.kind === 'query' ? createQueryKey(source.name) : undefined))
    .find(Boolean);
  const elsewhere = usualHeaders.filter((header) => !fields.has(header));

  return function extract(rawHeaders, query = '') {
    const sent: Credential[] = [];
    const seen: string[] = [];
    let isElsewhere = false;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = (rawHeaders[at] as string).toLowerCase();
      const line = rawHeaders[at + 1] as string;
      const field = fields.get(name);
      if (field === undefined) {
        if (elsewhere.includes(name)) isElsewhere ||= holdsKey(line, signs);
        continue;
      }
      if (!field.isList && seen.includes(name)) return ambiguous;
      seen.push(name);
      sent.push(...field.read(line));
    }
    if (queryKey !== undefined) {
      const parameters = queryKey.find(query);
      if (parameters.length > 1) return ambiguous;
      for (const { value } of parameters) if (value !== '') sent.push(value === undefined ? malformed : present(value));
    }
    const [credential = absent] = sent;
    return sent.length > 1 || (sent.length === 1 && isElsewhere) ? ambiguous : credential;
  };
}

function fieldsOf(sources: readonly SingleSource[], signs: readonly Sign[]): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  for (const [header = '', ofHeader] of Map.groupBy(
    sources.filter(isHeaderSource),
    (each) => placesOf(each).headers[0],
  ))
    fields.set(header, { isList: false, read: createLineReader(ofHeader, signs) });
  for (const source of sources) {
    if (source.kind !== 'subprotocol') continue;
    const { find } = createSubprotocols(source.prefix);
    const read = (line: string) => find(line).map(({ rest }) => (rest === undefined ? malformed : present(rest)));
    fields.set(subprotocolField, { isList: true, read });
  }
  return fields;
}

/**
 * Reads a header that several sources share, by the scheme in it. Any value counts as a credential: next to a key in
 * another place it is a second one, whatever its scheme.
 */
function createLineReader(sources: readonly HeaderSource[], signs: readonly Sign[]): Field['read'] {
  const readers = sources.map((source) => ({ scheme: schemeOf(source), read: createReader(source, signs) }));
  const bare = readers.find(({ scheme }) => scheme === undefined);
  return function read(line) {
    if (line === '') return [];
    const own = readers.find(({ scheme }) => scheme !== undefined && readScheme(line, scheme) !== undefined) ?? bare;
    return [own === undefined ? malformed : own.read(line)];
  };
}

/** The scheme before the key, in lower case. `undefined`: the header holds the key alone. */
function schemeOf(source: HeaderSource): string | undefined {
  if (source.kind === 'header') return undefined;
  return source.kind === 'scheme' ? source.scheme.toLowerCase() : source.kind;
}

/** The sign of a key in another place than the source's. */
interface Sign {
  readonly prefix: string;
  /** The fewest characters of a key that must follow. */
  readonly tailLength: number;
}

/**
 * A prefix with `_` at its end is a sign by itself. Names and tokens contain others too (`monkey-1`, or `AKIA` in
 * base64), so the whole key must follow those.
 */
function signsOf({ secret, imported }: Pick<ProtectedApi, 'secret' | 'imported'>): readonly Sign[] {
  const signs = Object.values(secret.prefixes).map((prefix) => ({
    prefix,
    tailLength: prefix.endsWith('_') ? 0 : secret.length - prefix.length,
  }));
  // Without a prefix, an imported key can't be distinguished from a foreign value.
  if (imported !== undefined && imported.prefix !== '') signs.push({ prefix: imported.prefix, tailLength: 0 });
  return signs;
}

function holdsKey(value: string, signs: readonly Sign[]): boolean {
  if (holdsSign(value, signs)) return true;
  const basic = readScheme(value, 'basic');
  if (basic === undefined) return false;
  return holdsSign(Buffer.from(basic, 'base64').toString('latin1'), signs);
}

function holdsSign(text: string, signs: readonly Sign[]): boolean {
  return signs.some(({ prefix, tailLength }) => {
    if (tailLength === 0) return text.includes(prefix);
    for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1)) {
      const start = at + prefix.length;
      if (start + tailLength > text.length) return false;
      if (/^[\w-]*$/.test(text.slice(start, start + tailLength))) return true;
    }
    return false;
  });
}

type ReadValue = (value: string) => Credential;

/** Compiles the reading of the header's value, which is not empty. */
function createReader(source: HeaderSource, signs: readonly Sign[]): ReadValue {
  switch (source.kind) {
    case 'header':
      return present;
    case 'bearer':
      return (value) => present(readScheme(value, 'bearer') ?? '');
    case 'basic': {
      const readPair = source.part === 'user' ? readUser : (pair: Pair) => readPassword(pair, signs);
      return (value) => {
        const encoded = readScheme(value, 'basic');
        const pair = encoded === undefined ? undefined : readBasic(encoded);
        return pair === undefined ? malformed : readPair(pair);
      };
    }
    case 'scheme': {
      const scheme = source.scheme.toLowerCase();
      const parameter = source.parameter?.toLowerCase();
      if (parameter === undefined) return (value) => present(readScheme(value, scheme) ?? '');
      return (value) => readParameter(withoutLineEnd(readScheme(value, scheme) ?? ''), parameter);
    }
  }
}

function present(stated: string): Credential {
  const secret = withoutLineEnd(stated);
  return secret === '' ? malformed : { kind: 'presented', secret };
}

/** A key from a file can end with the line break of that file: in the facts of `/v1/verify`, and inside Basic. */
function withoutLineEnd(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last === 0x0a || last === 0x0d ? text.trimEnd() : text;
}

/**
 * The text after `scheme` and its spaces. The case of the scheme does not matter (RFC 9110 §11.1).
 *
 * @param scheme lower case: letters, digits, `.`, `_` and `-`
 */
function readScheme(value: string, scheme: string): string | undefined {
  const { length } = scheme;
  if (value.charCodeAt(length) !== 0x20) return undefined;
  for (let at = 0; at < length; at++) {
    const wanted = scheme.charCodeAt(at);
    const code = value.charCodeAt(at);
    if ((wanted >= 0x61 ? code | 0x20 : code) !== wanted) return undefined;
  }
  let start = length + 1;
  while (value.charCodeAt(start) === 0x20) start++;
  return value.slice(start);
}

interface Pair {
  readonly user: string;
  readonly password: string;
}

/**
 * RFC 7617 §2, strictly. `Buffer.from` skips characters that are not base64, so the bytes are encoded again and
 * compared. `undefined`: not canonical base64 of UTF-8, or without a colon.
 */
function readBasic(encoded: string): Pair | undefined {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) return undefined;
  const text = bytes.toString('utf8');
  if (text.includes('\ufffd')) return undefined;
  const stated = withoutLineEnd(text);
  const colon = stated.indexOf(':');
  return colon < 0 ? undefined : { user: stated.slice(0, colon), password: stated.slice(colon + 1) };
}

function readUser({ user, password }: Pair): Credential {
  return password === '' ? present(user) : malformed;
}

/** The user name is free, but a key there would be a second one. */
function readPassword({ user, password }: Pair, signs: readonly Sign[]): Credential {
  if (password === '') return malformed;
  return holdsSign(user, signs) ? ambiguous : present(password);
}

/** What may be in a token (RFC 9110 §5.6.2) and, between the quotes, in a quoted-string (§5.6.4). */
const tokens = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const quotedStrings = /"((?:[\t !\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*)"/y;
const blanks = /[ \t]*/y;
const separators = /[ \t,]*/y;

/**
 * The value of one of the parameters (RFC 9110 §11.2), strictly: a token or a quoted-string. Other parameters are
 * ignored, but the whole list must be well-formed. A parameter that comes twice is ambiguous.
 *
 * @param name lower case
 */
function readParameter(list: string, name: string): Credential {
  let value: string | undefined;
  let at = 0;
  const take = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at;
    const found = expression.exec(list);
    if (found !== null) at = expression.lastIndex;
    return found;
  };
  take(separators);
  while (at < list.length) {
    const parameter = take(tokens)?.[0];
    take(blanks);
    if (parameter === undefined || list.charCodeAt(at) !== equals) return malformed;
    at++;
    take(blanks);
    const stated = take(tokens)?.[0] ?? take(quotedStrings)?.[1]?.replaceAll(/\\(.)/gs, '$1');
    if (stated === undefined) return malformed;
    if (parameter.toLowerCase() === name) {
      if (value !== undefined) return ambiguous;
      value = stated;
    }
    take(blanks);
    if (at < list.length && list.charCodeAt(at) !== comma) return malformed;
    take(separators);
  }
  return value === undefined ? malformed : present(value);
}

const equals = 0x3d;
const comma = 0x2c;
