// An address that sends many unknown keys.
import { addressRule, coolDown } from '../rule.ts';

export const keyGuessing = addressRule({
  id: 'key_guessing',
  text: 'An address sends many keys that Miftah does not know.',
  subject: 'address',
  isOnByDefault: true,
  settings: {
    atLeast: {
      default: 100,
      min: 5,
      max: 1_000_000,
      unit: 'requests',
      text: 'Fewer requests in an hour raise no alert',
    },
    coolDownHours: coolDown(24),
  },
  check({ address, unknownKeys, apiIds }, { atLeast }) {
    if (unknownKeys < atLeast) return undefined;
    return {
      counts: { denied: unknownKeys },
      addresses: [{ address, count: unknownKeys, refused: unknownKeys }],
      words: apiIds,
    };
  },
});
