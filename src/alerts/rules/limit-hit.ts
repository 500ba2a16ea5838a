// A key that hits its limit hour after hour.
import { sumOf, totalOf } from '../key-hour.ts';
import { coolDown, keyRule } from '../rule.ts';

const limited = ['rate_limited', 'quota_exceeded'] as const;

export const limitHit = keyRule({
  id: 'limit_hit_often',
  text: 'A key hits its rate limit or quota in many hours of a day.',
  subject: 'key',
  isOnByDefault: false,
  settings: {
    hours: { default: 6, min: 1, max: 25, unit: 'hours', text: 'Hours of the last 25 with requests over the limit' },
    atLeast: {
      default: 10,
      min: 1,
      max: 1_000_000,
      unit: 'requests',
      text: 'An hour with fewer of them does not count',
    },
    coolDownHours: coolDown(24 * 7),
  },
  reads: ['day'],
  concerns: ({ outcomes }, { atLeast }) => sumOf(outcomes, limited) >= atLeast,
  check({ outcomes }, { day }, { hours, atLeast }) {
    const hit = 1 + day.filter((each) => sumOf(each, limited) >= atLeast).length;
    if (hit < hours) return undefined;
    return {
      counts: { denied: sumOf(outcomes, limited), requests: totalOf(outcomes), hours: hit },
      words: limited.filter((reason) => (outcomes[reason] ?? 0) > 0),
    };
  },
});
