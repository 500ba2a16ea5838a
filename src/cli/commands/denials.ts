// `miftah denials`: denied requests, with the reason and the fix.
import type { Command } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { answerOf, openClient } from '../internal-client.ts';
import {
  addExample,
  addPageOptions,
  addRemoteOptions,
  defined,
  type Page,
  type PageOptions,
  type RemoteOptions,
} from '../options.ts';
import { printResult, table } from '../output.ts';
import { showNext } from './orgs.ts';

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
        const { api, org, key, limit, cursor } = options;
        const query = defined({ org, api, key, limit, cursor });
        const page = await answerOf(openClient(options).GET('/v1/denials', { params: { query } }));
        printResult(
          options,
          page,
          () => page.data.map(({ reason }) => reason).join('\n'),
          () => showDenials(page),
        );
      },
    );
  addExample(addRemoteOptions(addPageOptions(list), 'the reasons'), 'miftah denials list --org org_8xJ2mQv4ZkT1');
}

function showDenials({ data, nextCursor }: Page<Schemas['Denial']>): string {
  if (data.length === 0) return 'No denied requests.';
  const rows = data.map((row) => [
    row.lastAt,
    String(row.count),
    row.reason,
    row.clientAddress ?? '',
    row.keyId ?? '',
    `${row.api} ${row.method} ${row.path}`,
    row.fix,
  ]);
  return table(['LAST', 'COUNT', 'REASON', 'CLIENT', 'KEY', 'REQUEST', 'FIX'], rows) + showNext(nextCursor);
}
