// `miftah usage`: counts requests.
import type { Command } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { addExample, addRemoteOptions, defined, type RemoteOptions } from '../options.ts';
import { printResult, table } from '../output.ts';

/** The requests of one hour with the same key and outcome. */
type Usage = Schemas['Usage'];

export function addUsage(program: Command): void {
  const usage = program
    .command('usage')
    .description('count requests by key, outcome and hour')
    .option('--api <id>', 'only for this API')
    .option('--org <org>', 'only for this organization')
    .option('--key <key>', 'only for this key')
    .option('--from <instant>', 'from the hour of this instant, such as 2027-01-31T00:00:00Z')
    .option('--to <instant>', 'to the end of the hour before this instant')
    .action(
      async (
        options: RemoteOptions & {
          readonly api?: string;
          readonly org?: string;
          readonly key?: string;
          readonly from?: string;
          readonly to?: string;
        },
      ) => {
        const { org, api, key, from, to } = options;
        const query = defined({ org, api, key, from, to });
        const answer = await answerOf(openClient(options).GET('/v1/usage', { params: { query } }));
        printResult(
          options,
          answer,
          () => String(totalOf(answer.data)),
          () => showUsage(answer.data) + showStart(answer),
        );
      },
    );
  addExample(
    addRemoteOptions(usage, 'the number of requests'),
    'miftah usage --api palcards --from 2027-01-01T00:00:00Z',
  );
}

function totalOf(rows: readonly Usage[], member: 'count' | 'billed' = 'count'): number {
  return rows.reduce((sum, row) => sum + row[member], 0);
}

/** Says if the period begins before the usage that is kept. */
function showStart({ from, keptFrom }: { readonly from: string; readonly keptFrom: string | null }): string {
  if (keptFrom === null || Date.parse(from) >= Date.parse(keptFrom)) return '';
  return `\nRequests before ${keptFrom} are no longer stored.`;
}

/** Has a column for each status class that occurs. */
function showUsage(rows: readonly Usage[]): string {
  const [first] = rows;
  if (first === undefined) return 'No requests.';
  const columns = ['hour', 'api', 'environment', 'outcome', 'count', 'billed'] as const satisfies (keyof Usage)[];
  const classes = (Object.keys(first.statuses) as (keyof Usage['statuses'])[]).filter((each) =>
    rows.some(({ statuses }) => statuses[each] > 0),
  );
  const cells = rows.map((row) => [
    ...columns.map((column) => String(row[column])),
    ...classes.map((each) => String(row.statuses[each])),
  ]);
  const head = [...columns, ...classes].map((column) => column.toUpperCase());
  return `${table(head, cells)}\n\n${totalOf(rows)} requests, ${totalOf(rows, 'billed')} billed.`;
}
