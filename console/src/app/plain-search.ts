// The part of an address after `?`. Browsers keep addresses for ever, so no secret goes into it.
import { defaultStringifySearch } from '@tanstack/react-router';
import { holdsSecret } from '../api/secrets.ts';

/** Writes the search as the router does, without members that hold a secret. */
export function stringifySearch(search: Record<string, unknown>): string {
  const plain = Object.entries(search).filter(([, value]) => !holdsSecret(JSON.stringify(value) ?? ''));
  return defaultStringifySearch(Object.fromEntries(plain));
}
