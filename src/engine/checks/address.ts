// Refuses clients whose address is not on the key's list; what an empty list means was settled when the key was compiled.
import { isOnAllowlist } from '../../domain/address.ts';
import type { Check } from './check.ts';

export const checkAddress: Check = (key, facts) => {
  const { addresses } = key;
  if (addresses.kind === 'any') return undefined;
  if (addresses.kind === 'none') return 'address_list_empty';
  // An address that could not be established is on no list (a trusted proxy sent a hop that can't be read).
  if (facts.clientAddress === undefined) return 'address_not_allowed';
  return isOnAllowlist(addresses, facts.clientAddress) ? undefined : 'address_not_allowed';
};
