// The configuration that each node uses, and the reload that is open. A single process needs neither.
import type { Migration } from './migration.ts';

export const sqliteReload: Migration = { number: 17, name: 'reload', statements: [] };

export const postgresReload: Migration = {
  number: 17,
  name: 'reload',
  statements: [
    'ALTER TABLE history ADD COLUMN reload_id TEXT, ADD COLUMN reload TEXT, ADD COLUMN reload_at TIMESTAMPTZ',
    'ALTER TABLE nodes ADD COLUMN configuration TEXT, ADD COLUMN reload TEXT',
  ],
};
