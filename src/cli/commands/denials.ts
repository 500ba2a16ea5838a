// `miftah denials`: denied requests, with the reason and the fix.
import type { Command } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { type ListView, type PageRequest, printList } from '../list.ts';
import {
  addExample,
  addPageOptions,
  addRemoteOptions,
  defined,
  type PageOptions,
  type RemoteOptions,
} from '../options.ts';
import { followGroups, readWholeList, watch, watchOption } from '../watch.ts';

export function addDenials(program: Command): void {
  const denials = program.command('denials').helpCommand(false).description('denied requests');
  const list = denials
    .command('list')
    .description('list denied requests with their reasons, newest first')
    .option('--api <id>', 'only for this API')
    .option('--org <org>', 'only for keys of this organization')
    .option('--key <key>', 'only for this key')
    .addOption(watchOption('denied requests'))
    .action(
      async (
        options: RemoteOptions &
          PageOptions & { readonly api?: string; readonly org?: string; readonly key?: string; readonly watch?: true },
      ) => {
        const { api, org, key } = options;
        const client = openClient(options);
        const read = (page: PageRequest) =>
          answerOf(client.GET('/v1/denials', { params: { query: { ...defined({ org, api, key }), ...page } } }));
        if (options.watch === true) await watch(options, followGroups(read, idOf), denialView);
        else await printList(options, options.all === true ? readWholeList(read, idOf) : read, denialView);
      },
    );
  addExample(
    addRemoteOptions(addPageOptions(list), 'the reasons'),
    'miftah denials list --org org_8xJ2mQv4ZkT1',
    'miftah denials list --api classic --watch',
  );
}

/** A group of denied requests keeps its first request and what distinguishes it from other groups. */
function idOf(row: Schemas['Denial']): string {
  const { api, org, keyId, reason, clientAddress, method, path, firstAt } = row;
  return JSON.stringify([api, org, keyId, reason, clientAddress, method, path, firstAt]);
}

const denialView: ListView<Schemas['Denial'], unknown> = {
  head: ['LAST', 'COUNT', 'REASON', 'CLIENT', 'KEY', 'REQUEST', 'FIX'],
  cells: (row) => [
    row.lastAt,
    String(row.count),
    row.reason,
    row.clientAddress ?? '',
    row.keyId ?? '',
    `${row.api} ${row.method} ${row.path}`,
    row.fix,
  ],
  word: ({ reason }) => reason,
  empty: 'No denied requests.',
};
