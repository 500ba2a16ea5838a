// GET /api/config: the settings and words of the console on one host, from the profiles of its APIs.
import type { IncomingHttpHeaders } from 'node:http';
import { createRoute, z } from '@hono/zod-openapi';
import type { AddressMode } from '../../domain/address.ts';
import { type Environment, environments } from '../../domain/api-key.ts';
import type { CountryOf } from '../../domain/country.ts';
import {
  basicUser,
  type CredentialSource,
  describeSource,
  mainSource,
  presentCredential,
  type SingleSource,
  sourcesOf,
} from '../../domain/credential.ts';
import { formatRateLimit, limitWindows } from '../../domain/rate-limit.ts';
import { minImportedPrefixLength } from '../../domain/redaction.ts';
import { defaultMask, secretAlphabets } from '../../domain/secret.ts';
import { knownScopes } from '../../engine/scopes.ts';
import { maxAddresses, maxPatterns } from '../../management/key-input.ts';
import type { Letterhead } from '../../people/letter.ts';
import type { PeopleStore } from '../../people/ports.ts';
import type { Brand, Brands } from '../../profiles/brand.ts';
import { type ConsoleWords, type Language, languages } from '../../profiles/console.ts';
import type { Profile } from '../../profiles/profile.ts';
import { failures, jsonReply } from '../wire/route.ts';
import { templateSchema, toTemplate } from '../wire/schemas.ts';
import { pathOfPicture } from './brand.ts';
import { chooseLanguage } from './language.ts';
import type { ConsoleApp } from './session.ts';
import type { Visit } from './visit.ts';

interface ConsoleUpstream {
  readonly origin: string;
  readonly basePath: string;
}

/** A configured API, with the parts that consoles need. */
export interface ConsoleApi {
  readonly id: string;
  /** The profile, with the overrides of the configuration. */
  readonly profile: Profile;
  /** The name of its product. */
  readonly product: Readonly<Record<Language, string>>;
  /** The API's own hosts with their environments. `undefined`: the host serves both. */
  readonly hosts: ReadonlyMap<string, Environment | undefined>;
  /** The hosts of consoles that show this API. */
  readonly consoleHosts: readonly string[];
  /** The upstream for each environment, and those for path prefixes. `undefined`: the listener does not serve the API. */
  readonly upstream:
    | Readonly<Record<Environment, ConsoleUpstream & { readonly paths: readonly ConsoleUpstream[] }>>
    | undefined;
  /** The prefix of imported secrets. Absent: the API accepts no imported keys. */
  readonly importedKeys?: { readonly prefix?: string | undefined } | undefined;
}

/** The consoles of a server: what they show, and how they look. */
export interface Consoles {
  readonly apis: readonly ConsoleApi[];
  readonly brands: Brands;
}

/** What the configuration route needs. */
export interface ConfigParts extends Consoles {
  readonly people: Pick<PeopleStore, 'hasPeople'>;
  /** Whether a mail server is configured. If not, an operator must pass the links in mails on by hand. */
  readonly sendsMail: boolean;
  /** `undefined`: there is no database of countries. */
  readonly countryOf: CountryOf | undefined;
}

const environment = z.enum(environments);
const language = z.enum(languages);
const localized = inEachLanguage(z.string());

/** The product name of a console that shows several APIs. */
const ownName: Readonly<Record<Language, string>> = { en: 'Miftah', ar: 'مفتاح' };
const perEnvironment = z.object({ live: z.string().optional(), test: z.string().optional() });
const offered = z.object({ offered: z.boolean(), max: z.int() });

/** An optional word; the console has a default for each. The type keeps the schema and `ConsoleWords` equal. */
const word = z.string().optional();
const wordsSchema = z
  .object({
    navLabel: z.string(),
    createKey: word,
    create: word,
    nameLabel: word,
    nameHint: word,
    nameExample: word,
    addressesLabel: word,
    addressesHint: word,
    addressesEmpty: word,
    secretOnce: word,
    schemeNote: word,
    revoke: word,
    revokeNote: word,
    rotateNote: word,
    audienceNote: word,
    live: word,
    test: word,
  } satisfies Record<keyof ConsoleWords, z.ZodType>)
  .openapi('ConsoleWords');

/** An API as the console shows it to members. */
export const consoleApiSchema = z
  .object({
    id: z.string(),
    name: localized.openapi({ description: 'The name of the product' }),
    profile: z.string(),
    environments: z.array(environment),
    baseUrls: perEnvironment.openapi({ description: 'The origin of each environment that has a host' }),
    scheme: z.object({
      kind: z.enum(['header', 'bearer', 'basic', 'scheme', 'subprotocol', 'query']),
      header: z.string().openapi({ example: 'x-api-key', description: 'Empty if the key is in the query' }),
      format: z.string().openapi({
        example: '{key}',
        description:
          'The header’s value or the parameter of the query, with the key for `{key}`; `{base64(key:)}` and `{base64(api:key)}` are base64 of the text, with the key for `key`.',
      }),
      curl: z.string().openapi({
        example: '-H "x-api-key: {key}"',
        description: 'The curl options that send the key; empty if it is in the query',
      }),
      places: z.array(z.string()).openapi({
        example: ['Authorization: Bearer KEY'],
        description:
          'The places as they look in a request; if there are several, a request uses one, and a call shows the first',
      }),
    }),
    keyFormat: z.object({
      prefixes: perEnvironment,
      length: z.int(),
      alphabet: z.enum(secretAlphabets),
      mask: z.object({
        start: z.int().openapi({ description: 'Characters shown after the prefix' }),
        mark: z.string().openapi({ example: '…' }),
        end: z.int().openapi({ description: 'Characters shown at the end' }),
      }),
    }),
    fields: z.object({
      name: z.object({ min: z.int(), max: z.int(), required: z.boolean() }),
      addresses: z.object({
        offered: z.boolean(),
        mode: z.enum(['exact4', 'exact46', 'cidr']).nullable(),
        required: z.boolean(),
        emptyMeans: z.enum(['deny', 'allow']),
        max: z.int(),
        separator: z.enum(['comma', 'line']),
      }),
      expiry: z.object({
        offered: z.boolean(),
        suggestedDays: z
          .int()
          .nullable()
          .openapi({ description: 'The lifetime that a form suggests; null: no expiry' }),
        maxDays: z.int().nullable().openapi({ description: 'Maximum lifetime in days; null: no limit' }),
      }),
      scopes: offered.extend({
        known: z.array(z.string()).openapi({ description: 'The scopes that endpoints require' }),
      }),
      referrers: offered,
      endpoints: offered,
      metadata: z.object({
        members: z
          .array(z.string())
          .openapi({ description: 'The names that members may set; the operator may set any' }),
      }),
      rate: z.object({
        default: z.array(z.string()).openapi({ example: ['60/m'] }),
        windows: z.enum(limitWindows).openapi({
          description: 'fixed: from one whole minute to the next; sliding: any minute has at most the limit.',
        }),
      }),
    }),
    templates: z.array(templateSchema).openapi({ description: 'Presets that the form of a new key offers, in order' }),
    actions: z.object({ rotate: z.boolean(), disable: z.boolean(), revokeWord: z.enum(['delete', 'revoke']) }),
    orgKind: z.string().nullable().openapi({ description: 'The kind of organization that may have keys; null: any' }),
    rotateAfterDays: z.int().nullable().openapi({
      description: 'The age at which a secret should be rotated; null: no reminder',
    }),
    maxKeysPerOrg: z.int().nullable(),
    billsTest: z.boolean().openapi({ description: 'Whether requests of test keys are billed' }),
    words: inEachLanguage(wordsSchema),
    docs: z.string().nullable(),
    support: z.string().nullable().openapi({ example: 'mailto:support@example.com' }),
    sample: z.object({ method: z.literal('GET'), path: z.string() }),
  })
  .openapi('ConsoleApi');

const configSchema = z
  .object({
    product: localized,
    logo: z
      .object({ light: z.string(), dark: z.string() })
      .nullable()
      .openapi({ description: 'The path of the logo in each theme', example: { light: '/assets/brand-1f0c.svg' } }),
    locale: z.object({ default: language, languages: z.array(language) }),
    needsSetUp: z.boolean().openapi({ description: 'true: no account exists yet; create one with POST /api/setup' }),
    mail: z.boolean().openapi({ description: 'false: mail is written to a file on the server and not sent' }),
    countries: z.boolean().openapi({ description: 'Whether usage can be grouped by country' }),
    passkeys: z
      .boolean()
      .openapi({ description: 'false: browsers do not offer passkeys here, because TLS is missing' }),
    secretPrefixes: z
      .array(
        z.object({
          text: z.string().openapi({ example: 'sk_live_' }),
          isPlain: z.boolean().openapi({ description: 'Whether only letters and digits follow it' }),
        }),
      )
      .openapi({
        description:
          'The prefixes of the secrets of all APIs, including imported ones; a URL must never contain such a secret',
      }),
    apis: z.array(consoleApiSchema),
  })
  .openapi('ConsoleConfig');

const getConfig = createRoute({
  method: 'get',
  path: '/api/config',
  operationId: 'getConsoleConfig',
  responses: { 200: jsonReply('The configuration of the console on this host', configSchema), ...failures },
});

export function addConfigRoute(app: ConsoleApp, { people, sendsMail, countryOf, ...consoles }: ConfigParts): void {
  app.openapi(getConfig, async (c) => {
    const { visit } = c.env;
    const { apis, brands } = consoles;
    const { hostname } = new URL(visit.origin);
    const shown = selectApis(apis, hostname);
    return c.json(
      {
        product: productOf(consoles, hostname),
        logo: describeLogo(brands.get(hostname)),
        locale: { default: languageOn(apis, hostname), languages: [...languages] },
        needsSetUp: !(await people.hasPeople()),
        mail: sendsMail,
        countries: countryOf !== undefined,
        passkeys: visit.isSecure || hostname === 'localhost' || hostname.endsWith('.localhost'),
        secretPrefixes: secretPrefixesOf(apis),
        apis: shown.map((api) => describeConsoleApi(api, visit)),
      },
      200,
    );
  });
}

/** The prefixes by which the server finds secrets: those of all environments of all APIs, and of imported secrets. */
function secretPrefixesOf(apis: readonly ConsoleApi[]): z.infer<typeof configSchema>['secretPrefixes'] {
  const isPlainOf = new Map<string, boolean>();
  const add = (text: string, isPlain: boolean): void => {
    isPlainOf.set(text, isPlain && isPlainOf.get(text) !== false);
  };
  for (const { profile, importedKeys } of apis) {
    const { prefixes, alphabet } = profile.secret;
    for (const text of Object.values(prefixes)) add(text, alphabet !== 'base64url');
    const imported = importedKeys?.prefix ?? '';
    if (imported.length >= minImportedPrefixLength) add(imported, false);
  }
  return Array.from(isPlainOf, ([text, isPlain]) => ({ text, isPlain }));
}

function inEachLanguage<Schema extends z.ZodType>(schema: Schema) {
  return z.object(Object.fromEntries(languages.map((each) => [each, schema])) as Record<Language, Schema>);
}

/** The default language of the console on a host: its vendor's, or English if the console shows several APIs. */
export function languageOn(apis: readonly ConsoleApi[], hostname: string): Language {
  const [only, ...others] = selectApis(apis, hostname);
  return only !== undefined && others.length === 0 ? only.profile.console.language : 'en';
}

/** The name of the product on a host: its brand's, or its only API's, or Miftah's if it shows several APIs. */
function productOf({ apis, brands }: Consoles, hostname: string): Readonly<Record<Language, string>> {
  const [only, ...others] = selectApis(apis, hostname);
  return brands.get(hostname)?.product ?? (only !== undefined && others.length === 0 ? only.product : ownName);
}

function describeLogo(brand: Brand | undefined): { readonly light: string; readonly dark: string } | null {
  if (brand?.logo === undefined) return null;
  return { light: pathOfPicture(brand.logo), dark: pathOfPicture(brand.logoDark ?? brand.logo) };
}

/** How mails of the console on a host present themselves. */
export function letterheadOn(consoles: Consoles, hostname: string, language: Language): Letterhead {
  const { colour, logo } = consoles.brands.get(hostname) ?? {};
  return { language, product: productOf(consoles, hostname)[language], colour, logo };
}

/** The same for mails that a request to that console causes: in the language of its pages. */
export function letterheadFor(
  consoles: Consoles,
  hostname: string,
  { cookie, 'accept-language': acceptLanguage }: IncomingHttpHeaders,
): Letterhead {
  const language = chooseLanguage(cookie, acceptLanguage, languageOn(consoles.apis, hostname));
  return letterheadOn(consoles, hostname, language);
}

/**
 * The host of the console where customers of these kinds have their keys: of the one API that requires one of the kinds
 * and has a console of its own. `undefined`: there is no such API, or several.
 */
export function consoleHostOf(apis: readonly ConsoleApi[], kinds: readonly string[]): string | undefined {
  const [only, ...others] = apis.filter(
    ({ profile: { policy }, consoleHosts }) =>
      policy.orgKind !== undefined && kinds.includes(policy.orgKind) && consoleHosts.length > 0,
  );
  return others.length === 0 ? only?.consoleHosts[0] : undefined;
}

/** The APIs of the console on a host. If no API has the host for its console: all APIs. */
function selectApis(apis: readonly ConsoleApi[], hostname: string): readonly ConsoleApi[] {
  const own = apis.filter(({ consoleHosts }) => consoleHosts.includes(hostname));
  return own.length === 0 ? apis : own;
}

/** Describes an API for its console. Base URLs have the scheme and port of the visit. */
export function describeConsoleApi(
  { id, profile, product, hosts, upstream }: ConsoleApi,
  visit: Visit,
): z.infer<typeof consoleApiSchema> {
  const { policy, secret, source, console: shown } = profile;
  return {
    id,
    name: product,
    profile: profile.id,
    environments: environments.filter((each) => secret.prefixes[each] !== undefined),
    baseUrls: baseUrlsOf(hosts, profile, visit.origin, upstream !== undefined),
    scheme: describeScheme(source),
    keyFormat: {
      prefixes: { ...secret.prefixes },
      length: secret.length,
      alphabet: secret.alphabet ?? 'base62',
      mask: secret.mask ?? defaultMask,
    },
    fields: {
      name: { min: policy.name.min, max: policy.name.max, required: policy.name.min > 0 },
      addresses: {
        offered: policy.addresses.mode !== 'none',
        mode: shownModes[policy.addresses.mode],
        required: policy.requiresAddresses,
        emptyMeans: policy.addresses.whenEmpty === 'block' ? 'deny' : 'allow',
        max: maxAddresses,
        separator: shown.addressSeparator,
      },
      expiry: {
        offered: policy.hasExpiry,
        suggestedDays: policy.expiry.defaultDays ?? shown.suggestedExpiryDays ?? null,
        maxDays: policy.expiry.maxDays ?? null,
      },
      scopes: {
        offered: knownScopes(policy).length > 0,
        max: maxPatterns,
        known: knownScopes(policy),
      },
      referrers: { offered: policy.hasReferrers, max: maxPatterns },
      endpoints: { offered: policy.hasEndpoints, max: maxPatterns },
      metadata: { members: [...policy.memberMetadata] },
      rate: { default: policy.rateLimits.map(formatRateLimit), windows: policy.limitWindows },
    },
    templates: policy.templates.map(toTemplate),
    actions: { rotate: policy.canRotate, disable: policy.canDisable, revokeWord: shown.revokeWord },
    orgKind: policy.orgKind ?? null,
    rotateAfterDays: policy.rotateAfterDays ?? null,
    maxKeysPerOrg: policy.maxKeysPerOrg ?? null,
    billsTest: policy.billing.billsTest,
    words: { en: { ...shown.words.en }, ar: { ...shown.words.ar } },
    docs: shown.docsUrl ?? null,
    support: shown.supportUrl ?? null,
    sample: shown.sample,
  };
}

const shownModes = { none: null, exact_ipv4: 'exact4', exact: 'exact46', cidr: 'cidr' } as const satisfies Record<
  AddressMode,
  string | null
>;

/**
 * The origin of each environment. APIs and consoles share a listener, so the console's scheme and port fit both. An API
 * that another server answers has the port of its scheme.
 */
function baseUrlsOf(
  hosts: ConsoleApi['hosts'],
  { secret }: Profile,
  consoleOrigin: string,
  isServed: boolean,
): z.infer<typeof perEnvironment> {
  const { protocol, port: ownPort } = new URL(consoleOrigin);
  const port = isServed ? ownPort : '';
  const urls = environments.flatMap((each) => {
    if (secret.prefixes[each] === undefined) return [];
    const host = [...hosts].find(([, bound]) => bound === undefined || bound === each)?.[0];
    return host === undefined ? [] : [[each, `${protocol}//${host}${port === '' ? '' : `:${port}`}`] as const];
  });
  return Object.fromEntries(urls);
}

/** How the console shows the place of the key, and the calls that it writes. */
function describeScheme(source: CredentialSource): z.infer<typeof consoleApiSchema>['scheme'] {
  return { ...describeCall(mainSource(source)), places: sourcesOf(source).map(describeSource) };
}

function describeCall(source: SingleSource): Omit<z.infer<typeof consoleApiSchema>['scheme'], 'places'> {
  const { kind } = source;
  if (kind === 'basic') {
    const pair = source.part === 'user' ? '{key}:' : `${basicUser}:{key}`;
    const format = `Basic {base64(${pair.replace('{key}', 'key')})}`;
    return { kind, header: 'Authorization', format, curl: `-u "${pair}"` };
  }
  if (kind === 'query') return { kind, header: '', format: `${source.name}={key}`, curl: '' };
  const [header = '', format = ''] = presentCredential(source, '{key}').headers;
  return { kind, header, format, curl: `-H "${header}: ${format.replaceAll('"', '\\"')}"` };
}
