// What an edit changes: the form's values compared with the key.
import type { ConsoleApi } from '../../../api/config.ts';
import { changedMetadata, dayOf, expiryOf, type KeyValues, settableMetadata, toEntries } from '../fields/key-values.ts';
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
  'tags',
  'metadata',
  'externalId',
] as const;
export type ChangedField = (typeof changedFields)[number];

/** The values of the form when it opens. `isOperator`: whether the reader is one. */
export function valuesOf(key: Key, api: ConsoleApi, isOperator: boolean): KeyValues {
  const { name, environment, addresses, scopes, endpoints, referrers, rateLimits, expiresAt, tags } = key;
  return {
    name,
    environment,
    addresses,
    scopes,
    endpoints,
    referrers,
    rateLimits,
    tags,
    metadata: toEntries(key.metadata, settableMetadata(api, isOperator)),
    externalId: key.externalId ?? '',
    template: '',
    expiry: expiresAt === null && api.fields.expiry.maxDays === null ? 'never' : 'custom',
    expiryDate: expiresAt === null ? '' : dayOf(new Date(expiresAt)),
  };
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
    ...ofList('tags'),
    ...(!isSameSet(values.metadata, opened.metadata) && {
      metadata: changedMetadata(values.metadata, opened.metadata),
    }),
    ...(values.externalId.trim() !== opened.externalId && { externalId: values.externalId.trim() || null }),
  };

  function ofList(field: Exclude<ChangedField, 'name' | 'expiresAt' | 'metadata' | 'externalId'>): KeyUpdate {
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
  const names = [...changedFields, 'addressCheck' as const].filter((field) => field in changes);
  const undone = Object.fromEntries(names.map((field) => [field, before[field]]));
  if (changes.metadata === undefined) return undone;
  const entries = Object.keys(changes.metadata).map((name) => [name, before.metadata[name] ?? null]);
  return { ...undone, metadata: Object.fromEntries(entries) };
}

/** The metadata of a key after `changes`. */
export function mergeMetadata(metadata: Key['metadata'], changes: KeyUpdate['metadata'] = {}): Key['metadata'] {
  const merged = Object.entries({ ...metadata, ...changes });
  return Object.fromEntries(merged.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

/** Returns the fields that the reader changed, and those that someone else changed meanwhile. */
export function differingFields(changes: KeyUpdate, opened: Key, current: Key): readonly ChangedField[] {
  return changedFields.filter(
    (field) => field in changes || JSON.stringify(opened[field]) !== JSON.stringify(current[field]),
  );
}
