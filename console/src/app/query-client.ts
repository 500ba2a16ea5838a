// The cache of answers from the session API. When a session has ended, every call leads to sign-in.
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/problem.ts';

let onSessionEnded: () => void = () => undefined;

/** Sets what happens when a call finds the session ended. `app.tsx` calls it once. */
export function setSessionEnded(handler: () => void): void {
  onSessionEnded = handler;
}

function notice(error: unknown): void {
  if (error instanceof ApiError && error.code === 'not_signed_in') onSessionEnded();
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: notice }),
  mutationCache: new MutationCache({ onError: notice }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refused call is not tried again. A call without an answer is.
      retry: (count, error) =>
        count < 2 && error instanceof ApiError && (error.code === 'network' || error.status >= 500),
    },
  },
});
