// A key that is used again after a long time, or for the first time long after its creation.
import { topAddresses } from '../../domain/alert.ts';
import { oneDayMs } from '../../domain/durations.ts';
import { allowedOf } from '../key-hour.ts';
import { coolDown, keyRule } from '../rule.ts';

export const dormantKey = keyRule({
  id: 'dormant_key_used',
  text: 'A key is used again after a long time without requests.',
  subject: 'key',
  isOnByDefault: true,
  settings: {
    quietDays: { default: 60, min: 7, max: 360, unit: 'days', text: 'Time without an allowed request' },
    coolDownHours: coolDown(24),
  },
  reads: ['lastAllowed'],
  concerns: ({ key, hourMs, outcomes }, { quietDays }) =>
    hourMs - key.createdAtMs >= quietDays * oneDayMs && allowedOf(outcomes) > 0,
  check({ key, hourMs, outcomes, addresses }, { lastAllowedMs }, { quietDays }) {
    const sinceMs = lastAllowedMs ?? key.createdAtMs;
    const days = Math.floor((hourMs - sinceMs) / oneDayMs);
    if (days < quietDays) return undefined;
    return {
      counts: { allowed: allowedOf(outcomes) },
      baseline: { quietDays: days },
      addresses: topAddresses(addresses),
    };
  },
});
