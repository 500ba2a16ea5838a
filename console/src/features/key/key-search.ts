// What the address of a key's page says beside the key: which dialog is open.
import type { KeyAction } from '../../entities/keys/key-action.ts';

/** Whoever may not change keys is shown none of them. Opening one changes nothing: a link must not. */
export type DialogName = KeyAction | 'replace';

export interface KeySearch {
  readonly do?: DialogName;
}

const names: readonly DialogName[] = ['edit', 'rotate', 'disable', 'enable', 'revoke', 'replace'];

export function readKeySearch(search: Record<string, unknown>): KeySearch {
  const name = names.find((each) => each === search.do);
  return name === undefined ? {} : { do: name };
}
