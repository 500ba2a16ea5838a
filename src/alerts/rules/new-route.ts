// A key that calls a route which it did not call in the 30 days before.
import { topAddresses } from '../../domain/alert.ts';
import { oneDayMs } from '../../domain/durations.ts';
import { coolDown, keyRule } from '../rule.ts';

/** Most routes that an alert names. */
const maxNamed = 10;

export const newRoute = keyRule({
  id: 'new_route',
  text: 'A key calls a route that it did not call in the 30 days before.',
  subject: 'key',
  isOnByDefault: false,
  settings: {
    learnDays: {
      ...{ default: 14, min: 1, max: 30, unit: 'days' },
      text: 'A key younger than this is still learned',
    },
    maxRoutes: {
      ...{ default: 20, min: 1, max: 1000, unit: 'routes' },
      text: 'Quiet about keys with more routes: their use is wide',
    },
    coolDownHours: coolDown(24),
  },
  reads: ['routes'],
  concerns: ({ key, hourMs, routes }, { learnDays }) =>
    hourMs - key.createdAtMs >= learnDays * oneDayMs && routes.length > 0,
  check({ routes, addresses }, { routes: known }, { maxRoutes }) {
    if (known.size === 0 || known.size > maxRoutes) return undefined;
    const fresh = routes.filter(({ route }) => !known.has(route)).toSorted((a, b) => b.count - a.count);
    if (fresh.length === 0) return undefined;
    return {
      counts: { allowed: fresh.reduce((sum, { count }) => sum + count, 0), routes: fresh.length },
      baseline: { routes: known.size },
      addresses: topAddresses(addresses),
      words: fresh.slice(0, maxNamed).map(({ route }) => route),
    };
  },
});
