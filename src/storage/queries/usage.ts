// Queries on usage: counts by hour, and when each key was last used.
import { CompiledQuery, type Kysely, sql } from 'kysely';
import { maxRoutes, otherRoutes } from '../../domain/use.ts';
import {
  type AddressUses,
  type CountedClass,
  type FlushResult,
  maxAddresses,
  type RouteSeries,
  type UsageBatch,
  type UsageCounts,
  type UsageGroup,
  type UsageQuery,
  type UsageSeries,
  type UsageSum,
} from '../../metering/ports.ts';
import type { Database } from '../schema.ts';
import { transact } from '../transact.ts';
import { readInteger } from './records.ts';
import { isWanted, type KeyUse, recordFirstUses } from './webhooks.ts';

/**
 * Rows for one statement with parameters: below every driver's limit of parameters, and enough to keep statements
 * cheap.
 */
export const rowsPerInsert = 500;

/** The quickest way to pass rows of numbers and texts to a database in a statement. */
export interface RowSource {
  readonly rowsPerStatement: number;
  /** Placeholder of the `number`th parameter, from 1. */
  parameter(number: number): string;
  /**
   * A table of `rows` rows with columns called `column1` and so on. Its parameters follow the first `before`
   * parameters.
   */
  table(columns: readonly Column[], rows: number, before: number): string;
  /** The parameters of a table that holds the rows from `start` up to, not including, `end`. */
  values(columns: readonly Column[], start: number, end: number): unknown[];
}

/** A column of rows to write: numbers, or texts that are made when they are needed. */
type Column = Numbers | Texts;
type Numbers = Uint32Array | Float64Array;
interface Texts {
  readonly length: number;
  slice(start: number, end: number): (string | null)[];
}

/** For SQLite: one parameter for each value. SQLite binds a row in half a microsecond. */
export const rowsOfParameters: RowSource = {
  rowsPerStatement: rowsPerInsert,
  parameter: () => '?',
  table: (columns, rows) =>
    `(VALUES ${Array(rows)
      .fill(`(${columns.map(() => '?').join()})`)
      .join()})`,
  values(columns, start, end) {
    const parts = columns.map((column) => column.slice(start, end));
    const values: unknown[] = [];
    for (let at = 0; at < end - start; at++) for (const part of parts) values.push(part[at]);
    return values;
  },
};

/**
 * For PostgreSQL: one array for each column. PostgreSQL then reads a short statement, and the event loop writes only
 * numbers, for a millisecond at a time.
 */
export const rowsOfArrays: RowSource = {
  rowsPerStatement: 1000,
  parameter: (number) => `$${number}`,
  table(columns, _rows, before) {
    const arrays = columns.map(
      (column, at) => `$${before + at + 1}::${ArrayBuffer.isView(column) ? 'bigint' : 'text'}[]`,
    );
    return `unnest(${arrays.join()}) AS given (${columns.map((_, at) => `column${at + 1}`).join()})`;
  },
  values: (columns, start, end) =>
    columns.map((column) => {
      const rows = column.slice(start, end);
      return Array.isArray(rows) ? rows : `{${rows.join()}}`;
    }),
};

/** Registers a run, so that its batches are accepted. */
export async function beginRun(db: Kysely<Database>, run: string, nowMs: number): Promise<void> {
  await db
    .insertInto('usage_runs')
    .values({ run, sequence: 0, began_at: nowMs })
    .onConflict((conflict) => conflict.column('run').doNothing())
    .execute();
}

/** Removes a run. Its batches are refused as `unknown_run` from then on. */
export async function endRun(db: Kysely<Database>, run: string): Promise<void> {
  await db.deleteFrom('usage_runs').where('run', '=', run).execute();
}

/**
 * Adds a batch unless it was added before, which the same transaction records. Rows go in the order of their tables, so
 * that each page is touched once: with a million keys in use, pages are most of a flush's cost. All nodes use the same
 * order, so that they never wait for each other in a circle.
 */
export function flushUsage(db: Kysely<Database>, batch: UsageBatch, rows: RowSource): Promise<FlushResult> {
  const { run, sequence, lastUses, addresses } = batch;
  const series = batch.series.toSorted((a, b) => compareTexts(nameOf(a), nameOf(b)));
  const superseded = batch.superseded.toSorted((a, b) => compareTexts(a.digest, b.digest));
  return transact(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('usage_runs')
      .set({ sequence })
      .where('run', '=', run)
      .where('sequence', '<', sequence)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) {
      const known = await transaction.selectFrom('usage_runs').select('run').where('run', '=', run).executeTakeFirst();
      return known === undefined ? 'unknown_run' : 'repeated';
    }
    for (const each of series) {
      const { outcome, hourMs, keySeqs, orgSeqs } = each;
      const { names, columns } = numbersOf(each);
      await insertAll(transaction, rows, keyUsage(names), [hourMs, outcome], [orgSeqs, keySeqs, ...columns]);
    }
    for (const each of series) {
      const { apiId, environment, outcome, hourMs } = each;
      const { names, columns } = numbersByOrg(each);
      await insertAll(transaction, rows, orgUsage(names), [hourMs, apiId, environment, outcome], columns);
    }
    await addRoutes(transaction, batch.routes, rows);
    const { keySeqs, atMs, addressAt } = lastUses;
    const firstUses = (await isWanted(transaction, 'key.first_used'))
      ? await listFirstUses(transaction, lastUses, rows)
      : [];
    await insertAll(transaction, rows, lastUse, [], [keySeqs, atMs, textsOf(addressAt, lastUses.addresses, null)]);
    await recordFirstUses(transaction, firstUses);
    await addAddresses(transaction, addresses, rows);
    for (const { digest, count, atMs: lastAtMs, address } of superseded) {
      await transaction
        .updateTable('secrets')
        .set({ use_count: sql`use_count + ${count}`, last_used_at: lastAtMs, last_used_address: address })
        .where('digest', '=', digest)
        .execute();
    }
    return 'added';
  });
}

/**
 * An insert from a table of rows. The columns that all rows share come first. `WHERE true` tells SQLite that no join
 * follows.
 */
interface Insert {
  readonly into: string;
  readonly shared: readonly ('BIGINT' | 'TEXT')[];
  readonly conflict: string;
}

type Names = readonly (NumberColumn | TimeColumn)[];

const keyUsage = (names: Names): Insert => ({
  into: `key_usage_hourly (hour, outcome, org_seq, key_seq, ${names.join()})`,
  shared: ['BIGINT', 'TEXT'],
  conflict: `(org_seq, key_seq, hour, outcome) DO UPDATE SET ${addTo('key_usage_hourly', names)}`,
});
const orgUsage = (names: Names): Insert => ({
  into: `usage_hourly (hour, api_id, environment, outcome, org_seq, ${names.join()})`,
  shared: ['BIGINT', 'TEXT', 'TEXT', 'TEXT'],
  conflict: `(hour, org_seq, api_id, environment, outcome) DO UPDATE SET ${addTo('usage_hourly', names)}`,
});
const lastUse: Insert = {
  into: 'key_last_used (key_seq, at, address)',
  shared: [],
  conflict:
    '(key_seq) DO UPDATE SET at = excluded.at, address = excluded.address WHERE excluded.at >= key_last_used.at',
};

/** The texts at positions from 1. 0 stands for `none`. */
function textsOf(positions: Uint32Array, texts: readonly string[], none: string | null): Texts {
  return {
    length: positions.length,
    slice: (start, end) => Array.from(positions.subarray(start, end), (at) => texts[at - 1] ?? none),
  };
}

/** The uses of keys that have no last use yet. Call it before the last uses are written. */
async function listFirstUses(
  db: Kysely<Database>,
  { keySeqs, atMs }: UsageBatch['lastUses'],
  source: RowSource,
): Promise<readonly KeyUse[]> {
  const found: KeyUse[] = [];
  for (let start = 0; start < keySeqs.length; start += source.rowsPerStatement) {
    const end = Math.min(start + source.rowsPerStatement, keySeqs.length);
    const query = `SELECT column1 AS key_seq, column2 AS at FROM ${source.table([keySeqs, atMs], end - start, 0)}
      WHERE NOT EXISTS (SELECT 1 FROM key_last_used WHERE key_last_used.key_seq = column1)`;
    const values = source.values([keySeqs, atMs], start, end);
    const { rows } = await db.executeQuery<{ key_seq: unknown; at: unknown }>(CompiledQuery.raw(query, values));
    for (const { key_seq, at } of rows) found.push({ keySeq: readInteger(key_seq), atMs: readInteger(at) });
  }
  return found;
}

function addTo(table: string, names: Names): string {
  return names.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join();
}

const keyRoutes = (names: Names): Insert => ({
  into: `key_routes_hourly (hour, route_seq, outcome, org_seq, key_seq, ${names.join()})`,
  shared: ['BIGINT', 'BIGINT', 'TEXT'],
  conflict: `(org_seq, key_seq, hour, route_seq, outcome) DO UPDATE SET ${addTo('key_routes_hourly', names)}`,
});
const orgRoutes = (names: Names): Insert => ({
  into: `routes_hourly (hour, api_id, environment, route_seq, outcome, org_seq, ${names.join()})`,
  shared: ['BIGINT', 'TEXT', 'TEXT', 'BIGINT', 'TEXT'],
  conflict: `(hour, org_seq, api_id, environment, route_seq, outcome) DO UPDATE SET ${addTo('routes_hourly', names)}`,
});

/** Adds the parts of a batch that have a route. */
async function addRoutes(db: Kysely<Database>, routes: readonly RouteSeries[], rows: RowSource): Promise<void> {
  if (routes.length === 0) return;
  const seqs = await findRoutes(db, routes);
  const series = routes
    .map((each) => ({ ...each, routeSeq: seqs.get(routeNameOf(each)) as number }))
    .sort((a, b) => compareTexts(nameOf(a), nameOf(b)) || a.routeSeq - b.routeSeq);
  for (const each of series) {
    const { outcome, hourMs, routeSeq, keySeqs, orgSeqs } = each;
    const { names, columns } = numbersOf(each);
    await insertAll(db, rows, keyRoutes(names), [hourMs, routeSeq, outcome], [orgSeqs, keySeqs, ...columns]);
  }
  for (const each of series) {
    const { apiId, environment, outcome, hourMs, routeSeq } = each;
    const { names, columns } = numbersByOrg(each);
    await insertAll(db, rows, orgRoutes(names), [hourMs, apiId, environment, routeSeq, outcome], columns);
  }
}

/**
 * The number of each route, which it gets when it is used for the first time. Beyond the limit of an owner, a route
 * counts as `other`.
 */
async function findRoutes(db: Kysely<Database>, series: readonly RouteSeries[]): Promise<ReadonlyMap<string, number>> {
  const asked = new Map<string, RouteSeries>();
  for (const each of series) {
    const before = asked.get(routeNameOf(each));
    if (before === undefined || before.hourMs < each.hourMs) asked.set(routeNameOf(each), each);
  }
  const seqs = new Map<string, number>();
  const sorted = Array.from(asked).sort(([a], [b]) => compareTexts(a, b));
  for (const [name, { apiId, hourMs, route }] of sorted) {
    const seq =
      (await findRoute(db, apiId, route, hourMs)) ??
      (await findRoute(db, apiId, { ...route, pattern: otherRoutes }, hourMs)) ??
      0;
    seqs.set(name, seq);
  }
  return seqs;
}

/** The number of a route. `undefined`: it has none, and its owner has as many routes as may be. */
async function findRoute(
  db: Kysely<Database>,
  apiId: string,
  { orgSeq, pattern }: RouteSeries['route'],
  hourMs: number,
): Promise<number | undefined> {
  const routes = () => db.selectFrom('usage_routes').where('api_id', '=', apiId).where('org_seq', '=', orgSeq);
  const known = await routes().select(['seq', 'last_hour']).where('pattern', '=', pattern).executeTakeFirst();
  if (known !== undefined && readInteger(known.last_hour) >= hourMs) return readInteger(known.seq);
  if (known === undefined && pattern !== otherRoutes) {
    const { count } = await routes()
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    if (readInteger(count) >= maxRoutes) return undefined;
  }
  const { seq } = await db
    .insertInto('usage_routes')
    .values({ api_id: apiId, org_seq: orgSeq, pattern, last_hour: hourMs })
    .onConflict((conflict) =>
      conflict.columns(['api_id', 'org_seq', 'pattern']).doUpdateSet({
        last_hour: sql<number>`CASE WHEN usage_routes.last_hour < excluded.last_hour
          THEN excluded.last_hour ELSE usage_routes.last_hour END`,
      }),
    )
    .returning('seq')
    .executeTakeFirstOrThrow();
  return readInteger(seq);
}

function routeNameOf({ apiId, route: { orgSeq, pattern } }: RouteSeries): string {
  return [apiId, orgSeq, pattern].join(' ');
}

/**
 * Adds requests by address. An address beyond `maxAddresses` of its key and hour counts for the empty one. All rows of a
 * key and hour are in one statement, so that nodes take them in the same order.
 */
async function addAddresses(
  db: Kysely<Database>,
  { keySeqs, orgSeqs, hoursMs, addressAt, counts, refused, addresses }: AddressUses,
  source: RowSource,
): Promise<void> {
  const columns = [keySeqs, orgSeqs, hoursMs, textsOf(addressAt, addresses, ''), counts, refused];
  const isSame = (a: number, b: number) => keySeqs[a] === keySeqs[b] && hoursMs[a] === hoursMs[b];
  const { length } = keySeqs;
  for (let start = 0; start < length; ) {
    let end = Math.min(start + source.rowsPerStatement - maxAddresses, length);
    while (end < length && isSame(end - 1, end)) end++;
    await db.executeQuery(
      CompiledQuery.raw(addressInsert(source.table(columns, end - start, 0)), source.values(columns, start, end)),
    );
    start = end;
  }
}

/** `fresh` numbers the addresses of a key and hour that have no row yet. */
const addressInsert = (table: string) => `
  INSERT INTO key_addresses_hourly (key_seq, org_seq, hour, address, count, refused)
  SELECT key_seq, min(org_seq), hour, address, sum(count), sum(refused) FROM (
    SELECT key_seq, org_seq, hour, count, refused, CASE
      WHEN address = '' OR is_known = 1 THEN address
      WHEN fresh + (SELECT count(*) FROM key_addresses_hourly AS kept
        WHERE kept.key_seq = ranked.key_seq AND kept.hour = ranked.hour AND kept.address <> '') <= ${maxAddresses}
      THEN address ELSE '' END AS address
    FROM (
      SELECT *, row_number() OVER (PARTITION BY key_seq, hour, is_known ORDER BY address) AS fresh FROM (
        SELECT column1 AS key_seq, column2 AS org_seq, column3 AS hour, column4 AS address, column5 AS count,
          column6 AS refused, CASE WHEN column4 = '' OR EXISTS (SELECT 1 FROM key_addresses_hourly AS kept
            WHERE kept.key_seq = column1 AND kept.hour = column3 AND kept.address = column4) THEN 1 ELSE 0 END AS is_known
        FROM ${table}) AS given_rows
    ) AS ranked
  ) AS bounded WHERE true
  GROUP BY key_seq, hour, address ORDER BY key_seq, hour, address
  ON CONFLICT (key_seq, hour, address) DO UPDATE SET
    count = key_addresses_hourly.count + excluded.count, refused = key_addresses_hourly.refused + excluded.refused`;

export const statusColumns = {
  '1xx': 'status_1xx',
  '2xx': 'status_2xx',
  '3xx': 'status_3xx',
  '4xx': 'status_4xx',
  '5xx': 'status_5xx',
  none: 'status_none',
} as const satisfies Record<CountedClass, string>;

export const timeColumns = [
  ...(['ms_1', 'ms_2', 'ms_5', 'ms_10', 'ms_20', 'ms_50', 'ms_100', 'ms_200', 'ms_500'] as const),
  ...(['ms_1000', 'ms_2000', 'ms_5000', 'ms_10000', 'ms_more'] as const),
];

export type TimeColumn = (typeof timeColumns)[number];

export type NumberColumn =
  | 'count'
  | 'billed'
  | 'extra_weight'
  | 'billed_extra_weight'
  | (typeof statusColumns)[CountedClass];

/** The numbers of a series that are not zero everywhere, with the names of their columns. */
function numbersOf({ counts, billed, statuses, extraWeights, billedExtraWeights }: UsageSeries) {
  const names: NumberColumn[] = ['count'];
  const columns: Numbers[] = [counts];
  if (extraWeights !== undefined) {
    names.push('extra_weight');
    columns.push(extraWeights);
  }
  if (billedExtraWeights !== undefined) {
    names.push('billed_extra_weight');
    columns.push(billedExtraWeights);
  }
  if (billed !== undefined) {
    names.push('billed');
    columns.push(billed);
  }
  for (const [statusClass, column] of Object.entries(statuses)) {
    names.push(statusColumns[statusClass as CountedClass]);
    columns.push(column);
  }
  return { names, columns };
}

/** The same summed by organization, with the response times. The first column has the organizations. */
function numbersByOrg(series: UsageSeries): { names: (NumberColumn | TimeColumn)[]; columns: Numbers[] } {
  const { names, columns } = numbersOf(series);
  const all: (NumberColumn | TimeColumn)[] = [...names];
  const sums: Numbers[] = sumByOrg(series.orgSeqs, columns);
  for (const [bucket, counts] of (series.times ?? []).entries()) {
    if (counts === undefined) continue;
    all.push(timeColumns[bucket] as TimeColumn);
    sums.push(counts);
  }
  return { names: all, columns: sums };
}

/**
 * Inserts a row for each position of the columns, in their order. An array that is several columns is sent once. Makes
 * no object for a row, and a new statement only for a last chunk of fewer rows: with a million keys in use, these would
 * cost as much as the writes.
 */
async function insertAll(
  db: Kysely<Database>,
  source: RowSource,
  { into, shared, conflict }: Insert,
  sharedValues: readonly unknown[],
  columns: readonly Column[],
): Promise<void> {
  const length = columns[0]?.length ?? 0;
  const casts = shared.map((type, at) => `CAST(${source.parameter(at + 1)} AS ${type})`);
  const sent = [...new Set(columns)];
  const selected = [...casts, ...columns.map((column) => `column${sent.indexOf(column) + 1}`)].join();
  let text = { rows: 0, sql: '' };
  for (let start = 0; start < length; start += source.rowsPerStatement) {
    const end = Math.min(start + source.rowsPerStatement, length);
    if (text.rows !== end - start) {
      const table = source.table(sent, end - start, shared.length);
      text = {
        rows: end - start,
        sql: `INSERT INTO ${into} SELECT ${selected} FROM ${table} WHERE true ON CONFLICT ${conflict}`,
      };
    }
    await db.executeQuery(CompiledQuery.raw(text.sql, [...sharedValues, ...source.values(sent, start, end)]));
  }
}

/** The organizations, ascending, and the sums of each column. A column that occurs twice has one sum. */
function sumByOrg(orgSeqs: Uint32Array, columns: readonly Numbers[]): [Uint32Array, ...Float64Array[]] {
  const orgs = orgSeqs.filter((orgSeq, at) => at === 0 || orgSeq !== orgSeqs[at - 1]);
  const sums = new Map<Numbers, Float64Array>();
  for (const column of new Set(columns)) {
    const sum = new Float64Array(orgs.length);
    let row = 0;
    for (let at = 0; at < column.length; at++) {
      if (orgs[row] !== orgSeqs[at]) row++;
      sum[row] = (sum[row] as number) + (column[at] as number);
    }
    sums.set(column, sum);
  }
  return [orgs, ...columns.map((column) => sums.get(column) as Float64Array)];
}

function nameOf({ hourMs, apiId, environment, outcome }: UsageSeries): string {
  return [hourMs, apiId, environment, outcome].join(' ');
}

/** Compares by code units, which gives the same order on every machine. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

const columnOf = {
  apiId: 'api_id',
  orgId: 'org_id',
  keyId: 'key_id',
  environment: 'environment',
  outcome: 'outcome',
  hourMs: 'hour',
} as const satisfies Record<keyof UsageGroup, string>;

/** Sums of uses from `fromMs` up to, not including, `toMs`, grouped as asked. Without groups, one sum. */
export async function listUsage(db: Kysely<Database>, query: UsageQuery): Promise<readonly UsageSum[]> {
  const source = query.keyId !== undefined || query.groupBy.includes('keyId') ? selectByKey(db) : selectOverKeys(db);
  let sums = db
    .selectFrom(source.as('usage'))
    .select(({ fn }) => numberColumns.map((column) => fn.coalesce(fn.sum<number>(column), sql<number>`0`).as(column)))
    .select(
      sql<number>`coalesce(sum(case when outcome in ('allowed', 'upstream_failed') then count else 0 end), 0)`.as(
        'passed',
      ),
    )
    .where('hour', '>=', query.fromMs)
    .where('hour', '<', query.toMs);
  if (query.apiId !== undefined) sums = sums.where('api_id', '=', query.apiId);
  if (query.orgId !== undefined) sums = sums.where('org_id', '=', query.orgId);
  if (query.keyId !== undefined) sums = sums.where('key_id', '=', query.keyId);
  if (query.environment !== undefined) sums = sums.where('environment', '=', query.environment);
  // If sums are grouped by hour, the hour comes first in the order.
  const groupBy = [...new Set(query.groupBy)].sort((a, b) => Number(b === 'hourMs') - Number(a === 'hourMs'));
  for (const member of groupBy) {
    const column = columnOf[member];
    sums = sums.select(`${column} as ${member}`).groupBy(column).orderBy(column);
  }
  const rows = await sums.execute();
  return rows.map((row) => toSum(row as SumRow));
}

export const numberColumns: readonly NumberColumn[] = [
  ...(['count', 'billed', 'extra_weight', 'billed_extra_weight'] as const),
  ...Object.values(statusColumns),
];

/** The sums of the columns. `passed`: those of the requests that were not refused. */
export type SummedColumns = Readonly<Record<NumberColumn | 'passed', number>>;

type SumRow = Partial<UsageGroup> & SummedColumns;

function toSum({ count, billed, passed, extra_weight, billed_extra_weight, ...row }: SumRow): UsageSum {
  const { status_1xx, status_2xx, status_3xx, status_4xx, status_5xx, status_none, ...group } = row;
  const statuses = { status_1xx, status_2xx, status_3xx, status_4xx, status_5xx, status_none };
  const weights = { extra_weight, billed_extra_weight };
  return { ...group, ...toCounts({ count, billed, passed, ...weights, ...statuses }) };
}

/** No table has a column for `unknown`: it is the rest of what passed. */
export function toCounts({
  count,
  billed,
  passed,
  extra_weight,
  billed_extra_weight,
  ...row
}: SummedColumns): UsageCounts {
  const { status_1xx, status_2xx, status_3xx, status_4xx, status_5xx, status_none } = row;
  const counted: Record<CountedClass, number> = {
    '1xx': readInteger(status_1xx),
    '2xx': readInteger(status_2xx),
    '3xx': readInteger(status_3xx),
    '4xx': readInteger(status_4xx),
    '5xx': readInteger(status_5xx),
    none: readInteger(status_none),
  };
  const unknown = readInteger(passed) - Object.values(counted).reduce((sum, number) => sum + number, 0);
  return {
    count: readInteger(count),
    billed: readInteger(billed),
    weight: readInteger(count) + readInteger(extra_weight),
    billedWeight: readInteger(billed) + readInteger(billed_extra_weight),
    statuses: { ...counted, unknown },
  };
}

function selectByKey(db: Kysely<Database>) {
  return db
    .selectFrom('key_usage_hourly')
    .innerJoin('api_keys', 'api_keys.seq', 'key_usage_hourly.key_seq')
    .innerJoin('organizations', 'organizations.seq', 'key_usage_hourly.org_seq')
    .select(['hour', 'outcome', ...numberColumns, 'api_id', 'environment'])
    .select(['organizations.id as org_id', 'api_keys.id as key_id']);
}

/** Selects the same columns as `selectByKey`. No query asks for the empty `key_id`. */
function selectOverKeys(db: Kysely<Database>) {
  return db
    .selectFrom('usage_hourly')
    .innerJoin('organizations', 'organizations.seq', 'usage_hourly.org_seq')
    .select(['hour', 'outcome', ...numberColumns, 'api_id', 'environment'])
    .select(['organizations.id as org_id', sql<string>`''`.as('key_id')]);
}
