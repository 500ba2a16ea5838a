// A key with many more requests than in the same hour of the four weeks before, and than in the day before.
import { topAddresses } from '../../domain/alert.ts';
import { totalOf } from '../key-hour.ts';
import { coolDown, keyRule } from '../rule.ts';

/** Two weeks show a rhythm; one may be a holiday. */
const leastWeeks = 2;
/** A key with fewer hours in a day has no rhythm to compare with. */
const leastHours = 12;

export const volumeRise = keyRule({
  id: 'volume_rise',
  text: 'A key has many more requests than in the same hour of the last four weeks and in any hour of the day before.',
  subject: 'key',
  isOnByDefault: false,
  settings: {
    atLeast: { default: 500, min: 20, max: 1_000_000_000, unit: 'requests', text: 'Fewer requests raise no alert' },
    factor: { default: 4, min: 2, max: 100, unit: 'times', text: 'So many times the largest hour that it looks at' },
    coolDownHours: coolDown(24),
  },
  reads: ['sameHours', 'day'],
  concerns: ({ outcomes }, { atLeast }) => totalOf(outcomes) >= atLeast,
  mayFind: ({ outcomes }, sameHours, { factor }) =>
    sameHours.length >= leastWeeks && totalOf(outcomes) >= factor * Math.max(...sameHours),
  check({ outcomes, addresses }, { day, sameHours }, { factor }) {
    if (sameHours.length < leastWeeks || day.length < leastHours) return undefined;
    const requests = totalOf(outcomes);
    const largest = Math.max(...sameHours, ...day.map(totalOf));
    if (requests < factor * largest) return undefined;
    return { counts: { requests }, baseline: { requests: largest }, addresses: topAddresses(addresses) };
  },
});
