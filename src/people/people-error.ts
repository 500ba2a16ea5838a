// Errors of commands on people: a stable code, the wrong field, a message that names the fix.
import { OperationalError } from '../domain/operational-error.ts';

/** Every code has a section in `docs/reference/errors.md`. */
export type PeopleCode =
  | 'invalid_input'
  | 'not_found'
  | 'not_permitted'
  | 'already_member'
  | 'invitation_for_another'
  | 'invitation_invalid'
  | 'last_operator'
  | 'last_owner'
  | 'mail_not_configured'
  | 'not_signed_in'
  | 'session_not_fresh'
  | 'set_up_token_wrong';

/** Branch on `code`, never on the message. The caller may see the message, so it contains no secret. */
export class PeopleError extends OperationalError {
  declare readonly code: PeopleCode;
  /** The wrong field of the input. `undefined`: the error concerns no single field. */
  readonly field: string | undefined;

  constructor(code: PeopleCode, message: string, field?: string) {
    super(code, message);
    this.field = field;
  }
}

/** A deletion would leave organizations without an owner. */
export class OnlyOwner extends PeopleError {
  readonly organizations: readonly { readonly id: string; readonly name: string }[];

  constructor(message: string, organizations: OnlyOwner['organizations']) {
    super('last_owner', message);
    this.organizations = organizations;
  }
}

/** Too many attempts. The caller may try again after `waitSeconds`. */
export class TooManyAttempts extends OperationalError {
  declare readonly code: 'too_many_attempts';
  readonly waitSeconds: number;

  constructor(waitSeconds: number, message: string) {
    super('too_many_attempts', message);
    this.waitSeconds = waitSeconds;
  }
}

/** One answer for unknown ids, and for ids that the caller may not see. */
export function notFound(): PeopleError {
  return new PeopleError('not_found', 'Nothing has this id. List the ids to find the right one.');
}
