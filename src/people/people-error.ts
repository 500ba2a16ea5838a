// Why a command on people could not be done: a stable code, the field at fault, a message that names the fix.
import { OperationalError } from '../domain/operational-error.ts';

/** Every code has its section in `docs/reference/errors.md`. */
export type PeopleCode =
  | 'invalid_input'
  | 'not_found'
  | 'not_permitted'
  | 'already_member'
  | 'invitation_for_another'
  | 'invitation_invalid'
  | 'last_owner'
  | 'mail_not_configured'
  | 'not_signed_in'
  | 'set_up_token_wrong';

/** Branch on `code`, never on the message, which the caller of the command may see. */
export class PeopleError extends OperationalError {
  declare readonly code: PeopleCode;
  /** The member of the input at fault, if it is one. */
  readonly field: string | undefined;

  constructor(code: PeopleCode, message: string, field?: string) {
    super(code, message);
    this.field = field;
  }
}

/** May be tried again after `waitSeconds`. */
export class TooManyAttempts extends OperationalError {
  declare readonly code: 'too_many_attempts';
  readonly waitSeconds: number;

  constructor(waitSeconds: number, message: string) {
    super('too_many_attempts', message);
    this.waitSeconds = waitSeconds;
  }
}

/** One answer for what does not exist and for what the caller may not know of. */
export function notFound(): PeopleError {
  return new PeopleError('not_found', 'Nothing has this id. List the ids to find the right one.');
}
