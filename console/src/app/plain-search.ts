// The part of an address behind `?`, which browsers keep for ever: no secret goes into it.
import { defaultStringifySearch } from '@tanstack/react-router';
import { holdsSecret } from '../api/secrets.ts';

/** As the router writes it, without members that hold a secret. */
export function stringifySearch(search: Record<string, unknown>): string {
  const plain = Object.entries(search).filter(([, value]) => !holdsSecret(JSON.stringify(value) ?? ''));
  return defaultStringifySearch(Object.fromEntries(plain));
}
