// The APIs for which an organization is suspended. Older rows have none.
import type { Migration } from './migration.ts';

export const sqliteSuspendedApis: Migration = {
  number: 15,
  name: 'suspended-apis',
  statements: ['ALTER TABLE organizations ADD COLUMN suspended_apis TEXT'],
};

export const postgresSuspendedApis: Migration = {
  number: 15,
  name: 'suspended-apis',
  statements: ['ALTER TABLE organizations ADD COLUMN suspended_apis TEXT COLLATE "C"'],
};
