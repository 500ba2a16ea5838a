// Alerts on unusual activity: what was raised, which rules are on, what is muted, and how far evaluation is.
import type { Migration } from './migration.ts';

interface Types {
  readonly serial: string;
  readonly integer: string;
  readonly text: string;
  readonly suffix: string;
}

const tables = ({ serial, integer, text, suffix }: Types) => [
  `CREATE TABLE alerts (
    seq ${serial},
    id ${text} NOT NULL UNIQUE,
    rule ${text} NOT NULL,
    subject_kind ${text} NOT NULL,
    subject ${text} NOT NULL,
    variant ${text} NOT NULL,
    org_id ${text},
    api_id ${text},
    hour ${integer} NOT NULL,
    last_hour ${integer} NOT NULL,
    hours ${integer} NOT NULL,
    raised_at ${integer} NOT NULL,
    evidence ${text} NOT NULL,
    acknowledged_at ${integer}
  )${suffix}`,
  'CREATE INDEX alerts_of_org ON alerts (org_id, seq)',
  'CREATE INDEX alerts_of_subject ON alerts (subject, rule, variant, seq)',
  'CREATE INDEX alerts_by_time ON alerts (raised_at)',
  `CREATE TABLE alert_rules (
    rule ${text} PRIMARY KEY,
    is_on ${integer} NOT NULL,
    settings ${text} NOT NULL
  )${suffix}`,
  `CREATE TABLE alert_mutes (
    rule ${text} NOT NULL,
    subject ${text} NOT NULL,
    org_id ${text},
    until ${integer} NOT NULL,
    PRIMARY KEY (rule, subject)
  )${suffix}`,
  `CREATE TABLE alert_evaluator (
    id ${integer} PRIMARY KEY CHECK (id = 1),
    holder ${text},
    held_until ${integer} NOT NULL,
    next_hour ${integer} NOT NULL,
    after_key ${integer} NOT NULL,
    audit_seq ${integer} NOT NULL
  )${suffix}`,
  'INSERT INTO alert_evaluator VALUES (1, NULL, 0, 0, 0, 0)',
];

export const sqliteAlerts: Migration = {
  number: 21,
  name: 'alerts',
  statements: tables({
    serial: 'INTEGER PRIMARY KEY AUTOINCREMENT',
    integer: 'INTEGER',
    text: 'TEXT',
    suffix: ' STRICT',
  }),
};

export const postgresAlerts: Migration = {
  number: 21,
  name: 'alerts',
  statements: tables({
    serial: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
    integer: 'BIGINT',
    text: 'TEXT COLLATE "C"',
    suffix: '',
  }),
};
