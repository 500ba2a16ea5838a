// Endpoints that a rule guards. Matching is loose: a spelling that only the upstream folds must not slip past a rule.
import { type EndpointPattern, fitsPath, foldEncoding, parseEndpointPattern } from './endpoint.ts';

/**
 * A pattern in the spelling to which requests are folded. Its own type, so that no code matches it exactly by mistake.
 */
export interface EndpointDemand {
  readonly method: EndpointPattern['method'];
  readonly folded: Pick<EndpointPattern, 'literal' | 'rest'>;
}

/** A request's method, and the paths that a router may see in its path, all folded. */
export interface DemandedRequest {
  /** Upper case. `undefined`: a method without a standard meaning, which a server may treat as any other. */
  readonly method: string | undefined;
  /** The path without its trailing slash. */
  readonly path: string;
  /** The path with its trailing slash. `undefined`: it has none. */
  readonly folder: string | undefined;
  /** The path without the suffix of its last segment (`.json` in `/v1/payments.json`). `undefined`: it has none. */
  readonly withoutSuffix: string | undefined;
}

/** The methods of RFC 9110 §9.3, and PATCH (RFC 5789). */
const standardMethods: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'],
]);

/** Reads the texts that `parseEndpointPattern` reads. `undefined` for anything else. */
export function parseEndpointDemand(text: string): EndpointDemand | undefined {
  const pattern = parseEndpointPattern(text);
  if (pattern === undefined) return undefined;
  const { method, literal, rest } = pattern;
  if (rest.length === 0) return { method, folded: { literal: withoutSlash(foldSpelling(literal)), rest } };
  const segments = rest.map(foldSpelling);
  if (segments.at(-1) === '') segments.pop();
  return { method, folded: { literal: foldSpelling(literal), rest: segments } };
}

/** Folds a request once for all rules. `rawPath` must be canonical. */
export function foldRequest(method: string, rawPath: string): DemandedRequest {
  const upper = standardMethods.has(method) ? method : method.toUpperCase();
  const folded = foldSpelling(rawPath);
  const path = withoutSlash(folded);
  const dot = path.lastIndexOf('.');
  return {
    method: standardMethods.has(upper) ? upper : undefined,
    path,
    folder: folded.endsWith('/') ? folded : undefined,
    withoutSuffix: dot > path.lastIndexOf('/') + 1 ? path.slice(0, dot) : undefined,
  };
}

/**
 * Whether a router may take the request for the guarded endpoint. It matches more than any one router, so a key may
 * need a scope that a strict upstream would not require. It ignores case, a trailing slash, percent-encoding, `+` for a
 * space, Unicode forms and accents, and a suffix of the last segment (`.json`). A method without a standard meaning
 * matches every method.
 */
export function matchesDemand(demand: EndpointDemand, request: DemandedRequest): boolean {
  const { method } = request;
  const isWanted =
    demand.method === '*' ||
    method === undefined ||
    demand.method === method ||
    (demand.method === 'GET' && method === 'HEAD');
  if (!isWanted) return false;
  const { folded } = demand;
  return (
    fitsPath(folded, request.path, 1) ||
    (request.folder !== undefined && fitsPath(folded, request.folder, 0)) ||
    (request.withoutSuffix !== undefined && fitsPath(folded, request.withoutSuffix, 1))
  );
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** One spelling for all texts that routers, file systems and collations treat as equal. */
function foldSpelling(path: string): string {
  const decoded = (path.indexOf('%') < 0 ? path : foldEncoding(path)).replaceAll('+', ' ');
  if (isAscii(decoded)) return decoded.toLowerCase();
  // Upper case comes first: only there a dotless i and a long s become plain letters.
  const plain = decoded.normalize('NFKD').toUpperCase().normalize('NFKD');
  return plain.replaceAll(/[\p{Mark}\p{Default_Ignorable_Code_Point}]/gu, '').toLowerCase();
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}
