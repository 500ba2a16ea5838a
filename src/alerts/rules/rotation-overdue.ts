// A key in use whose secret is old.
import { oneDayMs } from '../../domain/durations.ts';
import { allowedOf } from '../key-hour.ts';
import { coolDown, keyRule } from '../rule.ts';

export const rotationOverdue = keyRule({
  id: 'rotation_overdue',
  text: 'A key in use has a secret that is older than it should be.',
  subject: 'key',
  isOnByDefault: false,
  settings: {
    afterDays: { default: 90, min: 7, max: 3650, unit: 'days', text: 'The longest age of a secret' },
    coolDownHours: coolDown(24 * 30),
  },
  reads: [],
  concerns: ({ key, hourMs, outcomes }, { afterDays }) =>
    allowedOf(outcomes) > 0 && hourMs - key.secretCreatedAtMs >= afterDays * oneDayMs,
  check: ({ key, hourMs, outcomes }) => ({
    counts: {
      allowed: allowedOf(outcomes),
      secretAgeDays: Math.floor((hourMs - key.secretCreatedAtMs) / oneDayMs),
    },
  }),
});
