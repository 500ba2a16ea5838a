// The headers that an upstream receives: the client's, without the credential and forgeries of our headers, then ours.
import { defaultForwardedHeader } from '../domain/client-address.ts';
import { subprotocolField } from '../domain/credential.ts';
import { foldFieldName, isClientAddressField, isOverrideField, isProxyField } from '../domain/field-name.ts';
import { createQueryKey } from '../domain/query-key.ts';
import { createSubprotocols } from '../domain/subprotocol.ts';
import { asksForTrailers, isHopByHop, isLookAlike, nominatedFields, withoutFields } from './hop-by-hop.ts';

/** Names that only we set, besides the prefixes below. An upstream trusts these fields because they come from us. */
const ourFields: ReadonlySet<string> = new Set(['forwarded', 'x-real-ip', 'x-request-id']);
const ourPrefixes: readonly string[] = ['x-miftah-', 'x-forwarded-'];

/** Number of names whose treatment is remembered: a bound, because a client can invent names. */
const rememberedNames = 512;
const rememberedNameLength = 64;

type Treatment = 'pass' | 'drop' | 'connection' | 'te' | 'from-proxy' | 'subprotocols' | 'url';

/** Which of a client's headers one API's upstream must not receive. */
export interface IdentityHeadersOptions {
  /** Names of the credential's fields (`authorization`, `x-api-key`), which are removed in any spelling. */
  readonly stripped: readonly string[];
  /**
   * The prefix of the subprotocol that carries the credential. It is removed from `Sec-WebSocket-Protocol`; the others
   * stay. Default: none.
   */
  readonly subprotocol?: string | undefined;
  /**
   * The name of the query parameter that carries the credential. It is removed from URLs in `Referer` and in passed
   * fields. The caller removes it from the target. Default: none.
   */
  readonly query?: string | undefined;
  /**
   * Fields to forward, in any spelling, although a client could steer the upstream with them: those of
   * `isOverrideField`, `isClientAddressField` or `isTraceField`. Default: none. Stripped names and our own are still
   * removed.
   */
  readonly passed?: readonly string[];
  /** The `Host` to send. Default: the client's. */
  readonly host?: string | undefined;
  /**
   * The header in which proxies name the client, in lower case. If it is `forwarded`, a trusted proxy's is kept. Any
   * other is removed, and the upstream gets only ours.
   */
  readonly forwardedHeader?: string;
}

/**
 * Finishes a request's headers for the upstream. `rawHeaders` and `ours` are flat, `[name, value, …]`. The result has
 * end-to-end fields only (see `endToEndHeaders`) and ends with `ours`. It has no stripped name, no client's version of
 * our headers and no field that steers the upstream (`isOverrideField`), unless `passed` names it. The fields of
 * proxies (`isClientAddressField`, `isProxyField`) stay only if a trusted proxy sent them or `passed` names them. These
 * rules hold for every spelling that an upstream may fold to the name.
 *
 * @param isPeerTrusted whether the connection comes from a trusted proxy
 */
export type FinishHeaders = (
  rawHeaders: readonly string[],
  ours: readonly string[],
  isPeerTrusted: boolean,
) => string[];

/** True if only we may set the field. */
function isOurField(folded: string): boolean {
  return ourFields.has(folded) || ourPrefixes.some((prefix) => folded.startsWith(prefix));
}

/**
 * Creates the function that finishes the headers of one API. Create it once: it remembers its decision for each name.
 */
export function createIdentityHeaders(options: IdentityHeadersOptions): FinishHeaders {
  const stripped = new Set(options.stripped.map(foldFieldName));
  const passed = new Set((options.passed ?? []).map(foldFieldName));
  const { host, forwardedHeader = defaultForwardedHeader } = options;
  const subprotocols = options.subprotocol === undefined ? undefined : createSubprotocols(options.subprotocol);
  const queryKey = options.query === undefined ? undefined : createQueryKey(options.query);
  const keepsForwarded = forwardedHeader === 'forwarded';
  const foldedHeader = foldFieldName(forwardedHeader);

  /** Whether a field with exactly this name is kept from a trusted proxy. */
  function isFromProxy(name: string): boolean {
    const lowerName = name.toLowerCase();
    return isProxyField(lowerName) || (keepsForwarded && lowerName === 'forwarded');
  }

  // A decision needs folding and comparing. Clients send the same dozen names, so decisions are looked up by the raw
  // name.
  const remembered = new Map<string, Treatment>();

  function decide(name: string): Treatment {
    const folded = foldFieldName(name);
    let treatment: Treatment = 'pass';
    if (folded === 'connection' || folded === 'te') treatment = folded;
    else if (subprotocols !== undefined && folded === subprotocolField) {
      // Another spelling has no honest use, and a CGI-like upstream would take it for the real one.
      treatment = name.toLowerCase() === subprotocolField ? 'subprotocols' : 'drop';
    } else if (stripped.has(folded) || (folded === 'host' && host !== undefined)) treatment = 'drop';
    else if (isFromProxy(name) && !passed.has(folded)) treatment = 'from-proxy';
    else if (isHopByHop(folded) || isLookAlike(name, folded) || isOurField(folded) || folded === foldedHeader) {
      treatment = 'drop';
    } else if (!passed.has(folded)) {
      if (isOverrideField(folded)) treatment = 'drop';
      else if (isClientAddressField(folded)) treatment = 'from-proxy';
    }
    const mayBeUrl = folded === 'referer' || isOverrideField(folded);
    if (queryKey !== undefined && mayBeUrl && treatment === 'pass') treatment = 'url';
    if (remembered.size < rememberedNames && name.length <= rememberedNameLength) remembered.set(name, treatment);
    return treatment;
  }

  return function finishHeaders(rawHeaders, ours, isPeerTrusted) {
    let finished: string[] = [];
    let nominated: string[] | undefined;
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] as string;
      const value = rawHeaders[i + 1] as string;
      const treatment = remembered.get(name) ?? decide(name);
      if (treatment === 'pass' || (treatment === 'from-proxy' && isPeerTrusted)) {
        finished.push(name, value);
      } else if (treatment === 'connection') {
        const names = nominatedFields(value);
        if (names.length > 0) nominated = nominated === undefined ? names : nominated.concat(names);
      } else if (treatment === 'te' && asksForTrailers(value)) {
        finished.push('TE', 'trailers');
      } else if (treatment === 'subprotocols') {
        const kept = subprotocols?.remove(value);
        if (kept !== undefined) finished.push(name, kept);
      } else if (treatment === 'url') {
        finished.push(name, queryKey?.remove(value) ?? value);
      }
    }
    if (nominated !== undefined) finished = withoutFields(finished, nominated);
    if (host !== undefined) finished.push('Host', host);
    for (let i = 0; i < ours.length; i++) finished.push(ours[i] as string);
    return finished;
  };
}
