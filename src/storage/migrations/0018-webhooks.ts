// Webhooks: endpoints, the outbox of events, and their deliveries.
import type { Migration } from './migration.ts';

interface Types {
  readonly serial: string;
  readonly integer: string;
  readonly text: string;
  readonly suffix: string;
}

/** Events and deliveries go with what they belong to, so that nothing of an erased organization stays. */
const tables = ({ serial, integer, text, suffix }: Types) => [
  `CREATE TABLE webhook_endpoints (
    seq ${serial},
    id ${text} NOT NULL UNIQUE,
    org_id ${text} REFERENCES organizations (id),
    name ${text} NOT NULL,
    url ${text} NOT NULL,
    types ${text},
    signature ${text} NOT NULL,
    sealed_secret ${text} NOT NULL,
    former_secret ${text},
    former_until ${integer},
    disabled_at ${integer},
    disabled_because ${text},
    created_at ${integer} NOT NULL
  )${suffix}`,
  'CREATE INDEX webhook_endpoints_of_org ON webhook_endpoints (org_id, seq)',
  `CREATE TABLE webhook_events (
    seq ${serial},
    id ${text} NOT NULL UNIQUE,
    type ${text} NOT NULL,
    org_id ${text},
    at ${integer} NOT NULL,
    data ${text} NOT NULL
  )${suffix}`,
  'CREATE INDEX webhook_events_by_time ON webhook_events (at)',
  'CREATE INDEX webhook_events_of_org ON webhook_events (org_id)',
  `CREATE TABLE webhook_deliveries (
    seq ${serial},
    event_seq ${integer} NOT NULL REFERENCES webhook_events (seq) ON DELETE CASCADE,
    endpoint_seq ${integer} NOT NULL REFERENCES webhook_endpoints (seq) ON DELETE CASCADE,
    status ${text} NOT NULL,
    round ${integer} NOT NULL,
    attempts ${integer} NOT NULL,
    next_at ${integer},
    last_at ${integer},
    last_status ${integer},
    last_error ${text},
    UNIQUE (event_seq, endpoint_seq)
  )${suffix}`,
  'CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (endpoint_seq, seq)',
  'CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_seq, next_at) WHERE next_at IS NOT NULL',
  `CREATE TABLE webhook_sender (
    id ${integer} PRIMARY KEY CHECK (id = 1),
    holder ${text},
    held_until ${integer} NOT NULL,
    scanned_to ${integer} NOT NULL
  )${suffix}`,
  'INSERT INTO webhook_sender VALUES (1, NULL, 0, 0)',
  // The sender looks every minute for keys that expire.
  'CREATE INDEX api_keys_by_expiry ON api_keys (expires_at) WHERE expires_at IS NOT NULL',
];

export const sqliteWebhooks: Migration = {
  number: 18,
  name: 'webhooks',
  statements: tables({
    serial: 'INTEGER PRIMARY KEY AUTOINCREMENT',
    integer: 'INTEGER',
    text: 'TEXT',
    suffix: ' STRICT',
  }),
};

/** See `waitForChanges` of step 16. */
const waitForChanges = 'SELECT pg_advisory_xact_lock(1296454728, 2)';

export const postgresWebhooks: Migration = {
  number: 18,
  name: 'webhooks',
  statements: [
    waitForChanges,
    ...tables({
      serial: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
      integer: 'BIGINT',
      text: 'TEXT COLLATE "C"',
      suffix: '',
    }),
  ],
};
