// Each attempt of a delivery, the formats of webhooks, and how far the search for unused keys is.
import type { Migration } from './migration.ts';

interface Types {
  readonly serial: string;
  readonly integer: string;
  readonly text: string;
  readonly suffix: string;
}

const statements = ({ serial, integer, text, suffix }: Types) => [
  `CREATE TABLE webhook_attempts (
    seq ${serial},
    delivery_seq ${integer} NOT NULL REFERENCES webhook_deliveries (seq) ON DELETE CASCADE,
    began_at ${integer} NOT NULL,
    ended_at ${integer} NOT NULL,
    status ${integer},
    error ${text}
  )${suffix}`,
  'CREATE INDEX webhook_attempts_of_delivery ON webhook_attempts (delivery_seq, seq)',
  `ALTER TABLE webhook_endpoints ADD COLUMN format ${text} NOT NULL DEFAULT 'standard'`,
  `ALTER TABLE webhook_sender ADD COLUMN unused_from ${integer} NOT NULL DEFAULT 0`,
  `ALTER TABLE webhook_sender ADD COLUMN unused_to ${integer} NOT NULL DEFAULT 0`,
  `ALTER TABLE webhook_sender ADD COLUMN unused_after ${integer} NOT NULL DEFAULT 0`,
  // A key that was unused before has no event: the search begins where that for expiring keys is.
  'UPDATE webhook_sender SET unused_from = scanned_to, unused_to = scanned_to',
];

export const sqliteWebhookAttempts: Migration = {
  number: 22,
  name: 'webhook attempts',
  statements: statements({
    serial: 'INTEGER PRIMARY KEY AUTOINCREMENT',
    integer: 'INTEGER',
    text: 'TEXT',
    suffix: ' STRICT',
  }),
};

/** See `waitForChanges` of step 16. */
const waitForChanges = 'SELECT pg_advisory_xact_lock(1296454728, 2)';

export const postgresWebhookAttempts: Migration = {
  number: 22,
  name: 'webhook attempts',
  statements: [
    waitForChanges,
    ...statements({
      serial: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
      integer: 'BIGINT',
      text: 'TEXT COLLATE "C"',
      suffix: '',
    }),
  ],
};
