// Pages that are loaded together with their words.
import { lazyRouteComponent } from '@tanstack/react-router';
import type { Namespace } from '../i18n/i18n.ts';
import { loadWithWords } from '../ui/late.ts';

/**
 * The page that the file exports as `name`. `words`: the namespaces that it needs besides those of every page; a test
 * checks them. When loading fails, `CrashPage` says so.
 */
// biome-ignore lint/suspicious/noExplicitAny: as the router has it
export function lazyPage<M extends Record<string, any>, K extends keyof M>(
  importFile: () => Promise<M>,
  name: K,
  words: readonly Namespace[],
) {
  return lazyRouteComponent<M, K>(() => loadWithWords(importFile, words), name);
}
