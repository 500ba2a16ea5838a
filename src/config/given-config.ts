// The configuration that a program gives to the library: a path, an object, or one that it has loaded.
import type { Config } from './config.ts';
import { loadConfig } from './load.ts';
import type { ConfigInput } from './schema.ts';
import type { Environment } from './yaml-file.ts';

/** The path of a file, an object of the same shape, or what `loadConfig` returned. */
export type GivenConfig = string | ConfigInput | Config;

/**
 * Reads the configuration. Throws as `loadConfig` does, and a `TypeError` for anything else.
 *
 * @param caller begins the message of the `TypeError`
 * @param environment default: the environment of the process
 */
export function readGivenConfig(given: GivenConfig, caller: string, environment?: Environment): Config {
  const sources = environment === undefined ? {} : { environment };
  if (typeof given === 'string') return loadConfig({ file: given, ...sources });
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(
      `${caller}: config must be the path of a configuration file, an object like one, or what loadConfig returned`,
    );
  }
  // No configuration has a setting with this name.
  return 'written' in given ? given : loadConfig({ config: given, ...sources });
}

/** The environment of the process without Miftah's own variables. */
export function readForeignEnvironment(): Environment {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MIFTAH_')));
}
