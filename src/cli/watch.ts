// `--watch`: prints rows of a list as they come, until Ctrl-C.
import { setTimeout as wait } from 'node:timers/promises';
import { Option } from 'commander';
import { CliError, exitCodes } from './cli-error.ts';
import type { ListView, Page, PageRequest } from './list.ts';
import { note, type OutputOptions, tableInParts, write } from './output.ts';

/** Returns the rows since the last call, oldest first. The first call returns none: it marks where to begin. */
export type Follower<Row> = () => Promise<readonly Row[]>;

/** Reads a page of a list, newest first. */
type ReadPage<Row> = (page: PageRequest) => Promise<Page<Row>>;

/** The option of lists that can be watched. */
export function watchOption(what: string): Option {
  return new Option(
    '--watch',
    `print new ${what} as they come, until Ctrl-C; with --json one JSON line for each`,
  ).conflicts(['limit', 'all', 'cursor']);
}

const intervalMs = 1000;

/**
 * Asks `follow` once a second and prints what it returns. Goes on while the server does not answer, and says so on
 * standard error. Ends the process with 0 on SIGINT and SIGTERM. Rejects as `follow` does if the server does not answer
 * at the beginning, or refuses.
 */
export async function watch<Row>(
  options: OutputOptions,
  follow: Follower<Row>,
  view: Pick<ListView<Row, never>, 'head' | 'cells' | 'word'>,
): Promise<never> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(exitCodes.ok));
  const format = formatter(options, view);
  await follow();
  if (process.stderr.isTTY) note('Watching. Ctrl-C ends it.');
  for (let isLost = false; ; ) {
    await wait(intervalMs);
    try {
      const rows = await follow();
      if (isLost) note('The server answers again.');
      isLost = false;
      if (rows.length > 0) await write(`${format(rows)}\n`);
    } catch (error) {
      if (!(error instanceof CliError) || error.exitCode !== exitCodes.unreachable) throw error;
      if (!isLost) note(`${error.message}; trying again until it answers`);
      isLost = true;
    }
  }
}

function formatter<Row>(
  { json, quiet }: OutputOptions,
  { head, cells, word }: Pick<ListView<Row, never>, 'head' | 'cells' | 'word'>,
): (rows: readonly Row[]) => string {
  if (json === true) return (rows) => rows.map((row) => JSON.stringify(row)).join('\n');
  if (quiet === true) return (rows) => rows.map(word).join('\n');
  const format = tableInParts(head);
  return (rows) => format(rows.map(cells));
}

/** What a follower needs of a group of denied requests. */
interface CountedRow {
  readonly lastAt: string;
  readonly count: number;
}

const rowsPerPage = 100;

/**
 * How far back each call looks. Nodes write their denied requests a second late, and out of order among nodes. Those that
 * a node could not write for longer are in the list only.
 */
const overlapMs = 120_000;

/**
 * Follows groups of denied requests. A group is returned when it is new, and again when its count has risen. `idOf`
 * names a group by what never changes. A group that moves to the front while pages are read is returned by the next call.
 */
export function followGroups<Row extends CountedRow>(read: ReadPage<Row>, idOf: (row: Row) => string): Follower<Row> {
  /** The counts of the groups that the last call saw. */
  let counts: ReadonlyMap<string, number> | undefined;
  let newestMs: number | undefined;
  return async () => {
    const seen: Row[] = [];
    let sinceMs = newestMs === undefined ? undefined : newestMs - overlapMs;
    await readWhile(read, rowsPerPage, (row) => {
      const lastMs = Date.parse(row.lastAt);
      // The first call has no mark yet: it takes that of the newest group. An empty list has none, so all of it is new later.
      if (counts === undefined) sinceMs ??= lastMs - overlapMs;
      if (sinceMs !== undefined && lastMs < sinceMs) return false;
      seen.push(row);
      return true;
    });
    const before = counts;
    counts = new Map(seen.map((row) => [idOf(row), row.count]));
    const [newest] = seen;
    if (newest !== undefined) newestMs = Math.max(newestMs ?? 0, Date.parse(newest.lastAt));
    return before === undefined ? [] : seen.filter((row) => before.get(idOf(row)) !== row.count).toReversed();
  };
}

/**
 * `read` for a whole list of groups: its last page also has the groups that came to the front while the others were
 * read, so that none is left out. A call is for the next page of the one before.
 */
export function readWholeList<Row extends CountedRow>(read: ReadPage<Row>, idOf: (row: Row) => string): ReadPage<Row> {
  const seen = new Set<string>();
  let beginsAtMs: number | undefined;
  return async (page) => {
    const answer = await read(page);
    const [newest] = answer.data;
    beginsAtMs ??= newest && Date.parse(newest.lastAt);
    for (const row of answer.data) seen.add(idOf(row));
    if (typeof answer.nextCursor === 'string' || page.cursor === undefined) return answer;
    const moved: Row[] = [];
    await readWhile(read, rowsPerPage, (row) => {
      if (Date.parse(row.lastAt) < (beginsAtMs ?? 0)) return false;
      if (!seen.has(idOf(row))) moved.push(row);
      return true;
    });
    return { ...answer, data: [...answer.data, ...moved] };
  };
}

/** Follows numbered records. None is returned twice, and none is left out, because numbers follow the order of commits. */
export function followRecords<Row extends { readonly seq: number }>(read: ReadPage<Row>): Follower<Row> {
  let lastSeq: number | undefined;
  return async () => {
    const isFirst = lastSeq === undefined;
    const seen: Row[] = [];
    await readWhile(read, isFirst ? 1 : rowsPerPage, (row) => {
      if (row.seq <= (lastSeq ?? 0)) return false;
      seen.push(row);
      return !isFirst;
    });
    lastSeq = Math.max(lastSeq ?? 0, seen[0]?.seq ?? 0);
    return isFirst ? [] : seen.toReversed();
  };
}

/** Follows records that never change their place in the list. `idOf` names a record. */
export function followNew<Row>(read: ReadPage<Row>, idOf: (row: Row) => string): Follower<Row> {
  let newest: string | undefined;
  let isFirst = true;
  return async () => {
    const seen: Row[] = [];
    await readWhile(read, isFirst ? 1 : rowsPerPage, (row) => {
      if (idOf(row) === newest) return false;
      seen.push(row);
      return !isFirst;
    });
    const rows = isFirst ? [] : seen.toReversed();
    if (seen[0] !== undefined) newest = idOf(seen[0]);
    isFirst = false;
    return rows;
  };
}

/** Passes rows to `take`, page by page, until it returns `false` or the list ends. */
async function readWhile<Row>(read: ReadPage<Row>, limit: number, take: (row: Row) => boolean): Promise<void> {
  let cursor: string | undefined;
  do {
    const { data, nextCursor } = await read({ limit, ...(cursor !== undefined && { cursor }) });
    if (!data.every(take)) return;
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
}
