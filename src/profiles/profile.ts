// A profile: one vendor's rules for API keys, as data. A new vendor is one file of this shape and its golden replies.

import type { CredentialSource } from '../domain/credential.ts';
import type { Policy } from '../domain/protected-api.ts';
import type { SecretFormat } from '../domain/secret.ts';
import { type Reason, reasons } from '../domain/verdict.ts';
import type { ConsoleProfile } from './console.ts';
import type { ManagementShapeId } from './management/index.ts';
import type { Names } from './management/names.ts';
import type { Template } from './template.ts';

/** Problems that are not denials: the key did not cause them. */
export const faults = [
  'bad_request',
  'method_not_allowed',
  'body_too_large',
  'request_timeout',
  'headers_too_large',
  'upstream_failed',
  'upstream_timeout',
] as const;

/** One of `faults`. */
export type Fault = (typeof faults)[number];

/** Every problem that a dialect must have an error for. */
export type Problem = Reason | Fault;

/** Every `Problem`. */
export const problems: readonly Problem[] = [...reasons, ...faults];

/** A problem in a vendor's words. */
export interface WireError {
  /** 400 to 599. */
  readonly status: number;
  /** The vendor's code, for `{code}`. Empty: it has none. */
  readonly code: string;
  /** A text with placeholders, for `{message}`. */
  readonly message: string;
  /** Further headers of the reply, by name. The values have placeholders; a header without a value is not sent. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Where a caller finds help. Both are absolute URIs in ASCII. */
export interface Help {
  /** The documentation of the API. */
  readonly docs: string | undefined;
  /** The support contact: `mailto:` or `https:`. */
  readonly contact: string | undefined;
}

/** The vendor's names of its rate headers. `undefined`: the vendor does not send this one. */
export interface RateHeaders {
  readonly limit: string | undefined;
  readonly remaining: string | undefined;
  readonly reset: string | undefined;
  /** What the reset header counts. `unix`: seconds since 1970. `seconds`: the seconds until then. */
  readonly resetAs: 'unix' | 'seconds';
}

/** The headers and bodies of one vendor's replies. */
export interface Dialect {
  /** The `WWW-Authenticate` of every 401, with placeholders. Default: the one for the place where the key rides. */
  readonly challenge?: string | undefined;
  /** A reply has them if a limit counted its request. `undefined`: the vendor has none. */
  readonly rateHeaders: RateHeaders | undefined;
  /**
   * Whether replies also have the IETF's `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers).
   * False where the vendor's page names all of its rate headers: clients of an earlier draft fail on the current one.
   */
  readonly sendsRateLimitFields: boolean;
  /** Of error replies. */
  readonly contentType: string;
  readonly errors: Readonly<Record<Problem, WireError>>;
  /** The body of an error reply. */
  readonly body: Template;
  /** Where a refused caller finds help; the `Link` header of error replies names it. Default: nowhere. */
  readonly help?: Help | undefined;
  /** The vendor's routes for keys that manage keys. Absent: it has no such routes. */
  readonly management?: DialectManagement | undefined;
}

/** A vendor's routes for keys that manage keys. Miftah answers them on the API's own host instead of the upstream. */
export interface DialectManagement {
  /** What the routes are, read and answer. The audit log has it as `via`; the console's `audit.json` translates it. */
  readonly shape: ManagementShapeId;
  /** The path of the list, such as `/v1/keys`. The other routes are below it. */
  readonly path: string;
  /** The vendor's names of members by Miftah's: `{ name: 'memo' }`. Default: the shape's. See `findNameFlaw`. */
  readonly fields?: Names | undefined;
  /** The same, for members of replies alone. They win over `fields`. */
  readonly replyFields?: Names | undefined;
  readonly errors: Readonly<Record<ManagementProblem, WireError>>;
}

/** Failures of a command, apart from bad input. Bad input is the dialect's `bad_request` with the command's message. */
export type ManagementProblem = 'not_found' | 'forbidden' | 'conflict' | 'unsupported_media_type';

/** One vendor's rules, wire and console. */
export interface Profile {
  readonly id: string;
  readonly source: CredentialSource;
  readonly secret: SecretFormat;
  readonly policy: Policy;
  /** Whether the vendor's page promises that test requests never reach live data. `doctor` then wants two upstreams. */
  readonly isolatesTestData: boolean;
  readonly dialect: Dialect;
  readonly console: ConsoleProfile;
}

/** The rules that most vendors share. A profile overrides the rest. */
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
  selfService: { list: false, create: false, rotate: false, revoke: false },
  maxKeysPerOrg: undefined,
  requiresAddresses: false,
  rateLimits: [],
  limitWindows: 'fixed',
  rateLimitWindowSeconds: undefined,
  countsRefusals: false,
  memberScopes: undefined,
  templates: [],
  memberMetadata: [],
  forwardedMetadata: [],
  scopeRules: [],
  hasStrictPaths: false,
  rotateAfterDays: undefined,
  // The caller pays for what it asked, right or wrong, and not for failures of the API. HEAD and OPTIONS ask about a
  // reply without its content.
  billing: {
    ends: ['1xx', '2xx', '3xx', '4xx', 'unknown', 'client_left'],
    billsHeadAndOptions: false,
    billsTest: false,
  },
  weightRules: [],
};

/** Groups of reasons that a profile can answer alike. */
export const errorGroups = ['invalid_key', 'not_allowed'] as const;

/** Reasons that pass with time: the caller must know that it may try again. */
export const passingReasons: ReadonlySet<Problem> = new Set(['rate_limited', 'quota_exceeded', 'unavailable']);

/**
 * The group of each reason. A new reason has none until it is added here, and then only `default` covers it.
 * `invalid_key`: the request has no valid key. `not_allowed`: its key may not make this request.
 */
export const groupOf: Readonly<Partial<Record<Problem, (typeof errorGroups)[number]>>> = {
  credential_missing: 'invalid_key',
  credential_malformed: 'invalid_key',
  credential_ambiguous: 'invalid_key',
  key_unknown: 'invalid_key',
  key_revoked: 'invalid_key',
  key_disabled: 'invalid_key',
  key_expired: 'invalid_key',
  org_suspended: 'invalid_key',
  environment_mismatch: 'invalid_key',
  address_not_allowed: 'not_allowed',
  address_list_empty: 'not_allowed',
  referrer_not_allowed: 'not_allowed',
  endpoint_not_allowed: 'not_allowed',
  scope_missing: 'not_allowed',
};

/** The default errors of management routes. For `forbidden` and `conflict`, replies have the command's own message. */
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
