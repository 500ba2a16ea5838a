// Decides what a running server applies of another configuration, names the settings that differ, and makes digests.
import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from './config.ts';
import { isRecord } from './yaml-file.ts';

/** Settings that a reload applies, by their names in the file. All others, and any new ones, need a restart. */
const followed: ReadonlySet<string> = new Set([
  ...['accessLog', 'apis', 'profiles', 'consoles', 'countries', 'drainSeconds', 'log', 'mail'],
  ...['public.url', 'public.trustedProxies', 'public.forwardedHeader', 'public.via', 'public.healthPath'],
  ...['public.jwksPath', 'public.maxBodyBytes', 'internal.names', 'internal.metrics'],
]);

/** Settings in which the nodes of one installation differ. Most passwords are among them, so the digest has none. */
const ownOfNode: ReadonlySet<string> = new Set([
  ...['public.listen', 'internal.listen', 'decisions', 'dataDir', 'secrets', 'database', 'coordination'],
]);

/** Sections of which a reload applies some settings, and keeps others. */
const split: ReadonlySet<string> = new Set(['public', 'internal']);

/** Sections that the file can leave out. Each of their settings has a name. */
const sections: ReadonlySet<string> = new Set([
  ...split,
  'decisions',
  'secrets',
  'webhooks',
  'mail',
  'log',
  'accessLog',
  'cache',
  'countries',
  'retention',
  'audit',
  'profiles',
  'consoles',
]);

/** The members of `Config` that settings of the file become, where the names differ. */
const members: Readonly<Record<string, string>> = {
  nodes: 'coordination',
  onLimiterOutage: 'coordination',
  onStoreOutage: 'serveCachedSeconds',
};

/** Most names in a list of settings: an installation may have thousands of APIs. */
const maxNames = 100;

/** The settings of the file as written, with the overrides of the environment and the flags. */
type Written = Config['written'];

/** Where a setting is in the file: `['apis', 'acme', 'upstream']`. */
type Path = readonly string[];

/** What a reload does. The lists have names of settings, as in the file, and never values. */
export interface ReloadPlan {
  /** The configuration to apply. */
  readonly config: Config;
  readonly changed: readonly string[];
  readonly needRestart: readonly string[];
}

/** Plans a reload of a server that runs with `running`, from the configuration that its file has now. */
export function planReload(running: Config, wanted: Config): ReloadPlan {
  const kept: string[] = [];
  const choose = <Section extends object>(before: Section, after: Section, prefix: string) => {
    const chosen = Object.entries(before).map(([name, value]) => {
      const next = after[name as keyof Section];
      if (followed.has(prefix + name)) return [name, next];
      if (!isDeepStrictEqual(value, next)) kept.push(prefix + name);
      return [name, value];
    });
    return Object.fromEntries(chosen) as Section;
  };
  const { public: ofPublic, internal, written, ...rest } = running;
  const config = {
    ...choose(rest, wanted, ''),
    public: choose(ofPublic, wanted.public, 'public.'),
    internal: choose(internal, wanted.internal, 'internal.'),
    written: applyWritten(written, wanted.written),
  };
  const paths = listDifferences(written, wanted.written, []);
  const needRestart = kept.flatMap((member) => {
    const names = paths.filter((path) => !isFollowed(path) && memberOf(path) === member).map(formatPath);
    return names.length > 0 ? names : [member];
  });
  return {
    config,
    changed: shorten(paths.filter(isFollowed).map(formatPath)),
    needRestart: shorten(needRestart),
  };
}

/**
 * SHA-256 (hex) of the settings that must be alike on all nodes: all but addresses, the data folder, secrets, and the
 * URLs of the database and Redis. It does not cover the contents of files that the settings name.
 */
export function digestConfig({ written }: Pick<Config, 'written'>): string {
  const shared = select(written, (name) => !ownOfNode.has(name));
  return hash('sha256', JSON.stringify(sortKeys(shared)), 'hex');
}

/** The settings of `after` that a reload applies, and the others of `before`. */
function applyWritten(before: Written, after: Written): Written {
  const kept = select(before, (name) => !followed.has(name));
  const applied = select(after, (name) => followed.has(name));
  const merged: Record<string, unknown> = { ...kept, ...applied };
  for (const section of split) {
    const both = { ...(kept[section] as object | undefined), ...(applied[section] as object | undefined) };
    if (Object.keys(both).length > 0) merged[section] = both;
  }
  return merged;
}

/** The settings whose names `wants` accepts. A section without settings is left out. */
function select(written: Written, wants: (name: string) => boolean): Written {
  const entries = Object.entries(written).flatMap(([name, value]): [string, unknown][] => {
    if (!split.has(name) || !isRecord(value)) return wants(name) ? [[name, value]] : [];
    const chosen = Object.entries(value).filter(([inner]) => wants(`${name}.${inner}`));
    return chosen.length > 0 ? [[name, Object.fromEntries(chosen)]] : [];
  });
  return Object.fromEntries(entries);
}

function isFollowed([first = '', second = '']: Path): boolean {
  return followed.has(first) || followed.has(`${first}.${second}`);
}

function memberOf([first = '', second = '']: Path): string {
  return split.has(first) ? `${first}.${second}` : (members[first] ?? first);
}

/** The paths at which two values differ, each as short as names it exactly: an API that is new is one path. */
function listDifferences(before: unknown, after: unknown, path: Path): Path[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [a, b] = [readNamed(before, path), readNamed(after, path)];
  if (a === undefined || b === undefined) return [path];
  const names = new Set([...a.keys(), ...b.keys()]);
  const found = [...names].flatMap((name) => listDifferences(a.get(name), b.get(name), [...path, name]));
  // The order of a list may be all that differs.
  return found.length > 0 ? found : [path];
}

/** The parts of a value that have names. `undefined`: it has none. */
function readNamed(value: unknown, path: Path): ReadonlyMap<string, unknown> | undefined {
  if (value === undefined && path.length === 1 && sections.has(path[0] as string)) return new Map();
  if (isRecord(value)) return new Map(Object.entries(value));
  if (!Array.isArray(value) || path[0] !== 'apis' || path.length > 1) return undefined;
  return new Map(value.map((api) => [String((api as { readonly id?: unknown }).id), api]));
}

function formatPath([first = '', second, ...rest]: Path): string {
  const start = second === undefined ? first : first === 'apis' ? `apis[${second}]` : `${first}.${second}`;
  return [start, ...rest].join('.').slice(0, 120);
}

function shorten(names: readonly string[]): readonly string[] {
  if (names.length <= maxNames) return names;
  return [...names.slice(0, maxNames), `and ${names.length - maxNames} more`];
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isRecord(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sortKeys(value[name])]));
}
