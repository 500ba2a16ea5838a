// What an edit changes: the form's values beside the key as it was read.
import type { ConsoleApi } from '../../api/config.ts';
import { expiryOf, type KeyValues } from '../../entities/keys/fields/key-values.ts';
import type { Key, KeyUpdate } from './key-api.ts';

/** Fields of the API, in the order of the form. */
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

/** The form as it is opened. */
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

/** The reader's day of an instant, as date inputs have it. */
function dayOf(instant: string): string {
  const at = new Date(instant);
  const digits = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${digits(at.getMonth() + 1)}-${digits(at.getDate())}`;
}

/** Only what differs from what the form was opened with. An expiry that nobody touched keeps its hour. */
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

/** What takes `changes` back. `undefined`: it can't be, because an end that is over can't be set again. */
export function undoOf(changes: KeyUpdate, before: Key, nowMs: number): KeyUpdate | undefined {
  const { expiresAt } = before;
  if ('expiresAt' in changes && expiresAt !== null && Date.parse(expiresAt) <= nowMs) return undefined;
  const names = changedFields.filter((field) => field in changes);
  return Object.fromEntries(names.map((field) => [field, before[field]]));
}

/** The fields of which somebody else made something else meanwhile, or which the reader changed. */
export function differingFields(changes: KeyUpdate, opened: Key, current: Key): readonly ChangedField[] {
  return changedFields.filter(
    (field) => field in changes || JSON.stringify(opened[field]) !== JSON.stringify(current[field]),
  );
}
