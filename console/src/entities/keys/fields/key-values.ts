// The values of a key's form, and how they become a request.
import type { ConsoleApi, Environment } from '../../../api/config.ts';
import type { Key, NewKey } from '../api/create-key.ts';

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
  readonly tags: string[];
  /** `plan=gold`, for each name that the reader may set. */
  readonly metadata: string[];
  /** Empty: none. */
  readonly externalId: string;
  /** The id of the chosen template. Empty: none. */
  readonly template: string;
}

/** The values of a form that a template fills in. */
type Presets = Partial<Omit<KeyValues, 'name' | 'environment' | 'template'>>;
export type KeyTemplate = ConsoleApi['templates'][number];

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
    tags: [],
    metadata: [],
    externalId: '',
    template: '',
  };
}

/** What the template fills in, from the day of `nowMs` on. */
export function presetsOf(template: KeyTemplate, api: ConsoleApi, nowMs: number): Presets {
  const { addresses, scopes, endpoints, referrers, rateLimits, expiresInDays } = template;
  return {
    ...(addresses && { addresses }),
    ...(scopes && { scopes }),
    ...(endpoints && { endpoints }),
    ...(referrers && { referrers }),
    ...(rateLimits && { rateLimits }),
    ...(expiresInDays !== undefined && expiryIn(expiresInDays, api, nowMs)),
  };
}

function expiryIn(days: number, api: ConsoleApi, nowMs: number): Pick<KeyValues, 'expiry' | 'expiryDate'> {
  const choice = expiryChoices(api).find((each) => each === `${days}`);
  if (choice !== undefined) return { expiry: choice, expiryDate: '' };
  // The last whole day: its end is no later than the template allows.
  return { expiry: 'custom', expiryDate: dayOf(new Date(nowMs + (days - 1) * dayMs)) };
}

/** The day of an instant in the reader's time zone, for a date input. */
export function dayOf(at: Date): string {
  const digits = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${digits(at.getMonth() + 1)}-${digits(at.getDate())}`;
}

/** The metadata that the reader may set: any, or these names. */
export function settableMetadata({ fields }: ConsoleApi, isOperator: boolean): 'any' | readonly string[] {
  return isOperator ? 'any' : fields.metadata.members;
}

/** Metadata as the entries of the form. */
export function toEntries(metadata: Key['metadata'], settable: 'any' | readonly string[] = 'any'): string[] {
  const names = Object.keys(metadata).filter((name) => settable === 'any' || settable.includes(name));
  return names.map((name) => `${name}=${metadata[name]}`);
}

/** Reads `plan=gold`. `undefined`: the entry is none. */
export function readEntry(entry: string): { readonly name: string; readonly value: string } | undefined {
  const [, name, value] = /^([a-z][a-z0-9_-]{0,39})=(.+)$/s.exec(entry) ?? [];
  return name === undefined || value === undefined ? undefined : { name, value };
}

/** The entries of the form as metadata. */
export function fromEntries(entries: readonly string[]): Key['metadata'] {
  return Object.fromEntries(entries.flatMap((entry) => readEntry(entry) ?? []).map(({ name, value }) => [name, value]));
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

/** The names of metadata whose value differs; `null` for those that are gone. */
export function changedMetadata(now: readonly string[], before: readonly string[]): Record<string, string | null> {
  const [is, was] = [fromEntries(now), fromEntries(before)];
  const changed = Object.entries(is).filter(([name, value]) => was[name] !== value);
  const gone = Object.keys(was).filter((name) => !(name in is));
  return Object.fromEntries([...changed, ...gone.map((name) => [name, null])]);
}

/**
 * Contains only fields that the API offers. It refuses others. The server fills in the lists that the reader left as the
 * template has them: it knows the granted limits.
 */
export function toNewKey(values: KeyValues, api: ConsoleApi, nowMs: number): NewKey {
  const { fields } = api;
  const template = api.templates.find(({ id }) => id === values.template);
  const presets = template === undefined ? {} : presetsOf(template, api, nowMs);
  const isPreset = (name: keyof Presets) => JSON.stringify(presets[name]) === JSON.stringify(values[name]);
  const expiresAt = expiryOf(values, api, nowMs);
  const hasLimits = values.rateLimits.length > 0 || presets.rateLimits !== undefined;
  return {
    api: api.id,
    environment: values.environment,
    name: values.name.trim(),
    ...(template !== undefined && { template: template.id }),
    ...(fields.addresses.offered && !isPreset('addresses') && { addresses: values.addresses }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(fields.scopes.offered && !isPreset('scopes') && { scopes: values.scopes }),
    ...(fields.endpoints.offered && !isPreset('endpoints') && { endpoints: values.endpoints }),
    ...(fields.referrers.offered && !isPreset('referrers') && { referrers: values.referrers }),
    ...(hasLimits && !isPreset('rateLimits') && { rateLimits: values.rateLimits }),
    ...(values.tags.length > 0 && { tags: values.tags }),
    ...(values.metadata.length > 0 && { metadata: fromEntries(values.metadata) }),
    ...(values.externalId.trim() !== '' && { externalId: values.externalId.trim() }),
  };
}
