// Tells which header fields belong to one connection only, and removes them from a message.
import { foldFieldName } from '../domain/field-name.ts';

/**
 * Field names, in lower case, that never cross a proxy: those of RFC 9110 §7.6.1 and the older `Keep-Alive`, `Proxy-*`
 * and `Trailer`. `Expect` is here because our own server answers it, `HTTP2-Settings` because we never forward an h2c
 * upgrade.
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

/**
 * Fields that routing and framing need. They stay even if a `Connection` header names them, or a client could remove
 * them.
 */
const neverNominated: ReadonlySet<string> = new Set(['content-length', 'host', 'te']);

/**
 * True for a field that must not be forwarded, by its folded name (`foldFieldName`). That includes `Transfer_Encoding`
 * and `Keep.Alive`: a CGI-like upstream reads them as the real fields, and no honest client sends them.
 */
export function isHopByHop(folded: string): boolean {
  return connectionFields.has(folded);
}

/**
 * True for a name such as `Content_Length` that folds to Content-Length but is not. An upstream that accepts it may end
 * the body at another byte than we do. Like other hop-by-hop fields it is dropped, and the request goes on without it.
 */
export function isLookAlike(name: string, folded: string): boolean {
  return folded === 'content-length' && name.toLowerCase() !== 'content-length';
}

/**
 * The names that a `Connection` value marks as hop-by-hop, folded. Without `close`, `keep-alive`, the fields that are
 * dropped anyway and those that must stay.
 */
export function nominatedFields(connection: string): string[] {
  // Nearly every message has one of these two values, so they skip the splitting.
  if (connection === 'keep-alive' || connection === 'close') return [];
  const names: string[] = [];
  for (const option of connection.split(',')) {
    const name = foldFieldName(option.trim());
    if (name !== '' && name !== 'close' && !isHopByHop(name) && !neverNominated.has(name)) names.push(name);
  }
  return names;
}

/** The flat list `[name, value, …]` without the fields whose folded name is in `folded`. */
export function withoutFields(headers: readonly string[], folded: readonly string[]): string[] {
  const kept: string[] = [];
  const dropped = new Set(folded);
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!dropped.has(foldFieldName(name))) kept.push(name, headers[i + 1] as string);
  }
  return kept;
}

/** True if a `TE` value asks for trailers, the only member that a proxy may forward (RFC 9110 §10.1.4). */
export function asksForTrailers(te: string): boolean {
  return te
    .toLowerCase()
    .split(',')
    .some((member) => member.trim() === 'trailers');
}

/**
 * Returns the end-to-end fields of a message in their order and spelling (RFC 9110 §7.6.1). A `TE` that asks for
 * trailers becomes `TE: trailers`. `rawHeaders` is flat, `[name, value, …]`, like Node's `rawHeaders`. Add our own
 * headers to the result and not to the input: a client's `Connection: close, X-Ours` must not remove them
 * (CVE-2024-45410).
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
