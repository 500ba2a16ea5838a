// Whose things a page shows: an organization's, or the operator's.

/** The id of the organization. `undefined`: the operator. */
export type Place = string | undefined;

/** What both places have. */
type Shared = 'webhooks' | 'alerts';

/** The path of a route of the session API in the place. Both places answer alike, so one type stands for both. */
export function at<Name extends Shared, Rest extends string>(
  place: Place,
  name: Name,
  rest: Rest,
): `/api/orgs/{org}/${Name}${Rest}` {
  const path = place === undefined ? `/api/operator/${name}${rest}` : `/api/orgs/{org}/${name}${rest}`;
  return path as `/api/orgs/{org}/${Name}${Rest}`;
}

/** The first part of the keys of queries. */
export function keyOf(place: Place, name: Shared): readonly string[] {
  return place === undefined ? ['operator', name] : ['org', place, name];
}
