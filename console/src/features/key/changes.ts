// What an edit changes: the form's values compared with the key.
import type { ConsoleApi } from '../../api/config.ts';
import { expiryOf, type KeyValues } from '../../entities/keys/fields/key-values.ts';
import type { Key, KeyUpdate } from './key-api.ts';

/** The fields of the API, in the order of the form. */
export const changedFields = [
  'name',
  'addresses',
  'scopes',
  'expiresAt',
  'endpoints',
  'referrers',
  'rateLimits',
] as const;
export type ChangedField = (typeof changedFields)[number];

/** The values of the form when it opens. */
export function valuesOf(key: Key, { fields }: ConsoleApi): KeyValues {
  const { name, environment, addresses, scopes, endpoints, referrers, rateLimits, expiresAt } = key;
  return {
    name,
    environment,
    addresses,
    scopes,
    endpoints,
    referrers,
    rateLimits,
    expiry: expiresAt === null && fields.expiry.maxDays === null ? 'never' : 'custom',
    expiryDate: expiresAt === null ? '' : dayOf(expiresAt),
  };
}

/** The day of an instant in the reader's time zone, for a date input. */
function dayOf(instant: string): string {
  const at = new Date(instant);
  const digits = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${digits(at.getMonth() + 1)}-${digits(at.getDate())}`;
}

/** Returns only the differences from the opened form. An untouched expiry keeps its hour. */
export function changesOf(values: KeyValues, opened: KeyValues, api: ConsoleApi, nowMs: number): KeyUpdate {
  const { expiry, expiryDate, name } = values;
  const isExpiryTouched = expiry !== opened.expiry || (expiry === 'custom' && expiryDate !== opened.expiryDate);
  const expiresAt = isExpiryTouched ? expiryOf(values, api, nowMs) : undefined;
  return {
    ...(name.trim() !== opened.name && { name: name.trim() }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...ofList('addresses'),
    ...ofList('scopes'),
    ...ofList('endpoints'),
    ...ofList('referrers'),
    ...ofList('rateLimits'),
  };

  function ofList(field: Exclude<ChangedField, 'name' | 'expiresAt'>): KeyUpdate {
    return isSameSet(values[field], opened[field]) ? {} : { [field]: values[field] };
  }
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((entry) => other.includes(entry));
}

/** Returns what undoes `changes`. `undefined`: impossible, because an expiry in the past can't be set again. */
export function undoOf(changes: KeyUpdate, before: Key, nowMs: number): KeyUpdate | undefined {
  const { expiresAt } = before;
  if ('expiresAt' in changes && expiresAt !== null && Date.parse(expiresAt) <= nowMs) return undefined;
  const names = changedFields.filter((field) => field in changes);
  return Object.fromEntries(names.map((field) => [field, before[field]]));
}

/** Returns the fields that the reader changed, and those that someone else changed meanwhile. */
export function differingFields(changes: KeyUpdate, opened: Key, current: Key): readonly ChangedField[] {
  return changedFields.filter(
    (field) => field in changes || JSON.stringify(opened[field]) !== JSON.stringify(current[field]),
  );
}
