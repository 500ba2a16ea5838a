// Gives the APIs of a configuration other places for their keys than their profiles have.
import type { Config } from '../src/config/config.ts';
import type { CredentialSource } from '../src/domain/credential.ts';

/** By API id. */
export type SourcesById = Readonly<Record<string, CredentialSource>>;

export function withSources(config: Config, sources: SourcesById): Config {
  const apis = config.apis.map((api) => {
    const source = sources[api.id];
    return source === undefined ? api : { ...api, profile: { ...api.profile, source } };
  });
  return { ...config, apis };
}
