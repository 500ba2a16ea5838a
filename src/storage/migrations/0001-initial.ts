// The first tables: organizations, keys, secrets, last use, usage, denials.
import type { Migration } from './migration.ts';

/**
 * `outcome` and `reason` have no CHECK: their lists grow, and one unknown word must not fail a whole flush. For the
 * same reason usage, last use and denials refer to keys without a foreign key. Usage is clustered by hour first, so
 * that the rows of a flush lie together on few pages.
 */
export const initial: Migration = {
  number: 1,
  name: 'initial',
  statements: [
    `CREATE TABLE organizations (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id <> ''),
      name TEXT NOT NULL,
      kind TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
      created_at INTEGER NOT NULL
    ) STRICT`,
    `CREATE TABLE api_keys (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id <> ''),
      api_id TEXT NOT NULL CHECK (api_id <> ''),
      org_id TEXT NOT NULL REFERENCES organizations (id),
      environment TEXT NOT NULL CHECK (environment IN ('live', 'test')),
      name TEXT NOT NULL,
      hint_prefix TEXT NOT NULL,
      hint_start TEXT NOT NULL,
      hint_end TEXT NOT NULL,
      restrictions TEXT NOT NULL,
      rate_limits TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      expires_at INTEGER,
      revoked_at INTEGER,
      revision INTEGER NOT NULL CHECK (revision >= 1)
    ) STRICT`,
    // One for each way to list: by API and organization, by organization, by API. Each ends in the order of lists.
    'CREATE INDEX api_keys_of_api_and_org ON api_keys (api_id, org_id, seq)',
    'CREATE INDEX api_keys_of_org ON api_keys (org_id, seq)',
    'CREATE INDEX api_keys_of_api ON api_keys (api_id, seq)',
    `CREATE TABLE secrets (
      digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
      key_seq INTEGER NOT NULL REFERENCES api_keys (seq),
      prefix TEXT NOT NULL,
      start TEXT NOT NULL CHECK (length(start) <= 4),
      "end" TEXT NOT NULL CHECK (length("end") <= 4),
      created_at INTEGER NOT NULL,
      ends_at INTEGER
    ) STRICT, WITHOUT ROWID`,
    'CREATE INDEX secrets_of_key ON secrets (key_seq)',
    `CREATE TABLE key_last_used (
      key_id TEXT NOT NULL PRIMARY KEY,
      at INTEGER NOT NULL,
      address TEXT
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE usage_hourly (
      hour INTEGER NOT NULL,
      org_id TEXT NOT NULL,
      key_id TEXT NOT NULL,
      api_id TEXT NOT NULL,
      environment TEXT NOT NULL CHECK (environment IN ('live', 'test')),
      outcome TEXT NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (hour, org_id, key_id, api_id, environment, outcome)
    ) STRICT, WITHOUT ROWID`,
    'CREATE INDEX usage_of_org ON usage_hourly (org_id, hour)',
    'CREATE INDEX usage_of_key ON usage_hourly (key_id, hour)',
    `CREATE TABLE denials (
      seq INTEGER PRIMARY KEY,
      hour INTEGER NOT NULL,
      api_id TEXT NOT NULL,
      org_id TEXT NOT NULL,
      key_id TEXT NOT NULL,
      reason TEXT NOT NULL,
      client_address TEXT NOT NULL,
      count INTEGER NOT NULL,
      first_at INTEGER NOT NULL,
      last_at INTEGER NOT NULL,
      method TEXT NOT NULL,
      path TEXT NOT NULL CHECK (length(path) <= 200),
      UNIQUE (hour, api_id, org_id, key_id, reason, client_address)
    ) STRICT`,
    'CREATE INDEX denials_by_time ON denials (last_at, seq)',
    'CREATE INDEX denials_of_org ON denials (org_id, last_at, seq)',
    'CREATE INDEX denials_of_key ON denials (key_id, last_at, seq)',
  ],
};
