// Dialogs and parts of pages that are loaded after the page.
import { type ComponentType, createElement, type ReactNode } from 'react';
import type { Namespace } from '../i18n/i18n.ts';
import { late, useLate } from './late.ts';

// biome-ignore lint/suspicious/noExplicitAny: components of any props
type Exports = Readonly<Record<string, any>>;
type PropsOf<C> = C extends ComponentType<infer P> ? P : never;

/** The dialog that the file exports as `name`. It is loaded when the page is idle, and mounted while it is `opened`. */
export function lazyDialog<M extends Exports, K extends keyof M & string>(
  importFile: () => Promise<M>,
  name: K,
  words: readonly Namespace[],
) {
  const part = late(importFile, name, words);
  type Props = Omit<PropsOf<M[K]>, 'opened'> & { readonly opened: boolean; readonly onClose: () => void };
  // biome-ignore lint/correctness/noComponentHookFactories: called once by a module, never while something is rendered
  return function LazyDialog(props: Props) {
    const Dialog = useLate(part, props.opened, props.onClose);
    return props.opened && Dialog !== undefined ? createElement(Dialog, props) : null;
  };
}

/** The part that the file exports as `name`. `fallback` is shown until it is loaded. */
export function lazyPart<M extends Exports, K extends keyof M & string>(
  importFile: () => Promise<M>,
  name: K,
  words: readonly Namespace[],
) {
  const part = late(importFile, name, words);
  // biome-ignore lint/correctness/noComponentHookFactories: called once by a module, never while something is rendered
  return function LazyPart({ fallback, ...props }: PropsOf<M[K]> & { readonly fallback: ReactNode }) {
    const Part = useLate(part, true);
    return Part === undefined ? fallback : createElement(Part, props);
  };
}
