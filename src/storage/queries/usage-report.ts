// Questions about usage: sums by group and step of the calendar, the largest groups, and the period before.
import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type {
  CountedClass,
  UsageGroup,
  UsageMeasure,
  UsageReportGroup,
  UsageReportPage,
  UsageReportQuery,
  UsageReportRow,
} from '../../metering/ports.ts';
import type { Database } from '../schema.ts';
import { matchesAnnotations } from './annotations.ts';
import { cursorInvalid } from './cursor.ts';
import { readInteger, readText } from './records.ts';
import {
  type NumberColumn,
  numberColumns,
  type SummedColumns,
  statusColumns,
  type TimeColumn,
  timeColumns,
  toCounts,
} from './usage.ts';

/** A column to group by, under its name in the result. In the order of groups, its values are unique. */
interface GroupColumn {
  readonly name:
    | ('step' | 'org_seq' | 'key_seq' | 'api_id' | 'environment' | 'outcome' | 'pattern')
    | ('address' | 'country');
  readonly of: RawBuilder<unknown>;
}

/**
 * As the port says. Groups and limits by short numbers, and looks up names last. If it names keys, it reads the rows of
 * keys, whose order is that of the groups: a page ends without reading the rest. Else it reads the sums over keys.
 */
export async function reportUsage(db: Kysely<Database>, query: UsageReportQuery): Promise<UsageReportPage> {
  const groups = columnsOf(query);
  const { top, limit, cursor } = query;
  const [table, conditions] = sourceOf(query);
  const after = cursor === undefined ? [] : [isAfter(groups, parseCursor(cursor, groups))];
  const ranked = groups.filter(({ name }) => name !== 'step');
  const sums = sql`
    SELECT ${list([...groups.map(named), ...sumsOf(query), ...(top ? [sql`min(place) AS place`] : [])])}
    FROM ${table} ${top ? sql`JOIN largest ON ${same(ranked)}` : sql``}
    WHERE ${all([timeOf(query), ...conditions, ...after])}
    ${groups.length > 0 ? sql`GROUP BY ${list(groups.map(({ of }) => of))}` : sql``}
    ${orderBy(groups, top !== undefined, 'inner')} LIMIT ${limit + 1}`;
  const largest =
    top &&
    sql`largest AS (SELECT ${list(ranked.map(({ name }, at) => sql`${sql.ref(name)} AS ${sql.ref(`ranked${at}`)}`))},
        row_number() OVER (ORDER BY amount DESC, ${list(ranked.map(({ name }) => sql.ref(name)))}) AS place
      FROM (SELECT ${list(ranked.map(named))}, ${measureOf(top.by, query)} AS amount FROM ${table}
        WHERE ${all([sql`hour >= ${Math.max(query.fromMs, query.beforeMs ?? 0)} AND hour < ${query.toMs}`, ...conditions])}
        GROUP BY ${list(ranked.map(({ of }) => of))}
        ORDER BY amount DESC, ${list(ranked.map(({ name }) => sql.ref(name)))} LIMIT ${top.groups}) AS amounts),`;
  const has = (name: GroupColumn['name']) => groups.some((each) => each.name === name);
  const names = [
    ...(has('org_seq') ? [sql`organizations.id AS org_id, organizations.name AS org_name`] : []),
    ...(has('key_seq') ? [sql`api_keys.id AS key_id, api_keys.name AS key_name`] : []),
    ...(has('key_seq') ? [sql`api_keys.api_id AS api_of_key, api_keys.environment AS environment_of_key`] : []),
  ];
  const { rows } = await sql<ReportRow>`
    WITH ${largest ?? sql``} sums AS (${sums})
    SELECT ${list([sql`sums.*`, ...names])} FROM sums
      ${has('org_seq') ? sql`LEFT JOIN organizations ON organizations.seq = sums.org_seq` : sql``}
      ${has('key_seq') ? sql`LEFT JOIN api_keys ON api_keys.seq = sums.key_seq` : sql``}
      ${orderBy(groups, top !== undefined, 'outer')}`.execute(db);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const isMore = rows.length > limit && last !== undefined && top === undefined;
  return {
    items: items.map((row) => toRow(row, query)),
    nextCursor: isMore ? formatCursor(groups, last) : null,
  };
}

/** As the port says. */
export async function listUsedAddresses(
  db: Kysely<Database>,
  query: UsageReportQuery,
  limit: number,
): Promise<readonly string[]> {
  const [, conditions] = sourceOf({ ...query, groupBy: ['keyId', 'address'] });
  const { rows } = await sql<{ address: string }>`SELECT DISTINCT address FROM key_addresses_hourly
    WHERE ${all([timeOf(query), ...conditions])} AND address <> '' LIMIT ${limit}`.execute(db);
  return rows.map(({ address }) => readText(address));
}

type ReportRow = Partial<SummedColumns> & {
  readonly [Column in TimeColumn]?: number;
} & {
  readonly [Column in NumberColumn | 'passed' as `before_${Column}`]?: number;
} & {
  readonly step?: number;
  readonly org_seq?: number;
  readonly key_seq?: number;
  readonly api_id?: string;
  readonly environment?: UsageGroup['environment'];
  readonly outcome?: UsageGroup['outcome'];
  readonly pattern?: string;
  readonly address?: string;
  readonly country?: string;
  readonly refused?: number;
  readonly org_id?: string | null;
  readonly org_name?: string | null;
  readonly key_id?: string | null;
  readonly key_name?: string | null;
  readonly api_of_key?: string | null;
  readonly environment_of_key?: UsageGroup['environment'] | null;
};

/** Whether the rows of addresses answer it. */
function readsAddresses({ groupBy, isOfAddresses }: UsageReportQuery): boolean {
  return groupBy.includes('address') || groupBy.includes('country') || isOfAddresses === true;
}

/** Whether the rows of keys answer it. */
function isByKey(query: UsageReportQuery): boolean {
  const { keyId, tag, groupBy } = query;
  return keyId !== undefined || tag !== undefined || groupBy.includes('keyId') || readsAddresses(query);
}

/** The groups in the order of the rows. API and environment of a key follow from it. */
function columnsOf(query: UsageReportQuery): GroupColumn[] {
  const { groupBy, starts } = query;
  const isGrouped = (member: UsageReportGroup) => groupBy.includes(member);
  const step: GroupColumn = { name: 'step', of: starts === undefined ? sql.ref('hour') : stepOf(starts) };
  const keys: GroupColumn[] = [
    { name: 'org_seq', of: sql.ref('org_seq') },
    { name: 'key_seq', of: sql.ref('key_seq') },
  ];
  const outcome: GroupColumn[] = isGrouped('outcome') ? [{ name: 'outcome', of: sql.ref('outcome') }] : [];
  const steps = isGrouped('hourMs') ? [step] : [];
  const details: GroupColumn[] = [
    ...outcome,
    ...(isGrouped('route') ? [{ name: 'pattern' as const, of: sql`coalesce(pattern, '')` }] : []),
    ...(isGrouped('country') ? [{ name: 'country' as const, of: sql.ref('country') }] : []),
    ...(isGrouped('address') ? [{ name: 'address' as const, of: sql.ref('address') }] : []),
  ];
  if (isGrouped('keyId')) return [...keys, ...steps, ...details];
  return [
    ...steps,
    ...(isGrouped('orgId') ? keys.slice(0, 1) : []),
    ...(isGrouped('apiId') ? [{ name: 'api_id' as const, of: sql.ref('api_id') }] : []),
    ...(isGrouped('environment') ? [{ name: 'environment' as const, of: sql.ref('environment') }] : []),
    ...details,
  ];
}

/**
 * The start of the step of an hour, by bisection: a database compares a dozen numbers for one of a thousand steps. The
 * numbers are part of the statement, because there are more than a statement may have parameters.
 */
function stepOf(starts: readonly number[]): RawBuilder<unknown> {
  const write = (from: number, to: number): string => {
    if (to - from <= 1) return String(starts[from]);
    const middle = (from + to) >> 1;
    return `CASE WHEN hour < ${starts[middle]} THEN ${write(from, middle)} ELSE ${write(middle, to)} END`;
  };
  return sql.raw(write(0, starts.length));
}

/** The table and the conditions of its rows, except for their time. */
function sourceOf(query: UsageReportQuery): [RawBuilder<unknown>, readonly RawBuilder<unknown>[]] {
  const { apiId, orgId, keyId, environment, outcomes, tag, groupBy, route } = query;
  const byKey = isByKey(query);
  const conditions: RawBuilder<unknown>[] = [];
  if (route !== undefined) conditions.push(sql`route_seq IN (SELECT seq FROM usage_routes WHERE pattern = ${route})`);
  if (orgId !== undefined) conditions.push(sql`org_seq = (SELECT seq FROM organizations WHERE id = ${orgId})`);
  if (outcomes !== undefined) conditions.push(sql`outcome IN (${list(outcomes.map((each) => sql`${each}`))})`);
  if (!byKey) {
    if (apiId !== undefined) conditions.push(sql`api_id = ${apiId}`);
    if (environment !== undefined) conditions.push(sql`environment = ${environment}`);
    const [table, rest] = rowsOf(query, conditions);
    return [sql`${table} AS uses`, rest];
  }
  if (keyId !== undefined) {
    conditions.push(sql`key_seq = (SELECT seq FROM api_keys WHERE id = ${keyId})`);
    // The rows of a key lie within its organization. To look there is quicker than to read all keys.
    if (orgId === undefined) conditions.push(sql`org_seq IN (SELECT seq FROM organizations)`);
  }
  const ofKeys: RawBuilder<unknown>[] = [
    ...(apiId === undefined ? [] : [sql`api_keys.api_id = ${apiId}`]),
    ...(environment === undefined ? [] : [sql`api_keys.environment = ${environment}`]),
    ...matchesAnnotations('api_keys', { tag }),
  ];
  if (ofKeys.length > 0) conditions.push(sql`key_seq IN (SELECT seq FROM api_keys WHERE ${all(ofKeys)})`);
  const needsKeys = !groupBy.includes('keyId') && (groupBy.includes('apiId') || groupBy.includes('environment'));
  const [table, rest] = rowsOf(query, conditions);
  return [
    needsKeys
      ? sql`(SELECT uses.*, api_keys.api_id AS api_id, api_keys.environment AS environment FROM ${table} AS uses
          JOIN api_keys ON api_keys.seq = uses.key_seq) AS of_keys`
      : sql`${table} AS uses`,
    rest,
  ];
}

/** The rows with the numbers of a question, and those of its conditions that they may still break. */
function rowsOf(
  query: UsageReportQuery,
  conditions: readonly RawBuilder<unknown>[],
): [RawBuilder<unknown>, readonly RawBuilder<unknown>[]] {
  if (readsAddresses(query)) return [withCountries(query), conditions];
  if (query.groupBy.includes('route')) return [routeSums(query, conditions), []];
  const { whole, routed } = tablesOf(query);
  return [sql.table(query.route === undefined ? whole : routed), conditions];
}

function tablesOf(query: UsageReportQuery) {
  return isByKey(query)
    ? ({ whole: 'key_usage_hourly', routed: 'key_routes_hourly' } as const)
    : ({ whole: 'usage_hourly', routed: 'routes_hourly' } as const);
}

/**
 * The rows that a question about addresses reads. Countries are part of the statement, because there are more than a
 * statement may have parameters.
 */
function withCountries({ groupBy, countries }: UsageReportQuery): RawBuilder<unknown> {
  if (!groupBy.includes('country')) return sql`key_addresses_hourly`;
  const places = Array.from(countries ?? [], ([address, country]) => sql`(${sql.lit(address)}, ${sql.lit(country)})`);
  if (places.length === 0) return sql`(SELECT used.*, '' AS country FROM key_addresses_hourly AS used)`;
  return sql`(SELECT used.*, coalesce(column2, '') AS country FROM key_addresses_hourly AS used
    LEFT JOIN (VALUES ${list(places)}) AS places ON column1 = used.address)`;
}

/**
 * The sums that a question by route reads. What has no route is in no row: it is the rest of all rows, so the parts
 * with a route are subtracted from them. The rows are summed before they meet their patterns, because to group by text
 * is slow. A sum has an hour of its step.
 */
function routeSums(query: UsageReportQuery, conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  const { groupBy, route, hasTimes } = query;
  const tables = tablesOf(query);
  const isOf = (...members: readonly UsageReportGroup[]) => members.some((each) => groupBy.includes(each));
  const names = [
    'outcome',
    ...(isOf('orgId', 'keyId') ? ['org_seq'] : []),
    ...(isByKey(query)
      ? [...(isOf('apiId', 'environment', 'keyId') ? ['key_seq'] : [])]
      : [...(isOf('apiId') ? ['api_id'] : []), ...(isOf('environment') ? ['environment'] : [])]),
  ];
  const numbers: readonly string[] = hasTimes === true ? [...numberColumns, ...timeColumns] : numberColumns;
  const columns = (write: (number: string) => string, more: readonly string[] = []) =>
    sql.raw([...names, ...more, ...numbers.map((name) => `${write(name)} AS ${name}`)].join());
  const same = columns((name) => name);
  const sumsIn = (table: keyof Database, more: readonly string[]) => sql`
    SELECT min(hour) AS hour, ${columns((name) => `sum(${name})`, more)}
    FROM ${sql.table(table)} WHERE ${all([timeOf(query), ...conditions])}
    GROUP BY ${list([...periodsOf(query), sql.raw([...names, ...more].join())])}`;
  const routed = sumsIn(tables.routed, ['route_seq']);
  const ofRoutes = sql`SELECT pattern, hour, ${same} FROM routed
    LEFT JOIN (SELECT seq, pattern FROM usage_routes) AS routes ON routes.seq = route_seq`;
  if (route !== undefined) return sql`(WITH routed AS (${routed}) ${ofRoutes})`;
  const whole = sumsIn(tables.whole, []);
  return sql`(WITH routed AS (${routed}), whole AS (${whole}) ${ofRoutes}
    UNION ALL SELECT '', hour, ${same} FROM whole
    UNION ALL SELECT '', hour, ${columns((name) => `-${name}`)} FROM routed)`;
}

/** What tells the hours apart that a question tells apart: its steps, and the period and the one before. */
function periodsOf({ groupBy, starts, fromMs, beforeMs }: UsageReportQuery): RawBuilder<unknown>[] {
  return [
    ...(groupBy.includes('hourMs') ? [starts === undefined ? sql.ref('hour') : stepOf(starts)] : []),
    ...(beforeMs === undefined ? [] : [sql`CASE WHEN hour < ${sql.lit(fromMs)} THEN 1 ELSE 0 END`]),
  ];
}

function timeOf({ fromMs, beforeMs, toMs }: UsageReportQuery): RawBuilder<unknown> {
  return sql`hour >= ${beforeMs ?? fromMs} AND hour < ${toMs}`;
}

const passed = sql`CASE WHEN outcome IN ('allowed', 'upstream_failed') THEN count ELSE 0 END`;

function measureOf(measure: UsageMeasure, query: UsageReportQuery): RawBuilder<unknown> {
  const isByAddress = readsAddresses(query);
  switch (measure) {
    case 'count':
      return sql`sum(${countOf(query)})`;
    case 'billed':
      return sql`sum(billed)`;
    case 'refused':
      return isByAddress ? sql`sum(refused)` : sql`sum(count - ${passed})`;
    case 'errors':
      return sql`sum(status_5xx + CASE WHEN outcome = 'upstream_failed' THEN count ELSE 0 END)`;
  }
}

const countedClasses = Object.keys(statusColumns) as CountedClass[];

/** The number of requests of a row that a question counts: those of some status classes, or all. */
function countOf({ statuses }: UsageReportQuery): RawBuilder<unknown> {
  if (statuses === undefined) return sql.ref('count');
  const counted = countedClasses.filter((each) => statuses.includes(each)).map((each) => sql.ref(statusColumns[each]));
  const rest = sql`${passed} - (${sql.join(
    Object.values(statusColumns).map((name) => sql.ref(name)),
    sql` + `,
  )})`;
  return sql.join([...counted, ...(statuses.includes('unknown') ? [rest] : [])], sql` + `);
}

/** The sums of the period, and of the one before if the query has it. */
function sumsOf(query: UsageReportQuery): RawBuilder<unknown>[] {
  const { fromMs, beforeMs } = query;
  const columns = columnsToSum(query);
  if (beforeMs === undefined) {
    return columns.map(({ name, of }) => sql`coalesce(sum(${of}), 0) AS ${sql.ref(name)}`);
  }
  const part = (of: RawBuilder<unknown>, condition: RawBuilder<unknown>) =>
    sql`coalesce(sum(CASE WHEN ${condition} THEN ${of} ELSE 0 END), 0)`;
  return columns.flatMap(({ name, of }) => [
    sql`${part(of, sql`hour >= ${fromMs}`)} AS ${sql.ref(name)}`,
    sql`${part(of, sql`hour < ${fromMs}`)} AS ${sql.ref(`before_${name}`)}`,
  ]);
}

/** Columns that a question has no numbers for are left out: their sums are 0. */
function columnsToSum(query: UsageReportQuery): { readonly name: string; readonly of: RawBuilder<unknown> }[] {
  const { statuses, hasTimes } = query;
  const column = (name: string) => ({ name, of: sql.ref(name) });
  if (readsAddresses(query)) return ['count', 'refused'].map(column);
  if (statuses !== undefined) {
    const asked = countedClasses.filter((each) => statuses.includes(each)).map((each) => column(statusColumns[each]));
    const count = countOf(query);
    return [{ name: 'count', of: count }, { name: 'passed', of: count }, ...asked];
  }
  const times = hasTimes === true ? timeColumns.map(column) : [];
  return [...numberColumns.map(column), { name: 'passed', of: passed }, ...times];
}

const noNumbers = Object.fromEntries(
  [...numberColumns, 'passed' as const].map((name) => [name, 0]),
) as unknown as SummedColumns;

function toRow(row: ReportRow, { groupBy, beforeMs, hasTimes }: UsageReportQuery): UsageReportRow {
  const isOfKey = row.key_seq !== undefined;
  const api = row.api_id ?? (groupBy.includes('apiId') ? row.api_of_key : undefined);
  const environment = row.environment ?? (groupBy.includes('environment') ? row.environment_of_key : undefined);
  const before = Object.fromEntries(
    [...numberColumns, 'passed' as const].map((name) => [name, row[`before_${name}`] ?? 0]),
  ) as SummedColumns;
  return {
    ...(row.step !== undefined && { hourMs: readInteger(row.step) }),
    ...(row.org_seq !== undefined && { orgId: readText(row.org_id ?? ''), orgName: row.org_name ?? null }),
    ...(isOfKey && { keyId: readText(row.key_id ?? ''), keyName: row.key_name ?? null }),
    ...(api && { apiId: api }),
    ...(environment && { environment }),
    ...(row.outcome !== undefined && { outcome: row.outcome }),
    ...(row.pattern !== undefined && { route: readText(row.pattern) }),
    ...(row.address !== undefined && { address: readText(row.address) }),
    ...(row.country !== undefined && { country: readText(row.country) }),
    ...(row.refused !== undefined && { refused: readInteger(row.refused) }),
    ...(hasTimes === true && { times: timeColumns.map((name) => readInteger(row[name])) }),
    ...toCounts({ ...noNumbers, ...row }),
    ...(beforeMs !== undefined && { before: toCounts(before) }),
  };
}

function named({ name, of }: GroupColumn): RawBuilder<unknown> {
  return sql`${of} AS ${sql.ref(name)}`;
}

/** The condition that a row belongs to a group of `largest`. */
function same(ranked: readonly GroupColumn[]): RawBuilder<unknown> {
  return all(ranked.map(({ of }, at) => sql`${of} = ${sql.ref(`ranked${at}`)}`));
}

function orderBy(groups: readonly GroupColumn[], isRanked: boolean, place: 'inner' | 'outer'): RawBuilder<unknown> {
  if (groups.length === 0) return sql``;
  const columns = groups.map(({ name, of }) => (place === 'inner' ? of : sql.ref(`sums.${name}`)));
  return sql`ORDER BY ${list(isRanked ? [sql`place`, ...columns] : columns)}`;
}

function list(parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql.join(parts, sql`, `);
}

function all(conditions: readonly RawBuilder<unknown>[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`${sql.join(conditions, sql` AND `)}`;
}

/** The condition that a row's group comes after the last one of a page. */
function isAfter(groups: readonly GroupColumn[], values: readonly (string | number)[]): RawBuilder<unknown> {
  if (groups.length === 0) return sql`1 = 0`;
  return sql`(${list(groups.map(({ of }) => of))}) > (${list(values.map((value) => sql`${value}`))})`;
}

const isNumber = (name: GroupColumn['name']) => name === 'step' || name === 'org_seq' || name === 'key_seq';

function formatCursor(groups: readonly GroupColumn[], row: ReportRow): string {
  const values = groups.map(({ name }) => (isNumber(name) ? readInteger(row[name] as number) : row[name]));
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** Throws `cursor_invalid` for text that `formatCursor` did not make for these groups. */
function parseCursor(cursor: string, groups: readonly GroupColumn[]): (string | number)[] {
  let values: unknown;
  try {
    values = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw cursorInvalid();
  }
  if (!Array.isArray(values) || values.length !== groups.length) throw cursorInvalid();
  return groups.map(({ name }, at) => {
    const value: unknown = values[at];
    if (isNumber(name) ? Number.isSafeInteger(value) : typeof value === 'string' && value.length <= 600) {
      return value as string | number;
    }
    throw cursorInvalid();
  });
}
