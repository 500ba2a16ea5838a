// The keyboard shortcuts: `/`, `c` and `?` on pages, and ⌘K everywhere.
import { useEffect, useRef } from 'react';
import { hasShortcuts } from '../i18n/preferences.ts';

const isMac = /mac|iphone|ipad/i.test(navigator.userAgent);

/** The keys that open the palette, as the reader's keyboard names them. */
export const paletteKeys = isMac ? ['⌘', 'K'] : ['Ctrl', 'K'];

/** A page has at most one handler for each. */
export type ShortcutKey = '/' | 'c' | '?';

/**
 * Calls `run` when the key is pressed, unless the reader types, a dialog is open or shortcuts are off (WCAG 2.1.4).
 * Keyboards of other scripts are recognized by the position of the key.
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
