// Error replies of the admin API and the session API: problem details (RFC 9457) with a stable code from the docs.
import type { z } from 'zod';
import { formatFieldPath } from '../../domain/field-path.ts';
import type { Redactor } from '../../domain/redaction.ts';
import type { ReloadedNode } from '../../management/installation-ports.ts';
import { ReloadError } from '../../management/reload-error.ts';
import { OnlyOwner } from '../../people/people-error.ts';

/** `errors.md` has a section for each code, with the code as heading, so `type` is a link into the repository. */
const docs = '/docs/reference/errors.md#';

/** Status and title of every code in replies. Management, people and storage define their codes; this repeats them. */
const problems = {
  // From the HTTP layer.
  bad_request: { status: 400, title: 'The request is malformed' },
  unauthenticated: { status: 401, title: 'The token is missing or wrong' },
  origin_not_allowed: { status: 403, title: 'Browsers may not call this listener' },
  method_not_allowed: { status: 405, title: 'This method is not allowed here' },
  body_too_large: { status: 413, title: 'The body is too large' },
  idempotency_in_progress: { status: 409, title: 'The first request is still in progress' },
  idempotency_reply_gone: { status: 409, title: 'The reply is no longer stored' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON' },
  host_not_allowed: { status: 421, title: 'The Host header names another server' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key belongs to another request' },
  internal_error: { status: 500, title: 'Something broke' },
  draining: { status: 503, title: 'The server is stopping' },
  unavailable: { status: 503, title: 'The decision could not be made' },
  outcome_unknown: { status: 503, title: 'The outcome of the change is unknown' },
  // From management.
  invalid_input: { status: 400, title: 'The input is not valid' },
  api_unknown: { status: 400, title: 'No such API is configured' },
  import_not_configured: { status: 409, title: 'This API accepts no imported keys' },
  not_found: { status: 404, title: 'Not found' },
  org_not_active: { status: 409, title: 'The organization is suspended' },
  org_kind_not_allowed: { status: 409, title: 'The organization has the wrong kind' },
  org_kind_in_use: { status: 409, title: 'The organization has keys that need its kind' },
  rotation_not_supported: { status: 409, title: 'Keys of this API cannot be rotated' },
  key_limit_reached: { status: 409, title: 'The organization has reached its key limit' },
  webhook_limit_reached: { status: 409, title: 'There are as many webhooks as allowed' },
  webhook_disabled: { status: 409, title: 'The webhook is disabled' },
  webhook_unsigned: { status: 409, title: 'The webhook has no secret' },
  external_id_taken: { status: 409, title: 'The external id is taken' },
  disabling_not_supported: { status: 409, title: 'Keys of this API cannot be disabled' },
  secret_in_force: { status: 409, title: 'This is the current secret' },
  secret_ended: { status: 409, title: 'This secret has expired' },
  not_permitted: { status: 403, title: 'You are not allowed to do this' },
  token_not_allowed: { status: 403, title: 'The token does not allow this' },
  exceeds_own_rights: { status: 403, title: 'The key cannot grant more access than it has' },
  key_not_active: { status: 409, title: 'The key is revoked or expired' },
  revision_mismatch: { status: 412, title: 'The key has changed' },
  fix_changed: { status: 409, title: 'The fix has changed' },
  config_invalid: { status: 422, title: 'The configuration has faults' },
  config_differs: { status: 409, title: 'The nodes have different configurations' },
  node_silent: { status: 503, title: 'A node did not answer' },
  reload_in_progress: { status: 409, title: 'Another reload is in progress' },
  reload_incomplete: { status: 503, title: 'Some nodes did not change' },
  reload_unsupported: { status: 409, title: 'This server cannot reload its configuration' },
  // From people.
  credentials_wrong: { status: 401, title: 'The password, code or passkey is wrong' },
  not_signed_in: { status: 401, title: 'You are not signed in' },
  session_not_fresh: { status: 403, title: 'This requires a sign-in within the last 24 hours' },
  cross_site: { status: 403, title: 'The request does not come from the console' },
  invitation_for_another: { status: 403, title: 'The invitation is for another person' },
  set_up_token_wrong: { status: 403, title: 'The set-up token is wrong' },
  invitation_invalid: { status: 404, title: 'The invitation is not valid' },
  already_member: { status: 409, title: 'This person is already a member' },
  mail_not_configured: { status: 409, title: 'No mail server is configured' },
  last_operator: { status: 409, title: 'The console would have no operator' },
  last_owner: { status: 409, title: 'The organization would have no owner' },
  too_many_attempts: { status: 429, title: 'Too many attempts' },
  // From storage.
  backup_not_supported: { status: 409, title: 'The database has its own backup tools' },
  cursor_invalid: { status: 400, title: 'The cursor does not belong to this list' },
  conflict: { status: 409, title: 'This already exists' },
  reference_missing: { status: 409, title: 'The referenced record does not exist' },
  record_corrupt: { status: 500, title: 'A stored record is damaged' },
  storage_corrupt: { status: 503, title: 'The database is damaged' },
  storage_busy: { status: 503, title: 'The database is busy' },
  storage_closed: { status: 503, title: 'The database is closed' },
  storage_failed: { status: 503, title: 'The database failed' },
  storage_full: { status: 503, title: 'The disk is full' },
  storage_io: { status: 503, title: 'The disk failed' },
  storage_unreachable: { status: 503, title: 'The database does not answer' },
  storage_unwritable: { status: 503, title: 'The database cannot be written' },
  transaction_timeout: { status: 503, title: 'The change took too long' },
} as const satisfies Record<string, { status: number; title: string }>;

/** A stable code, with a section in `docs/reference/errors.md`. */
export type ProblemCode = keyof typeof problems;

/** Every `ProblemCode`. */
export const problemCodes = Object.keys(problems) as readonly ProblemCode[];

/** The body of an error reply (RFC 9457). */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  /** JSON path of the first invalid field: `addresses[1]`. */
  readonly field?: string;
  /** All invalid fields, if there are several. */
  readonly errors?: readonly { readonly field: string; readonly detail: string }[];
  /** For a deletion that was refused: organizations that would have no owner. */
  readonly organizations?: OnlyOwner['organizations'];
  /** For a reload: the nodes, and how each took part. */
  readonly nodes?: readonly ReloadedNode[];
}

/** The HTTP status of a reply with this code. */
export function statusOf(code: ProblemCode): number {
  return problems[code].status;
}

/** Builds a problem. `detail` names the fix and holds no secret; `field` is the JSON path of the invalid field. */
export function describeProblem(code: ProblemCode, detail: string, field?: string): ProblemDetails {
  const { status, title } = problems[code];
  return { type: `${docs}${code}`, title, status, detail, code, ...(field !== undefined && { field }) };
}

/** For a request with an ambiguous head. Close the connection after it, because the body may end elsewhere. */
export const malformedHead = describeProblem(
  'bad_request',
  'The request head is malformed: send one Host header, with or without a port, and a plain path.',
);

/**
 * The problem for an error. An error with a known code passes its message on, which names the fix and holds no secret.
 * Any other error is a defect: the caller gets `internal_error` without details.
 */
export function problemOfError(error: unknown): ProblemDetails {
  if (error instanceof Error && 'code' in error && isProblemCode(error.code)) {
    const field = 'field' in error && typeof error.field === 'string' ? error.field : undefined;
    const problem = describeProblem(error.code, error.message, error.code === 'cursor_invalid' ? 'cursor' : field);
    if (error instanceof ReloadError) return { ...problem, nodes: error.nodes };
    return error instanceof OnlyOwner ? { ...problem, organizations: error.organizations } : problem;
  }
  return describeProblem('internal_error', 'This is a defect. The server log has the details.');
}

function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(problems, code);
}

/**
 * The problem for input that a schema refused. `field` is the first invalid field; `errors` has up to 20 if there are
 * several. Redacts a secret that was sent as the name of a field.
 */
export function problemOfIssues(issues: readonly z.core.$ZodIssue[], { redactText }: Redactor): ProblemDetails {
  const errors = issues
    .flatMap(describeIssue)
    .slice(0, 20)
    .map((error) => ({ ...error, field: redactText(error.field) }));
  const [first] = errors;
  if (first === undefined) return describeProblem('invalid_input', 'The input is not valid.');
  const problem = describeProblem('invalid_input', `${first.field}: ${first.detail}`, first.field);
  return errors.length > 1 ? { ...problem, errors } : problem;
}

function describeIssue(issue: z.core.$ZodIssue): { field: string; detail: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: formatFieldPath([...issue.path, key.slice(0, 60)]),
      detail: 'is not known here: leave it out or correct its name',
    }));
  }
  return [{ field: formatFieldPath(issue.path) || 'body', detail: issue.message }];
}

/** The media type of problem details (RFC 9457 §6.1). */
export const problemContentType = 'application/problem+json';

/** The headers that a problem needs besides those of its body: `Retry-After` or `Allow`. */
export function problemHeaders(problem: ProblemDetails): Record<string, string> {
  if (problem.status === 503 || problem.code === 'idempotency_in_progress') return { 'Retry-After': '1' };
  // RFC 9110 §15.5.6 requires `Allow` on every 405. Where the path is known, the application names its own methods.
  return problem.status === 405 ? { Allow: 'GET, HEAD, POST, PATCH, DELETE' } : {};
}
