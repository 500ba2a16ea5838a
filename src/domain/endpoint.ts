// Endpoint patterns: a method and a path in which `*` stands for one segment and a last `**` for the rest.
import { isCanonicalPath } from './path.ts';

/** A pattern made ready for matching. */
export interface EndpointPattern {
  /** Upper case, or `*` for any method. `GET` covers `HEAD`, which is GET without a body (RFC 9110 §9.3.2). */
  readonly method: string;
  /** The path, percent-encoding folded, up to its first wildcard: the whole path when it has none. */
  readonly literal: string;
  /** The segments from the first wildcard on; empty when there is none. */
  readonly rest: readonly string[];
}

/**
 * Reads `GET /v1/users/*`, `* /v1/reports/**` or `/v1/ping` (any method). `undefined` when the text is anything else: a `*`
 * must be a whole segment, a `**` the last one, and the path canonical.
 */
export function parseEndpointPattern(text: string): EndpointPattern | undefined {
  const parts = /^(?:([A-Z]{1,20}|\*) )?(\/[A-Za-z0-9\-._~!$&'()*+,=:@/%]*)$/.exec(text);
  if (parts === null || text.length > 500) return undefined;
  const stated = parts[2] as string;
  // An encoded `*` would fold into a wildcard.
  if (!isCanonicalPath(stated) || /%2a/i.test(stated)) return undefined;
  const path = foldEncoding(stated);
  const segments = path.slice(1).split('/');
  const isWellFormed = segments.every((segment, at) => {
    if (segment === '**') return at === segments.length - 1;
    return segment === '*' || !segment.includes('*');
  });
  if (!isWellFormed) return undefined;
  const wildcard = segments.findIndex((segment) => segment === '*' || segment === '**');
  if (wildcard < 0) return { method: parts[1] ?? '*', literal: path, rest: [] };
  const literal = `/${segments.slice(0, wildcard).join('/')}${wildcard === 0 ? '' : '/'}`;
  return { method: parts[1] ?? '*', literal, rest: segments.slice(wildcard) };
}

/**
 * Whether a request is for the pattern's endpoint. `rawPath` must be canonical; comparison is exact, case included, but for
 * percent-encoding: `/v1/p%61y` is `/v1/pay` to the upstream, so it must be to a rule that guards it.
 */
export function matchesEndpoint(pattern: EndpointPattern, method: string, rawPath: string): boolean {
  if (pattern.method !== method && pattern.method !== '*' && !(pattern.method === 'GET' && method === 'HEAD'))
    return false;
  // indexOf and not includes: for a single character the former is a plain scan, the latter a call into the runtime.
  return fitsPath(pattern, rawPath.indexOf('%') < 0 ? rawPath : foldEncoding(rawPath), 1);
}

/**
 * Whether a path, spelled as the pattern is, has the pattern's literal beginning and the segments of its rest.
 *
 * @param restLength characters that `**` stands for at least: 1, or 0 to cover the folder itself
 */
export function fitsPath(
  { literal, rest }: Pick<EndpointPattern, 'literal' | 'rest'>,
  path: string,
  restLength: 0 | 1,
): boolean {
  if (rest.length === 0) return path === literal;
  if (!path.startsWith(literal)) return false;
  let start = literal.length;
  for (let at = 0; at < rest.length; at++) {
    const wanted = rest[at] as string;
    if (wanted === '**') return start + restLength <= path.length;
    const slash = path.indexOf('/', start);
    if ((at === rest.length - 1) !== slash < 0) return false;
    const end = slash < 0 ? path.length : slash;
    if (wanted === '*' ? end === start : path.slice(start, end) !== wanted) return false;
    start = end + 1;
  }
  return true;
}

/** One spelling for all percent-encodings of a path. A canonical path holds no encoded `/` or `%`, so decoding it is safe. */
export function foldEncoding(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
