// What the page of a key keeps in its address: the open dialog.
import type { KeyAction } from '../../entities/keys/key-action.ts';

/** Readers who may not change keys get no dialog. Opening one changes nothing. */
export type DialogName = KeyAction | 'replace';

export interface KeySearch {
  readonly do?: DialogName;
}

const names: readonly DialogName[] = ['edit', 'rotate', 'disable', 'enable', 'revoke', 'replace'];

export function readKeySearch(search: Record<string, unknown>): KeySearch {
  const name = names.find((each) => each === search.do);
  return name === undefined ? {} : { do: name };
}
