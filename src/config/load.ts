// Reads the configuration. Flags override the environment, which overrides the file, which overrides the defaults.
import { readFileSync } from 'node:fs';
import { type Document, isMap, LineCounter, parseDocument, Scalar, visit } from 'yaml';
import type { z } from 'zod';
import { assertKnownNames, suggestName } from '../domain/closest-name.ts';
import { formatFieldPath } from '../domain/field-path.ts';
import { createRedactor } from '../domain/redaction.ts';
import { profiles } from '../profiles/index.ts';
import type { Config } from './config.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { resolveConfig } from './resolve.ts';
import { fileSchema } from './schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings from the command line. Each overrides the environment and the file. */
export interface ConfigFlags {
  /** HOST:PORT */
  readonly public?: string | undefined;
  /** HOST:PORT */
  readonly internal?: string | undefined;
  readonly data?: string | undefined;
}

export interface ConfigSources {
  /** Path of the YAML file. */
  readonly file: string;
  readonly flags?: ConfigFlags;
  /** Default: the environment of the process. */
  readonly environment?: Environment;
  /** Default: the working folder of the process. */
  readonly workingFolder?: string;
}

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
  Record<string, { readonly path: readonly string[]; readonly read?: (text: string) => unknown }>
> = {
  MIFTAH_PUBLIC__LISTEN: { path: ['public', 'listen'] },
  MIFTAH_PUBLIC__URL: { path: ['public', 'url'] },
  MIFTAH_PUBLIC__TRUSTED_PROXIES: { path: ['public', 'trustedProxies'], read: splitList },
  MIFTAH_PUBLIC__MAX_BODY_BYTES: { path: ['public', 'maxBodyBytes'], read: readNumber },
  MIFTAH_PUBLIC__MAX_CONNECTIONS: { path: ['public', 'maxConnections'], read: readNumber },
  MIFTAH_INTERNAL__MAX_CONNECTIONS: { path: ['internal', 'maxConnections'], read: readNumber },
  MIFTAH_INTERNAL__LISTEN: { path: ['internal', 'listen'] },
  MIFTAH_INTERNAL__NAMES: { path: ['internal', 'names'], read: splitList },
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
  const known = ['file', 'flags', 'environment', 'workingFolder'] as const;
  const {
    file,
    flags = {},
    environment = process.env,
    workingFolder = process.cwd(),
  } = assertKnownNames(sources, known, 'loadConfig');
  const config = readConfig(readFile(file), {
    file,
    environment,
    overrides: [...fromEnvironment(environment), ...fromFlags(flags)],
    workingFolder,
  });
  return { ...config, secrets: { ...config.secrets, ...readSecrets(environment) } };
}

function readSecrets(environment: Readonly<Record<string, string | undefined>>): Config['secrets'] {
  const entries = Object.entries(secretVariables).flatMap(([name, place]) => {
    const text = environment[place];
    return text === undefined || text === '' ? [] : [[name, { text, place }]];
  });
  return Object.fromEntries(entries) as Config['secrets'];
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message =
      code === 'ENOENT'
        ? 'no such file: set your configuration file with --config FILE'
        : code === 'EISDIR'
          ? 'is a folder: use the YAML file in it'
          : code === 'EACCES'
            ? 'cannot be read: make it readable for the user that runs Miftah'
            : `cannot be read (${code ?? 'unknown'}): set your configuration file with --config FILE`;
    throw new ConfigError('config_unreadable', [{ place: file, path: '', message }], { cause: error });
  }
}

function fromFlags(flags: ConfigFlags): Override[] {
  return Object.entries(flagPaths).flatMap(([flag, path]) => {
    const value = flags[flag as keyof ConfigFlags];
    return value === undefined ? [] : [{ place: `--${flag}`, path, value }];
  });
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
      : [{ place: name, path, value: read === undefined ? text : read(text) }];
  });
}

function splitList(text: string): string[] {
  return text.split(',').map((entry) => entry.trim());
}

function readNumber(text: string): unknown {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

/** Reads a value that may hold a password from a file, because the environment is easier for others to read. */
function readSecretFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const message = `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}): use a file that the user that runs Miftah can read`;
    throw new ConfigError('config_unreadable', [{ place: file, path: '', message }], { cause: error });
  }
}

/** For errors: a value may hold a key. Knows the prefixes of all bundled profiles, but not yet those of the file. */
const redactor = createRedactor(Object.values(profiles));

function readConfig(
  text: string,
  {
    file,
    environment,
    overrides,
    workingFolder,
  }: { file: string; environment: Environment; overrides: readonly Override[]; workingFolder: string },
): Config {
  const lines = new LineCounter();
  // The parser's warnings quote the file, which may hold a password.
  const options = { lineCounter: lines, prettyErrors: false, version: '1.2', logLevel: 'error' } as const;
  const document = parseDocument(text, options);
  const problems: ConfigProblem[] = [];

  function placeOf(path: Path): string {
    const override = overrides.findLast((candidate) => candidate.path.every((name, at) => path[at] === name));
    return override?.place ?? `${file}:${lineOf(path)}`;
  }
  function lineOf(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const parent = document.getIn(path.slice(0, length - 1), true);
      const name = path[length - 1];
      const pair = isMap(parent) ? parent.items.find(({ key }) => String(key) === String(name)) : undefined;
      const node = pair === undefined ? document.getIn(path.slice(0, length), true) : pair.key;
      const start = (node as { readonly range?: readonly number[] | null } | undefined)?.range?.[0];
      if (start !== undefined) return lines.linePos(start).line;
    }
    return 1;
  }
  const report: LocatedReport = (path, message, located = path) => {
    const field = redactor.redactText(formatFieldPath(path));
    problems.push({ place: placeOf(located), path: field, message: redactor.redactText(message) });
  };

  const [flaw] = document.errors;
  if (flaw !== undefined) throw notYaml(`${file}:${lines.linePos(flaw.pos[0]).line}`, flaw.message, flaw);
  for (const { offset, message } of setVariables(document, environment)) {
    problems.push({ place: `${file}:${lines.linePos(offset).line}`, path: '', message });
  }
  if (problems.length > 0) throw new ConfigError('config_invalid', problems);
  let written: unknown;
  try {
    written = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw notYaml(file, (error as Error).message, error);
  }

  const parsed = fileSchema.safeParse(applyOverrides(written ?? {}, overrides));
  if (!parsed.success) {
    for (const issue of parsed.error.issues) explainIssue(issue, [], report);
    throw new ConfigError('config_invalid', problems);
  }
  const config = resolveConfig(parsed.data, workingFolder, report);
  if (problems.length > 0) throw new ConfigError('config_invalid', problems);
  return config;
}

function notYaml(place: string, cause: string, error: unknown): ConfigError {
  const [firstLine = ''] = cause.split('\n');
  return new ConfigError('config_not_yaml', [{ place, path: '', message: `is not YAML: ${firstLine.slice(0, 200)}` }], {
    cause: error,
  });
}

/**
 * Replaces `${NAME}` in the values of the file by the environment variable. `$${NAME}` stands for the text `${NAME}`. A
 * value that is only `${NAME}`, without quotes, becomes a number or a boolean if it reads as one. Returns the problems
 * with their offsets in the file.
 */
function setVariables(document: Document, environment: Environment): { offset: number; message: string }[] {
  const problems: { offset: number; message: string }[] = [];
  visit(document, {
    Scalar(key, node) {
      const { value, range } = node;
      if (key === 'key' || typeof value !== 'string' || !value.includes('${')) return;
      const offset = range?.[0] ?? 0;
      const read = value.replaceAll(/(\$?)\$\{([^}]*)(\}?)/g, (text, mark: string, name: string, close: string) => {
        if (mark !== '') return text.slice(1);
        const problem = close === '' ? 'has no closing brace' : findVariableProblem(name, environment[name]);
        if (problem === undefined) return environment[name] as string;
        problems.push({ offset, message: `\${${shortName(name)}${close} ${problem}; write $\${ for the text \${` });
        return '';
      });
      node.value = node.type === Scalar.PLAIN && /^\$\{[^}]*\}$/.test(value) ? readScalar(read) : read;
    },
  });
  return problems;
}

function findVariableProblem(name: string, value: string | undefined): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'names no variable: use letters, digits and _';
  return value === undefined || value === '' ? 'is not set: set this variable in the environment' : undefined;
}

/** Hides a name that is not a variable name, because it may be part of a password with a `$`. */
function shortName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) ? name : '…';
}

function readScalar(text: string): unknown {
  return text === 'true' || text === 'false' ? text === 'true' : readNumber(text);
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reports an issue. If a setting has several forms, reports the problems of the form that the user began. */
function explainIssue(issue: z.core.$ZodIssue, before: Path, report: LocatedReport): void {
  const path = [...before, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    report(path, issue.message, [...path, issue.keys[0] as string]);
  } else if (issue.code === 'invalid_union') {
    const begun = issue.errors.find(
      (form) => !form.some(({ code, path: at }) => code === 'invalid_type' && at.length === 0),
    );
    const whole = issue.errors.flatMap((form) => form.map((inner) => inner.message)).join(', or ');
    if (begun === undefined) report(path, whole);
    else for (const inner of begun) explainIssue(inner, path, report);
  } else {
    report(path, issue.message);
  }
}
