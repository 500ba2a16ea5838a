// A key in use that expires in 30, 7 or 1 days. Each step has its own cool-down.
import { oneDayMs, oneHourMs } from '../../domain/durations.ts';
import { allowedOf, type KeyHour } from '../key-hour.ts';
import { coolDown, keyRule } from '../rule.ts';

const steps = [1, 7, 30];

export const keyExpiresSoon = keyRule({
  id: 'key_expires_soon',
  text: 'A key in use expires in 30 days, in 7 days or in 1 day.',
  subject: 'key',
  isOnByDefault: true,
  settings: {
    mostDays: { default: 7, min: 1, max: 30, unit: 'days', text: 'Earlier steps raise no alert' },
    coolDownHours: coolDown(24 * 45),
  },
  reads: [],
  concerns: (hour, { mostDays }) => allowedOf(hour.outcomes) > 0 && findStep(hour, mostDays) !== undefined,
  check(hour, _, { mostDays }) {
    const step = findStep(hour, mostDays);
    if (step === undefined) return undefined;
    return { variant: String(step), counts: { allowed: allowedOf(hour.outcomes), days: step } };
  },
});

/** The smallest step that the time left fits into. `undefined`: none, or the key has no end. */
function findStep({ key, hourMs }: Pick<KeyHour, 'key' | 'hourMs'>, mostDays: number): number | undefined {
  if (key.expiresAtMs === null) return undefined;
  const leftMs = key.expiresAtMs - (hourMs + oneHourMs);
  // A key that was made for less than the step would raise it at its birth.
  const lifeMs = key.expiresAtMs - key.createdAtMs;
  const step = steps.find((days) => leftMs <= days * oneDayMs);
  return leftMs > 0 && step !== undefined && step <= mostDays && lifeMs > step * oneDayMs ? step : undefined;
}
