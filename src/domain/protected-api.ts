// A protected API as decisions see it: where its key rides, what its secrets look like, which rules hold.
import type { AddressMode } from './address.ts';
import type { CredentialSource } from './credential.ts';
import type { EndpointDemand } from './endpoint-demand.ts';
import type { ImportedFormat } from './imported-secret.ts';
import type { RateLimit } from './rate-limit.ts';
import type { SecretFormat } from './secret.ts';

/** An endpoint that only keys with a scope may call. */
export interface ScopeRule {
  readonly endpoint: EndpointDemand;
  readonly scope: string;
}

/** The rules of one vendor, as a profile states them and a configuration may override them. */
export interface Policy {
  readonly addresses: {
    readonly mode: AddressMode;
    /** What an empty list means; with mode `none` always `any`. */
    readonly whenEmpty: 'any' | 'block';
  };
  readonly hasReferrers: boolean;
  readonly hasEndpoints: boolean;
  readonly hasExpiry: boolean;
  /** Days from creation; only where keys can expire. `undefined`: none. */
  readonly expiry: { readonly defaultDays: number | undefined; readonly maxDays: number | undefined };
  /** Characters (code points) of a key's name; 0 as least makes it optional. */
  readonly name: { readonly min: number; readonly max: number };
  /** The kind of organization that may own keys; `undefined`: any. */
  readonly orgKind: string | undefined;
  /** What ids of keys look like: `key_…`, or a cuid. */
  readonly keyIds: 'prefixed' | 'cuid';
  readonly canRotate: boolean;
  /** Whether a key can be switched off and on again. */
  readonly canDisable: boolean;
  /** What a key may do with the keys of its organization, through the vendor's own management routes. */
  readonly selfService: { readonly list: boolean; readonly create: boolean; readonly revoke: boolean };
  /** Keys of this API that an organization may have at one time, revoked and expired ones not counted. `undefined`: any number. */
  readonly maxKeysPerOrg: number | undefined;
  /** Whether a key must be restricted to at least one address. */
  readonly requiresAddresses: boolean;
  /** The limits granted to each key for which the operator grants no others. Empty: off. */
  readonly rateLimits: readonly RateLimit[];
  /** The one window that limits of this API may have, in seconds, where headers promise it. `undefined`: any window. */
  readonly rateLimitWindowSeconds: number | undefined;
  /**
   * Whether a refused request is counted against its client's address with the policy's limits. It makes rate headers true
   * on every response and bounds guessing; a real key's own limit is never touched by it.
   */
  readonly countsRefusals: boolean;
  /** The scopes that members, and keys that make keys, may give. The operator may give any. `undefined`: any. */
  readonly memberScopes: readonly string[] | undefined;
  /** Scopes that endpoints require; all rules that match a request hold. Empty: none. */
  readonly scopeRules: readonly ScopeRule[];
  /** The scope that requests need which no rule matches. Default: none. */
  readonly defaultScope?: string | undefined;
}

/** Everything `authorize` needs to know of an API. */
export interface ProtectedApi {
  readonly id: string;
  readonly source: CredentialSource;
  readonly secret: SecretFormat;
  /** Secrets of another system that are taken as well, if there were any imported. Default: none are. */
  readonly imported?: ImportedFormat | undefined;
  readonly policy: Policy;
}
