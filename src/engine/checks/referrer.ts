// Refuses requests from pages that the key does not name. Advisory: whoever is not a browser can send any Referer.
import { matchesReferrer } from '../../domain/referrer.ts';
import type { Check } from './check.ts';

export const checkReferrer: Check = (key, facts) => {
  if (key.referrers.length === 0) return undefined;
  // Referer, else Origin: browsers omit the former under a strict referrer policy and still send the latter.
  const value = singleHeader(facts.rawHeaders, 'referer') ?? singleHeader(facts.rawHeaders, 'origin');
  if (value === undefined) return 'referrer_not_allowed';
  for (const pattern of key.referrers) {
    if (matchesReferrer(pattern, value)) return undefined;
  }
  return 'referrer_not_allowed';
};

/** The header's value; one that is sent twice reads as empty, which matches nothing. */
function singleHeader(rawHeaders: readonly string[], lowerCase: string): string | undefined {
  let value: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length !== lowerCase.length || name.toLowerCase() !== lowerCase) continue;
    if (value !== undefined) return '';
    value = rawHeaders[at + 1];
  }
  return value;
}
