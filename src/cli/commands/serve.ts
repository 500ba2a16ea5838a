// `miftah serve`: runs the server until it is told to stop.
import type { Command } from 'commander';
import type { RunningServer } from '../../compose.ts';
import type { Config } from '../../config/config.ts';
import type { ConfigFlags } from '../../config/load.ts';
import { addExample } from '../options.ts';
import { print } from '../output.ts';
import { readVersion } from '../version.ts';

export interface ServeOptions extends ConfigFlags {
  readonly config: string;
  readonly json?: boolean;
}

export function addServe(program: Command): void {
  const serve = addServerOptions(program.command('serve').description('run the server'))
    .option('--json', 'print what listens where as one JSON document')
    .action(async (options: ServeOptions) => {
      const config = await readConfig(options);
      const server = await startServer(config);
      const addresses = { public: `http://${server.publicAddress}`, internal: `http://${server.internalAddress}` };
      if (options.json === true) print(JSON.stringify({ ...addresses, dataDir: config.dataDir }));
      else {
        const { public: clients, internal } = addresses;
        print(`Miftah ${readVersion()} is ready: public ${clients}, internal ${internal}, data ${config.dataDir}`);
      }
      await runUntilStopped(server);
    });
  addExample(serve, 'miftah serve --config miftah.yaml --public 0.0.0.0:8080 --data /var/lib/miftah');
}

export function addServerOptions(command: Command): Command {
  return command
    .requiredOption('--config <file>', 'configuration, a YAML file')
    .option('--public <host:port>', 'where clients are served')
    .option('--internal <host:port>', 'where operators are served: this CLI, decision endpoints, health, metrics')
    .option('--data <dir>', 'data folder');
}

/** Loaded when it is needed: the commands that only talk to a server start faster without it. */
export async function readConfig(options: ServeOptions): Promise<Config> {
  const { loadConfig } = await import('../../config/load.ts');
  return loadConfig({ file: options.config, flags: options });
}

export async function startServer(config: Config): Promise<RunningServer> {
  const { serve } = await import('../../compose.ts');
  return serve(config);
}

/** Resolves when the server has drained after SIGTERM or SIGINT; a second signal ends the process at once. */
export async function runUntilStopped(server: RunningServer): Promise<void> {
  let isStopping = false;
  const stop = (_signal: NodeJS.Signals, number: number) => {
    if (isStopping) process.exit(128 + number);
    isStopping = true;
    process.stderr.write('Stopping: requests in progress are finished first.\n');
    server.close().catch(fail);
  };
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  process.on('SIGTERM', stop).on('SIGINT', stop);
  await Promise.race([server.closed, failed]);
  process.off('SIGTERM', stop).off('SIGINT', stop);
}
