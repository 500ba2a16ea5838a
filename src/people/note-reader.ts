// Notes at sign-in how the person reads: their language, and the console that links in mails lead to.
import type { NotificationStore } from './notification-ports.ts';
import type { RecordPersonal } from './personal-audit.ts';

/** `record`, which also notes the reader at a sign-in in a browser. A failure goes to `onFault` and undoes nothing. */
export function withReader(
  record: RecordPersonal,
  store: Pick<NotificationStore, 'changePersonSettings'>,
  onFault: (error: unknown) => void,
): RecordPersonal {
  return async (person, action, caller) => {
    await record(person, action, caller);
    const { letterhead, consoleOrigin } = caller;
    if (action !== 'person.signed_in' || letterhead === undefined || consoleOrigin === undefined) return;
    await store.changePersonSettings(person.id, { language: letterhead.language, consoleOrigin }).catch(onFault);
  };
}
