// Mails to people about changes of their own account, because someone else may have made them.
import type { Clock } from '../domain/clock.ts';
import type { Mailer } from './mail.ts';
import type { PersonalAction, RecordPersonal } from './personal-audit.ts';

/** The texts of the mails. A sign-in is not mailed. */
const notices: Readonly<Record<Exclude<PersonalAction, 'person.signed_in'>, { subject: string; what: string }>> = {
  'person.password_changed': {
    subject: 'Your password was changed',
    what: 'The password of your account was changed. You are signed out of all other sessions.',
  },
  'person.password_reset': {
    subject: 'Your password was reset',
    what: 'The password of your account was reset with a link that we mailed to you. You are signed out of all sessions.',
  },
  'person.two_factor_enabled': {
    subject: 'Two-factor authentication was enabled',
    what: 'An authenticator app was added to your account. Signing in now requires a code.',
  },
  'person.two_factor_disabled': {
    subject: 'Two-factor authentication was disabled',
    what: 'The authenticator app was removed from your account. Signing in now requires only your password.',
  },
  'person.backup_codes_renewed': {
    subject: 'Your backup codes were replaced',
    what: 'New backup codes were created for your account. The old ones no longer work.',
  },
  'person.passkey_added': {
    subject: 'A passkey was added',
    what: 'A passkey was added to your account. Its device can sign in without your password.',
  },
  'person.passkey_removed': {
    subject: 'A passkey was removed',
    what: 'A passkey was removed from your account. Its device can no longer sign in with it.',
  },
};

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
    const { subject, what } = notices[action];
    const when = new Date(clock.nowMs()).toUTCString();
    const where = caller.address === null ? '' : `\nFrom: ${caller.address}`;
    const advice =
      'If this was not you, reset your password on the sign-in page at once. ' +
      'Then check your sessions, authenticator app and passkeys, and tell your operator.';
    const text = `${what}\n\nWhen: ${when}${where}\n\n${advice}\n`;
    mailer.send({ to: person.email, subject, text }).catch(onFault);
  };
}
