// The headers an upstream receives: the client's own, less the credential and every forgery of ours, then ours.
import { defaultForwardedHeader } from '../domain/client-address.ts';
import { foldFieldName, isClientAddressField, isOverrideField, isProxyField } from '../domain/field-name.ts';
import { asksForTrailers, isHopByHop, isLookAlike, nominatedFields, withoutFields } from './hop-by-hop.ts';

/** Names that only we set, beside the prefixes below: what an upstream trusts because it comes from us. */
const ourFields: ReadonlySet<string> = new Set(['forwarded', 'x-real-ip', 'x-request-id']);
const ourPrefixes: readonly string[] = ['x-miftah-', 'x-forwarded-'];

/** Names remembered with their treatment; a client that invents names fills this and no more. */
const rememberedNames = 512;
const rememberedNameLength = 64;

type Treatment = 'pass' | 'drop' | 'connection' | 'te' | 'from-proxy';

/** What one API's upstream must never receive from a client. */
export interface IdentityHeadersOptions {
  /** Names of the fields to remove besides ours, in any spelling: the credential's (`authorization`, `x-api-key`). */
  readonly stripped: readonly string[];
  /**
   * Names to let through although a client could steer the upstream with them, in any spelling: of `isOverrideField`,
   * `isClientAddressField` or `isTraceField`. Default: none. A name that is stripped or ours stays so.
   */
  readonly passed?: readonly string[];
  /** The `Host` to send. Default: the client's. */
  readonly host?: string | undefined;
  /**
   * The header in which proxies name the client, lower case: a trusted one's `forwarded` is kept, of any other only
   * ours is sent.
   */
  readonly forwardedHeader?: string;
}

/**
 * Finishes a request's headers for the upstream. `rawHeaders` and `ours` are flat, `[name, value, …]`. The result is
 * end to end (see `endToEndHeaders`) and ends with `ours`. It holds none of the stripped names, none of ours in the
 * client's version, none that steers the upstream (`isOverrideField`), and what proxies say (`isClientAddressField`,
 * `isProxyField`) only where a trusted one wrote it. All of them in every spelling that an upstream may fold to the
 * name.
 *
 * @param isPeerTrusted whether the connection comes from a trusted proxy
 */
export type FinishHeaders = (
  rawHeaders: readonly string[],
  ours: readonly string[],
  isPeerTrusted: boolean,
) => string[];

/** True when only we may set the field. */
function isOurField(folded: string): boolean {
  return ourFields.has(folded) || ourPrefixes.some((prefix) => folded.startsWith(prefix));
}

/** Makes the function that finishes the headers of requests for one API; made once, it remembers what it decided for a name. */
export function createIdentityHeaders(options: IdentityHeadersOptions): FinishHeaders {
  const stripped = new Set(options.stripped.map(foldFieldName));
  const passed = new Set((options.passed ?? []).map(foldFieldName));
  const { host, forwardedHeader = defaultForwardedHeader } = options;
  const keepsForwarded = forwardedHeader === 'forwarded';
  const foldedHeader = foldFieldName(forwardedHeader);

  /** Whether a trusted proxy's field of this very name is kept. */
  function isFromProxy(name: string): boolean {
    const lowerName = name.toLowerCase();
    return isProxyField(lowerName) || (keepsForwarded && lowerName === 'forwarded');
  }

  // Deciding for a name takes folding and comparing; clients send the same dozen names, so the decision is looked up by the raw name.
  const remembered = new Map<string, Treatment>();

  function decide(name: string): Treatment {
    const folded = foldFieldName(name);
    let treatment: Treatment = 'pass';
    if (folded === 'connection' || folded === 'te') treatment = folded;
    else if (stripped.has(folded) || (folded === 'host' && host !== undefined)) treatment = 'drop';
    else if (isFromProxy(name) && !passed.has(folded)) treatment = 'from-proxy';
    else if (isHopByHop(folded) || isLookAlike(name, folded) || isOurField(folded) || folded === foldedHeader) {
      treatment = 'drop';
    } else if (!passed.has(folded)) {
      if (isOverrideField(folded)) treatment = 'drop';
      else if (isClientAddressField(folded)) treatment = 'from-proxy';
    }
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
      }
    }
    if (nominated !== undefined) finished = withoutFields(finished, nominated);
    if (host !== undefined) finished.push('Host', host);
    for (let i = 0; i < ours.length; i++) finished.push(ours[i] as string);
    return finished;
  };
}
