// Finds the credential of a request, in the one place where its API takes it.
import type { Credential, CredentialSource } from '../domain/credential.ts';
import { headerOf } from '../domain/credential.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
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

/**
 * Compiles the extraction for one API. It reads raw headers, because Node's `headers` silently keeps only the first of
 * two. Clients of different vendors send keys in `Authorization` or in `x-api-key`. If the header that is not this
 * API's also contains one of its keys, the credential is ambiguous. A foreign value there, such as the end user's own
 * token, is ignored.
 */
export function createExtractor(
  api: Pick<ProtectedApi, 'source' | 'secret' | 'imported'>,
): (rawHeaders: readonly string[]) => Credential {
  const { source } = api;
  const wanted = headerOf(source);
  const wantedLength = wanted.length;
  const other = wanted === 'authorization' ? 'x-api-key' : 'authorization';
  const otherLength = other.length;
  const prefixes = Object.values(api.secret.prefixes);
  // Without a prefix, an imported key can't be distinguished from a foreign value.
  if (api.imported !== undefined && api.imported.prefix !== '') prefixes.push(api.imported.prefix);

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
        isElsewhere ||= holdsKey(rawHeaders[at + 1] as string, prefixes);
      }
    }
    if (value === undefined || value === '') return absent;
    if (isElsewhere) return ambiguous;
    return readValue(source, value);
  };
}

function holdsKey(value: string, prefixes: readonly string[]): boolean {
  if (prefixes.some((prefix) => value.includes(prefix))) return true;
  const basic = readScheme(value, 'basic');
  if (basic === undefined) return false;
  const decoded = Buffer.from(basic, 'base64').toString('latin1');
  return prefixes.some((prefix) => decoded.includes(prefix));
}

function readValue(source: CredentialSource, value: string): Credential {
  switch (source.kind) {
    case 'header':
      return present(value);
    case 'bearer':
      return present(readScheme(value, 'bearer') ?? '');
    case 'basic': {
      const encoded = readScheme(value, 'basic');
      return encoded === undefined ? malformed : readBasic(encoded);
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

/** The text after `scheme` and its spaces. The case of the scheme does not matter (RFC 9110 §11.1). */
function readScheme(value: string, scheme: 'bearer' | 'basic'): string | undefined {
  const { length } = scheme;
  if (value.charCodeAt(length) !== 0x20) return undefined;
  for (let at = 0; at < length; at++) {
    if ((value.charCodeAt(at) | 0x20) !== scheme.charCodeAt(at)) return undefined;
  }
  let start = length + 1;
  while (value.charCodeAt(start) === 0x20) start++;
  return value.slice(start);
}

/**
 * RFC 7617 §2, strictly. `Buffer.from` skips characters that are not base64, so the bytes are encoded again and
 * compared. Text that is not canonical base64 of UTF-8, has no colon, or has a password is malformed.
 */
function readBasic(encoded: string): Credential {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) return malformed;
  const pair = bytes.toString('utf8');
  if (pair.includes('\ufffd')) return malformed;
  const stated = withoutLineEnd(pair);
  const colon = stated.indexOf(':');
  if (colon <= 0 || colon !== stated.length - 1) return malformed;
  return present(stated.slice(0, colon));
}
