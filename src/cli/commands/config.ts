// `miftah config`: check a configuration file, and make running nodes read theirs again.
import type { Command } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { type Config, upstreamsOf } from '../../config/config.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { addExample, addRemoteOptions, type RemoteOptions } from '../options.ts';
import { printResult, table } from '../output.ts';
import { addServerOptions, readConfig, type ServeOptions } from './serve.ts';

interface ReloadOptions extends RemoteOptions {
  readonly dryRun?: boolean;
  readonly allowDifferences?: boolean;
}

export function addConfig(program: Command): void {
  const config = program.command('config').helpCommand(false).description('the configuration of servers');

  const check = addServerOptions(config.command('check').description('check a configuration file, without a server'))
    .option('--json', 'print one JSON document')
    .action(async (options: ServeOptions) => {
      const read = await readConfig(options);
      await checkFiles(read);
      const { digestConfig } = await import('../../config/reload.ts');
      const digest = digestConfig(read);
      printResult(
        options,
        { ok: true, configuration: digest },
        () => '',
        () => `${options.config} is valid. Its digest is ${digest}.`,
      );
    });
  addExample(check, 'miftah config check --config miftah.yaml');

  const reload = config
    .command('reload')
    .description('make all nodes use their configuration files as they are now, or none of them')
    .option('--dry-run', 'check the files of all nodes and show what would change')
    .option('--allow-differences', 'reload even if the nodes then use different configurations')
    .action(async (options: ReloadOptions) => {
      const { dryRun = false, allowDifferences = false } = options;
      const body = { dryRun, allowDifferences };
      const result = await answerOf(openClient(options).POST('/v1/config/reload', { body }));
      printResult(
        options,
        result,
        () => result.nodes.map(({ id }) => id).join('\n'),
        () => showReload(result.nodes),
      );
    });
  addExample(
    addRemoteOptions(reload, 'the ids of the nodes'),
    'miftah config reload --dry-run',
    'miftah config reload',
  );
}

/** Reads the files that the server reads at its start. Throws as the server does. */
async function checkFiles({ apis }: Config): Promise<void> {
  const { readUpstreamTls } = await import('../../config/upstream-tls.ts');
  for (const api of apis) {
    for (const { tls } of upstreamsOf(api)) if (tls !== undefined) readUpstreamTls(tls, api.id);
  }
}

function showReload(nodes: readonly Schemas['ReloadedNode'][]): string {
  const rows = nodes.map(({ id, outcome, after = '', changed = [], needRestart = [] }) => [
    id,
    outcome,
    shortDigest(after),
    changed.join(', '),
    needRestart.join(', '),
  ]);
  const list = table(['NODE', 'OUTCOME', 'CONFIGURATION', 'CHANGED SETTINGS', 'NEED A RESTART'], rows);
  const hasGone = nodes.some(({ outcome }) => outcome === 'gone');
  return hasGone ? `${list}\n\nIf a node that is gone comes back without a restart, reload again.` : list;
}

/** The start of a digest, which is enough to compare nodes. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}
