// A person who signs in from a network where they did not sign in before. The audit log knows no devices.
import { networkOf } from '../../domain/address.ts';
import { coolDown, entryRule } from '../rule.ts';

export const signInNewNetwork = entryRule({
  id: 'sign_in_new_network',
  text: 'A person signs in from a network where they did not sign in during the 90 days before.',
  subject: 'person',
  isOnByDefault: false,
  settings: { coolDownHours: coolDown(24) },
  actions: ['person.signed_in'],
  check({ address, networks }) {
    if (address === null || networks.size === 0 || networks.has(networkOf(address))) return undefined;
    return {
      counts: { signIns: 1 },
      baseline: { networks: networks.size },
      addresses: [{ address, count: 1, refused: 0 }],
    };
  },
});
