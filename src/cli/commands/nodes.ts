// `miftah nodes`: the nodes that share a database.
import type { Command } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { addExample, addRemoteOptions, type RemoteOptions } from '../options.ts';
import { printResult, table } from '../output.ts';
import { shortDigest } from './config.ts';

export function addNodes(program: Command): void {
  const nodes = program.command('nodes').description('the nodes that share the database');
  const list = nodes
    .command('list')
    .description('list nodes with their state, their configuration and the newest change each one has applied')
    .action(async (options: RemoteOptions) => {
      const page = await answerOf(openClient(options).GET('/v1/nodes'));
      printResult(
        options,
        page,
        () => page.data.map(({ id }) => id).join('\n'),
        () => showNodes(page.data),
      );
    });
  addExample(addRemoteOptions(list, 'their ids'), 'miftah nodes list');
}

function showNodes(nodes: readonly Schemas['Node'][]): string {
  const list = table(
    ['ID', 'NAME', 'STATE', 'LAST SEEN', 'REVISION', 'CONFIGURATION', ''],
    nodes.map(({ id, name, isThis, revision, seenMsAgo, state, configuration }) => [
      id,
      name,
      state.replaceAll('_', ' '),
      state === 'leased' ? '' : `${(seenMsAgo / 1000).toFixed(1)} s ago`,
      revision === null ? 'all' : String(revision),
      configuration === null ? 'unknown' : shortDigest(configuration),
      isThis ? 'this node' : '',
    ]),
  );
  const isOne = new Set(nodes.map(({ configuration }) => configuration)).size <= 1;
  return isOne
    ? list
    : `${list}\n\nThe nodes use different configurations. Make their files alike, then run miftah config reload.`;
}
