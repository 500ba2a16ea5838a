// Refuses requests from pages that the key does not name. Advisory: only browsers send an honest Referer.
import { matchesReferrer } from '../../domain/referrer.ts';
import type { Check } from './check.ts';

export const checkReferrer: Check = (key, facts) => {
  if (key.referrers.length === 0) return undefined;
  const value = siteOf(facts.rawHeaders);
  if (value === undefined) return 'referrer_not_allowed';
  for (const pattern of key.referrers) {
    if (matchesReferrer(pattern, value)) return undefined;
  }
  return 'referrer_not_allowed';
};

/** Referer, else Origin: under a strict referrer policy, browsers omit Referer or send it empty, and still send Origin. */
function siteOf(rawHeaders: readonly string[]): string | undefined {
  const referer = singleHeader(rawHeaders, 'referer');
  const namesNoSite = referer === undefined || referer === '' || referer.startsWith('about:');
  return namesNoSite ? singleHeader(rawHeaders, 'origin') : referer;
}

/** The header's value. A header that is sent twice reads as `null`, the origin that matches nothing. */
function singleHeader(rawHeaders: readonly string[], lowerCase: string): string | undefined {
  let value: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length !== lowerCase.length || name.toLowerCase() !== lowerCase) continue;
    if (value !== undefined) return 'null';
    value = rawHeaders[at + 1];
  }
  return value;
}
