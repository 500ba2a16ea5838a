// Reads the configuration. Flags override the environment, which overrides the file, which overrides the defaults.
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { assertKnownNames, suggestName } from '../domain/closest-name.ts';
import { formatFieldPath } from '../domain/field-path.ts';
import { createRedactor } from '../domain/redaction.ts';
import { profiles } from './bundled-profiles.ts';
import type { Config } from './config.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { copyPlainData } from './plain-data.ts';
import { idOfProfileFile, inlineProfiles } from './profile-files.ts';
import type { ProfileInput } from './profile-schema.ts';
import { resolveConfig } from './resolve.ts';
import { type ConfigInput, fileSchema } from './schema.ts';
import { type Environment, isRecord, readNumber, readScalar, readYamlFile, type Written } from './yaml-file.ts';

/** Settings from the command line. Each overrides the environment and the file. */
export interface ConfigFlags {
  /** HOST:PORT */
  readonly public?: string | undefined;
  /** HOST:PORT */
  readonly internal?: string | undefined;
  readonly data?: string | undefined;
}

/** The configuration itself: the path of a YAML file, or an object of the same shape. */
type GivenConfig =
  | { readonly file: string; readonly config?: undefined }
  | { readonly config: ConfigInput; readonly file?: undefined };

export type ConfigSources = GivenConfig & {
  readonly flags?: ConfigFlags;
  /** Default: the environment of the process. */
  readonly environment?: Environment;
  /** The base of relative paths. Default: the working folder of the process. */
  readonly workingFolder?: string;
  /** Profiles by id, beside those of the configuration. They replace those with the same id. */
  readonly profiles?: Readonly<Record<string, ProfileInput>>;
};

/** A value from a flag or the environment, and its path in the file. */
interface Override {
  readonly place: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

type Path = readonly PropertyKey[];

/** Called for each problem. `located` is the path for the line number, if it is not `path`. */
type LocatedReport = (path: Path, message: string, located?: Path) => void;

const flagPaths = { public: ['public', 'listen'], internal: ['internal', 'listen'], data: ['dataDir'] } as const;

/** Every environment variable that sets a value of the file, with that value's path. */
const variables: Readonly<
  Record<string, { readonly path: readonly string[]; readonly read?: (text: string, variable: string) => unknown }>
> = {
  MIFTAH_PUBLIC__LISTEN: { path: ['public', 'listen'] },
  MIFTAH_PUBLIC__URL: { path: ['public', 'url'] },
  MIFTAH_PUBLIC__TRUSTED_PROXIES: { path: ['public', 'trustedProxies'], read: splitList },
  MIFTAH_PUBLIC__MAX_BODY_BYTES: { path: ['public', 'maxBodyBytes'], read: readNumber },
  MIFTAH_PUBLIC__MAX_CONNECTIONS: { path: ['public', 'maxConnections'], read: readNumber },
  MIFTAH_INTERNAL__MAX_CONNECTIONS: { path: ['internal', 'maxConnections'], read: readNumber },
  MIFTAH_INTERNAL__LISTEN: { path: ['internal', 'listen'] },
  MIFTAH_INTERNAL__NAMES: { path: ['internal', 'names'], read: splitList },
  MIFTAH_INTERNAL__METRICS: { path: ['internal', 'metrics'] },
  MIFTAH_DECISIONS__LISTEN: { path: ['decisions', 'listen'] },
  MIFTAH_DECISIONS__GRPC: { path: ['decisions', 'grpc'] },
  MIFTAH_DATA: { path: ['dataDir'] },
  MIFTAH_DATABASE: { path: ['database'] },
  MIFTAH_DATABASE_FILE: { path: ['database'], read: readSecretFile },
  MIFTAH_COORDINATION: { path: ['coordination'] },
  MIFTAH_COORDINATION_FILE: { path: ['coordination'], read: readSecretFile },
  MIFTAH_OPERATOR_TOKEN_FILE: { path: ['secrets', 'operatorTokenFile'] },
  MIFTAH_SESSION_SECRET_FILE: { path: ['secrets', 'sessionSecretFile'] },
  MIFTAH_SIGNING_KEY_FILE: { path: ['secrets', 'signingKeyFile'] },
  MIFTAH_ON_STORE_OUTAGE: { path: ['onStoreOutage'] },
  MIFTAH_LOG__LEVEL: { path: ['log', 'level'] },
  MIFTAH_TRACING: { path: ['tracing'], read: readScalar },
  MIFTAH_ACCESS_LOG__OUTPUT: { path: ['accessLog', 'output'] },
  MIFTAH_CACHE__KEYS: { path: ['cache', 'keys'], read: readNumber },
};

/** Environment variables that hold secrets. The configuration file has no settings for these texts. */
const secretVariables = {
  operatorToken: 'MIFTAH_OPERATOR_TOKEN',
  sessionSecret: 'MIFTAH_SESSION_SECRET',
  signingKey: 'MIFTAH_SIGNING_KEY',
} as const;

/** Throws a `ConfigError` that names every problem, its place and its fix, or a `TypeError` for an unknown source. */
export function loadConfig(sources: ConfigSources): Config {
  const known = ['file', 'config', 'flags', 'environment', 'workingFolder', 'profiles'] as const;
  const {
    flags = {},
    environment = process.env,
    workingFolder = process.cwd(),
    profiles: given = {},
  } = assertKnownNames(sources, known, 'loadConfig');
  const config = readConfig(readWritten(sources, environment, workingFolder), {
    environment,
    overrides: [...fromEnvironment(environment), ...fromFlags(flags), ...fromProfiles(given)],
    workingFolder,
  });
  return { ...config, secrets: { ...config.secrets, ...readSecrets(environment) } };
}

function readWritten({ file, config }: ConfigSources, environment: Environment, workingFolder: string): Written {
  if ((file === undefined) === (config === undefined)) throw new TypeError('loadConfig: give either file or config');
  if (file !== undefined) return readYamlFile(file, environment, 'set your configuration file with --config FILE');
  const problems: ConfigProblem[] = [];
  const written = copyPlainData(config, (path, message) =>
    problems.push({ place: '', path: formatFieldPath(path), message }),
  );
  if (problems.length > 0) throw new ConfigError('config_invalid', problems);
  return { folder: workingFolder, written, placeOf: () => '' };
}

/**
 * Checks a profile that is written in TypeScript, as `profiles` of the configuration would. Throws a `ConfigError` that
 * names every problem. Pass the result to `loadConfig`.
 */
export function defineProfile(profile: ProfileInput): ProfileInput {
  loadAlone('profile', { profiles: { profile } });
  return profile;
}

/**
 * A configuration with one API that has the given profile: a bundled one or the file of one. The API has the id of the
 * profile and the host `ID.localhost`. Throws a `ConfigError` for any mistake in the profile.
 */
export function configOfProfile(profile: string, dataDir: string): Config {
  const listen = '127.0.0.1:0';
  return loadAlone(profile, { dataDir, public: { listen }, internal: { listen } });
}

/** A configuration with one API that no file has. */
function loadAlone(profile: string, more: object): Config {
  const id = idOfProfileFile(profile);
  const api = { id, profile, hosts: [`${id}.localhost`], upstream: 'http://127.0.0.1:1' };
  const workingFolder = process.cwd();
  const main: Written = { folder: workingFolder, written: { ...more, apis: [api] }, placeOf: () => '' };
  return readConfig(main, { environment: process.env, overrides: [], workingFolder });
}

function readSecrets(environment: Readonly<Record<string, string | undefined>>): Config['secrets'] {
  const entries = Object.entries(secretVariables).flatMap(([name, place]) => {
    const text = environment[place];
    return text === undefined || text === '' ? [] : [[name, { text, place }]];
  });
  return Object.fromEntries(entries) as Config['secrets'];
}

function fromFlags(flags: ConfigFlags): Override[] {
  return Object.entries(flagPaths).flatMap(([flag, path]) => {
    const value = flags[flag as keyof ConfigFlags];
    return value === undefined ? [] : [{ place: `--${flag}`, path, value }];
  });
}

function fromProfiles(profiles: Readonly<Record<string, ProfileInput>>): Override[] {
  return Object.entries(profiles).map(([id, value]) => ({ place: 'loadConfig', path: ['profiles', id], value }));
}

function fromEnvironment(environment: Environment): Override[] {
  const strange = Object.keys(environment).filter(
    (name) => /^MIFTAH_.*__/.test(name) && !Object.hasOwn(variables, name),
  );
  if (strange.length > 0) {
    const names = Object.keys(variables);
    throw new ConfigError(
      'config_invalid',
      strange.map((name) => ({ place: name, path: '', message: `is not a setting: ${suggestName(name, names)}` })),
    );
  }
  return Object.entries(variables).flatMap(([name, { path, read }]) => {
    const text = environment[name];
    return text === undefined || text === ''
      ? []
      : [{ place: name, path, value: read === undefined ? text : read(text, name) }];
  });
}

function splitList(text: string): string[] {
  return text.split(',').map((entry) => entry.trim());
}

/** Reads a value that may hold a password from a file, because the environment is easier for others to read. */
function readSecretFile(file: string, variable: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const message = `${file} cannot be read (${code}): name a file that the user that runs Miftah can read`;
    throw new ConfigError('config_unreadable', [{ place: variable, path: '', message }], { cause: error });
  }
}

function readConfig(
  main: Written,
  {
    environment,
    overrides,
    workingFolder,
  }: { environment: Environment; overrides: readonly Override[]; workingFolder: string },
): Config {
  const problems: ConfigProblem[] = [];
  const { written, fileOf, problems: ofFiles } = inlineProfiles(main, environment);
  if (ofFiles.length > 0) throw new ConfigError('config_invalid', ofFiles);

  function placeOf(path: Path): string {
    const override = overrides.findLast((candidate) => candidate.path.every((name, at) => path[at] === name));
    if (override !== undefined) return override.place;
    const [section, id, ...inner] = path;
    const apart = section === 'profiles' ? fileOf.get(id as string) : undefined;
    return apart === undefined ? main.placeOf(path) : apart.placeOf(inner);
  }
  const report: LocatedReport = (path, message, located = path) => {
    const redactor = createRedactor(Object.values(profiles));
    const field = redactor.redactText(formatFieldPath(path));
    problems.push({ place: placeOf(located), path: field, message: redactor.redactText(message) });
  };

  const merged = applyOverrides(written ?? {}, overrides);
  const parsed = fileSchema.safeParse(merged);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) explainIssue(issue, [], report);
    throw new ConfigError('config_invalid', problems);
  }
  const config = resolveConfig(parsed.data, { workingFolder, configFolder: main.folder }, report);
  if (problems.length > 0) throw new ConfigError('config_invalid', problems);
  return { ...config, written: merged as Config['written'] };
}

/** Returns a copy of the file's values with the overrides. Keeps invalid sections, so that the schema reports them. */
function applyOverrides(written: unknown, overrides: readonly Override[]): unknown {
  if (!isRecord(written)) return written;
  const merged = { ...written };
  for (const { path, value } of overrides) {
    const [first, second] = path as readonly [string, string?];
    if (second === undefined) merged[first] = value;
    else if (merged[first] === undefined || isRecord(merged[first]))
      merged[first] = { ...(merged[first] as object | undefined), [second]: value };
  }
  return merged;
}

/** Reports an issue. If a setting has several forms, reports the problems of the form that the user began. */
function explainIssue(issue: z.core.$ZodIssue, before: Path, report: LocatedReport): void {
  const path = [...before, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    report(path, issue.message, [...path, issue.keys[0] as string]);
  } else if (issue.code === 'invalid_union') {
    const begun =
      issue.errors.find((form) => form.some(({ code, path: at }) => at.length > 0 || code === 'unrecognized_keys')) ??
      issue.errors.find((form) => !form.some(({ code, path: at }) => code === 'invalid_type' && at.length === 0));
    const whole = issue.errors.flatMap((form) => form.map((inner) => inner.message)).join(', or ');
    if (begun === undefined) report(path, whole);
    else for (const inner of begun) explainIssue(inner, path, report);
  } else {
    report(path, issue.message);
  }
}
