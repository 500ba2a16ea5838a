// Links that end mails of some kinds for one person, without a sign-in.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { type NotificationKind, notificationKinds } from '../domain/notification.ts';

/** What the holder of a link may do, and nothing more. */
export interface Unsubscription {
  readonly personId: string;
  readonly kinds: readonly NotificationKind[];
}

/** Signs and reads the tokens of links. A token is text for a query, is valid for ever, and signs no one in. */
export interface UnsubscribeTokens {
  sign(unsubscription: Unsubscription): string;
  /** `undefined`: this server did not sign the text, or it names a kind that is unknown now. */
  read(token: string): Unsubscription | undefined;
}

/** Signs with HMAC-SHA256 under a key that HKDF derives from the session secret. */
export function createUnsubscribeTokens(sessionSecret: string): UnsubscribeTokens {
  const key = Buffer.from(hkdfSync('sha256', sessionSecret, '', 'miftah unsubscribe link', 32));
  const seal = (payload: string) => createHmac('sha256', key).update(payload).digest();
  return {
    sign({ personId, kinds }) {
      const payload = Buffer.from(JSON.stringify([personId, ...kinds])).toString('base64url');
      return `${payload}.${seal(payload).toString('base64url')}`;
    },
    read(token) {
      const [payload = '', signature = '', ...rest] = token.split('.');
      const expected = seal(payload);
      const given = Buffer.from(signature, 'base64url');
      if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
      const [personId, ...kinds] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [string, ...string[]];
      const known = notificationKinds.filter((kind) => kinds.includes(kind));
      return known.length === 0 ? undefined : { personId, kinds: known };
    },
  };
}
