// Queries on usage: counts by hour, and when each key was last used.
import { type Compilable, CompiledQuery, type Kysely, sql } from 'kysely';
import type { UsageBatch, UsageGroup, UsageQuery, UsageSeries, UsageSum } from '../metering/ports.ts';
import { readInteger } from './records.ts';
import type { Database } from './schema.ts';
import { transact } from './transact.ts';

/** Rows of one statement: far below every driver's limit of parameters, and large enough that statements cost little. */
export const rowsPerInsert = 500;

/**
 * Rows go in the order of their tables, so that each page is touched once: with a million keys in use that is most of what
 * a flush costs. It is one order for all, so that nodes that flush at once wait for each other and never in a circle.
 */
export function flushUsage(db: Kysely<Database>, batch: UsageBatch): Promise<void> {
  const series = batch.series.toSorted((a, b) => compareTexts(nameOf(a), nameOf(b)));
  const superseded = batch.superseded.toSorted((a, b) => compareTexts(a.digest, b.digest));
  const { lastUses } = batch;
  return transact(db, async (transaction) => {
    for (const { outcome, hourMs, keySeqs, orgSeqs, counts } of series) {
      const order = orderBy(orgSeqs, keySeqs);
      await insertAll(transaction, insertKeyUsage, keyUsageColumns, order, (at, values) =>
        values.push(orgSeqs[at], keySeqs[at], hourMs, outcome, counts[at]),
      );
    }
    for (const { apiId, environment, outcome, hourMs, orgSeqs, counts } of series) {
      const sums = new Map<number, number>();
      for (const [at, orgSeq] of orgSeqs.entries()) {
        sums.set(orgSeq, (sums.get(orgSeq) ?? 0) + (counts[at] as number));
      }
      const orgs = [...sums.keys()].sort(ascending);
      await insertAll(transaction, insertOrgUsage, orgUsageColumns, orgs, (orgSeq, values) =>
        values.push(hourMs, orgSeq, apiId, environment, outcome, sums.get(orgSeq)),
      );
    }
    const { keySeqs, atMs, addresses } = lastUses;
    await insertAll(transaction, insertLastUse, lastUseColumns, orderBy(keySeqs), (at, values) =>
      values.push(keySeqs[at], atMs[at], addresses[at]),
    );
    for (const { digest, count, atMs: lastAtMs, address } of superseded) {
      await transaction
        .updateTable('secrets')
        .set({ use_count: sql`use_count + ${count}`, last_used_at: lastAtMs, last_used_address: address })
        .where('digest', '=', digest)
        .execute();
    }
  });
}

const keyUsageColumns = ['org_seq', 'key_seq', 'hour', 'outcome', 'count'] as const;
const orgUsageColumns = ['hour', 'org_seq', 'api_id', 'environment', 'outcome', 'count'] as const;
const lastUseColumns = ['key_seq', 'at', 'address'] as const;

function insertKeyUsage(db: Kysely<Database>, rows: readonly Database['key_usage_hourly'][]) {
  return db
    .insertInto('key_usage_hourly')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['org_seq', 'key_seq', 'hour', 'outcome'])
        .doUpdateSet({ count: sql`key_usage_hourly.count + excluded.count` }),
    );
}

function insertOrgUsage(db: Kysely<Database>, rows: readonly Database['usage_hourly'][]) {
  return db
    .insertInto('usage_hourly')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['hour', 'org_seq', 'api_id', 'environment', 'outcome'])
        .doUpdateSet({ count: sql`usage_hourly.count + excluded.count` }),
    );
}

function insertLastUse(db: Kysely<Database>, rows: readonly Database['key_last_used'][]) {
  return db
    .insertInto('key_last_used')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .column('key_seq')
        .doUpdateSet({ at: sql`excluded.at`, address: sql`excluded.address` })
        .whereRef('excluded.at', '>=', 'key_last_used.at'),
    );
}

/**
 * Inserts a row for each of `items`, in their order; `push` appends its values in the order of `columns`. Statements are
 * compiled once for each number of rows, so once for all full chunks, and no row is an object of its own: with a million keys in
 * use, that would cost as much as writing them.
 */
async function insertAll<Item, Row extends object>(
  db: Kysely<Database>,
  insert: (db: Kysely<Database>, rows: readonly Row[]) => Compilable,
  columns: readonly (keyof Row)[],
  items: readonly Item[],
  push: (item: Item, values: unknown[]) => void,
): Promise<void> {
  let compiled = { rows: 0, text: '' };
  for (let at = 0; at < items.length; at += rowsPerInsert) {
    const end = Math.min(at + rowsPerInsert, items.length);
    const values: unknown[] = [];
    for (let item = at; item < end; item++) push(items[item] as Item, values);
    if (compiled.rows !== end - at) {
      const row = Object.fromEntries(columns.map((column) => [column, 0])) as Row;
      compiled = {
        rows: end - at,
        text: insert(
          db,
          Array.from({ length: end - at }, () => row),
        ).compile().sql,
      };
    }
    await db.executeQuery(CompiledQuery.raw(compiled.text, values));
  }
}

function nameOf({ hourMs, apiId, environment, outcome }: UsageSeries): string {
  return [hourMs, apiId, environment, outcome].join(' ');
}

/** By code units: the same on every machine. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function ascending(a: number, b: number): number {
  return a - b;
}

/**
 * The positions of the columns' rows, in ascending order of the first column, then of the second. Value and position share a
 * number, which typed arrays sort several times as fast as a comparison of our own would: seqs are below 2^32, and a batch has
 * fewer than 2^21 rows.
 */
function orderBy(first: readonly number[], second?: readonly number[]): number[] {
  const before = second === undefined ? undefined : orderBy(second);
  const packed = Float64Array.from(first, (_, at) => (first[before?.[at] ?? at] as number) * positions + at).sort();
  return Array.from(packed, (value) => before?.[value % positions] ?? value % positions);
}

const positions = 2 ** 21;

const columnOf = {
  apiId: 'api_id',
  orgId: 'org_id',
  keyId: 'key_id',
  environment: 'environment',
  outcome: 'outcome',
  hourMs: 'hour',
} as const satisfies Record<keyof UsageGroup, string>;

export async function listUsage(db: Kysely<Database>, query: UsageQuery): Promise<readonly UsageSum[]> {
  const source = query.keyId !== undefined || query.groupBy.includes('keyId') ? selectByKey(db) : selectOverKeys(db);
  let sums = db
    .selectFrom(source.as('usage'))
    .select(({ fn }) => fn.coalesce(fn.sum<number>('count'), sql<number>`0`).as('count'))
    .where('hour', '>=', query.fromMs)
    .where('hour', '<', query.toMs);
  if (query.apiId !== undefined) sums = sums.where('api_id', '=', query.apiId);
  if (query.orgId !== undefined) sums = sums.where('org_id', '=', query.orgId);
  if (query.keyId !== undefined) sums = sums.where('key_id', '=', query.keyId);
  if (query.environment !== undefined) sums = sums.where('environment', '=', query.environment);
  // The hour leads the order wherever it is grouped by.
  const groupBy = [...new Set(query.groupBy)].sort((a, b) => Number(b === 'hourMs') - Number(a === 'hourMs'));
  for (const member of groupBy) {
    const column = columnOf[member];
    sums = sums.select(`${column} as ${member}`).groupBy(column).orderBy(column);
  }
  const rows = await sums.execute();
  return rows.map((row) => ({ ...row, count: readInteger(row.count) }) as UsageSum);
}

function selectByKey(db: Kysely<Database>) {
  return db
    .selectFrom('key_usage_hourly')
    .innerJoin('api_keys', 'api_keys.seq', 'key_usage_hourly.key_seq')
    .innerJoin('organizations', 'organizations.seq', 'key_usage_hourly.org_seq')
    .select(['hour', 'outcome', 'count', 'api_id', 'environment'])
    .select(['organizations.id as org_id', 'api_keys.id as key_id']);
}

/** In the same shape; the column of keys is never asked for. */
function selectOverKeys(db: Kysely<Database>) {
  return db
    .selectFrom('usage_hourly')
    .innerJoin('organizations', 'organizations.seq', 'usage_hourly.org_seq')
    .select(['hour', 'outcome', 'count', 'api_id', 'environment'])
    .select(['organizations.id as org_id', sql<string>`''`.as('key_id')]);
}
