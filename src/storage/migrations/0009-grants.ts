// Limits that the operator grants to a key or an organization. Older rows have none, so the limits of the policy apply.
import type { Migration } from './migration.ts';

export const sqliteGrants: Migration = {
  number: 9,
  name: 'grants',
  statements: [
    'ALTER TABLE api_keys ADD COLUMN granted_limits TEXT',
    'ALTER TABLE organizations ADD COLUMN granted_limits TEXT',
  ],
};

export const postgresGrants: Migration = {
  number: 9,
  name: 'grants',
  statements: [
    'ALTER TABLE api_keys ADD COLUMN granted_limits TEXT COLLATE "C"',
    'ALTER TABLE organizations ADD COLUMN granted_limits TEXT COLLATE "C"',
  ],
};
