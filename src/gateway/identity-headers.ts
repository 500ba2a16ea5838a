// The headers an upstream receives: the client's own, less the credential and every forgery of ours, then ours.
import { asksForTrailers, isHopByHop, nominatedFields, withoutFields } from './hop-by-hop.ts';

/** Names that only we set, beside the prefixes below: what an upstream trusts because it comes from us. */
const OUR_FIELDS: ReadonlySet<string> = new Set(['forwarded', 'x-real-ip', 'x-request-id']);
const OUR_PREFIXES: readonly string[] = ['x-miftah-', 'x-forwarded-'];

/** Names remembered with their treatment; a client that invents names fills this and no more. */
const REMEMBERED_NAMES = 512;
const REMEMBERED_NAME_LENGTH = 64;

type Treatment = 'pass' | 'drop' | 'connection' | 'te';

/** What one API's upstream must never receive from a client. */
export interface IdentityHeadersOptions {
  /** Names of the fields to remove besides ours, in any spelling: the credential's (`authorization`, `x-api-key`). */
  readonly stripped: readonly string[];
}

/**
 * Finishes a request's headers for the upstream. `rawHeaders` and `ours` are flat, `[name, value, …]`. The result is end to end
 * (see `endToEndHeaders`), holds none of the stripped names and none of ours in the client's version, and ends with `ours`.
 */
export type FinishHeaders = (rawHeaders: readonly string[], ours: readonly string[]) => string[];

/** A name as a CGI-like upstream would read it: case and `_` versus `-` make no difference there (CVE-2025-64484, CVE-2026-52845). */
export function canonicalFieldName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/** True when only we may set the field, in whatever spelling. */
function isOurField(name: string): boolean {
  const canonical = canonicalFieldName(name);
  return OUR_FIELDS.has(canonical) || OUR_PREFIXES.some((prefix) => canonical.startsWith(prefix));
}

/** Makes the function that finishes the headers of requests for one API; made once, it remembers what it decided for a name. */
export function createIdentityHeaders(options: IdentityHeadersOptions): FinishHeaders {
  const stripped = new Set(options.stripped.map(canonicalFieldName));
  // Deciding for a name takes folding and comparing; clients send the same dozen names, so the decision is looked up by the raw name.
  const remembered = new Map<string, Treatment>();

  function decide(name: string): Treatment {
    const lowerName = name.toLowerCase();
    let treatment: Treatment = 'pass';
    if (lowerName === 'connection' || lowerName === 'te') treatment = lowerName;
    else if (isHopByHop(lowerName) || stripped.has(canonicalFieldName(name)) || isOurField(name)) treatment = 'drop';
    if (remembered.size < REMEMBERED_NAMES && name.length <= REMEMBERED_NAME_LENGTH) remembered.set(name, treatment);
    return treatment;
  }

  return function finishHeaders(rawHeaders, ours) {
    let finished: string[] = [];
    let nominated: string[] | undefined;
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] as string;
      const value = rawHeaders[i + 1] as string;
      const treatment = remembered.get(name) ?? decide(name);
      if (treatment === 'pass') {
        finished.push(name, value);
      } else if (treatment === 'connection') {
        const names = nominatedFields(value);
        if (names.length > 0) nominated = nominated === undefined ? names : nominated.concat(names);
      } else if (treatment === 'te' && asksForTrailers(value)) {
        finished.push('TE', 'trailers');
      }
    }
    if (nominated !== undefined) finished = withoutFields(finished, nominated);
    for (let i = 0; i < ours.length; i++) finished.push(ours[i] as string);
    return finished;
  };
}
