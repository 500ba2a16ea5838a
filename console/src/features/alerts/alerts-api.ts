// The requests about alerts and their rules.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client.ts';
import type { components } from '../../api/schema.ts';
import { at, keyOf, type Place } from '../../entities/place.ts';
import type { AlertsSearch } from './alerts-search.ts';

export type Alert = components['schemas']['NamedAlert'];
export type OpenedAlert = components['schemas']['OpenedAlert'];
export type Rule = components['schemas']['AlertRule'];
export type Preview = components['schemas']['NamedAlertPreview'];
export type Settings = Partial<Record<Rule['settings'][number]['name'], number>>;

const pageSize = 30;
const freshMs = 10_000;
/** After many pages the list refreshes less often, because each page costs a request. */
const calmMs = 60_000;

/** Makes the query of the session API. */
export function toAlertsQuery({ rule, key, state }: AlertsSearch) {
  return {
    ...(rule !== undefined && { rule }),
    ...(key !== undefined && { subject: key }),
    ...(state !== undefined && { acknowledged: state === 'acknowledged' ? ('true' as const) : ('false' as const) }),
  };
}

/** Alerts of the place, newest first, page by page. Refreshes itself. */
export function alertsQuery(place: Place, search: AlertsSearch) {
  return infiniteQueryOptions({
    queryKey: [...keyOf(place, 'alerts'), 'list', search],
    queryFn: ({ pageParam, signal }) => {
      const page = { limit: pageSize, ...(pageParam !== null && { cursor: pageParam }) };
      const params = { path: { org: place ?? '' }, query: { ...toAlertsQuery(search), ...page } };
      return unwrap(api.GET(at(place, 'alerts', ''), { params, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 2 ? calmMs : freshMs),
  });
}

export function alertQuery(place: Place, id: string) {
  return queryOptions({
    queryKey: [...keyOf(place, 'alerts'), 'one', id],
    queryFn: ({ signal }) =>
      unwrap(api.GET(at(place, 'alerts', '/{id}'), { params: { path: { org: place ?? '', id } }, signal })),
    refetchInterval: freshMs,
  });
}

export function acknowledgeAlert(place: Place, id: string) {
  return unwrap(api.POST(at(place, 'alerts', '/{id}/acknowledge'), { params: { path: { org: place ?? '', id } } }));
}

/** `span`: such as `7d`, or `now`, which ends a mute. */
export function muteAlert(place: Place, id: string, span: string) {
  const params = { path: { org: place ?? '', id } };
  return unwrap(api.POST(at(place, 'alerts', '/{id}/mute'), { params, body: { for: span } }));
}

/** The rules about keys that are on. */
export function keyRulesQuery(org: string) {
  return queryOptions({
    queryKey: ['org', org, 'alerts', 'rules'],
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET('/api/orgs/{org}/alert-rules', { params: { path: { org } }, signal }))).data,
  });
}

/** The changes of a key since an instant, newest first. */
export function changesQuery(org: string, key: string, from: string) {
  return queryOptions({
    queryKey: ['org', org, 'audit', 'since', key, from],
    queryFn: async ({ signal }) => {
      const query = { target: key, from, limit: 20 };
      return (await unwrap(api.GET('/api/orgs/{org}/audit', { params: { path: { org }, query }, signal }))).data;
    },
  });
}

export const rulesQuery = queryOptions({
  queryKey: ['operator', 'alert-rules'],
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/operator/alert-rules', { signal }))).data,
});

export function updateRule(rule: Rule['id'], body: { readonly on?: boolean; readonly settings?: Settings }) {
  const params = { path: { rule } };
  return unwrap(api.PATCH('/api/operator/alert-rules/{rule}', { params, body }));
}

/** Counts what the rule would have raised with these numbers. Changes nothing. */
export function previewRule(rule: Rule['id'], settings: Settings): Promise<Preview> {
  const params = { path: { rule } };
  return unwrap(api.POST('/api/operator/alert-rules/{rule}/preview', { params, body: { settings } }));
}
