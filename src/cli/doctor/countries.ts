// The check of the database of countries.
import { daysTooOld, openCountries } from '../../metering/countries.ts';
import { type Finding, ok, warn } from './finding.ts';

/** Opens it, and warns if it is too old. Throws an `OperationalError` if the server can't use it either. */
export async function checkCountries(file: string, nowMs: number): Promise<Finding> {
  const check = 'countries';
  const countries = await openCountries(file);
  const message = `${countries.kind}, built ${new Date(countries.builtAtMs).toISOString().slice(0, 10)}`;
  const days = daysTooOld(countries, nowMs);
  if (days === undefined) return ok(check, message);
  return warn(check, `${message}, ${days} days ago`, 'replace the file with a newer one, and reload the configuration');
}
