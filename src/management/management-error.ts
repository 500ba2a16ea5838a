// Errors of management commands: a stable code, the wrong field, a message that names the fix.
import { OperationalError } from '../domain/operational-error.ts';

/** Every code has a section in `docs/reference/errors.md`, and a test checks that. */
export const managementCodes = [
  'invalid_input',
  'api_unknown',
  'import_not_configured',
  'not_found',
  'org_not_active',
  'org_kind_not_allowed',
  'org_kind_in_use',
  'rotation_not_supported',
  'key_not_active',
  'key_limit_reached',
  'external_id_taken',
  'webhook_limit_reached',
  'webhook_disabled',
  'webhook_unsigned',
  'disabling_not_supported',
  'secret_in_force',
  'secret_ended',
  'not_permitted',
  'token_not_allowed',
  'not_signed_in',
  'exceeds_own_rights',
  'revision_mismatch',
  'fix_changed',
] as const;

export type ManagementCode = (typeof managementCodes)[number];

/** Branch on `code`, never on the message. The message contains no secret, because the caller may see it. */
export class ManagementError extends OperationalError {
  declare readonly code: ManagementCode;
  /** The path of the wrong field in the input (`addresses[1]`). `undefined`: the error concerns no single field. */
  readonly field: string | undefined;

  constructor(code: ManagementCode, message: string, field?: string) {
    super(code, message);
    this.field = field;
  }
}

/** Wrong input in one field. `fix` says what to send instead. */
export function invalidInput(field: string, fix: string): ManagementError {
  return new ManagementError('invalid_input', `${field}: ${fix}`, field);
}

/** One answer for unknown ids, and for ids that the caller may not see. */
export function notFound(): ManagementError {
  return new ManagementError('not_found', 'Nothing has this id. List the ids to find the right one.');
}
