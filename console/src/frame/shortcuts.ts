// Keys that do something on a page: `/`, `c`, `?`, and ⌘K everywhere.
import { useEffect, useRef } from 'react';
import { hasShortcuts } from '../i18n/preferences.ts';

const isMac = /mac|iphone|ipad/i.test(navigator.userAgent);

/** What opens the palette, as it is written on the reader's keyboard. */
export const paletteKeys = isMac ? ['⌘', 'K'] : ['Ctrl', 'K'];

/** Pages may use these; each page has at most one handler for each. */
export type ShortcutKey = '/' | 'c' | '?';

/**
 * Calls `run` when the key is pressed and nothing is being typed, no dialog is open and shortcuts are on (WCAG 2.1.4). Keys are told by
 * what they write, or, on keyboards of other scripts, by where they are.
 */
export function useShortcut(key: ShortcutKey, run: () => void, isEnabled = true): void {
  const current = useRef(run);
  useEffect(() => {
    current.current = run;
  });
  useEffect(() => {
    if (!isEnabled) return undefined;
    const listen = (event: KeyboardEvent) => {
      if (!isKey(event, key) || !hasShortcuts() || isBusy(event)) return;
      event.preventDefault();
      current.current();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [key, isEnabled]);
}

const places: Readonly<Record<ShortcutKey, { readonly code: string; readonly shift: boolean }>> = {
  '/': { code: 'Slash', shift: false },
  '?': { code: 'Slash', shift: true },
  c: { code: 'KeyC', shift: false },
};

function isKey(event: KeyboardEvent, key: ShortcutKey): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const { code, shift } = places[key];
  const isLatin = /^[\x20-\x7e]$/.test(event.key);
  return event.key === key || (!isLatin && event.code === code && event.shiftKey === shift);
}

function isBusy({ target }: KeyboardEvent): boolean {
  const isTyping =
    target instanceof HTMLElement &&
    target.closest('input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]') !== null;
  return isTyping || document.querySelector('[role="dialog"], [role="menu"]') !== null;
}
