// Kept replies: a command that is sent again with the same idempotency key gets the same reply.
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
