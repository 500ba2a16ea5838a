// Tags, metadata and external ids of keys and organizations. Older rows have none.
import type { Migration } from './migration.ts';

const columns = (text: string) =>
  ['api_keys', 'organizations'].flatMap((table) =>
    ['tags', 'metadata', 'external_id'].map((column) => `ALTER TABLE ${table} ADD COLUMN ${column} ${text}`),
  );

const indexes = [
  // A revoked key keeps its external id for look-ups, and its successor may have the same.
  `CREATE UNIQUE INDEX api_keys_external_id ON api_keys (api_id, external_id)
     WHERE external_id IS NOT NULL AND revoked_at IS NULL`,
  'CREATE INDEX api_keys_by_external_id ON api_keys (external_id) WHERE external_id IS NOT NULL',
  `CREATE UNIQUE INDEX organizations_external_id ON organizations (external_id)
     WHERE external_id IS NOT NULL AND deleted_at IS NULL`,
];

/**
 * A change of an older node can hold a lock on one of the two tables while it waits for the other, and this step would do
 * the same the other way round. So it waits for the lock of changes (`advisoryLocks.change`) first.
 */
const waitForChanges = 'SELECT pg_advisory_xact_lock(1296454728, 2)';

export const sqliteAnnotations: Migration = {
  number: 16,
  name: 'annotations',
  statements: [...columns('TEXT'), ...indexes],
};

export const postgresAnnotations: Migration = {
  number: 16,
  name: 'annotations',
  statements: [waitForChanges, ...columns('TEXT COLLATE "C"'), ...indexes],
};
