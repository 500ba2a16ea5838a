// Which web pages may call an API from a browser (Fetch standard, "CORS protocol").
import { matchesReferrer, type ReferrerPattern } from './referrer.ts';

/**
 * An origin, or all origins below a domain: `https://*.example.com` is `{ start: 'https://', end: '.example.com' }`.
 */
export type OriginPattern =
  | { readonly kind: 'exact'; readonly origin: string }
  | { readonly kind: 'below'; readonly start: string; readonly end: string };

/** What browsers are told about the pages of other origins. */
export interface CorsPolicy {
  /**
   * `any`: every page. `referrers`: the pages that the key of a request names as its referrers; a preflight has no key,
   * so it and refusals are answered to every page. A list: the pages of these origins.
   */
  readonly origins: 'any' | 'referrers' | readonly OriginPattern[];
  /** Upper case. */
  readonly methods: readonly string[];
  /** Request headers that a page may set, beside the credential's. `undefined`: those that it asks for. */
  readonly headers: readonly string[] | undefined;
  /** Reply headers that scripts may read, beside Miftah's own. */
  readonly exposeHeaders: readonly string[];
  /** Whether a page may send cookies and the like. Only with a list of origins. */
  readonly hasCredentials: boolean;
  /** How long a browser may keep the answer to a preflight. 0: not at all. */
  readonly maxAgeSeconds: number;
  /** Whether a page from the internet may call the API on a private network. */
  readonly allowsPrivateNetwork: boolean;
}

/**
 * An origin as browsers write it in `Origin`: lower case, no path, no user. `null`, which every sandboxed page has, is
 * none. Schemes of apps are origins too: `capacitor://localhost`.
 */
const originForm = /^[a-z][a-z0-9+.-]{0,39}:\/\/(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[1-9]\d{0,4})?$/;

/** Whether the text is an origin as browsers write it. */
export function isOrigin(text: string): boolean {
  return originForm.test(text);
}

/**
 * Reads `https://example.com`, `https://example.com:8443`, `https://*.example.com` or `capacitor://localhost`, as
 * people paste them: case, a trailing slash, the scheme's own port and Unicode names are folded to what browsers send.
 * `undefined` for anything else.
 */
export function parseOriginPattern(text: string): OriginPattern | undefined {
  const parts = /^([a-z][a-z0-9+.-]*:\/\/)(\*\.)?([^/?#@\\\s*]+)\/?$/i.exec(text);
  if (parts === null) return undefined;
  const [, scheme = '', wildcard, authority] = parts;
  const origin = originOf(scheme.toLowerCase(), wildcard === undefined ? `${authority}` : `x.${authority}`);
  if (origin === undefined) return undefined;
  if (wildcard === undefined) return { kind: 'exact', origin };
  const start = scheme.toLowerCase();
  const end = origin.slice(start.length + 1);
  const domain = end.replace(/:\d+$/, '').slice(1);
  // All pages below `com` are too many, and nothing is below an address.
  const isDomain = (domain.includes('.') || domain === 'localhost') && !/^[\d.]+$/.test(domain);
  return isDomain ? { kind: 'below', start, end } : undefined;
}

function originOf(scheme: string, authority: string): string | undefined {
  if (scheme !== 'http://' && scheme !== 'https://') {
    const origin = `${scheme}${authority.toLowerCase()}`;
    return isOrigin(origin) ? origin : undefined;
  }
  if (!URL.canParse(`${scheme}${authority}`)) return undefined;
  const { origin } = new URL(`${scheme}${authority}`);
  return isOrigin(origin) ? origin : undefined;
}

/** Whether an origin, as it stands in the header, is covered by the pattern. */
export function matchesOrigin(pattern: OriginPattern, origin: string): boolean {
  if (pattern.kind === 'exact') return origin === pattern.origin;
  const { start, end } = pattern;
  return (
    origin.length > start.length + end.length && origin.startsWith(start) && origin.endsWith(end) && isOrigin(origin)
  );
}

/**
 * Whether the page of an origin may read a reply.
 *
 * @param referrers those of the key that the reply was made for; `undefined` where there is no key: the reply tells
 * nothing of one
 */
export function mayRead(
  { origins }: Pick<CorsPolicy, 'origins'>,
  origin: string,
  referrers: readonly ReferrerPattern[] | undefined,
): boolean {
  if (origins === 'any') return true;
  if (origins !== 'referrers') return origins.some((pattern) => matchesOrigin(pattern, origin));
  if (!isOrigin(origin)) return false;
  // A key without referrers is a server's: no page is named, so none may read.
  return referrers === undefined || referrers.some((pattern) => matchesReferrer(pattern, origin));
}
