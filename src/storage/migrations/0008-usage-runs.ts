// The usage batches that were added, so that a batch that is flushed again is not counted again.
import type { Migration } from './migration.ts';

export const sqliteUsageRuns: Migration = {
  number: 8,
  name: 'usage-runs',
  statements: [
    `CREATE TABLE usage_runs (
      run TEXT NOT NULL PRIMARY KEY,
      sequence INTEGER NOT NULL,
      began_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
};

export const postgresUsageRuns: Migration = {
  number: 8,
  name: 'usage-runs',
  statements: [
    `CREATE TABLE usage_runs (
      run TEXT COLLATE "C" NOT NULL PRIMARY KEY,
      sequence BIGINT NOT NULL,
      began_at BIGINT NOT NULL
    )`,
  ],
};
