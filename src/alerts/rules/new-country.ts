// A key that is used from a country where it was not used in the 30 days before.
import { topAddresses } from '../../domain/alert.ts';
import { oneDayMs } from '../../domain/durations.ts';
import { isAllowedFrom } from '../key-hour.ts';
import { coolDown, keyRule } from '../rule.ts';

export const newCountry = keyRule({
  id: 'new_country',
  text: 'A key is used from a country where it was not used in the 30 days before.',
  subject: 'key',
  isOnByDefault: false,
  needs: 'countries',
  settings: {
    learnDays: {
      ...{ default: 7, min: 1, max: 30, unit: 'days' },
      text: 'A key younger than this is still learned',
    },
    maxCountries: {
      ...{ default: 5, min: 1, max: 250, unit: 'countries' },
      text: 'Quiet about keys with more countries: they move',
    },
    coolDownHours: coolDown(24),
  },
  reads: ['countries'],
  concerns: ({ key, hourMs, addresses }, { learnDays }) =>
    hourMs - key.createdAtMs >= learnDays * oneDayMs &&
    addresses.some((each) => isAllowedFrom(each) && each.country !== undefined),
  check({ addresses }, { countries }, { maxCountries }) {
    if (countries.size === 0 || countries.size > maxCountries) return undefined;
    const fresh = addresses.filter(
      (each) => isAllowedFrom(each) && each.country !== undefined && !countries.has(each.country),
    );
    if (fresh.length === 0) return undefined;
    const words = [...new Set(fresh.flatMap(({ country }) => country ?? []))].sort();
    return {
      counts: { allowed: fresh.reduce((sum, each) => sum + each.count - each.refused, 0), countries: words.length },
      baseline: { countries: countries.size },
      addresses: topAddresses(fresh),
      words,
    };
  },
});
