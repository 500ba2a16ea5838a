// Mails to persons about what was done to their own account: whoever did it, the owner must learn of it.
import type { Clock } from '../domain/clock.ts';
import type { Mailer } from './mail.ts';
import type { PersonalAction, RecordPersonal } from './personal-audit.ts';

/** What is mailed of, and its words. A sign-in is no change. */
const notices: Readonly<Record<Exclude<PersonalAction, 'person.signed_in'>, { subject: string; what: string }>> = {
  'person.password_changed': {
    subject: 'Your password was changed',
    what: 'The password of your account was changed. All other sessions were ended.',
  },
  'person.password_reset': {
    subject: 'Your password was reset',
    what: 'The password of your account was set anew by a link that was mailed to you. All sessions were ended.',
  },
  'person.two_factor_enabled': {
    subject: 'Codes at sign-in were switched on',
    what: 'An app for one-time codes was added to your account. From now on a sign-in takes a code.',
  },
  'person.two_factor_disabled': {
    subject: 'Codes at sign-in were switched off',
    what: 'The app for one-time codes was removed from your account. A sign-in takes the password alone.',
  },
  'person.backup_codes_renewed': {
    subject: 'Your backup codes were renewed',
    what: 'New backup codes were made for your account. The old ones are void.',
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
  /** Called with a mail that could not be sent. */
  readonly onFault: (error: unknown) => void;
}

/**
 * `record`, which mails the person once the entry is on disk. It does not wait for the mail: one that can't be sent undoes
 * nothing, and goes to `onFault`. Subjects are constant, and no text of a person is in a mail.
 */
export function withNotices(record: RecordPersonal, { mailer, clock, onFault }: PersonalNoticeParts): RecordPersonal {
  return async (person, action, caller) => {
    await record(person, action, caller);
    if (action === 'person.signed_in') return;
    const { subject, what } = notices[action];
    const when = new Date(clock.nowMs()).toUTCString();
    const where = caller.address === null ? '' : `\nFrom: ${caller.address}`;
    const text = `${what}\n\nWhen: ${when}${where}\n\nIf this was not you, ask for a new password on the sign-in page at once, then look through your sessions, codes and passkeys, and tell your operator.\n`;
    mailer.send({ to: person.email, subject, text }).catch(onFault);
  };
}
