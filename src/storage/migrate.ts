// Migrates a database to this version's schema in numbered steps, forward only.
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
import type { Session } from './session-driver.ts';

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
 * The steps that the database lacks, in order. Rejects with `storage_newer` if a newer Miftah has migrated it. Uses no
 * Kysely: a thread that only opens a database need not load it.
 */
export async function findMissingSteps(session: Statements, dialect: SqlDialect): Promise<readonly Migration[]> {
  await session.execute(ledgers[dialect], []);
  const { rows } = await session.execute('SELECT coalesce(max(number), 0) AS applied FROM schema_migrations', []);
  const applied = Number(rows[0]?.applied);
  const newest = numberOfLast(dialect);
  if (applied > newest) throw newerSchema(applied, newest);
  return migrations[dialect].filter(({ number }) => number > applied);
}

/** Runs a step. The caller does so in a transaction, and gives all steps of a start the same `nowMs`. */
export async function applyStep(session: Statements, step: Migration, nowMs: number): Promise<void> {
  for (const statement of step.statements) await session.execute(statement, []);
  const values = `${step.number}, '${step.name}', ${nowMs}`;
  await session.execute(`INSERT INTO schema_migrations (number, name, applied_at) VALUES (${values})`, []);
}

type Statements = Pick<Session, 'execute'>;

/** The `storage_newer` error for a database whose schema `found` is above `newest`. */
export function newerSchema(found: number, newest: number): StorageError {
  return new StorageError(
    'storage_newer',
    `the database has schema ${found}, but this Miftah supports schema ${newest}`,
    'install the version of Miftah that last used it, or a newer one',
  );
}

function numberOfLast(dialect: SqlDialect): number {
  return migrations[dialect].at(-1)?.number ?? 0;
}
