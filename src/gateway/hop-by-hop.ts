// Which header fields belong to one connection only, and the list of a message's fields without them.

/**
 * Field names, in lower case, that never cross a proxy: RFC 9110 §7.6.1, the older `Keep-Alive`, `Proxy-*` and `Trailer`, and two
 * that mean nothing to the next hop: `Expect` (answered by our own server) and `HTTP2-Settings` (we never pass an h2c upgrade on).
 */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
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
const NEVER_NOMINATED: ReadonlySet<string> = new Set(['content-length', 'host', 'te']);

/** True for a field that must not be forwarded. `lowerName` is already in lower case. */
export function isHopByHop(lowerName: string): boolean {
  return CONNECTION_FIELDS.has(lowerName);
}

/** The names that a `Connection` value nominates as hop-by-hop, in lower case, without `close`, `keep-alive` and what is dropped anyway. */
export function nominatedFields(connection: string): string[] {
  // The two values that nearly every message carries, before any splitting.
  if (connection === 'keep-alive' || connection === 'close') return [];
  const names: string[] = [];
  for (const option of connection.toLowerCase().split(',')) {
    const name = option.trim();
    if (name !== '' && name !== 'close' && !isHopByHop(name) && !NEVER_NOMINATED.has(name)) names.push(name);
  }
  return names;
}

/** The flat list `[name, value, …]` without the fields in `lowerNames`. */
export function withoutFields(headers: readonly string[], lowerNames: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!lowerNames.includes(name.toLowerCase())) kept.push(name, headers[i + 1] as string);
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
    const lowerName = name.toLowerCase();
    if (!isHopByHop(lowerName)) {
      kept.push(name, value);
    } else if (lowerName === 'connection') {
      const names = nominatedFields(value);
      if (names.length > 0) nominated = nominated === undefined ? names : nominated.concat(names);
    } else if (lowerName === 'te' && asksForTrailers(value)) {
      kept.push('TE', 'trailers');
    }
  }
  return nominated === undefined ? kept : withoutFields(kept, nominated);
}
