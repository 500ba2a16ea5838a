// Parts of the console whose files come after the page: in its first quiet moment, or when they are asked for.
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import { loadWords, type Namespace } from '../i18n/i18n.ts';
import { insist } from './load-fault.tsx';

export interface Late<T> {
  /** Loads it, once however often it is called. What failed is forgotten, so that it may be tried again. Rejects with `LoadError`. */
  readonly load: () => Promise<T>;
  /** `undefined` until it is loaded. */
  readonly peek: () => T | undefined;
  readonly subscribe: (listener: () => void) => () => void;
}

/** A file could not be loaded: the network is gone, or a new version of the console has other files. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

/** The file and the words that it needs beside those of every page, side by side. Rejects with `LoadError`. */
export async function loadWithWords<M>(load: () => Promise<M>, words: readonly Namespace[]): Promise<M> {
  try {
    const [module] = await Promise.all([load(), loadWords(words)]);
    return module;
  } catch (cause) {
    throw new LoadError('A file of the console could not be loaded', { cause });
  }
}

/** What the file exports as `name`. A test sees to it that the `words` are those that it needs. */
export function late<M, K extends keyof M>(
  importFile: () => Promise<M>,
  name: K,
  words: readonly Namespace[],
): Late<M[K]> {
  let value: M[K] | undefined;
  let pending: Promise<M[K]> | undefined;
  const listeners = new Set<() => void>();

  async function load(): Promise<M[K]> {
    const loaded = (await loadWithWords(importFile, words))[name];
    value = loaded;
    for (const listener of listeners) listener();
    return loaded;
  }

  return {
    load() {
      pending ??= load().finally(() => {
        if (value === undefined) pending = undefined;
      });
      return pending;
    },
    peek: () => value,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * `undefined` until the part is loaded: in a quiet moment, or at once when `isWanted`. When what is wanted can't be loaded the reader is
 * told, and may try again; `onGiveUp` is called when they don't.
 */
export function useLate<T>(part: Late<T>, isWanted = false, onGiveUp?: () => void): T | undefined {
  const value = useSyncExternalStore(part.subscribe, part.peek);
  const giveUp = useEffectEvent(() => onGiveUp?.());
  const isMissing = value === undefined;
  useEffect(() => {
    if (!isMissing) return;
    // Without a network now there may be one when it is asked for.
    if (!isWanted) return whenIdle(() => void part.load().catch(() => undefined));
    return insist(part.load, () => giveUp());
  }, [part, isMissing, isWanted]);
  return value;
}

/** Calls back when the page has nothing more urgent to do. Returns what calls that off. */
function whenIdle(act: () => void): () => void {
  // Safari has none.
  if (typeof requestIdleCallback !== 'function') {
    const timer = setTimeout(act, 300);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(act, { timeout: 2_000 });
  return () => cancelIdleCallback(handle);
}
