// Migrates a database to this version's schema in numbered steps, forward only.
import { type Kysely, sql } from 'kysely';
import { StorageError } from './errors.ts';
import { initial } from './migrations/0001-initial.ts';
import { postgresBaseline } from './migrations/0001-to-0006-postgres.ts';
import { compactUsage } from './migrations/0002-compact-usage.ts';
import { management } from './migrations/0003-management.ts';
import { people } from './migrations/0004-people.ts';
import { idempotency } from './migrations/0005-idempotency.ts';
import { importing } from './migrations/0006-import.ts';
import { postgresNodes, sqliteNodes } from './migrations/0007-nodes.ts';
import { postgresUsageRuns, sqliteUsageRuns } from './migrations/0008-usage-runs.ts';
import { postgresGrants, sqliteGrants } from './migrations/0009-grants.ts';
import { denialSamples } from './migrations/0010-denial-samples.ts';
import { postgresPeopleLimits, sqlitePeopleLimits } from './migrations/0011-people-limits.ts';
import { postgresRetention, sqliteRetention } from './migrations/0012-retention.ts';
import { postgresUsageClasses, sqliteUsageClasses } from './migrations/0013-usage-classes.ts';
import { postgresErasure, sqliteErasure } from './migrations/0014-erasure.ts';
import { postgresSuspendedApis, sqliteSuspendedApis } from './migrations/0015-suspended-apis.ts';
import { postgresAnnotations, sqliteAnnotations } from './migrations/0016-annotations.ts';
import { postgresReload, sqliteReload } from './migrations/0017-reload.ts';
import { postgresWebhooks, sqliteWebhooks } from './migrations/0018-webhooks.ts';
import { postgresAuditExports, sqliteAuditExports } from './migrations/0019-audit-exports.ts';
import { postgresUsageDetail, sqliteUsageDetail } from './migrations/0020-usage-detail.ts';
import { postgresAlerts, sqliteAlerts } from './migrations/0021-alerts.ts';
import { postgresWebhookAttempts, sqliteWebhookAttempts } from './migrations/0022-webhook-attempts.ts';
import { postgresNotifications, sqliteNotifications } from './migrations/0023-notifications.ts';
import type { Migration, SqlDialect } from './migrations/migration.ts';
import type { Database } from './schema.ts';

/** The steps of each database, in order. From step 7 on, a step's file has one `Migration` for each database. */
const migrations: Readonly<Record<SqlDialect, readonly Migration[]>> = {
  sqlite: [
    initial,
    compactUsage,
    management,
    people,
    idempotency,
    importing,
    sqliteNodes,
    sqliteUsageRuns,
    sqliteGrants,
    denialSamples,
    sqlitePeopleLimits,
    sqliteRetention,
    sqliteUsageClasses,
    sqliteErasure,
    sqliteSuspendedApis,
    sqliteAnnotations,
    sqliteReload,
    sqliteWebhooks,
    sqliteAuditExports,
    sqliteUsageDetail,
    sqliteAlerts,
    sqliteWebhookAttempts,
    sqliteNotifications,
  ],
  postgres: [
    postgresBaseline,
    postgresNodes,
    postgresUsageRuns,
    postgresGrants,
    denialSamples,
    postgresPeopleLimits,
    postgresRetention,
    postgresUsageClasses,
    postgresErasure,
    postgresSuspendedApis,
    postgresAnnotations,
    postgresReload,
    postgresWebhooks,
    postgresAuditExports,
    postgresUsageDetail,
    postgresAlerts,
    postgresWebhookAttempts,
    postgresNotifications,
  ],
};

const ledgers: Readonly<Record<SqlDialect, string>> = {
  sqlite: `CREATE TABLE IF NOT EXISTS schema_migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`,
  postgres: `CREATE TABLE IF NOT EXISTS schema_migrations (
    number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)`,
};

/** Number of the newest schema that this version supports. */
export const newestSchema = numberOfLast('sqlite');

/**
 * Applies the missing steps. Each step runs in a transaction of its own, or all of them in `db` if that is a
 * transaction. Rejects with `storage_newer`, before any step runs, if a newer Miftah has migrated the database.
 */
export async function migrate(db: Kysely<Database>, dialect: SqlDialect, nowMs: number): Promise<void> {
  await sql.raw(ledgers[dialect]).execute(db);
  const { applied } = await db
    .selectFrom('schema_migrations')
    .select(({ fn }) => fn.coalesce(fn.max('number'), sql<number>`0`).as('applied'))
    .executeTakeFirstOrThrow();
  const newest = numberOfLast(dialect);
  if (applied > newest) throw newerSchema(applied, newest);
  for (const migration of migrations[dialect]) {
    if (migration.number <= applied) continue;
    if (db.isTransaction) await apply(db, migration, nowMs);
    else await db.transaction().execute((transaction) => apply(transaction, migration, nowMs));
  }
}

/** The `storage_newer` error for a database whose schema `found` is above `newest`. */
export function newerSchema(found: number, newest: number): StorageError {
  return new StorageError(
    'storage_newer',
    `the database has schema ${found}, but this Miftah supports schema ${newest}`,
    'install the version of Miftah that last used it, or a newer one',
  );
}

async function apply(db: Kysely<Database>, { number, name, statements }: Migration, nowMs: number): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
  await db.insertInto('schema_migrations').values({ number, name, applied_at: nowMs }).execute();
}

function numberOfLast(dialect: SqlDialect): number {
  return migrations[dialect].at(-1)?.number ?? 0;
}
