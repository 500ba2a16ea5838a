// Parts of the console that are loaded after the page: when it is idle, or on demand.
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import { loadWords, type Namespace } from '../i18n/i18n.ts';
import { insist } from './load-fault.tsx';

export interface Late<T> {
  /** Loads the part once. A failed load is forgotten, so that it can be tried again. Rejects with `LoadError`. */
  readonly load: () => Promise<T>;
  /** `undefined` until it is loaded. */
  readonly peek: () => T | undefined;
  readonly subscribe: (listener: () => void) => () => void;
}

/** A file could not be loaded: the network is down, or a new version has other files. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

let loads = 0;

/** Whether a file is under way. */
export function isLoading(): boolean {
  return loads > 0;
}

/** Loads the file and the words that it needs besides those of every page. Rejects with `LoadError`. */
export async function loadWithWords<M>(load: () => Promise<M>, words: readonly Namespace[]): Promise<M> {
  loads++;
  try {
    const [module] = await Promise.all([load(), loadWords(words)]);
    return module;
  } catch (cause) {
    throw new LoadError('A file of the console could not be loaded', { cause });
  } finally {
    loads--;
  }
}

/** The export `name` of the file. `words`: the namespaces that it needs; a test checks them. */
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
 * Returns `undefined` until the part is loaded: when the page is idle, or at once when `isWanted`. When a wanted part
 * can't be loaded, the reader may try again. `onGiveUp` is called when they don't.
 */
export function useLate<T>(part: Late<T>, isWanted = false, onGiveUp?: () => void): T | undefined {
  const value = useSyncExternalStore(part.subscribe, part.peek);
  const giveUp = useEffectEvent(() => onGiveUp?.());
  const isMissing = value === undefined;
  useEffect(() => {
    if (!isMissing) return;
    // There may be a network again when the part is wanted.
    if (!isWanted) return whenIdle(() => void part.load().catch(() => undefined));
    return insist(part.load, () => giveUp());
  }, [part, isMissing, isWanted]);
  return value;
}

let isBusy: () => boolean = () => false;

/** Sets how to tell whether the page still waits for its content. `app.tsx` calls it once. */
export function setBusy(ask: () => boolean): void {
  isBusy = ask;
}

/** How often a busy page is asked again. */
const busyMs = 200;

/**
 * Calls `act` when the page is idle and has its content: on a slow connection nothing else may delay that. Returns a
 * function that cancels it.
 */
function whenIdle(act: () => void): () => void {
  let cancel = onceIdle(attempt);
  function attempt(): void {
    if (!isBusy()) {
      act();
      return;
    }
    const timer = setTimeout(() => {
      cancel = onceIdle(attempt);
    }, busyMs);
    cancel = () => clearTimeout(timer);
  }
  return () => cancel();
}

function onceIdle(act: () => void): () => void {
  // Safari has no `requestIdleCallback`.
  if (typeof requestIdleCallback !== 'function') {
    const timer = setTimeout(act, 300);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(act, { timeout: 2_000 });
  return () => cancelIdleCallback(handle);
}
