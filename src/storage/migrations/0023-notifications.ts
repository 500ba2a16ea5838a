// Notifications of people: what each is notified of, which mails wait, and what each person chose.
import type { Migration } from './migration.ts';

interface Types {
  readonly serial: string;
  readonly integer: string;
  readonly text: string;
  readonly now: string;
  readonly suffix: string;
}

/** Notifications go with the membership: who leaves an organization gets nothing of it, also no mail that waits. */
const tables = ({ serial, integer, text, now, suffix }: Types) => [
  `CREATE TABLE person_settings (
    person_id ${text} NOT NULL PRIMARY KEY REFERENCES auth_user (id) ON DELETE CASCADE,
    language ${text},
    console_origin ${text},
    time_zone ${text},
    digest_hour ${integer}
  )${suffix}`,
  `CREATE TABLE notification_timings (
    person_id ${text} NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
    kind ${text} NOT NULL,
    timing ${text} NOT NULL,
    PRIMARY KEY (person_id, kind)
  )${suffix}`,
  `CREATE TABLE notifications (
    seq ${serial},
    id ${text} NOT NULL UNIQUE,
    org_id ${text} NOT NULL,
    person_id ${text} NOT NULL,
    type ${text} NOT NULL,
    subject_id ${text} NOT NULL,
    detail ${text} NOT NULL,
    author_kind ${text} NOT NULL,
    author_id ${text} REFERENCES auth_user (id) ON DELETE SET NULL,
    at ${integer} NOT NULL,
    read_at ${integer},
    timing ${text} NOT NULL,
    due_at ${integer} NOT NULL,
    next_at ${integer},
    attempts ${integer} NOT NULL,
    sent_at ${integer},
    FOREIGN KEY (org_id, person_id) REFERENCES members (org_id, person_id) ON DELETE CASCADE
  )${suffix}`,
  'CREATE INDEX notifications_of_member ON notifications (org_id, person_id, seq)',
  'CREATE INDEX notifications_waiting ON notifications (next_at, seq) WHERE next_at IS NOT NULL',
  'CREATE INDEX notifications_of_digest ON notifications (person_id, due_at) WHERE next_at IS NOT NULL',
  'CREATE INDEX notifications_by_time ON notifications (at)',
  'CREATE INDEX notifications_of_author ON notifications (author_id) WHERE author_id IS NOT NULL',
  // Members hear of keys that expire from now on. Where there are webhooks, the scan goes on.
  `UPDATE webhook_sender SET scanned_to = ${now} WHERE NOT EXISTS (SELECT 1 FROM webhook_endpoints)`,
];

export const sqliteNotifications: Migration = {
  number: 23,
  name: 'notifications',
  statements: tables({
    serial: 'INTEGER PRIMARY KEY AUTOINCREMENT',
    integer: 'INTEGER',
    text: 'TEXT',
    now: 'unixepoch() * 1000',
    suffix: ' STRICT',
  }),
};

/** See `waitForChanges` of step 16. */
const waitForChanges = 'SELECT pg_advisory_xact_lock(1296454728, 2)';

export const postgresNotifications: Migration = {
  number: 23,
  name: 'notifications',
  statements: [
    waitForChanges,
    ...tables({
      serial: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
      integer: 'BIGINT',
      text: 'TEXT COLLATE "C"',
      now: '(extract(epoch FROM now()) * 1000)::bigint',
      suffix: '',
    }),
  ],
};
