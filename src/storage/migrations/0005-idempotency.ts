// Replies that are given again when a command is sent again under the same idempotency key.
import type { Migration } from './migration.ts';

export const idempotency: Migration = {
  number: 5,
  name: 'idempotency',
  statements: [
    `CREATE TABLE kept_replies (
      name TEXT NOT NULL PRIMARY KEY CHECK (length(name) = 64),
      fingerprint TEXT NOT NULL,
      sealed TEXT,
      sealed_until INTEGER NOT NULL,
      kept_until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    'CREATE INDEX kept_replies_by_end ON kept_replies (kept_until)',
    'CREATE INDEX kept_replies_by_seal ON kept_replies (sealed_until) WHERE sealed IS NOT NULL',
  ],
};
