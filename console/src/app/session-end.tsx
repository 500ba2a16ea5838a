// Lets a reader whose session has ended sign in again over the page, which keeps what they have typed.
import { useSyncExternalStore } from 'react';
import { api, unwrap } from '../api/client.ts';
import { sessionQuery } from '../api/session.ts';
import { SignInDialog } from '../features/auth/routes.ts';
import { queryClient } from './query-client.ts';
import { router } from './router.tsx';

interface EndedSession {
  readonly personId: string;
  readonly email: string;
  /** Resolves when the same person has signed in again. */
  readonly signedInAgain: Promise<void>;
  readonly resolve: () => void;
}

let ended: EndedSession | undefined;
/** The session whose end the dialog is open about. A reader may close it, and a later call opens it again. */
let shown: EndedSession | undefined;
const listeners = new Set<() => void>();

function show(next: EndedSession | undefined): void {
  shown = next;
  for (const listener of listeners) listener();
}

// A call that was on its way while the reader signed out finds the session ended too.
router.subscribe('onRendered', ({ toLocation }) => {
  if (toLocation.pathname !== '/sign-in') return;
  ended = undefined;
  show(undefined);
});

/** Opens the dialog. Returns a promise for the next sign-in of the same person. `undefined`: no one was signed in. */
export function noticeSessionEnd(): Promise<void> | undefined {
  const person = queryClient.getQueryData(sessionQuery.queryKey)?.person;
  if (person === undefined) return undefined;
  if (ended?.personId !== person.id) {
    const { promise, resolve } = Promise.withResolvers<void>();
    ended = { personId: person.id, email: person.email, signedInAgain: promise, resolve };
  }
  show(ended);
  return ended.signedInAgain;
}

/** What one person has typed is never left to another: for them, the console starts anew. */
async function enter({ personId, resolve }: EndedSession): Promise<void> {
  const session = await unwrap(api.GET('/api/session'));
  if (session.person.id !== personId) return location.assign('/');
  queryClient.setQueryData(sessionQuery.queryKey, session);
  ended = undefined;
  show(undefined);
  resolve();
  await queryClient.invalidateQueries();
}

export function SessionEnd() {
  const session = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
  if (session === undefined) return null;
  return <SignInDialog opened email={session.email} onClose={() => show(undefined)} onDone={() => enter(session)} />;
}
