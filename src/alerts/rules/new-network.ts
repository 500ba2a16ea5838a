// A key that is used from a network where it was not used in the 30 days before.
import { networkOf } from '../../domain/address.ts';
import { topAddresses } from '../../domain/alert.ts';
import { oneDayMs } from '../../domain/durations.ts';
import { isAllowedFrom } from '../key-hour.ts';
import { coolDown, keyRule } from '../rule.ts';

export const newNetwork = keyRule({
  id: 'new_network',
  text: 'A key is used from a network where it was not used in the 30 days before.',
  subject: 'key',
  isOnByDefault: false,
  settings: {
    learnDays: {
      ...{ default: 7, min: 1, max: 30, unit: 'days' },
      text: 'A key younger than this is still learned',
    },
    maxNetworks: {
      ...{ default: 10, min: 1, max: 1000, unit: 'networks' },
      text: 'Quiet about keys with more networks: they move',
    },
    coolDownHours: coolDown(24),
  },
  reads: ['networks'],
  concerns: ({ key, hourMs, addresses }, { learnDays }) =>
    hourMs - key.createdAtMs >= learnDays * oneDayMs && addresses.some(isAllowedFrom),
  check({ addresses }, { networks }, { maxNetworks }) {
    if (networks.size === 0 || networks.size > maxNetworks) return undefined;
    const fresh = addresses.filter((each) => isAllowedFrom(each) && !networks.has(networkOf(each.address)));
    if (fresh.length === 0) return undefined;
    const count = fresh.reduce((sum, each) => sum + each.count - each.refused, 0);
    return {
      counts: { allowed: count, networks: new Set(fresh.map(({ address }) => networkOf(address))).size },
      baseline: { networks: networks.size },
      addresses: topAddresses(fresh),
    };
  },
});
