// `miftah gateway`: configurations of gateways that ask Miftah before they forward a request.
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import type { HostPort } from '../../config/config.ts';
import { suggestName } from '../../domain/closest-name.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { type GatewayId, gatewayIds } from '../gateways/index.ts';
import { addExample } from '../options.ts';
import { readConfig } from './serve.ts';

interface SnippetOptions {
  readonly config: string;
  readonly api: string;
  readonly env: 'live' | 'test';
  readonly address?: HostPort | { readonly file: string };
}

export function addGateway(program: Command): void {
  const gateway = program
    .command('gateway')
    .helpCommand(false)
    .description('gateways that ask Miftah before they forward a request');
  const snippet = gateway
    .command('snippet')
    .description('print the configuration of a gateway for one API')
    .addArgument(new Argument('<gateway>', 'the gateway').choices(gatewayIds).argParser(readGateway))
    .option('--config <file>', 'configuration, a YAML file', 'miftah.yaml')
    .requiredOption('--api <id>', 'the API')
    .addOption(
      new Option('--env <environment>', 'its environment, if they have different upstreams')
        .choices(['live', 'test'])
        .default('live'),
    )
    .option(
      '--address <address>',
      'HOST:PORT or unix:FILE at which the gateway reaches Miftah (default: decisions.listen or internal.listen)',
      readAddress,
    )
    .action(printSnippet);
  addExample(snippet, 'miftah gateway snippet nginx --config miftah.yaml --api acme > /etc/nginx/conf.d/acme.conf');
}

async function printSnippet(id: GatewayId, { api: apiId, env: environment, address, ...options }: SnippetOptions) {
  const config = await readConfig(options);
  const api = config.apis.find((each) => each.id === apiId);
  if (api === undefined) {
    const fix = `Name an API of the configuration: ${suggestName(
      apiId,
      config.apis.map((each) => each.id),
    )}`;
    throw new CliError(exitCodes.notFound, 'api_not_found', `no API has the id ${apiId}`, fix);
  }
  const { renderSnippet } = await import('../gateways/render.ts');
  process.stdout.write(await renderSnippet(id, config, api, { environment, address }));
}

function readGateway(text: string): GatewayId {
  const id = gatewayIds.find((each) => each === text);
  if (id === undefined) throw new InvalidArgumentError(suggestName(text, gatewayIds));
  return id;
}

function readAddress(text: string): NonNullable<SnippetOptions['address']> {
  const [, file] = /^unix:(\/.+)$/.exec(text) ?? [];
  if (file !== undefined) return { file };
  const [, bracketed, plain, port] = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && Number(port) > 0 && Number(port) < 65_536) return { host, port: Number(port) };
  throw new InvalidArgumentError('Use HOST:PORT, or unix: and an absolute path.');
}
