// Usage is kept by the status class of the upstream's reply, and with what is billed.
import type { Migration } from './migration.ts';

const tables = ['key_usage_hourly', 'usage_hourly'];
const columns = ['billed', 'status_1xx', 'status_2xx', 'status_3xx', 'status_4xx', 'status_5xx', 'status_none'];

/**
 * Parts of `count`, as columns of the row that is there: rows and unique keys stay, so an older Miftah may run beside
 * this one. What is in no class is unknown: the rows from before, and what an older Miftah adds. A column with a
 * constant default rewrites no row, so the step takes no longer on a large table.
 */
function migrationOf(type: string): Migration {
  const add = (table: string, column: string) => `ALTER TABLE ${table} ADD COLUMN ${column} ${type} NOT NULL DEFAULT 0`;
  const statements = tables.flatMap((table) => columns.map((column) => add(table, column)));
  return { number: 13, name: 'usage-classes', statements };
}

export const sqliteUsageClasses = migrationOf('INTEGER');
export const postgresUsageClasses = migrationOf('BIGINT');
