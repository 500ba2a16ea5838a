// Refuses clients whose address is not on the key's list. Compilation already applied the policy for an empty list.
import { isOnAllowlist } from '../../domain/address.ts';
import type { Check } from './check.ts';

export const checkAddress: Check = (key, facts) => {
  const { addresses } = key;
  if (addresses.kind === 'any') return undefined;
  if (addresses.kind === 'none') return 'address_list_empty';
  // An unknown address is on no list.
  if (facts.clientAddress === undefined) return 'address_not_allowed';
  return isOnAllowlist(addresses, facts.clientAddress) ? undefined : 'address_not_allowed';
};
