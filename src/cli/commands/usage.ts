// `miftah usage`: counts requests.
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { statusClasses } from '../../domain/use.ts';
import { formatCsv } from '../csv.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { type ListView, printList } from '../list.ts';
import {
  addExample,
  addRemoteOptions,
  collectCommaList,
  defined,
  type PageOptions,
  type RemoteOptions,
  readCount,
} from '../options.ts';
import { note, printResult, table, write } from '../output.ts';

type Usage = Schemas['Usage'];

interface UsageOptions extends RemoteOptions, PageOptions {
  readonly api?: string;
  readonly org?: string;
  readonly key?: string;
  readonly env?: 'live' | 'test';
  readonly outcome?: string[];
  readonly statusClass?: string[];
  readonly route?: string;
  readonly responseTimes?: true;
  readonly tag?: string;
  readonly from?: string;
  readonly to?: string;
  readonly by?: string[];
  readonly timeZone?: string;
  readonly top?: number;
  readonly topBy?: 'count' | 'billed' | 'refused' | 'errors';
  readonly compare?: true;
  readonly csv?: true;
  readonly jsonl?: true;
}

export function addUsage(program: Command): void {
  const usage = program
    .command('usage')
    .description('count requests by organization, key, outcome and time')
    .option('--api <id>', 'only for this API')
    .option('--org <org>', 'only for this organization')
    .option('--key <key>', 'only for this key')
    .addOption(new Option('--env <environment>', 'only for keys of this environment').choices(['live', 'test']))
    .option('--outcome <outcomes>', 'only these outcomes, comma-separated; repeatable', collectCommaList)
    .option('--status-class <classes>', 'only allowed requests with these, such as 4xx,5xx', collectCommaList)
    .option('--route <pattern>', "only requests of this endpoint pattern, such as 'POST /v1/payments'")
    .option('--tag <tag>', 'only for keys that have this tag now')
    .option('--from <instant>', 'from the hour of this instant, such as 2027-01-31T00:00:00Z')
    .option('--to <instant>', 'to the end of the hour before this instant')
    .option('--time-zone <name>', 'IANA name such as Asia/Riyadh; --from and --to may then be local, such as 2027-01')
    .option(
      '--by <groups>',
      'sum by some of org, key, api, environment, outcome, route, address, country, status_class and one of hour, day, month; or total',
      collectCommaList,
    )
    .option('--top <n>', 'only this many groups, with the most requests first', readCount)
    .addOption(
      new Option('--top-by <measure>', 'what --top compares (default: count)').choices([
        ...['count', 'billed', 'refused', 'errors'],
      ]),
    )
    .option('--response-times', 'also estimate the response times of the upstream')
    .option('--compare', 'also count the period before')
    .option('--limit <n>', 'maximum number of rows with --by (default: 100)', readCount)
    .addOption(new Option('--all', 'all rows').conflicts('limit'))
    .option('--cursor <cursor>', 'continue after the rows of an earlier list')
    .addOption(new Option('--csv', 'print all rows as CSV').conflicts(['json', 'quiet', 'jsonl']))
    .addOption(new Option('--jsonl', 'print all rows as JSON, one a line').conflicts(['json', 'quiet']))
    .action(async (options: UsageOptions) => {
      const { org, api, key, env, outcome, statusClass, route, tag, from, to, timeZone, top, topBy } = options;
      const query = defined({
        ...{ org, api, key, environment: env, route, tag, from, to, timeZone, topBy },
        outcome: outcome?.join(),
        statusClass: statusClass?.join(),
        include: options.responseTimes === true ? ('responseTimes' as const) : undefined,
        by: options.by?.join(),
        top,
        compare: options.compare === true ? ('before' as const) : undefined,
        cursor: options.cursor,
      });
      const client = openClient(options);
      const ask = (page: { readonly limit?: number; readonly cursor?: string }) =>
        answerOf(client.GET('/v1/usage', { params: { query: { ...query, ...page } } }));
      if (options.by !== undefined) return showReport(options, ask);
      const answer = await ask(defined({ limit: options.limit }));
      if (options.csv === true || options.jsonl === true) return write(formatRows(options, answer.data, true));
      printResult(
        options,
        answer,
        () => String(totalOf(answer.data)),
        () =>
          showUsage(answer.data) +
          showStart(answer)
            .map((line) => `\n${line}`)
            .join(''),
      );
    });
  addExample(
    addRemoteOptions(usage, 'the number of requests; with --by, those of each row'),
    'miftah usage --api palcards --from 2027-01-01T00:00:00Z',
    'miftah usage --by org --top 10 --compare --from 2027-01 --to 2027-02 --time-zone Asia/Riyadh',
  );
}

type Answer = Schemas['UsageAnswer'];

/** Shows the rows of `--by`. The largest groups come at once, others page by page. */
async function showReport(
  options: UsageOptions,
  askPage: (page: { readonly limit?: number; readonly cursor?: string }) => Promise<Answer>,
): Promise<void> {
  const ask = (page: { readonly limit?: number; readonly cursor?: string }) =>
    askPage(options.top === undefined ? page : {});
  if (options.csv !== true && options.jsonl !== true) {
    const { limit = 100, ...others } = options;
    return printList({ ...others, limit }, ask, viewOf(options));
  }
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  let cursor = options.cursor;
  let isFirst = true;
  for (;;) {
    const page = defined({ limit: Math.min(left, 1000), cursor });
    const answer = await ask(page);
    await write(formatRows(options, answer.data, isFirst));
    isFirst = false;
    left -= answer.data.length;
    cursor = answer.nextCursor ?? undefined;
    if (cursor === undefined || left <= 0) {
      for (const line of describeAnswer(answer)) note(line);
      if (cursor !== undefined) note(`There are more rows: continue with --cursor ${cursor}`);
      return;
    }
  }
}

/** The columns of the groups, with the value of a row. */
const groupColumns = [
  { group: 'org', columns: { org: (row: Usage) => row.org, 'org name': (row: Usage) => row.orgName } },
  {
    group: 'key',
    columns: { org: (row: Usage) => row.org, key: (row: Usage) => row.key, 'key name': (row: Usage) => row.keyName },
  },
  { group: 'api', columns: { api: (row: Usage) => row.api } },
  { group: 'environment', columns: { environment: (row: Usage) => row.environment } },
  { group: 'outcome', columns: { outcome: (row: Usage) => row.outcome } },
  { group: 'route', columns: { route: (row: Usage) => row.route } },
  // Empty would look as if the address were unknown.
  { group: 'address', columns: { address: (row: Usage) => row.address ?? 'others' } },
  { group: 'country', columns: { country: (row: Usage) => row.country ?? 'unknown' } },
  { group: 'status_class', columns: { 'status class': (row: Usage) => row.statusClass } },
] as const;

type Column = readonly [name: string, read: (row: Usage) => string | number | null | undefined];

function groupsOf({ by = [] }: UsageOptions): Column[] {
  const isByTime = by.some((group) => ['hour', 'day', 'month'].includes(group));
  const columns = new Map<string, Column[1]>(
    isByTime
      ? [
          ['at', ({ at }) => at],
          ['until', ({ until }) => until],
        ]
      : [],
  );
  for (const each of groupColumns) {
    if (by.includes(each.group)) for (const [name, read] of Object.entries(each.columns)) columns.set(name, read);
  }
  return [...columns];
}

/** Requests that were neither allowed nor failed have no status class. */
function refusedOf({ count, statuses, refused }: Usage): number | undefined {
  if (statuses === undefined) return refused;
  return statusClasses.reduce((left, each) => left - statuses[each], count);
}

/** Whether the rows have no other numbers than the count and what was refused. */
function isByPlace(by: readonly string[]): boolean {
  return by.includes('address') || by.includes('country');
}

/** The numbers beside the count that a question has. */
function numbersOf({ by = [], statusClass }: UsageOptions): Column[] {
  if (isByPlace(by)) return [['refused', refusedOf]];
  if (by.includes('status_class') || statusClass !== undefined) return [];
  return [
    ['refused', refusedOf],
    ['billed', ({ billed }) => billed],
    ...(['2xx', '4xx', '5xx', 'none'] as const).map((each): Column => [each, ({ statuses }) => statuses?.[each]]),
  ];
}

const timeColumns: readonly Column[] = (['p50', 'p95', 'p99'] as const).map((each) => [
  `${each} ms (estimated)`,
  ({ estimatedResponseMs }) => estimatedResponseMs?.[each],
]);

function viewOf(options: UsageOptions): ListView<Usage, Answer> {
  const columns: Column[] = [
    ...groupsOf(options).filter(([name]) => name !== 'until'),
    ['count', ({ count }) => count],
    ...numbersOf(options),
    ...(options.responseTimes === true ? timeColumns : []),
    ...(options.compare === true
      ? ([
          ['before', ({ before }) => before?.count],
          ['change', changeOf],
        ] as Column[])
      : []),
  ];
  return {
    head: columns.map(([name]) => name.toUpperCase()),
    cells: (row) => columns.map(([, read]) => String(read(row) ?? '')),
    word: ({ count }) => String(count),
    empty: 'No requests.',
    foot: (answer) => describeAnswer(answer).join('\n'),
  };
}

/** The change of the count in percent of the one before. Empty: there was none before. */
function changeOf({ count, before }: Usage): string {
  if (before === undefined || before.count === 0) return '';
  const percent = Math.round(((count - before.count) / before.count) * 100);
  return `${percent > 0 ? '+' : ''}${percent}%`;
}

/** Rows as CSV, with a head if `isFirst`, or as lines of JSON. */
function formatRows(options: UsageOptions, rows: readonly Usage[], isFirst: boolean): string {
  if (options.jsonl === true) return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const hours: Column[] = [
    ['hour', ({ hour }) => hour],
    ['api', ({ api }) => api],
    ['environment', ({ environment }) => environment],
    ['outcome', ({ outcome }) => outcome],
  ];
  const numbers = (prefix: string, of: (row: Usage) => Omit<Usage, 'before'> | undefined): Column[] => [
    [`${prefix}count`, (row) => of(row)?.count],
    [`${prefix}billed`, (row) => of(row)?.billed],
    ...statusClasses.map((each): Column => [`${prefix}${each}`, (row) => of(row)?.statuses?.[each]]),
    [`${prefix}weight`, (row) => of(row)?.weight],
    [`${prefix}billed weight`, (row) => of(row)?.billedWeight],
  ];
  const columns = [
    ...(options.by === undefined ? hours : groupsOf(options)),
    ...numbers('', (row) => row),
    ...(isByPlace(options.by ?? []) ? [['refused', refusedOf] as Column] : []),
    ...(options.responseTimes === true ? timeColumns : []),
    ...(options.compare === true ? numbers('before ', ({ before }) => before) : []),
  ];
  const cells = rows.map((row) => columns.map(([, read]) => read(row) ?? null));
  return formatCsv(
    isFirst ? [columns.map(([name]) => name.replaceAll(/[ ()]+/g, '_').replace(/_$/, '')), ...cells] : cells,
  );
}

/** What the rows do not say: the groups left out, and the time that is covered. */
function describeAnswer(answer: Answer): string[] {
  const { others, before, isExact, from, to } = answer;
  const hasOthers = others !== undefined && others !== null && (others.count > 0 || (others.before?.count ?? 0) > 0);
  return [
    ...(hasOthers
      ? [
          `The other groups: ${others.count} requests${others.billed === undefined ? '' : `, ${others.billed} billed`}${others.before === undefined ? '' : `; ${others.before.count} before`}.`,
        ]
      : []),
    ...(before === undefined || before === null ? [] : [`The period before: ${before.from} to ${before.to}.`]),
    ...(isExact === false ? [`Usage is counted by the hours of UTC. This answer covers ${from} to ${to}.`] : []),
    ...showStart({ from: before?.from ?? from, keptFrom: answer.keptFrom }),
  ];
}

function totalOf(rows: readonly Usage[], member: 'count' | 'billed' = 'count'): number {
  return rows.reduce((sum, row) => sum + (row[member] ?? 0), 0);
}

/** Says if the period begins before the usage that is kept. */
function showStart({ from, keptFrom }: { readonly from: string; readonly keptFrom: string | null }): string[] {
  if (keptFrom === null || Date.parse(from) >= Date.parse(keptFrom)) return [];
  return [`Requests before ${keptFrom} are no longer stored.`];
}

/** Has a column for each status class that occurs. */
function showUsage(rows: readonly Usage[]): string {
  const [first] = rows;
  if (first === undefined) return 'No requests.';
  const columns = ['hour', 'api', 'environment', 'outcome', 'count', 'billed'] as const satisfies (keyof Usage)[];
  const classes = statusClasses.filter((each) => rows.some(({ statuses }) => (statuses?.[each] ?? 0) > 0));
  const cells = rows.map((row) => [
    ...columns.map((column) => String(row[column])),
    ...classes.map((each) => String(row.statuses?.[each] ?? 0)),
  ]);
  const head = [...columns, ...classes].map((column) => column.toUpperCase());
  return `${table(head, cells)}\n\n${totalOf(rows)} requests, ${totalOf(rows, 'billed')} billed.`;
}
