// The values of a key's form, and how they become a request.
import type { ConsoleApi, Environment } from '../../../api/config.ts';
import type { NewKey } from '../api/create-key.ts';

const expiryDays = [30, 60, 90, 180, 365] as const;

/** A number of days, a chosen day, or no expiry. */
export type ExpiryChoice = `${(typeof expiryDays)[number]}` | 'custom' | 'never';

export interface KeyValues {
  readonly name: string;
  readonly environment: Environment;
  readonly addresses: string[];
  readonly expiry: ExpiryChoice;
  /** `YYYY-MM-DD`, for `custom`: the last day on which the key works, in the reader's time zone. */
  readonly expiryDate: string;
  readonly scopes: string[];
  readonly endpoints: string[];
  readonly referrers: string[];
  readonly rateLimits: string[];
}

const dayMs = 86_400_000;

/** The values of a new key, with the default expiry of the API. */
export function emptyValues(api: ConsoleApi, environment: Environment): KeyValues {
  return {
    name: '',
    environment,
    addresses: [],
    expiry: defaultExpiry(api),
    expiryDate: '',
    scopes: [],
    endpoints: [],
    referrers: [],
    rateLimits: [],
  };
}

/** The choices within the API's longest lifetime. */
export function expiryChoices({ fields }: ConsoleApi): readonly ExpiryChoice[] {
  const { maxDays } = fields.expiry;
  const within = expiryDays.filter((days) => maxDays === null || days <= maxDays).map((days) => `${days}` as const);
  return [...within, 'custom', ...(maxDays === null ? (['never'] as const) : [])];
}

/** Where the API suggests nothing, a key does not expire. */
function defaultExpiry(api: ConsoleApi): ExpiryChoice {
  const wanted = `${api.fields.expiry.suggestedDays ?? 'never'}`;
  const choices = expiryChoices(api);
  return choices.find((choice) => choice === wanted) ?? (choices[0] as ExpiryChoice);
}

/** ISO 8601. `null`: never. `undefined`: the API's keys don't expire, or no day is chosen yet. */
export function expiryOf(
  { expiry, expiryDate }: Pick<KeyValues, 'expiry' | 'expiryDate'>,
  api: ConsoleApi,
  nowMs: number,
): string | null | undefined {
  if (!api.fields.expiry.offered) return undefined;
  if (expiry === 'never') return null;
  if (expiry !== 'custom') return new Date(nowMs + Number(expiry) * dayMs).toISOString();
  const endOfDay = new Date(`${expiryDate}T23:59:59`);
  return Number.isNaN(endOfDay.getTime()) ? undefined : endOfDay.toISOString();
}

/** Contains only fields that the API offers. It refuses others. */
export function toNewKey(values: KeyValues, api: ConsoleApi, nowMs: number): NewKey {
  const { fields } = api;
  const expiresAt = expiryOf(values, api, nowMs);
  return {
    api: api.id,
    environment: values.environment,
    name: values.name.trim(),
    ...(fields.addresses.offered && { addresses: values.addresses }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(fields.scopes.offered && { scopes: values.scopes }),
    ...(fields.endpoints.offered && { endpoints: values.endpoints }),
    ...(fields.referrers.offered && { referrers: values.referrers }),
    ...(values.rateLimits.length > 0 && { rateLimits: values.rateLimits }),
  };
}
