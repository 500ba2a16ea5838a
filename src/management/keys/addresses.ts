// Where a key is used from, and what its list of addresses says of that.
import type { Actor } from '../../domain/actor.ts';
import { compileAllowlist, isOnAllowlist, parseAddressEntry } from '../../domain/address.ts';
import type { Restrictions } from '../../domain/api-key.ts';
import { oneDayMs } from '../../domain/durations.ts';
import { maxAddresses } from '../key-input.ts';
import { invalidInput } from '../management-error.ts';
import type { UsedAddresses } from './commands.ts';
import { apiOf, findKey, type KeyParts } from './find.ts';

/** The most days of a question. */
export const maxAddressDays = 92;

/** See `KeyCommands.listAddresses`. */
export async function listAddresses(parts: KeyParts, actor: Actor, id: string, days: number): Promise<UsedAddresses> {
  if (!Number.isSafeInteger(days) || days < 1 || days > maxAddressDays) {
    throw invalidInput('days', `must be a whole number from 1 to ${maxAddressDays}`);
  }
  const { store, clock } = parts;
  const key = await findKey(parts, actor, store, id);
  const { policy } = apiOf(parts, key.apiId);
  const fromMs = clock.nowMs() - days * oneDayMs;
  const { addresses, ...rest } = await store.listKeyAddresses(key.id, { fromMs, limit: maxAddresses });
  return {
    ...rest,
    fromMs,
    addresses: addresses.map((used) => ({
      ...used,
      isOnList: isListed(used.address, key.restrictions),
      canBeListed: parseAddressEntry(used.address, policy.addresses.mode).ok,
    })),
  };
}

/** Whether the list has it. Of an IPv6 network, the list must have all. An empty list has none. */
function isListed(used: string, { addresses }: Restrictions): boolean {
  const [address = '', bits] = used.split('/');
  const wideEnough = (entry: string) => Number(entry.split('/')[1] ?? 128) <= Number(bits);
  const entries = bits === undefined ? addresses : addresses.filter(wideEnough);
  return isOnAllowlist(compileAllowlist(entries, 'block'), address);
}
