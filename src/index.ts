// The package's public interface. The import loads what reads configurations. The engine and the server come with their
// first call: kysely alone has more modules than all that is loaded here.
import './domain/node-version.ts';
import type { Config } from './config/config.ts';
import type { RunningServer, ServeOptions } from './serve.ts';

export type { Miftah } from './compose.ts';
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
export { type ListeningMiftah, type OpenOptions, openMiftah } from './open.ts';
export type { Gate } from './profiles/gate.ts';
export type { Dialect, Profile } from './profiles/profile.ts';
export type { RunningServer, ServeOptions } from './serve.ts';

/**
 * Opens the engine and both listeners. Rejects as `openMiftah` does, and when it can't listen on an address. It loads
 * the console and its libraries when it is called, so a program that uses only the engine does not load them.
 */
export async function serve(config: Config, options?: ServeOptions): Promise<RunningServer> {
  const server = await import('./serve.ts');
  return server.serve(config, options);
}
