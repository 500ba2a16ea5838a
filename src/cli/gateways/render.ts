// The configuration of a gateway for one API of Miftah's configuration.
import type { ApiConfig, Config } from '../../config/config.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { type GatewayId, snippets } from './index.ts';
import { hasOneUpstream, hostsOf, isProxied, readGatewaySetting } from './setting.ts';

/** Resolves to the text. Rejects with a `CliError` for an API that a gateway can't forward to. */
export async function renderSnippet(
  id: GatewayId,
  config: Config,
  api: ApiConfig,
  options: Parameters<typeof readGatewaySetting>[2],
): Promise<string> {
  if (!isProxied(api)) {
    throw new CliError(
      exitCodes.usage,
      'upstream_missing',
      `${api.id} has no upstream, so its gateway has nothing to forward to`,
      `Set hosts and upstream of ${api.id} in the configuration.`,
    );
  }
  if (!hasOneUpstream(api) && hostsOf(api, options.environment).length === 0) {
    throw new CliError(
      exitCodes.usage,
      'upstream_ambiguous',
      `${api.id} has an upstream for each environment, and a gateway does not know the environment of a key`,
      'Give each environment its hosts: hosts: { live: […], test: […] }. Then choose one with --env.',
    );
  }
  return snippets[id](readGatewaySetting(config, api, options));
}
