// Which header fields belong to one connection only, and the list of a message's fields without them.
import { foldFieldName } from '../domain/field-name.ts';

/**
 * Field names, in lower case, that never cross a proxy: RFC 9110 §7.6.1, the older `Keep-Alive`, `Proxy-*` and `Trailer`, and two
 * that mean nothing to the next hop: `Expect` (answered by our own server) and `HTTP2-Settings` (we never pass an h2c upgrade on).
 */
const connectionFields: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Fields that routing and framing rest on: a `Connection` header that names one of them is not obeyed, or a client could remove it. */
const neverNominated: ReadonlySet<string> = new Set(['content-length', 'host', 'te']);

/**
 * True for a field that must not be forwarded, by its folded name (`foldFieldName`). `Transfer_Encoding` and `Keep.Alive` are
 * dropped like the fields they resemble: to a CGI-like upstream they are the same, and no honest client sends them.
 */
export function isHopByHop(folded: string): boolean {
  return connectionFields.has(folded);
}

/**
 * True for a name that is not Content-Length and folds to it (`Content_Length`): an upstream may end the body elsewhere than
 * we do. It is dropped and not refused, as every field that we do not pass on: the request that is left is the decided one.
 */
export function isLookAlike(name: string, folded: string): boolean {
  return folded === 'content-length' && name.toLowerCase() !== 'content-length';
}

/** The names that a `Connection` value nominates as hop-by-hop, folded, without `close`, `keep-alive` and what is dropped anyway. */
export function nominatedFields(connection: string): string[] {
  // The two values that nearly every message carries, before any splitting.
  if (connection === 'keep-alive' || connection === 'close') return [];
  const names: string[] = [];
  for (const option of connection.split(',')) {
    const name = foldFieldName(option.trim());
    if (name !== '' && name !== 'close' && !isHopByHop(name) && !neverNominated.has(name)) names.push(name);
  }
  return names;
}

/** The flat list `[name, value, …]` without the fields in `folded`, in whatever spelling. */
export function withoutFields(headers: readonly string[], folded: readonly string[]): string[] {
  const kept: string[] = [];
  const dropped = new Set(folded);
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!dropped.has(foldFieldName(name))) kept.push(name, headers[i + 1] as string);
  }
  return kept;
}

/** True when a `TE` value asks for trailers, the one member of it that a proxy may pass on (RFC 9110 §10.1.4). */
export function asksForTrailers(te: string): boolean {
  return te
    .toLowerCase()
    .split(',')
    .some((member) => member.trim() === 'trailers');
}

/**
 * Every end-to-end field of a message, order and spelling kept (RFC 9110 §7.6.1). `TE` becomes `TE: trailers` when it asked for trailers.
 * `rawHeaders` is flat, `[name, value, …]`, as Node's `rawHeaders`. Headers of our own are added to the result, never before
 * it: a client's `Connection: close, X-Ours` must not remove them (CVE-2024-45410).
 */
export function endToEndHeaders(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  let nominated: string[] | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const value = rawHeaders[i + 1] as string;
    const folded = foldFieldName(name);
    if (!isHopByHop(folded)) {
      if (!isLookAlike(name, folded)) kept.push(name, value);
    } else if (folded === 'connection') {
      const names = nominatedFields(value);
      if (names.length > 0) nominated = nominated === undefined ? names : nominated.concat(names);
    } else if (folded === 'te' && asksForTrailers(value)) {
      kept.push('TE', 'trailers');
    }
  }
  return nominated === undefined ? kept : withoutFields(kept, nominated);
}
