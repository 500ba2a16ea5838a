// Builds profiles from what people wrote: fills in what is inherited, and compares the settings of one profile.
import { suggestName } from '../domain/closest-name.ts';
import { reasons } from '../domain/verdict.ts';
import { type ConsoleProfile, type ConsoleWords, languages } from '../profiles/console.ts';
import {
  commonManagementErrors,
  type Dialect,
  type DialectManagement,
  groupOf,
  type ManagementProblem,
  type Problem,
  type Profile,
  passingReasons,
  problems,
  type RateHeaders,
  type WireError,
} from '../profiles/profile.ts';
import { type Encoding, encodingOf, findBodyProblems } from '../profiles/template.ts';
import { overrideRoutes } from './management-schema.ts';
import type { ProfileFile } from './profile-schema.ts';
import type { Report } from './report.ts';
import { overridePolicy } from './resolve-policy.ts';
import { overrideSecretFormat } from './secret-format.ts';

/**
 * A profile from its file. Calls `report` for each problem that involves several values. If it was called, the result
 * must not be used.
 *
 * @param base the profile that gives what the file omits
 */
export function resolveProfile(id: string, file: ProfileFile, base: Profile, report: Report): Profile {
  const under =
    (name: string): Report =>
    (path, message) =>
      report([name, ...path], message);
  const { keyIds, rateLimitWindowSeconds, ...policy } = file.policy ?? {};
  const basePolicy = {
    ...base.policy,
    keyIds: keyIds ?? base.policy.keyIds,
    rateLimitWindowSeconds: rateLimitWindowSeconds ?? base.policy.rateLimitWindowSeconds,
  };
  return {
    id,
    source: file.source ?? base.source,
    secret: overrideSecretFormat(base.secret, file.secret ?? {}, under('secret')),
    policy: overridePolicy(basePolicy, policy, under('policy')),
    isolatesTestData: file.isolatesTestData ?? base.isolatesTestData,
    dialect: resolveDialect(file, base, report),
    console: resolveConsole(file, base.console),
  };
}

function resolveDialect(file: ProfileFile, base: Profile, report: Report): Dialect {
  const { dialect } = base;
  const contentType = file.contentType ?? dialect.contentType;
  const body = file.body ?? dialect.body;
  const encoding = encodingOf(contentType) as Encoding;
  for (const { path, message } of findBodyProblems(body, encoding)) {
    // If the type alone was changed, the inherited body no longer fits.
    if (file.body === undefined)
      report(['contentType'], `does not fit the inherited body, which ${message}: set body too`);
    else report(['body', ...path], message);
  }
  const rateHeaders = resolveRateHeaders(file.rateHeaders, dialect.rateHeaders, report);
  const errors = resolveErrors(file.errors ?? {}, dialect.errors);
  reportDoubleHeaders(errors, rateHeaders, report);
  return {
    challenge: file.challenge ?? (file.source === undefined ? dialect.challenge : undefined),
    rateHeaders,
    sendsRateLimitFields: file.rateLimitFields ?? dialect.sendsRateLimitFields,
    contentType,
    body,
    errors,
    help: helpOf(file.support, dialect.help),
    management: resolveManagement(file.management, dialect.management, report),
  };
}

/**
 * Replies by reason. Each layer gives what the earlier ones leave out: the inherited reply, `default`, the group of the
 * reason, the reason itself. `default` is no answer to limits, outages and faults, because their callers may try again.
 */
function resolveErrors(file: NonNullable<ProfileFile['errors']>, base: Dialect['errors']): Dialect['errors'] {
  const entries = problems.map((problem): [Problem, WireError] => {
    const group = groupOf[problem];
    const isCovered = reasonSet.has(problem) && !passingReasons.has(problem);
    // Unless it has its own reply, an empty list is answered as an address that is not listed.
    const like = problem === 'address_list_empty' ? file.address_not_allowed : undefined;
    const layers = [base[problem], isCovered ? file.default : undefined, group && file[group], like, file[problem]];
    return [problem, mergeErrors(layers)];
  });
  return Object.fromEntries(entries) as Dialect['errors'];
}

type ErrorFile = NonNullable<NonNullable<ProfileFile['errors']>['default']>;

const reasonSet: ReadonlySet<Problem> = new Set(reasons);

function mergeErrors(layers: readonly (WireError | ErrorFile | undefined)[]): WireError {
  const merged: { -readonly [Name in keyof WireError]: WireError[Name] } = { status: 500, code: '', message: '' };
  for (const { status, code, message, headers } of layers.filter((layer) => layer !== undefined)) {
    merged.status = status ?? merged.status;
    merged.code = code ?? merged.code;
    merged.message = message ?? merged.message;
    merged.headers = headers ?? merged.headers;
  }
  return merged;
}

function reportDoubleHeaders(errors: Dialect['errors'], rateHeaders: RateHeaders | undefined, report: Report): void {
  const rateNames = namesOf(rateHeaders).map((name) => name.toLowerCase());
  const own = new Set(Object.values(errors).flatMap(({ headers = {} }) => Object.keys(headers)));
  for (const name of own) {
    if (rateNames.includes(name.toLowerCase()))
      report(['rateHeaders'], `${name} is also a header of an error: give one of them another name`);
  }
}

function resolveManagement(
  file: ProfileFile['management'],
  base: DialectManagement | undefined,
  report: Report,
): DialectManagement | undefined {
  if (file === undefined) return base;
  if (file === 'none') return undefined;
  const { errors = {}, ...given } = file;
  const routes = overrideRoutes(base, given, (path, message) => report(['management', ...path], message));
  if (routes === undefined) return undefined;
  const entries = Object.entries(base?.errors ?? commonManagementErrors).map(([problem, error]) => [
    problem,
    mergeErrors([error, errors[problem as ManagementProblem]]),
  ]);
  return { ...routes, errors: Object.fromEntries(entries) as DialectManagement['errors'] };
}

function resolveRateHeaders(
  file: ProfileFile['rateHeaders'],
  base: RateHeaders | undefined,
  report: Report,
): RateHeaders | undefined {
  if (file === undefined) return base;
  if (file === 'none') return undefined;
  const { limit = base?.limit, remaining = base?.remaining, reset = base?.reset, resetAs = base?.resetAs } = file;
  const sent = (name: string | undefined) => (name === 'none' || name === undefined ? undefined : internalize(name));
  const headers = {
    limit: sent(limit),
    remaining: sent(remaining),
    reset: sent(reset),
    resetAs: resetAs ?? 'unix',
  } as const;
  const names = namesOf(headers);
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length)
    report(['rateHeaders'], 'has one header for two values: use different names');
  return headers;
}

/**
 * The same name, stored as V8 stores names of properties. Names that YAML cut out of its text make `setHeader` slower by
 * a quarter.
 */
function internalize(name: string): string {
  return Object.keys({ [name]: name })[0] as string;
}

function namesOf(headers: RateHeaders | undefined): string[] {
  const { limit, remaining, reset } = headers ?? {};
  return [limit, remaining, reset].filter((name) => name !== undefined);
}

function resolveConsole({ product, support, console: file = {} }: ProfileFile, base: ConsoleProfile): ConsoleProfile {
  const { suggestedExpiryDays: days } = file;
  return overrideLinks(
    {
      product: product ?? base.product,
      language: file.language ?? base.language,
      suggestedExpiryDays: days === 'never' ? undefined : (days ?? base.suggestedExpiryDays),
      addressSeparator: file.addressSeparator ?? base.addressSeparator,
      revokeWord: file.revokeWord ?? base.revokeWord,
      docsUrl: base.docsUrl,
      supportUrl: base.supportUrl,
      sample: file.sample ?? base.sample,
      words: Object.fromEntries(
        languages.map((language) => [language, resolveWords(file.words?.[language] ?? {}, base.words[language])]),
      ) as ConsoleProfile['words'],
    },
    support,
  );
}

/** The words of the file over those that it inherits. `null` removes a word. */
function resolveWords(
  file: NonNullable<NonNullable<NonNullable<ProfileFile['console']>['words']>['en']>,
  base: ConsoleWords,
): ConsoleWords {
  const given = Object.entries(file).filter(([, word]) => word !== undefined);
  const words = Object.entries({ ...base, ...Object.fromEntries(given) }).filter(([, word]) => word !== null);
  return { navLabel: base.navLabel, ...Object.fromEntries(words) };
}

/** Where a refused caller finds help: each link of the file, or else the inherited one. */
export function helpOf(file: ProfileFile['support'], base: Dialect['help']): Dialect['help'] {
  if (file === undefined) return base;
  return { docs: file.docs ?? base?.docs, contact: file.contact ?? base?.contact };
}

/** The console with the links of the file. */
export function overrideLinks(base: ConsoleProfile, file: ProfileFile['support']): ConsoleProfile {
  return { ...base, docsUrl: file?.docs ?? base.docsUrl, supportUrl: file?.contact ?? base.supportUrl };
}

/** The profiles that an API can name. */
export interface KnownProfiles {
  readonly ids: readonly string[];
  /** `undefined`: there is no such profile. */
  find(id: string): Profile | undefined;
}

/**
 * The profiles of a file beside the bundled ones. A profile can extend any other, but not itself in a circle. Calls
 * `report` for each problem; `path` begins with the id of its profile.
 */
export function resolveProfiles(
  files: Readonly<Record<string, ProfileFile>>,
  bundled: KnownProfiles,
  report: Report,
): KnownProfiles {
  const resolved = new Map<string, Profile>();
  const own = new Map(Object.entries(files));
  const ids = [...bundled.ids, ...own.keys()];

  function find(id: string, extending: readonly string[]): Profile | undefined {
    const file = own.get(id);
    const done = resolved.get(id);
    if (file === undefined || done !== undefined) return done ?? bundled.find(id);
    const { extends: parent = 'standard' } = file;
    const chain = [...extending, id];
    let base: Profile | undefined;
    if (chain.includes(parent)) {
      report([id, 'extends'], `goes round in a circle (${[...chain, parent].join(', ')}): extend another profile`);
    } else {
      base = find(parent, chain);
      if (base === undefined) report([id, 'extends'], notKnown(parent, ids));
    }
    base ??= bundled.find('standard') as Profile;
    let isFlawed = false;
    const profile = resolveProfile(id, file, base, (path, message) => {
      isFlawed = true;
      report([id, ...path], message);
    });
    // APIs and other profiles must not report the same mistakes again.
    resolved.set(id, isFlawed ? base : profile);
    return resolved.get(id);
  }

  for (const id of own.keys()) {
    if (bundled.ids.includes(id))
      report([id], `${id} is the id of a bundled profile: choose another, such as my-${id}`);
    else find(id, []);
  }
  return { ids, find: (id) => find(id, []) };
}

/** The problem of a profile's id that no profile has. */
export function notKnown(id: string, ids: readonly string[]): string {
  return `${JSON.stringify(id.slice(0, 60))} is not known: ${suggestName(id, ids)}`;
}
