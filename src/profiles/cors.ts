// The answers that browsers want of an API which pages of other origins call: preflights, and what scripts may read.
import { type CorsPolicy, mayRead } from '../domain/cors.ts';
import { headerOf } from '../domain/credential.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { ReferrerPattern } from '../domain/referrer.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Dialect } from './profile.ts';
import type { Reply } from './reply.ts';

export interface Cors {
  /** Whether replies differ by `Origin`, so that they must say `Vary: Origin`, also to requests without one. */
  readonly isVaried: boolean;
  /**
   * The whole answer to a preflight; `undefined` when the request is none. It rests on the configuration alone: no key
   * is looked for, nothing is counted, and no upstream hears of it. An origin that may not call gets an answer without
   * permission.
   */
  answerPreflight(facts: Pick<RequestFacts, 'method' | 'rawHeaders'>, requestId: string): Reply | undefined;
  /**
   * The headers that let the page read a reply, flat, `Vary` not among them; none for a page that may not.
   *
   * @param referrers those of the key that the reply was made for; `undefined` where there is none
   */
  headersFor(rawHeaders: readonly string[], referrers: readonly ReferrerPattern[] | undefined): readonly string[];
}

const none: readonly string[] = [];
/** Names of headers, with commas between them (RFC 9110 §5.6.2), as browsers ask for them. */
const fieldNames = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*$/;
const maxAskedLength = 4_096;

/** Compiles the answers of one API. */
export function createCors(policy: CorsPolicy, { source }: Pick<ProtectedApi, 'source'>, dialect: Dialect): Cors {
  const { origins, hasCredentials } = policy;
  const credentialHeader = headerOf(source);
  const methods = policy.methods.join(', ');
  const listedHeaders = [...new Set([credentialHeader, ...(policy.headers ?? [])])].join(', ');
  const rateHeaders = [...Object.values(dialect.rateHeaders), 'RateLimit', 'RateLimit-Policy', 'Retry-After'];
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

/** The header's value, if it was sent once and is not empty: of two, neither counts. */
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
