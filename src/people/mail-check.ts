// Checks the mail server: sends the operator a test mail and records the outcome.
import { auditOf, type OperatorActor } from '../domain/actor.ts';
import type { Clock } from '../domain/clock.ts';
import { composeMail, type Letterhead, plainLetterhead } from './letter.ts';
import { letters } from './letters.ts';
import type { MailTrial, SmtpMailer } from './mail.ts';
import { TooManyAttempts } from './people-error.ts';
import type { PeopleStore } from './ports.ts';
import type { SignInLimits } from './sign-in-limits.ts';

/**
 * Sends a mail to `to`, which must be the actor's own address. Resolves with the outcome, after it is in the audit log.
 * Rejects with `TooManyAttempts` after 10 mails of one person in 15 minutes. The mails also count against the other
 * limits of a client (`SignInLimits`).
 */
export type CheckMail = (actor: OperatorActor, to: string, letterhead?: Letterhead) => Promise<MailTrial>;

export interface MailCheckParts {
  readonly mailer: Pick<SmtpMailer, 'trySend'>;
  readonly store: Pick<PeopleStore, 'transaction'>;
  readonly limits: SignInLimits;
  readonly clock: Clock;
}

export function createMailCheck({ mailer, store, limits, clock }: MailCheckParts): CheckMail {
  return async (actor, to, letterhead = plainLetterhead) => {
    const attempt = limits.begin(actor.address ?? undefined, `mail-check ${actor.personId}`);
    if (typeof attempt === 'number') {
      throw new TooManyAttempts(attempt, 'Wait for the seconds in Retry-After, then send another test mail.');
    }
    const trial = await mailer.trySend(composeMail(to, letterhead, letters[letterhead.language].test()));
    const tested = {
      action: 'mail.tested',
      target: { kind: 'person', id: actor.personId ?? '' },
      orgId: null,
      before: null,
      after: { to, outcome: trial.outcome },
    } as const;
    await store.transaction((operations) => operations.appendAudit(auditOf(actor, clock.nowMs(), tested)));
    return trial;
  };
}
