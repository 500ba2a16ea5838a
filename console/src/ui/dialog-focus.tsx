// The focus of dialogs: inside while one is open, and back to what opened it. The page behind is inert meanwhile.
import { useEffect, useLayoutEffect, useRef } from 'react';

/** The element that holds every page, and no dialog. `app.tsx` renders it. */
export const pageId = 'page';

interface Layer {
  /** What opened the dialog. `null`: nothing that can have the focus, such as a shortcut. */
  readonly opener: Element | null;
}

/** The open dialogs, outermost first. */
const layers: Layer[] = [];

/**
 * What was pressed last. A menu is gone when its item opens a dialog, and some browsers give no focus to a pressed
 * button.
 */
let pressed: Element | null = null;
addEventListener('keydown', () => note(null), true);
addEventListener('click', ({ target }) => note(target), true);

function note(target: EventTarget | null): void {
  pressed = target instanceof Element ? openerOf(target.closest('a, button')) : null;
}

/**
 * Makes the page inert while the dialog is open. Then the focus returns to what opened it. Where that is gone, it goes
 * to the heading of the page. The returned function says whether another dialog is open over this one.
 */
export function useDialogFocus(isOpen: boolean): () => boolean {
  const own = useRef<Layer>(undefined);
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    const layer = { opener: openerOf(document.activeElement) ?? pressed };
    own.current = layer;
    layers.push(layer);
    setInert(true);
    return () => {
      const at = layers.indexOf(layer);
      // Where the dialog under this one closes with it, what opened that one is next.
      const openers = layers.slice(0, at + 1).map(({ opener }) => opener);
      layers.splice(at, 1);
      setInert(layers.length > 0);
      // The dialog is in the document until React has removed it.
      setTimeout(() => restore(openers.toReversed()));
    };
  }, [isOpen]);
  return () => own.current !== undefined && layers.at(-1) !== own.current;
}

/** Returns the element, or the button of the menu that it is an item of. `null`: it can't have the focus. */
function openerOf(element: Element | null): Element | null {
  const menu = element?.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  const opener = menu == null ? element : document.getElementById(menu);
  return opener === document.body ? null : opener;
}

function setInert(isInert: boolean): void {
  document.getElementById(pageId)?.toggleAttribute('inert', isInert);
}

/** Sets the focus to the first of `places` that can have it, unless something else has taken it. */
function restore(places: readonly (Element | null)[]): void {
  const active = document.activeElement;
  const isTaken = active !== null && active !== document.body && active.closest('[role="dialog"]') === null;
  if (layers.length === 0 && isTaken) return;
  const heading = document.querySelector('[data-page-heading]') ?? document.getElementById('content');
  const dialog = [...document.querySelectorAll('[role="dialog"]')].at(-1);
  for (const place of [...places, layers.length > 0 ? dialog : heading]) {
    if (place?.isConnected && focusOn(place)) return;
  }
}

/** Whether the element took the focus. */
function focusOn(element: Element): boolean {
  if (element instanceof HTMLElement) element.focus({ preventScroll: true });
  return document.activeElement === element;
}

/**
 * Keeps the focus inside the dialog that it is rendered in: when it opens, and when the element that has the focus is
 * removed or disabled.
 */
export function FocusKeeper() {
  const mark = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const dialog = mark.current?.closest<HTMLElement>('[role="dialog"]');
    return dialog == null ? undefined : keepFocus(dialog);
  }, []);
  return <span ref={mark} hidden />;
}

function keepFocus(dialog: HTMLElement): () => void {
  let last: Element | null = null;
  const remember = ({ target }: FocusEvent) => {
    if (target !== dialog) last = target as Element;
  };
  const keep = () => {
    const active = document.activeElement;
    const isLost = active === null || active === document.body || active === dialog || active.matches(':disabled');
    if (!isLost || (last?.isConnected && focusOn(last))) return;
    dialog.focus({ preventScroll: true });
  };
  const observer = new MutationObserver(keep);
  observer.observe(dialog, { subtree: true, childList: true, attributeFilter: ['disabled'] });
  dialog.addEventListener('focusin', remember);
  // Mantine sets the focus in a task of its own, to the element with `data-autofocus`. A group can't have it.
  let timer = setTimeout(() => {
    timer = setTimeout(() => {
      if (!dialog.contains(document.activeElement)) focusOn(firstIn(dialog));
    });
  });
  return () => {
    clearTimeout(timer);
    observer.disconnect();
    dialog.removeEventListener('focusin', remember);
  };
}

const focusable = 'a[href], button, input, select, textarea, [tabindex="0"]';

/** The first place for the focus: the chosen one of several radio buttons, or the first of all. */
function firstIn(dialog: HTMLElement): Element {
  const preferred = dialog.querySelector('[data-autofocus]') ?? dialog;
  return preferred.querySelector(':checked') ?? preferred.querySelector(focusable) ?? dialog;
}
