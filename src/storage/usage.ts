// Queries on usage: counts by hour, and when each key was last used.
import { type Kysely, sql } from 'kysely';
import type { UsageBatch, UsageGroup, UsageQuery, UsageSum } from '../metering/ports.ts';
import { readInteger } from './records.ts';
import type { Database } from './schema.ts';

/** Rows of one INSERT: far below every driver's limit of parameters, and large enough that statements cost little. */
export const rowsPerInsert = 500;

export function flushUsage(db: Kysely<Database>, { counts, lastUses }: UsageBatch): Promise<void> {
  return db.transaction().execute(async (transaction) => {
    for (let at = 0; at < counts.length; at += rowsPerInsert) {
      await transaction
        .insertInto('usage_hourly')
        .values(
          counts.slice(at, at + rowsPerInsert).map((group) => ({
            hour: group.hourMs,
            org_id: group.orgId,
            key_id: group.keyId,
            api_id: group.apiId,
            environment: group.environment,
            outcome: group.outcome,
            count: group.count,
          })),
        )
        .onConflict((conflict) =>
          conflict
            .columns(['hour', 'org_id', 'key_id', 'api_id', 'environment', 'outcome'])
            .doUpdateSet({ count: sql`usage_hourly.count + excluded.count` }),
        )
        .execute();
    }
    for (let at = 0; at < lastUses.length; at += rowsPerInsert) {
      await transaction
        .insertInto('key_last_used')
        .values(
          lastUses
            .slice(at, at + rowsPerInsert)
            .map(({ keyId, atMs, address }) => ({ key_id: keyId, at: atMs, address })),
        )
        .onConflict((conflict) =>
          conflict
            .column('key_id')
            .doUpdateSet({ at: sql`excluded.at`, address: sql`excluded.address` })
            .whereRef('excluded.at', '>=', 'key_last_used.at'),
        )
        .execute();
    }
  });
}

const columnOf = {
  apiId: 'api_id',
  orgId: 'org_id',
  keyId: 'key_id',
  environment: 'environment',
  outcome: 'outcome',
  hourMs: 'hour',
} as const satisfies Record<keyof UsageGroup, keyof Database['usage_hourly']>;

export async function listUsage(db: Kysely<Database>, query: UsageQuery): Promise<readonly UsageSum[]> {
  let sums = db
    .selectFrom('usage_hourly')
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
