// The changes that nodes of one database must learn of, and the nodes themselves. A single process needs neither.
import type { Migration } from './migration.ts';

export const sqliteNodes: Migration = { number: 7, name: 'nodes', statements: [] };

export const postgresNodes: Migration = {
  number: 7,
  name: 'nodes',
  statements: [
    // One row: the number of the newest change.
    'CREATE TABLE history (head BIGINT NOT NULL)',
    'INSERT INTO history (head) VALUES (0)',
    `CREATE TABLE changes (
      revision BIGINT PRIMARY KEY,
      digests TEXT NOT NULL,
      org_ids TEXT NOT NULL
    )`,
    `CREATE TABLE nodes (
      node_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
      node_name TEXT NOT NULL,
      number BIGINT NOT NULL,
      acknowledged_epoch TEXT,
      acknowledged_revision BIGINT,
      serve_cached_ms BIGINT NOT NULL,
      seen_at TIMESTAMPTZ NOT NULL DEFAULT now()
    )`,
  ],
};
