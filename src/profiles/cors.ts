// Replies for pages of other origins (Fetch standard, "CORS protocol"): preflights, and headers that let scripts read.
import { type CorsPolicy, mayRead } from '../domain/cors.ts';
import { placesOf } from '../domain/credential.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { ReferrerPattern } from '../domain/referrer.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Dialect } from './profile.ts';
import type { Reply } from './reply.ts';

/** The compiled CORS answers of one API. */
export interface Cors {
  /** Whether replies depend on `Origin`. If so, all have `Vary: Origin`, even those to requests without an origin. */
  readonly isVaried: boolean;
  /**
   * The whole answer to a preflight; `undefined` if the request is not a preflight. It depends on the configuration
   * alone: it reads no key, counts nothing, and calls no upstream. It permits nothing to an origin that may not call.
   */
  answerPreflight(facts: Pick<RequestFacts, 'method' | 'rawHeaders'>, requestId: string): Reply | undefined;
  /**
   * The headers that let a page read a reply, flat, without `Vary`. Empty if the page may not read it.
   *
   * @param referrers the referrers of the request's key; `undefined` if it has no key
   */
  headersFor(rawHeaders: readonly string[], referrers: readonly ReferrerPattern[] | undefined): readonly string[];
}

const none: readonly string[] = [];
/** Header names with commas between them (RFC 9110 §5.6.2), as in `Access-Control-Request-Headers`. */
const fieldNames = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*$/;
const maxAskedLength = 4_096;

/** Compiles the CORS answers of one API. */
export function createCors(policy: CorsPolicy, { source }: Pick<ProtectedApi, 'source'>, dialect: Dialect): Cors {
  const { origins, hasCredentials } = policy;
  const methods = policy.methods.join(', ');
  // A page gives subprotocols to the browser, which asks nothing before it opens a WebSocket.
  const listedHeaders = [...new Set([...placesOf(source).headers, ...(policy.headers ?? [])])].join(', ');
  const { limit, remaining, reset } = dialect.rateHeaders ?? {};
  const named = [limit, remaining, reset].filter((name) => name !== undefined);
  const rateHeaders = [...named, 'RateLimit', 'RateLimit-Policy', 'Retry-After'];
  const exposed = [...rateHeaders, 'WWW-Authenticate', 'X-Request-Id', ...policy.exposeHeaders].join(', ');
  const isVaried = origins !== 'any';

  function allowOrigin(origin: string): string[] {
    const headers = ['Access-Control-Allow-Origin', isVaried ? origin : '*'];
    if (hasCredentials) headers.push('Access-Control-Allow-Credentials', 'true');
    return headers;
  }

  function headersAllowed(asked: string | undefined): string {
    const isEchoed = policy.headers === undefined && asked !== undefined;
    return isEchoed && asked.length <= maxAskedLength && fieldNames.test(asked) ? asked : listedHeaders;
  }

  return {
    isVaried,
    answerPreflight({ method, rawHeaders }, requestId) {
      if (method !== 'OPTIONS') return undefined;
      const origin = onlyHeader(rawHeaders, 'origin');
      if (origin === undefined || onlyHeader(rawHeaders, 'access-control-request-method') === undefined)
        return undefined;
      const headers = ['Cache-Control', 'no-store', 'X-Request-Id', requestId];
      headers.push('Vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers');
      if (mayRead(policy, origin, undefined)) {
        headers.push(...allowOrigin(origin), 'Access-Control-Allow-Methods', methods);
        const asked = onlyHeader(rawHeaders, 'access-control-request-headers');
        headers.push('Access-Control-Allow-Headers', headersAllowed(asked));
        headers.push('Access-Control-Max-Age', String(policy.maxAgeSeconds));
        const isPrivate = onlyHeader(rawHeaders, 'access-control-request-private-network') === 'true';
        if (isPrivate && policy.allowsPrivateNetwork) headers.push('Access-Control-Allow-Private-Network', 'true');
      }
      return { status: 204, headers, body: '' };
    },
    headersFor(rawHeaders, referrers) {
      const origin = isVaried ? onlyHeader(rawHeaders, 'origin') : '*';
      if (origin === undefined || !mayRead(policy, origin, referrers)) return none;
      return [...allowOrigin(origin), 'Access-Control-Expose-Headers', exposed];
    },
  };
}

/** The value of a header that was sent exactly once and is not empty; else `undefined`. */
function onlyHeader(rawHeaders: readonly string[], lowerCase: string): string | undefined {
  let value: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length !== lowerCase.length || name.toLowerCase() !== lowerCase) continue;
    if (value !== undefined) return undefined;
    value = rawHeaders[at + 1];
  }
  return value === '' ? undefined : value;
}
