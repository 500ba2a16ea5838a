// Whose webhooks a page shows: an organization's, or the operator's own.

/** The id of the organization. `undefined`: the operator. */
export type Place = string | undefined;

/** The path of a route of the session API in the place. Both places answer alike, so one type stands for both. */
export function at<Rest extends string>(place: Place, rest: Rest): `/api/orgs/{org}/webhooks${Rest}` {
  const path = place === undefined ? `/api/operator/webhooks${rest}` : `/api/orgs/{org}/webhooks${rest}`;
  return path as `/api/orgs/{org}/webhooks${Rest}`;
}

/** The first part of the keys of queries. */
export function keyOf(place: Place): readonly string[] {
  return place === undefined ? ['operator', 'webhooks'] : ['org', place, 'webhooks'];
}
