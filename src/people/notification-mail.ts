// The whole mail of a notification: its letter, an id that never changes, and the link that ends such mails.
import { createHash } from 'node:crypto';
import { composeMail, type Letterhead } from './letter.ts';
import type { Mail } from './mail.ts';
import { kindsOf, writeNotifications } from './notification-letters.ts';
import type { DueMail } from './notification-ports.ts';
import type { UnsubscribeTokens } from './unsubscribe-links.ts';

/** Where the page is that ends mails. Its query has the token. */
export const unsubscribePath = '/unsubscribe';

export interface NotificationMailParts {
  readonly letterhead: Letterhead;
  /** The origin of the reader's console. */
  readonly origin: string;
  readonly tokens: Pick<UnsubscribeTokens, 'sign'>;
}

/** The mail that is due. Two calls for one `DueMail` give the same id, on any node. */
export function composeNotificationMail(due: DueMail, { letterhead, origin, tokens }: NotificationMailParts): Mail {
  const { personId } = due.key;
  const unsubscribe = (kinds: ReturnType<typeof kindsOf>) =>
    `${origin}${unsubscribePath}?token=${tokens.sign({ personId, kinds })}`;
  const letter = writeNotifications(letterhead.language, due, { origin, unsubscribe });
  const mail = composeMail(due.email, letterhead, letter);
  return { ...mail, id: idOf(due.key), unsubscribeUrl: unsubscribe(kindsOf(due)) };
}

/** A summary has the id of its person and instant, as a digest. */
function idOf({ id, personId, dueAtMs }: DueMail['key']): string {
  return id ?? `day_${createHash('sha256').update(`${personId} ${dueAtMs}`).digest('base64url').slice(0, 22)}`;
}
