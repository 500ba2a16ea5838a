// The headers that tell an upstream whose request it serves.
import type { AuthorizedKey } from '../domain/api-key.ts';

/** The `X-Miftah-*` headers of a key, flat: name and value in turn. Each call returns a new list for the caller. */
export function identityOf(key: AuthorizedKey): string[] {
  return [
    'X-Miftah-Api',
    key.apiId,
    'X-Miftah-Key-Id',
    key.id,
    'X-Miftah-Org',
    key.orgId,
    'X-Miftah-Environment',
    key.environment,
    'X-Miftah-Scopes',
    key.scopes.join(' '),
  ];
}
