// What a profile is: how one vendor does API keys, as data. A new vendor is one file of this shape and its golden replies.

import type { KeyActor, MemberActor } from '../domain/actor.ts';
import type { Environment } from '../domain/api-key.ts';
import type { CredentialSource } from '../domain/credential.ts';
import type { Policy } from '../domain/protected-api.ts';
import type { SecretFormat } from '../domain/secret.ts';
import { type Reason, reasons } from '../domain/verdict.ts';
import type { KeyCommands } from '../management/keys/commands.ts';
import type { ConsoleProfile } from './console.ts';

/** What can go wrong beside a refusal; none of it is the key's fault. */
export const faults = [
  'bad_request',
  'method_not_allowed',
  'body_too_large',
  'request_timeout',
  'headers_too_large',
  'upstream_failed',
  'upstream_timeout',
] as const;

export type Fault = (typeof faults)[number];

/** All that a dialect must have words for. */
export type Problem = Reason | Fault;

/** A problem in a vendor's words. */
export interface WireError {
  readonly status: number;
  /** The vendor's code; dialects without codes leave it out of the body. */
  readonly code: string;
  readonly message: string;
}

/** The wire of one vendor. */
export interface Dialect {
  /** The authentication scheme named in `WWW-Authenticate`. */
  readonly scheme: 'ApiKey' | 'Basic' | 'Bearer';
  /** The vendor's spelling of the rate headers; sent wherever a limit was counted. */
  readonly rateHeaders: { readonly limit: string; readonly remaining: string; readonly reset: string };
  /**
   * Whether the IETF's `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers) stand beside the vendor's own. Off where the
   * vendor's page names all of its rate headers: clients that read an earlier draft of the IETF's fail on the present one.
   */
  readonly sendsRateLimitFields: boolean;
  readonly contentType: string;
  readonly errors: Readonly<Record<Problem, WireError>>;
  /** The body of an error reply. */
  renderError(error: WireError, requestId: string): string;
  /** What the vendor's API lets a key do with keys; left out where it has no such routes. */
  readonly management?: DialectManagement;
}

/** A vendor's routes on which keys look after keys, on the protected API's own host, in place of its upstream. */
export interface DialectManagement {
  /** What the audit log calls this way in, such as `panel`. The console's `audit.json` has words for it. */
  readonly via: string;
  /** Whether a person's session token (`Authorization: Bearer`) is taken as well as a key. */
  readonly takesSessions: boolean;
  readonly routes: readonly ManagementRoute[];
  /** The vendor's names of management's fields, where they differ: `{ name: 'memo' }`. */
  readonly fieldNames: Readonly<Record<string, string>>;
  readonly errors: Readonly<Record<ManagementProblem, WireError>>;
}

export interface ManagementRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The whole path; one segment of it may be `{id}`. What GET answers is answered to HEAD as well. */
  readonly path: string;
  /** Runs the command. Throws a `ManagementError` for what is asked wrongly or not allowed. */
  readonly answer: (call: ManagementCall) => Promise<ManagementAnswer>;
}

/** A request on a management route, whose key the gate has let through. */
export interface ManagementCall {
  readonly keys: KeyCommands;
  /** A key, or a person where the routes take sessions. */
  readonly actor: KeyActor | MemberActor;
  readonly apiId: string;
  /** Of the key; a person's keys are live ones. */
  readonly environment: Environment;
  /** What stands in the path for `{id}`, as it was sent; empty where there is none. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** The parsed JSON of POST, PUT and PATCH; `undefined` with the other methods, whose bodies are not read. */
  readonly body: unknown;
}

/** A reply; the body is sent as JSON. */
export interface ManagementAnswer {
  readonly status: number;
  readonly body: object;
}

/** What can go wrong with a command beside bad input, which is the dialect's `bad_request` with a message of its own. */
export type ManagementProblem = 'not_found' | 'forbidden' | 'conflict' | 'unsupported_media_type';

export interface Profile {
  readonly id: string;
  readonly source: CredentialSource;
  readonly secret: SecretFormat;
  readonly policy: Policy;
  readonly dialect: Dialect;
  readonly console: ConsoleProfile;
}

/** The rules that most vendors share; each profile states where it differs. */
export const commonPolicy: Policy = {
  addresses: { mode: 'none', whenEmpty: 'any' },
  hasReferrers: false,
  hasEndpoints: false,
  hasExpiry: false,
  expiry: { defaultDays: undefined, maxDays: undefined },
  name: { min: 1, max: 200 },
  orgKind: undefined,
  keyIds: 'prefixed',
  canRotate: true,
  canDisable: false,
  selfService: { list: false, create: false, revoke: false },
  maxKeysPerOrg: undefined,
  requiresAddresses: false,
  rateLimits: [],
  rateLimitWindowSeconds: undefined,
  countsRefusals: false,
  memberScopes: undefined,
  scopeRules: [],
  hasStrictPaths: false,
};

/** Reasons that say nothing more than "this is no valid key". Most vendors answer all of them alike. */
const invalidKeyReasons = [
  'credential_missing',
  'credential_malformed',
  'credential_ambiguous',
  'key_unknown',
  'key_revoked',
  'key_disabled',
  'key_expired',
  'org_suspended',
  'environment_mismatch',
] as const satisfies readonly Reason[];

type InvalidKeyReason = (typeof invalidKeyReasons)[number];

/** Reasons that are no judgement of the key or the request: the caller must know that it may try again. */
const passingReasons = ['rate_limited', 'quota_exceeded', 'unavailable'] as const satisfies readonly Reason[];

type PassingReason = (typeof passingReasons)[number];

/** One answer for every request without a valid key. A profile overrides the rows that its vendor tells apart. */
export function answerInvalidKeys(error: WireError): Record<InvalidKeyReason, WireError> {
  return answerAlike(invalidKeyReasons, error);
}

/** One answer for every reason, also for those that are added later, except limits and outages. */
export function answerAllReasons(error: WireError): Record<Exclude<Reason, PassingReason>, WireError> {
  const isPassing: ReadonlySet<Reason> = new Set(passingReasons);
  const alike = reasons.filter((reason): reason is Exclude<Reason, PassingReason> => !isPassing.has(reason));
  return answerAlike(alike, error);
}

function answerAlike<Some extends Reason>(some: readonly Some[], error: WireError): Record<Some, WireError> {
  return Object.fromEntries(some.map((reason) => [reason, error])) as Record<Some, WireError>;
}

const addressNotAllowed: WireError = {
  status: 403,
  code: 'IP_NOT_ALLOWED',
  message: 'This API key may not be used from your IP address.',
};

/**
 * Words for profiles that have no words of their own. A new reason gets its row here or in `invalidKeyReasons`: the five
 * profiles follow.
 */
export const commonErrors = {
  address_not_allowed: addressNotAllowed,
  address_list_empty: addressNotAllowed,
  referrer_not_allowed: {
    status: 403,
    code: 'REFERRER_NOT_ALLOWED',
    message: 'This API key may not be used from this site.',
  },
  endpoint_not_allowed: {
    status: 403,
    code: 'ENDPOINT_NOT_ALLOWED',
    message: 'This API key may not call this endpoint.',
  },
  scope_missing: {
    status: 403,
    code: 'INSUFFICIENT_SCOPE',
    message: 'This API key lacks a permission that this endpoint requires.',
  },
  path_not_canonical: {
    status: 400,
    code: 'BAD_REQUEST',
    message: 'The request path is not in canonical form.',
  },
  rate_limited: {
    status: 429,
    code: 'RATE_LIMIT_EXCEEDED',
    message: 'Rate limit exceeded. Wait for the number of seconds in Retry-After.',
  },
  quota_exceeded: { status: 429, code: 'QUOTA_EXCEEDED', message: 'The quota of this API key is used up.' },
  unavailable: {
    status: 503,
    code: 'SERVICE_UNAVAILABLE',
    message: 'The service is temporarily unavailable. Try again shortly.',
  },
  bad_request: { status: 400, code: 'BAD_REQUEST', message: 'The request is malformed.' },
  method_not_allowed: { status: 405, code: 'METHOD_NOT_ALLOWED', message: 'This method is not allowed.' },
  body_too_large: { status: 413, code: 'PAYLOAD_TOO_LARGE', message: 'The request body is too large.' },
  request_timeout: { status: 408, code: 'REQUEST_TIMEOUT', message: 'The request body arrived too slowly.' },
  headers_too_large: { status: 431, code: 'HEADERS_TOO_LARGE', message: 'The request has too many header fields.' },
  upstream_failed: { status: 502, code: 'BAD_GATEWAY', message: 'The API did not answer. Try again shortly.' },
  upstream_timeout: {
    status: 504,
    code: 'GATEWAY_TIMEOUT',
    message: 'The API did not answer in time. Try again shortly.',
  },
} as const satisfies Record<Exclude<Problem, InvalidKeyReason>, WireError>;

export const xRateLimitHeaders = {
  limit: 'X-RateLimit-Limit',
  remaining: 'X-RateLimit-Remaining',
  reset: 'X-RateLimit-Reset',
} as const;

/** `forbidden` and `conflict` say what the command says; these are the words for the rest. */
export const commonManagementErrors: DialectManagement['errors'] = {
  not_found: { status: 404, code: 'NOT_FOUND', message: 'API key not found.' },
  forbidden: { status: 403, code: 'FORBIDDEN', message: 'This API key may not do this.' },
  conflict: { status: 409, code: 'CONFLICT', message: 'This can’t be done now.' },
  unsupported_media_type: {
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'Send the body as JSON, with Content-Type: application/json.',
  },
};
