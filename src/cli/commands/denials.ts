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

export function addDenials(program: Command): void {
  const denials = program.command('denials').helpCommand(false).description('denied requests');
  const list = denials
    .command('list')
    .description('list denied requests with their reasons, newest first')
    .option('--api <id>', 'only for this API')
    .option('--org <org>', 'only for keys of this organization')
    .option('--key <key>', 'only for this key')
    .action(
      async (
        options: RemoteOptions & PageOptions & { readonly api?: string; readonly org?: string; readonly key?: string },
      ) => {
        const { api, org, key } = options;
        const client = openClient(options);
        const read = (page: PageRequest) =>
          answerOf(client.GET('/v1/denials', { params: { query: { ...defined({ org, api, key }), ...page } } }));
        await printList(options, read, denialView);
      },
    );
  addExample(addRemoteOptions(addPageOptions(list), 'the reasons'), 'miftah denials list --org org_8xJ2mQv4ZkT1');
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
