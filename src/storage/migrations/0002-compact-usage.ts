// Usage and last use by the short numbers of keys. A flush then touches a fraction of the pages.
import type { Migration } from './migration.ts';

/**
 * Rows with ids of 28 random characters in four trees cost some twenty times as much to write as these: a thousand keys
 * share a page. Questions that name no key use `usage_hourly`, which stays small.
 */
export const compactUsage: Migration = {
  number: 2,
  name: 'compact-usage',
  statements: [
    'ALTER TABLE usage_hourly RENAME TO old_usage_hourly',
    'ALTER TABLE key_last_used RENAME TO old_key_last_used',
    `CREATE TABLE key_last_used (
      key_seq INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      address TEXT
    ) STRICT`,
    `CREATE TABLE key_usage_hourly (
      org_seq INTEGER NOT NULL,
      key_seq INTEGER NOT NULL,
      hour INTEGER NOT NULL,
      outcome TEXT NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (org_seq, key_seq, hour, outcome)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE usage_hourly (
      hour INTEGER NOT NULL,
      org_seq INTEGER NOT NULL,
      api_id TEXT NOT NULL,
      environment TEXT NOT NULL CHECK (environment IN ('live', 'test')),
      outcome TEXT NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (hour, org_seq, api_id, environment, outcome)
    ) STRICT, WITHOUT ROWID`,
    `INSERT INTO key_last_used SELECT api_keys.seq, at, address
       FROM old_key_last_used JOIN api_keys ON api_keys.id = old_key_last_used.key_id`,
    `INSERT INTO key_usage_hourly SELECT organizations.seq, api_keys.seq, hour, outcome, count
       FROM old_usage_hourly
       JOIN api_keys ON api_keys.id = old_usage_hourly.key_id
       JOIN organizations ON organizations.id = old_usage_hourly.org_id`,
    `INSERT INTO usage_hourly SELECT hour, organizations.seq, api_id, environment, outcome, sum(count)
       FROM old_usage_hourly JOIN organizations ON organizations.id = old_usage_hourly.org_id
       GROUP BY hour, organizations.seq, api_id, environment, outcome`,
    'DROP TABLE old_usage_hourly',
    'DROP TABLE old_key_last_used',
    'CREATE INDEX usage_of_org ON usage_hourly (org_seq, hour)',
  ],
};
