// Organizations by name: an import names those of the system that it comes from.
import type { Migration } from './migration.ts';

export const importing: Migration = {
  number: 6,
  name: 'import',
  statements: ['CREATE INDEX organizations_by_name ON organizations (name)'],
};
