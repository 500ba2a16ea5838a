// A protected API as decisions see it: where its key is sent, the format of its secrets, its rules.
import type { AddressMode } from './address.ts';
import type { CredentialSource } from './credential.ts';
import type { EndpointDemand } from './endpoint-demand.ts';
import type { ImportedFormat } from './imported-secret.ts';
import type { LimitWindows, RateLimit } from './rate-limit.ts';
import type { SecretFormat } from './secret.ts';
import type { BillingPolicy } from './use.ts';

/** An endpoint that only keys with a scope may call. */
export interface ScopeRule {
  readonly endpoint: EndpointDemand;
  /** The text of the pattern, as the policy has it. */
  readonly pattern: string;
  readonly scope: string;
}

/** What a request to an endpoint weighs. */
export interface WeightRule {
  readonly endpoint: EndpointDemand;
  /** The text of the pattern, as the policy has it. */
  readonly pattern: string;
  /** From 0. */
  readonly units: number;
}

/** Fields of a new key that a person can choose at once, by name. It gives no more than the person could set. */
export interface KeyTemplate {
  readonly id: string;
  /** For people, in each language of the console. */
  readonly name: Readonly<Record<'en' | 'ar', string>>;
  readonly description: Readonly<Record<'en' | 'ar', string>> | undefined;
  /** The fields that it sets, in their canonical form. `undefined`: the field is not set. */
  readonly addresses: readonly string[] | undefined;
  readonly referrers: readonly string[] | undefined;
  readonly endpoints: readonly string[] | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly rateLimits: readonly RateLimit[] | undefined;
  readonly expiresInDays: number | undefined;
}

/** The rules of one vendor, as a profile states them and a configuration may override them. */
export interface Policy {
  readonly addresses: {
    readonly mode: AddressMode;
    /** The meaning of an empty list. With mode `none` it is always `any`. */
    readonly whenEmpty: 'any' | 'block';
  };
  readonly hasReferrers: boolean;
  readonly hasEndpoints: boolean;
  readonly hasExpiry: boolean;
  /** Days from creation; only where keys can expire. `undefined`: no default, no maximum. */
  readonly expiry: { readonly defaultDays: number | undefined; readonly maxDays: number | undefined };
  /** Characters (code points) of a key's name. A `min` of 0 makes the name optional. */
  readonly name: { readonly min: number; readonly max: number };
  /** The kind of organization that may own keys; `undefined`: any. */
  readonly orgKind: string | undefined;
  /** The form of key ids: `key_…`, or a cuid. */
  readonly keyIds: 'prefixed' | 'cuid';
  readonly canRotate: boolean;
  /** Whether a key can be disabled and enabled again. */
  readonly canDisable: boolean;
  /** The commands that a key may give for the keys of its organization, through the vendor's own management routes. */
  readonly selfService: {
    readonly list: boolean;
    readonly create: boolean;
    /** Only itself, with the default overlap. */
    readonly rotate: boolean;
    readonly revoke: boolean;
  };
  /**
   * The most keys of this API that an organization may have at one time. Revoked and expired keys do not count.
   * `undefined`: any number.
   */
  readonly maxKeysPerOrg: number | undefined;
  /** Whether a key must be restricted to at least one address. */
  readonly requiresAddresses: boolean;
  /** The limits of each key for which the operator grants no others. Empty: no limit. */
  readonly rateLimits: readonly RateLimit[];
  /** The kind of windows in which the limits of keys count. Those of client addresses count in fixed ones. */
  readonly limitWindows: LimitWindows;
  /** The only window, in seconds, that limits of this API may have: its headers state it. `undefined`: any window. */
  readonly rateLimitWindowSeconds: number | undefined;
  /**
   * Whether a refused request counts against its client's address, with the policy's limits. This makes rate headers
   * true on every response, and it bounds guessing. It never uses up the limit of a key.
   */
  readonly countsRefusals: boolean;
  /** The scopes that members, and keys that create keys, may give. The operator may give any. `undefined`: any. */
  readonly memberScopes: readonly string[] | undefined;
  /** Presets for new keys, in the order in which they are offered. */
  readonly templates: readonly KeyTemplate[];
  /** The names of metadata that members may set on keys; the operator may set any. Empty: none. */
  readonly memberMetadata: readonly string[];
  /** The names of metadata that the upstream learns. Empty: none. */
  readonly forwardedMetadata: readonly string[];
  /** Scopes that endpoints require. A request must satisfy every rule that matches it. Empty: no rules. */
  readonly scopeRules: readonly ScopeRule[];
  /** Whether every path with two readings is refused. Else only where a rule depends on paths: `checkPath`. */
  readonly hasStrictPaths: boolean;
  /** The age, in days, at which people are reminded to rotate a secret. `undefined`: no reminder. */
  readonly rotateAfterDays: number | undefined;
  /** The scope for requests that no rule matches. Default: they need none. */
  readonly defaultScope?: string | undefined;
  /** Which allowed requests are billed. It counts when a request is recorded: earlier ones stay as they are. */
  readonly billing: BillingPolicy;
  /** The first rule that matches a request names its route and its weight. Without one, it weighs 1. */
  readonly weightRules: readonly WeightRule[];
}

/** Everything that a decision needs to know about an API. */
export interface ProtectedApi {
  readonly id: string;
  readonly source: CredentialSource;
  readonly secret: SecretFormat;
  /** The format of secrets that were imported from another system. Default: the API accepts none. */
  readonly imported?: ImportedFormat | undefined;
  readonly policy: Policy;
}
