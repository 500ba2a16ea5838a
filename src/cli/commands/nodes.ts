// `miftah nodes`: the nodes that share a database.
import type { Command } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { type ListView, printList } from '../list.ts';
import { addExample, addRemoteOptions, type RemoteOptions } from '../options.ts';
import { shortDigest } from './config.ts';

export function addNodes(program: Command): void {
  const nodes = program.command('nodes').helpCommand(false).description('the nodes that share the database');
  const list = nodes
    .command('list')
    .description('list nodes with their state, their configuration and the newest change each one has applied')
    .action(async (options: RemoteOptions) => {
      const client = openClient(options);
      await printList(options, () => answerOf(client.GET('/v1/nodes')), nodeView);
    });
  addExample(addRemoteOptions(list, 'their ids'), 'miftah nodes list');
}

const nodeView: ListView<Schemas['Node'], { readonly data: readonly Schemas['Node'][] }> = {
  head: ['ID', 'NAME', 'STATE', 'LAST SEEN', 'REVISION', 'CONFIGURATION', ''],
  cells: ({ id, name, isThis, revision, seenMsAgo, state, configuration }) => [
    id,
    name,
    state.replaceAll('_', ' '),
    state === 'leased' ? '' : `${(seenMsAgo / 1000).toFixed(1)} s ago`,
    revision === null ? 'all' : String(revision),
    configuration === null ? 'unknown' : shortDigest(configuration),
    isThis ? 'this node' : '',
  ],
  word: ({ id }) => id,
  empty: 'No nodes.',
  foot({ data }) {
    const isOne = new Set(data.map(({ configuration }) => configuration)).size <= 1;
    return isOne
      ? ''
      : '\nThe nodes use different configurations. Make their files alike, then run miftah config reload.';
  },
};
