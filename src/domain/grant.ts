// What a caller of the internal listener may do. The guard of the listener makes it, and every route asks it.

/** What a token is for. */
export const tokenPurposes = ['decide', 'metrics', 'admin'] as const;

/** One of `tokenPurposes`. */
export type TokenPurpose = (typeof tokenPurposes)[number];

/** What a caller of the internal listener may do. */
export type Grant =
  /** The operator token: everything. */
  | { readonly kind: 'operator' }
  | {
      readonly kind: 'token';
      readonly id: string;
      readonly name: string;
      readonly may: TokenPurpose;
      /** The ids of the APIs that it reaches. */
      readonly apis: readonly string[] | 'all';
      /** For `admin`: the only organization that it reaches. `undefined`: all. */
      readonly org: string | undefined;
      /** For `admin`: whether it can change nothing. */
      readonly isReadOnly: boolean;
    };

/** The grant of a token. */
export type TokenGrant = Extract<Grant, { kind: 'token' }>;

/** The grant of the operator token. */
export const operatorGrant: Grant = Object.freeze({ kind: 'operator' });

/** Whether the grant lets its caller decide about requests of this API. */
export function mayDecide(grant: Grant, apiId: string): boolean {
  if (grant.kind === 'operator') return true;
  return grant.may === 'decide' && reachesApi(grant, apiId);
}

/** Whether a token reaches this API. */
export function reachesApi({ apis }: Pick<TokenGrant, 'apis'>, apiId: string): boolean {
  return apis === 'all' || apis.includes(apiId);
}
