// What the page of a key keeps in its address: the open dialog, and the key that it has made.
import type { KeyAction } from '../key-action.ts';

/** Readers who may not change keys get no dialog. Opening one changes nothing. */
export type DialogName = KeyAction | 'replace';

export interface KeySearch {
  readonly do?: DialogName;
  /** The id of the key whose new secret the dialog shows. */
  readonly made?: string;
}

const names: readonly DialogName[] = ['edit', 'rotate', 'disable', 'enable', 'revoke', 'replace'];

export function readKeySearch(search: Record<string, unknown>): KeySearch {
  const name = names.find((each) => each === search.do);
  if (name === undefined) return {};
  return { do: name, ...(typeof search.made === 'string' && { made: search.made }) };
}
