// What the list of keys keeps in its address.
import type { KeyListQuery } from '../../../entities/keys/api/list-keys.ts';

/**
 * `unused30`: without a request for 30 days. `expiring14`: expires within 14 days. `rotation`: its secret has reached the
 * age at which the API asks for a new one. `blocked`: its empty list refuses all requests.
 */
export const views = [
  'active',
  'disabled',
  'expired',
  'revoked',
  'unused30',
  'unused90',
  'expiring14',
  'rotation',
  'blocked',
] as const;

export type View = (typeof views)[number];

export const sorts = ['created', 'name', 'last_used', 'expires'] as const;

export type Sort = (typeof sorts)[number];

export interface KeysSearch {
  readonly q?: string;
  /** Left out: all but the revoked ones. */
  readonly show?: View;
  /** Left out: by creation, newest first. */
  readonly sort?: Sort;
  /** Left out: the default order of the sort. */
  readonly order?: 'asc' | 'desc';
  /** `nextCursor` of the previous page, and the number of this one, from 2. */
  readonly after?: string;
  readonly page?: number;
  /** The form of a new key is open. */
  readonly create?: true;
  /** The id of the key whose secret the open form shows. It outlives a reload. */
  readonly made?: string;
}

/** Rows of a page. */
export const pageSize = 50;

const longestSearch = 500;

export function readKeysSearch(search: Record<string, unknown>): KeysSearch {
  const { q, show, sort, order, after, page, create, made } = search;
  return {
    // The router reads a search for digits as a number.
    ...((typeof q === 'string' || typeof q === 'number') &&
      String(q).trim() !== '' && { q: String(q).slice(0, longestSearch) }),
    ...(isOneOf(views, show) && { show }),
    ...(isOneOf(sorts, sort) && { sort }),
    ...((order === 'asc' || order === 'desc') && { order }),
    ...(typeof after === 'string' && Number.isInteger(page) && Number(page) > 1 && { after, page: Number(page) }),
    ...(create === true && { create, ...(typeof made === 'string' && { made }) }),
  };
}

function isOneOf<Each extends string>(list: readonly Each[], value: unknown): value is Each {
  return list.some((each) => each === value);
}

const viewQueries: Readonly<Record<Exclude<View, 'rotation'>, KeyListQuery>> = {
  active: { status: 'active' },
  disabled: { status: 'disabled' },
  expired: { status: 'expired' },
  revoked: { status: 'revoked' },
  unused30: { unusedDays: 30 },
  unused90: { unusedDays: 90 },
  expiring14: { expiringDays: 14 },
  blocked: { status: 'active', addresses: 'none' },
};

/**
 * Makes the query of the session API. `scope`: the API and the environment. `rotateAfterDays`: that of the API; without
 * it, `rotation` shows all keys.
 */
export function toListQuery(
  { q, show, sort, order, after }: KeysSearch,
  scope: KeyListQuery,
  rotateAfterDays: number | null,
): KeyListQuery {
  const ofRotation: KeyListQuery = rotateAfterDays === null ? { revoked: 'false' } : { secretAgeDays: rotateAfterDays };
  const ofView = show === 'rotation' ? ofRotation : show && viewQueries[show];
  return {
    ...scope,
    ...(ofView ?? { revoked: 'false' }),
    ...(q !== undefined && { q }),
    ...(sort !== undefined && { sort }),
    ...(order !== undefined && { order }),
    ...(after !== undefined && { cursor: after }),
    limit: pageSize,
  };
}

/** The order of the session API: descending, except for names and expiries. */
export function orderOf({ sort = 'created', order }: KeysSearch): 'asc' | 'desc' {
  return order ?? (sort === 'name' || sort === 'expires' ? 'asc' : 'desc');
}

/** Whether a filter is set. */
export function isNarrowed({ q, show }: KeysSearch): boolean {
  return q !== undefined || show !== undefined;
}
