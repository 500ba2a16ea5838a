// The library of what floats over pages, loaded once for all of them in the first quiet moment.
import { useEffect, useSyncExternalStore } from 'react';
import { whenIdle } from './lazy-dialog.tsx';

type Library = typeof import('./layers-library.ts');

let library: Library | undefined;
const listeners = new Set<() => void>();

export const layers = {
  async load(): Promise<void> {
    if (library !== undefined) return;
    const loaded = await import('./layers-library.ts').catch(() => undefined);
    if (loaded === undefined || library !== undefined) return;
    library = loaded;
    for (const tell of listeners) tell();
  },
};

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

/** `undefined` until it is loaded. */
export function useLayers(): Library | undefined {
  useEffect(() => (library === undefined ? whenIdle(() => void layers.load()) : undefined), []);
  return useSyncExternalStore(subscribe, () => library);
}
