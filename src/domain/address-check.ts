// What a key's address list does: it refuses other addresses, or only shows them.
import { type Allowlist, compileAllowlist } from './address.ts';
import type { Restrictions } from './api-key.ts';
import type { Policy } from './protected-api.ts';

type AddressList = Pick<Restrictions, 'addresses' | 'addressCheck'>;
type AddressPolicy = Pick<Policy, 'addresses' | 'requiresAddresses'>;

/** Whether keys of the API may report addresses in place of refusing them: those that work without a list. */
export function mayReportAddresses({ addresses, requiresAddresses }: AddressPolicy): boolean {
  return addresses.whenEmpty === 'any' && !requiresAddresses;
}

/** Whether the key's list refuses no one. A policy that has become stricter since then counts. */
function reportsAddresses({ addressCheck }: AddressList, policy: AddressPolicy): boolean {
  return addressCheck === 'report' && mayReportAddresses(policy);
}

/** The addresses from which the key works. Throws a `TypeError` for a corrupt list. */
export function addressesOf(list: AddressList, policy: AddressPolicy): Allowlist {
  const entries = reportsAddresses(list, policy) ? [] : list.addresses;
  return compileAllowlist(entries, policy.addresses.whenEmpty);
}
