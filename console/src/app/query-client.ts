// The cache of answers from the session API.
import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/problem.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refused call is not tried again. A call without an answer is.
      retry: (count, error) =>
        count < 2 && error instanceof ApiError && (error.code === 'network' || error.status >= 500),
    },
  },
});
