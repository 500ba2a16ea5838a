// A live key that is sent to a host of the test environment, where more people see it.
import { topAddresses } from '../../domain/alert.ts';
import { coolDown, keyRule } from '../rule.ts';

export const liveKeyAtTest = keyRule({
  id: 'live_key_at_test',
  text: 'A live key is sent to a test host, and refused there.',
  subject: 'key',
  isOnByDefault: true,
  settings: {
    atLeast: { default: 1, min: 1, max: 1_000_000, unit: 'requests', text: 'Fewer requests raise no alert' },
    coolDownHours: coolDown(24 * 7),
  },
  reads: [],
  concerns: ({ key, outcomes }, { atLeast }) =>
    key.environment === 'live' && (outcomes.environment_mismatch ?? 0) >= atLeast,
  check: ({ outcomes, addresses }) => ({
    counts: { denied: outcomes.environment_mismatch ?? 0 },
    addresses: topAddresses(addresses.filter(({ refused }) => refused > 0)),
  }),
});
