// `miftah serve`: runs the server until a signal stops it.
import { isatty } from 'node:tty';
import { type Command, Option } from 'commander';
import type { Config } from '../../config/config.ts';
import { consoleHostsOf } from '../../config/console-hosts.ts';
import type { ConfigFlags } from '../../config/load.ts';
import type { RunningServer } from '../../serve.ts';
import { addExample } from '../options.ts';
import { print } from '../output.ts';
import { readVersion } from '../version.ts';

export interface ServeOptions extends ConfigFlags {
  readonly config: string;
  readonly json?: boolean;
}

export function addServe(program: Command): void {
  const serve = addServerOptions(program.command('serve').description('run the server'))
    .option('--json', 'print the addresses as one JSON document')
    .action(async (options: ServeOptions) => {
      const config = await readConfig(options);
      const announce = (server: RunningServer) => {
        const clients = `http://${server.publicAddress}`;
        const internal = `http://${server.internalAddress}`;
        const { dataDir } = config;
        if (options.json === true) {
          const { setUpToken, mailFile, decisionsAddress: decisions, grpcAddress: grpc } = server;
          print(JSON.stringify({ public: clients, internal, decisions, grpc, dataDir, setUpToken, mailFile }));
          return;
        }
        const decisions = server.decisionsAddress === undefined ? '' : `, decisions ${server.decisionsAddress}`;
        const grpc = server.grpcAddress === undefined ? '' : `, gRPC ${server.grpcAddress}`;
        print(
          `Miftah ${readVersion()} is ready: public ${clients}, internal ${internal}${decisions}${grpc}, data ${dataDir}`,
        );
        for (const line of describePeople(config, server)) print(line);
      };
      await runServer(config, announce, () => readConfig(options));
    });
  addExample(serve, 'miftah serve --config miftah.yaml --public 0.0.0.0:8080 --data /var/lib/miftah');
}

/** Lines that say what to set up before people can sign in and get mail. */
export function describePeople(config: Config, { publicAddress, setUpToken, mailFile }: RunningServer): string[] {
  const port = publicAddress.slice(publicAddress.lastIndexOf(':') + 1);
  const [host] = consoleHostsOf(config);
  const consoleUrl = config.public.url ?? (host && `http://${host}:${port}`);
  const invitation = consoleUrl
    ? `Create the first account: ${consoleUrl}/setup#token=${setUpToken}`
    : 'The console has no address: set public.url to the origin that browsers use, then restart';
  return [
    ...(setUpToken === undefined ? [] : [`No account exists yet. ${invitation}`]),
    ...(mailFile === undefined ? [] : [`Mail is written to ${mailFile}. To send it, set mail.smtp`]),
  ];
}

/** @param preset the configuration where no other is given; without it, one is required */
export function addServerOptions(command: Command, preset?: string): Command {
  const configured =
    preset === undefined
      ? command.requiredOption('--config <file>', 'configuration, a YAML file')
      : command.addOption(
          new Option('--config <file>', 'configuration, a YAML file').default(preset, 'five sample APIs'),
        );
  return configured
    .option('--public <host:port>', 'address for clients')
    .option('--internal <host:port>', 'address for operators: this CLI, the admin API, health, metrics')
    .option('--data <dir>', 'data folder');
}

/** Reads the configuration. Imported on use, so that commands that only call a server start faster. */
export async function readConfig(options: ServeOptions): Promise<Config> {
  const { loadConfig } = await import('../../config/load.ts');
  return loadConfig({ file: options.config, flags: options });
}

/**
 * Starts the server and calls `announce` when it listens. Resolves when it has stopped, after SIGTERM or SIGINT. SIGTERM
 * first lets load balancers notice; a second signal ends the process at once. SIGHUP applies the configuration that
 * `reread` returns. Without `reread`, or if the terminal was closed, it stops the server as SIGINT does. A signal during
 * the start is not lost.
 */
export async function runServer(
  config: Config,
  announce: (server: RunningServer) => void | Promise<void>,
  reread?: () => Promise<Config>,
): Promise<void> {
  const { serve } = await import('../../serve.ts');
  const { promise: stopped, resolve: markStopped } = Promise.withResolvers<NodeJS.Signals>();
  const started = Promise.withResolvers<RunningServer>();
  let isStopping = false;
  const stop = (signal: NodeJS.Signals, number: number) => {
    if (isStopping) process.exit(128 + number);
    isStopping = true;
    process.stderr.write('Stopping after the requests in progress finish.\n');
    markStopped(signal);
  };
  const hadTerminal = isatty(0);
  process.on('SIGTERM', stop).on('SIGINT', stop);
  process.on('SIGHUP', (signal: NodeJS.Signals, number: number) => {
    // A terminal that was closed is none any more: no one is left to stop the server by hand.
    if (reread === undefined || (hadTerminal && !isatty(0))) stop(signal, number);
    // The log tells of what goes wrong.
    else void started.promise.then((server) => server.reload()).catch(() => undefined);
  });
  const server = await serve(config, reread && { reread });
  started.resolve(server);
  try {
    await announce(server);
    const signal = await Promise.race([stopped, server.closed]);
    if (signal === 'SIGTERM') await server.drain();
  } finally {
    await server.close();
  }
}
