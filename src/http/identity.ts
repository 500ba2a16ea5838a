// The headers that tell an upstream whose request it serves.
import { type Metadata, metadataHeaders, noAnnotations } from '../domain/annotations.ts';
import type { AuthorizedKey } from '../domain/api-key.ts';

// Keys with the same metadata share one object, so there are few.
const knownHeaders = new WeakMap<Metadata, readonly string[]>();

/** The headers that name a key, without metadata and assertion. */
export const identityFields = [
  'X-Miftah-Api',
  'X-Miftah-Key-Id',
  'X-Miftah-Org',
  'X-Miftah-Environment',
  'X-Miftah-Scopes',
] as const;

/** The header with the signed assertion. */
export const assertionField = 'X-Miftah-Assertion';

/** The `X-Miftah-*` headers of a key, flat: name and value in turn. Each call returns a new list for the caller. */
export function identityOf(key: AuthorizedKey): string[] {
  const identity = [
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
  if (key.metadata !== noAnnotations.metadata) identity.push(...headersOf(key.metadata));
  return identity;
}

function headersOf(metadata: Metadata): readonly string[] {
  let headers = knownHeaders.get(metadata);
  if (headers === undefined) {
    headers = metadataHeaders(metadata);
    knownHeaders.set(metadata, headers);
  }
  return headers;
}
