// The requests about one key.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../../api/client.ts';
import { ApiError } from '../../../api/problem.ts';
import type { components } from '../../../api/schema.ts';
import type { MadeKey } from '../api/create-key.ts';
import { keysQueryKey } from '../api/list-keys.ts';
import { keyQuery as readKeyQuery } from '../api/read-key.ts';

export type Key = components['schemas']['Key'];
export type KeyUpdate = components['schemas']['KeyUpdate'];
export type Secret = components['schemas']['Secret'];
export type Impact = components['schemas']['Impact'];
export type Proposal = components['schemas']['Proposal'];
export type UsedAddresses = components['schemas']['KeyAddresses'];
export type Trial = components['schemas']['Trial'];
export type TrialReply = components['schemas']['TrialReply'];

/** Identifies a key. */
export interface Place {
  readonly org: string;
  readonly id: string;
}

const freshMs = 4_000;
const secretsFreshMs = 2_000;

/** Refreshes while it is shown, because the last use changes. */
export function keyQuery(place: Place) {
  return queryOptions({ ...readKeyQuery(place), refetchInterval: freshMs });
}

/** Returns the secret in force, then the superseded ones, newest first. Refreshes often while an old one works. */
export function secretsQuery({ org, id }: Place) {
  return queryOptions({
    queryKey: [...keysQueryKey(org), 'secrets', id],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/orgs/{org}/keys/{id}/secrets', { params: { path: { org, id } }, signal })),
    refetchInterval: ({ state }) =>
      state.data?.data.some(({ status }) => status === 'superseded') === true ? secretsFreshMs : false,
  });
}

/** Returns the addresses from which the key was used in the last 30 days. */
export function addressesQuery({ org, id }: Place) {
  return queryOptions({
    queryKey: [...keysQueryKey(org), 'addresses', id],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/orgs/{org}/keys/{id}/addresses', { params: { path: { org, id } }, signal })),
  });
}

/** Returns who created the key. The reader must be allowed to read the audit log. */
export function creatorQuery({ org, id }: Place) {
  return queryOptions({
    queryKey: [...keysQueryKey(org), 'creator', id],
    queryFn: async ({ signal }) => {
      const query = { target: id, action: 'key.created', limit: 1 };
      const { data } = await unwrap(api.GET('/api/orgs/{org}/audit', { params: { path: { org }, query }, signal }));
      return data[0]?.actor ?? null;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Returns what a change would cut off. Changes nothing. */
export function previewChange({ org, id }: Place, proposal: Proposal): Promise<Impact> {
  return unwrap(api.POST('/api/orgs/{org}/keys/{id}/impact', { params: { path: { org, id } }, body: proposal }));
}

/** Tries a request against every check. Counts nothing, and sends nothing to the upstream. */
export function testKey({ org, id }: Place, trial: Trial): Promise<TrialReply> {
  return unwrap(api.POST('/api/orgs/{org}/keys/{id}/test', { params: { path: { org, id } }, body: trial }));
}

/** Depends on the revision that was read. `staleKeyOf` returns the newer key after a conflict. */
export function updateKey({ org, id, revision }: ReadKey, changes: KeyUpdate): Promise<Key> {
  const params = { path: { org, id } };
  return unwrap(api.PATCH('/api/orgs/{org}/keys/{id}', { params, headers: ifMatch(revision), body: changes }));
}

/** Returns the new secret, once. Is no mutation of the query client, which would keep the answer. */
export async function rotateKey({ org, id, revision }: ReadKey, overlap: string): Promise<MadeKey> {
  const call = { params: { path: { org, id } }, headers: ifMatch(revision), body: { overlap } };
  const { secret, ...key } = await unwrap(api.POST('/api/orgs/{org}/keys/{id}/rotate', call));
  return { key, secret };
}

/** `endsIn`: `now`, a span such as `7d`, or `until_ended`. */
export function endSecret({ org, id }: Place, secretId: string, endsIn: string): Promise<Secret> {
  const params = { path: { org, id, secretId } };
  return unwrap(api.PATCH('/api/orgs/{org}/keys/{id}/secrets/{secretId}', { params, body: { endsIn } }));
}

/** Enables (`on`) or disables (`off`) a key. Depends on the revision that was read. */
export function switchKey({ org, id, revision }: ReadKey, to: 'on' | 'off'): Promise<Key> {
  const call = { params: { path: { org, id } }, headers: ifMatch(revision) };
  return unwrap(
    to === 'on'
      ? api.POST('/api/orgs/{org}/keys/{id}/enable', call)
      : api.POST('/api/orgs/{org}/keys/{id}/disable', call),
  );
}

/** Returns the current key when a change failed because someone else had changed it. */
export function staleKeyOf(error: unknown): Key | undefined {
  if (!(error instanceof ApiError) || error.code !== 'revision_mismatch') return undefined;
  return (error.problem as components['schemas']['StaleKey'] | undefined)?.current;
}

type ReadKey = Pick<Key, 'org' | 'id' | 'revision'>;

function ifMatch(revision: number) {
  return { 'If-Match': `"${revision}"` };
}
