// A key with many more denied requests than in the day before.
import { topAddresses } from '../../domain/alert.ts';
import { reasons } from '../../domain/verdict.ts';
import { sumOf } from '../key-hour.ts';
import { coolDown, keyRule } from '../rule.ts';

/** Rules of their own look at limits, and at keys that have ended. */
const elsewhere = new Set(['rate_limited', 'quota_exceeded', 'key_expired', 'key_revoked', 'key_disabled']);
const counted = reasons.filter((reason) => !elsewhere.has(reason) && reason !== 'unavailable');

export const deniedMore = keyRule({
  id: 'denied_more',
  text: 'A key has many more denied requests than in any hour of the day before.',
  subject: 'key',
  isOnByDefault: false,
  settings: {
    atLeast: { default: 50, min: 5, max: 1_000_000, unit: 'requests', text: 'Fewer denied requests raise no alert' },
    factor: { default: 5, min: 2, max: 100, unit: 'times', text: 'So many times the largest hour of the day before' },
    coolDownHours: coolDown(24),
  },
  reads: ['day'],
  concerns: ({ outcomes }, { atLeast }) => sumOf(outcomes, counted) >= atLeast,
  check({ outcomes, addresses }, { day }, { factor }) {
    const denied = sumOf(outcomes, counted);
    const largest = Math.max(0, ...day.map((each) => sumOf(each, counted)));
    if (denied < factor * largest) return undefined;
    const worst = counted.filter((reason) => (outcomes[reason] ?? 0) > 0);
    return {
      counts: { denied },
      baseline: { denied: largest },
      addresses: topAddresses(addresses.filter(({ refused }) => refused > 0)),
      words: worst,
    };
  },
});
