// Pages, whose files come with the words that they need before they are shown.
import { lazyRouteComponent } from '@tanstack/react-router';
import type { Namespace } from '../i18n/i18n.ts';
import { loadWithWords } from '../ui/late.ts';

/**
 * The page that the file exports as `name`. A test sees to it that the `words` are those that it needs beside those of every page. When it
 * can't be loaded its place says so (`CrashPage`).
 */
// biome-ignore lint/suspicious/noExplicitAny: as the router has it
export function lazyPage<M extends Record<string, any>, K extends keyof M>(
  importFile: () => Promise<M>,
  name: K,
  words: readonly Namespace[],
) {
  return lazyRouteComponent<M, K>(() => loadWithWords(importFile, words), name);
}
