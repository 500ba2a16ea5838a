// Endpoint patterns: a method and a path. In the path, `*` stands for one segment and a last `**` for the rest.
import { isCanonicalPath } from './path.ts';

/** A compiled pattern. */
export interface EndpointPattern {
  /** Upper case, or `*` for any method. `GET` covers `HEAD`, which is GET without a body (RFC 9110 §9.3.2). */
  readonly method: string;
  /** The path up to its first wildcard, percent-decoded. Without a wildcard: the whole path. */
  readonly literal: string;
  /** The segments from the first wildcard on. Empty: no wildcard. */
  readonly rest: readonly string[];
}

/**
 * Reads `GET /v1/users/*`, `* /v1/reports/**` or `/v1/ping` (any method). A `*` must be a whole segment, a `**` the
 * last one, and the path canonical. `undefined` for anything else.
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

/** The text of a pattern. It is canonical: a pattern without a method begins with `*`. */
export function formatEndpointPattern({ method, literal, rest }: EndpointPattern): string {
  return `${method} ${literal}${rest.join('/')}`;
}

/**
 * Whether the pattern covers a request. `rawPath` must be canonical. The comparison is exact, case included, except for
 * percent-encoding: the upstream reads `/v1/p%61y` as `/v1/pay`, so a rule must too.
 */
export function matchesEndpoint(pattern: EndpointPattern, method: string, rawPath: string): boolean {
  if (pattern.method !== method && pattern.method !== '*' && !(pattern.method === 'GET' && method === 'HEAD'))
    return false;
  // indexOf, not includes: for a single character, indexOf is a plain scan and includes a call into the runtime.
  return fitsPath(pattern, rawPath.indexOf('%') < 0 ? rawPath : foldEncoding(rawPath), 1);
}

/** Whether a path, in the spelling of the pattern, has the pattern's literal beginning and the segments of its rest.
 *
 * @param restLength the fewest characters for which `**` stands: 1, or 0 to cover the folder itself
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

/**
 * The percent-decoded path, or the path itself if it is malformed. Safe for canonical paths: they have no encoded `/`
 * or `%`.
 */
export function foldEncoding(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
