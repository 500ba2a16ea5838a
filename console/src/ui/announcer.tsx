// One polite live region for the whole console.
import { VisuallyHidden } from '@mantine/core';
import { useSyncExternalStore } from 'react';

let message = '';
const listeners = new Set<() => void>();

/** Makes screen readers say `text` when they are idle. Toasts announce themselves. */
export function announce(text: string): void {
  // A screen reader repeats a text only if it differs.
  message = message === text ? `${text}\u00a0` : text;
  for (const listener of listeners) listener();
}

export function Announcer() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => message,
  );
  return (
    <VisuallyHidden role="status" aria-live="polite" aria-atomic>
      {text}
    </VisuallyHidden>
  );
}
