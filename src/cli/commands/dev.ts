// `miftah dev`: a server to try Miftah with, and its sample API.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { type Config, originsOf } from '../../config/config.ts';
import type { RunningServer } from '../../serve.ts';
import { commandName } from '../command-name.ts';
import { noContext, readCurrentName } from '../contexts.ts';
import { type DemoCall, demoCalls, openDemo } from '../demo.ts';
import { createInternalClient, readToken } from '../internal-client.ts';
import { addExample, readPort } from '../options.ts';
import { paint, print } from '../output.ts';
import { type SampleApi, startSampleApi } from '../sample-api.ts';
import { readVersion } from '../version.ts';
import { addServerOptions, describePeople, readConfig, runServer, type ServeOptions } from './serve.ts';

/** Five APIs. The package has the file too. */
const demoConfig = fileURLToPath(new URL('../../../examples/five-profiles/miftah.yaml', import.meta.url));

export function addDev(program: Command): void {
  const dev = addServerOptions(
    program
      .command('dev')
      .description('try Miftah: run the server with a sample API, demo keys and calls to paste; not for production'),
    demoConfig,
  )
    .option('--upstream-port <port>', 'send allowed requests to a sample API on this port of 127.0.0.1', readPort)
    .action(async (options: ServeOptions & { readonly upstreamPort?: number }) => {
      await runDemo(await readConfig(options), options, options.upstreamPort);
    });
  addExample(dev, 'miftah dev', 'miftah dev --config examples/five-profiles/miftah.yaml --public 127.0.0.1:8080');
}

/**
 * Runs a server with sample APIs, demo keys and calls to paste until a signal stops it.
 *
 * @param upstreamPort see `--upstream-port`
 */
export async function runDemo(
  written: Config,
  options: Pick<ServeOptions, 'data'>,
  upstreamPort: number | undefined,
): Promise<void> {
  const { config, samples } = await startSampleApis(written, upstreamPort);
  try {
    await runServer(config, (server) => introduce(config, server, options));
  } finally {
    for (const sample of samples) sample.stop();
  }
}

/**
 * Starts a sample API for each loopback origin in the configuration, or a single one on the port that the user asked
 * for.
 */
async function startSampleApis(
  config: Config,
  port: number | undefined,
): Promise<{ readonly config: Config; readonly samples: readonly SampleApi[] }> {
  if (port !== undefined) {
    const sample = await startSampleApi(port);
    if (sample === undefined) noteReuse(port);
    const origin = `http://127.0.0.1:${sample?.port ?? port}`;
    const upstream = { origin, basePath: '', host: undefined, tls: undefined, paths: [] };
    const upstreams = { live: upstream, test: upstream };
    const apis = config.apis.map((api) => ({ ...api, upstream: api.upstream && upstreams }));
    return { config: { ...config, apis }, samples: sample === undefined ? [] : [sample] };
  }
  const origins = new Set(config.apis.flatMap(originsOf));
  const samples: SampleApi[] = [];
  for (const origin of origins) {
    const { protocol, hostname, port: named } = new URL(origin);
    if (protocol !== 'http:' || (hostname !== '127.0.0.1' && hostname !== 'localhost')) continue;
    const sample = await startSampleApi(Number(named || 80));
    if (sample === undefined) noteReuse(Number(named || 80));
    else samples.push(sample);
  }
  return { config, samples };
}

function noteReuse(port: number): void {
  process.stderr.write(
    `Port ${port} is in use, so requests go to the program that listens there. ` +
      'To use the sample API, add --upstream-port 0.\n',
  );
}

function tokenOf({ operatorTokenFile }: RunningServer): string | undefined {
  return operatorTokenFile === undefined ? readToken({}) : readFileSync(operatorTokenFile, 'utf8').trim();
}

async function introduce(config: Config, server: RunningServer, options: Pick<ServeOptions, 'data'>): Promise<void> {
  const internalUrl = `http://${server.internalAddress}`;
  const client = createInternalClient({ origin: internalUrl, token: tokenOf(server) });
  const demo = await openDemo(config, client);
  const lines = [`Miftah ${readVersion()} is ready on http://${server.publicAddress}; Ctrl-C stops it.`];
  const cli = `${commandName(process.cwd())} denials list${remoteFlags(options, internalUrl)}`;
  if (demo === undefined) {
    lines.push('', `The data folder ${config.dataDir} already has organizations, so no demo keys were created.`);
  } else {
    const calls = demoCalls(config, demo, Number(server.publicAddress.split(':').at(-1)));
    const [first] = calls;
    if (first === undefined) {
      lines.push('', 'No API has hosts and an upstream, so there is no call to paste: set both to see one.');
    } else {
      lines.push(
        '',
        'Paste any of these calls:',
        ...calls.flatMap(showCall),
        '',
        paint('bold', 'A call without a key is refused in the vendor’s own format'),
        `  ${first.refusedLine}`,
      );
    }
  }
  lines.push('', paint('bold', 'Denied requests, with the reason and the fix'), `  ${cli}`);
  lines.push('', ...describePeople(config, server));
  print(lines.join('\n'));
}

function showCall({ api, environment, line }: DemoCall): string[] {
  return ['', `${paint('bold', api.id)} ${environment}`, `  ${line}`];
}

function remoteFlags({ data }: Pick<ServeOptions, 'data'>, internalUrl: string): string {
  const url = internalUrl === 'http://127.0.0.1:4101' ? '' : ` --url ${internalUrl}`;
  const flags = `${url}${data === undefined ? '' : ` --data ${data}`}`;
  // Without a flag, the line would go to the server of a context.
  const hasContext = (process.env.MIFTAH_CONTEXT ?? '') !== '' || readCurrentName() !== undefined;
  return flags === '' && hasContext ? ` --context ${noContext}` : flags;
}
