// The cache of what was read from the session API. A session that has ended leads to sign-in, wherever it is noticed.
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/problem.ts';

let onSessionEnded: () => void = () => undefined;

/** Called once, by whoever can lead to sign-in. */
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
      // What was refused stays refused; what did not arrive may arrive.
      retry: (count, error) =>
        count < 2 && error instanceof ApiError && (error.code === 'network' || error.status >= 500),
    },
  },
});
