// Puts profiles that are files of their own into the configuration that names them.
import { basename, resolve } from 'node:path';
import { formatFieldPath } from '../domain/field-path.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { type Environment, isRecord, readYamlFile, type Written, type YamlFile } from './yaml-file.ts';

/** The configuration with all its profiles, and the file of each profile that is one. */
interface Inlined {
  readonly written: unknown;
  readonly fileOf: ReadonlyMap<string, YamlFile>;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads the profiles that `profiles` and `profile` name by file, and puts them under `profiles`. Paths are relative to
 * the configuration. The id of a profile that only an API names is the name of its file: `acme.profile.yaml` is acme.
 * Keeps what is not valid, so that the schema reports it.
 */
export function inlineProfiles(config: Written, environment: Environment): Inlined {
  const { written, folder } = config;
  const fileOf = new Map<string, YamlFile>();
  const problems: ConfigProblem[] = [];
  if (!isRecord(written) || !(written.profiles === undefined || isRecord(written.profiles)))
    return { written, fileOf, problems };
  const profiles = new Map<string, unknown>(Object.entries(written.profiles ?? {}));

  function report(path: readonly PropertyKey[], message: string): void {
    problems.push({ place: config.placeOf(path), path: formatFieldPath(path), message });
  }

  function read(id: string, named: string, path: readonly PropertyKey[]): void {
    const file = resolve(folder, named);
    try {
      const read = readYamlFile(file, environment, `correct the path, which is relative to ${folder}`);
      // An empty file changes nothing.
      profiles.set(id, read.written ?? {});
      fileOf.set(id, read);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if (error.code === 'config_unreadable')
        for (const each of error.problems) report(path, `${each.place}: ${each.message}`);
      else problems.push(...error.problems);
      profiles.set(id, {});
    }
  }

  for (const [id, named] of profiles) if (typeof named === 'string') read(id, named, ['profiles', id]);
  const apis = Array.isArray(written.apis)
    ? written.apis.map((api: unknown, at) => {
        if (!isRecord(api) || !isFileName(api.profile)) return api;
        const path = ['apis', at, 'profile'];
        const id = idOfProfileFile(api.profile);
        const file = resolve(folder, api.profile);
        if (!profiles.has(id)) read(id, api.profile, path);
        else if (fileOf.get(id)?.file !== file)
          report(path, `is another profile than ${id} under profiles: write profile: ${id}, or rename the file`);
        return { ...api, profile: id };
      })
    : written.apis;
  const all = profiles.size > 0 && { profiles: Object.fromEntries(profiles) };
  return { written: { ...written, ...all, apis }, fileOf, problems };
}

function isFileName(profile: unknown): profile is string {
  return typeof profile === 'string' && (/[\\/]/.test(profile) || /\.ya?ml$/.test(profile));
}

/** The id of a profile in a file: `./acme.profile.yaml` is acme. Other text stays unchanged. */
export function idOfProfileFile(named: string): string {
  return basename(named).replace(/(?:\.profile)?\.ya?ml$/, '');
}
