// Dialogs that no page waits for: they are loaded in a quiet moment after it.
import { type ComponentType, createElement, lazy, Suspense, useEffect } from 'react';

/** Calls back when the page has nothing more urgent to do. Returns what calls that off. */
export function whenIdle(act: () => void): () => void {
  // Safari has none.
  if (typeof requestIdleCallback !== 'function') {
    const timer = setTimeout(act, 300);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(act, { timeout: 2_000 });
  return () => cancelIdleCallback(handle);
}

/** The dialog, which is there only while it is `opened`. */
export function lazyDialog<P extends object>(load: () => Promise<ComponentType<P>>) {
  const Dialog = lazy(async () => ({ default: await load() }));
  // biome-ignore lint/correctness/noComponentHookFactories: called once by a module, never while something is rendered
  return function LazyDialog({ opened, ...props }: P & { readonly opened: boolean }) {
    // Without a network now there may be one when the dialog is asked for.
    useEffect(() => whenIdle(() => void load().catch(() => undefined)), []);
    return opened ? (
      <Suspense>{createElement(Dialog as unknown as ComponentType<object>, { opened, ...props })}</Suspense>
    ) : null;
  };
}
