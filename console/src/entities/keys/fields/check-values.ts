// Checks a key's form before it is sent. The server decides.
import type { TFunction } from 'i18next';
import type { ConsoleApi } from '../../../api/config.ts';
import { findAddressFault } from './address-entry.ts';
import { expiryOf, type KeyValues, readEntry } from './key-values.ts';

/** A text for each wrong field, in the language of the reader. */
export type KeyFaults = Partial<Record<keyof KeyValues, string>>;

/** Returns a text for each wrong field. Empty: all are right. */
export function checkValues(values: KeyValues, api: ConsoleApi, t: TFunction<'keys'>, nowMs: number): KeyFaults {
  const { name, addresses } = api.fields;
  const length = values.name.trim().length;
  const faults: KeyFaults = {};
  if (name.required && length === 0) faults.name = t('faults.nameMissing');
  else if (length > 0 && length < name.min) faults.name = t('faults.nameShort', { count: name.min });
  else if (length > name.max) faults.name = t('faults.nameLong', { count: name.max });

  const mode = addresses.mode ?? 'exact46';
  const wrong = addresses.offered
    ? values.addresses.find((entry) => findAddressFault(entry, mode) !== undefined)
    : undefined;
  if (wrong !== undefined) {
    faults.addresses = t(`faults.address.${findAddressFault(wrong, mode) ?? 'not_address'}`, { entry: wrong });
  } else if (addresses.offered && addresses.required && values.addresses.length === 0) {
    faults.addresses = t('faults.addressMissing');
  }

  if (api.fields.expiry.offered && values.expiry === 'custom') {
    const expiresAt = expiryOf(values, api, nowMs);
    if (typeof expiresAt !== 'string') faults.expiry = t('faults.dateMissing');
    else if (new Date(expiresAt).getTime() <= nowMs) faults.expiry = t('faults.datePast');
  }
  const odd = values.metadata.find((entry) => readEntry(entry) === undefined);
  if (odd !== undefined) faults.metadata = t('faults.metadata', { entry: odd });
  return faults;
}

const formFields: Readonly<Record<string, keyof KeyValues>> = {
  name: 'name',
  environment: 'environment',
  addresses: 'addresses',
  expiresAt: 'expiry',
  scopes: 'scopes',
  endpoints: 'endpoints',
  referrers: 'referrers',
  rateLimits: 'rateLimits',
  tags: 'tags',
  metadata: 'metadata',
  externalId: 'externalId',
  template: 'template',
};

/** Places the server's faults at the fields of the form: `addresses[1]` belongs to `addresses`. */
export function placeFaults(faults: Readonly<Record<string, string>>): KeyFaults {
  const placed: KeyFaults = {};
  for (const [path, text] of Object.entries(faults)) {
    const field = formFields[path.replace(/[[.].*$/, '')];
    if (field !== undefined) placed[field] ??= text;
  }
  return placed;
}
