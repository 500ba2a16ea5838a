// What the page of refused requests with unknown keys keeps in its address.

/** The reasons of requests whose key is unknown. The others belong to an organization, and are on its page. */
export const unknownKeyReasons = [
  'key_unknown',
  'credential_missing',
  'credential_malformed',
  'credential_ambiguous',
] as const;

export interface UnknownKeysSearch {
  /** The id of an API. */
  readonly api?: string;
  readonly reason?: (typeof unknownKeyReasons)[number];
}

export function readUnknownKeysSearch(search: Record<string, unknown>): UnknownKeysSearch {
  const { api } = search;
  const reason = unknownKeyReasons.find((each) => each === search.reason);
  return { ...(typeof api === 'string' && api !== '' && { api }), ...(reason !== undefined && { reason }) };
}
