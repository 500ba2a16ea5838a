// The package's public interface. The import loads what reads configurations. The engine and the server come with their
// first call: kysely alone has more modules than all that is loaded here.
import type { Miftah, OpenOptions } from './compose.ts';
import type { Config } from './config/config.ts';
import type { GivenConfig } from './config/given-config.ts';
import type { RunningServer, ServeOptions } from './serve.ts';

export type { Miftah, OpenOptions } from './compose.ts';
export { profiles } from './config/bundled-profiles.ts';
export type { ApiConfig, Config } from './config/config.ts';
export { defineProfile, loadConfig } from './config/load.ts';
export type { ProfileInput } from './config/profile-schema.ts';
export type { ConfigInput } from './config/schema.ts';
export type { Actor } from './domain/actor.ts';
export type { AuthorizedKey, Environment } from './domain/api-key.ts';
export { OperationalError } from './domain/operational-error.ts';
export type { RateState } from './domain/rate-limit.ts';
export type { RequestFacts } from './domain/request-facts.ts';
export type { Allowed, Reason, Refused, Verdict } from './domain/verdict.ts';
export { reasons } from './domain/verdict.ts';
export { libraryOperator } from './management/rights.ts';
export type { Gate } from './profiles/gate.ts';
export type { Dialect, Profile } from './profiles/profile.ts';
export type { RunningServer, ServeOptions } from './serve.ts';

/**
 * Opens the engine on a configuration: the path of a file, an object of the same shape, or a loaded one. Rejects with an
 * `OperationalError`, `ConfigError` or `StorageError` that names the fix, or with a `TypeError` for an unknown option.
 * On failure, closes everything it has opened. Only one process at a time can open a data folder. A second one fails and
 * leaves its files alone.
 */
export async function openMiftah(what: { readonly config: GivenConfig }, options?: OpenOptions): Promise<Miftah> {
  const engine = await import('./compose.ts');
  return engine.openMiftah(what, options);
}

/**
 * Opens the engine and both listeners. Rejects as `openMiftah` does, and when it can't listen on an address. It loads
 * the console and its libraries when it is called, so a program that uses only the engine does not load them.
 */
export async function serve(config: Config, options?: ServeOptions): Promise<RunningServer> {
  const server = await import('./serve.ts');
  return server.serve(config, options);
}
