// An index of organizations by name: an import refers to them by the names of its source system.
import type { Migration } from './migration.ts';

export const importing: Migration = {
  number: 6,
  name: 'import',
  statements: ['CREATE INDEX organizations_by_name ON organizations (name)'],
};
