// Sends what a form holds.
import { useState } from 'react';

export interface Submit {
  readonly isPending: boolean;
  /** What the last call failed with. `null`: nothing. */
  readonly error: unknown;
  readonly clearError: () => void;
  /** Runs `call`, unless one is running. Never rejects: the failure is the `error`. */
  readonly submit: (call: () => Promise<void>) => Promise<void>;
}

/** Keeps no answer, so a call may handle a secret. */
export function useSubmit(): Submit {
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  return {
    isPending,
    error,
    clearError: () => setError(null),
    async submit(call) {
      if (isPending) return;
      setPending(true);
      setError(null);
      try {
        await call();
      } catch (failure) {
        setError(failure);
      }
      setPending(false);
    },
  };
}
