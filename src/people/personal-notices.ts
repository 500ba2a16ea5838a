// Mails to people about changes of their own account, because someone else may have made them.
import type { Clock } from '../domain/clock.ts';
import { composeMail, plainLetterhead } from './letter.ts';
import { letters } from './letters.ts';
import type { Mailer } from './mail.ts';
import type { RecordPersonal } from './personal-audit.ts';

export interface PersonalNoticeParts {
  readonly mailer: Mailer;
  readonly clock: Clock;
  /** Called with the error of a mail that could not be sent. */
  readonly onFault: (error: unknown) => void;
}

/**
 * `record`, which then also mails the person. It does not wait for the mail. A mail that can't be sent goes to
 * `onFault` and undoes nothing. Subjects are constant, and a mail repeats no text that a person typed.
 */
export function withNotices(record: RecordPersonal, { mailer, clock, onFault }: PersonalNoticeParts): RecordPersonal {
  return async (person, action, caller) => {
    await record(person, action, caller);
    if (action === 'person.signed_in') return;
    const { letterhead = plainLetterhead, address } = caller;
    const letter = letters[letterhead.language].notice(action, clock.nowMs(), address);
    mailer.send(composeMail(person.email, letterhead, letter)).catch(onFault);
  };
}
