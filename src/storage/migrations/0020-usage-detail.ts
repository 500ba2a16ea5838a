// Usage by address and by route, the weight of requests, and how long upstreams took to reply.
import type { Migration } from './migration.ts';

interface Types {
  readonly serial: string;
  readonly integer: string;
  readonly text: string;
  readonly clustered: string;
  readonly suffix: string;
}

/** Parts of `count` and of the weight, as in `key_usage_hourly`. */
const parts = ['billed', 'status_1xx', 'status_2xx', 'status_3xx', 'status_4xx', 'status_5xx', 'status_none'];
const weights = ['extra_weight', 'billed_extra_weight'];
const times = [
  ...['ms_1', 'ms_2', 'ms_5', 'ms_10', 'ms_20', 'ms_50', 'ms_100', 'ms_200', 'ms_500'],
  ...['ms_1000', 'ms_2000', 'ms_5000', 'ms_10000', 'ms_more'],
];

/**
 * What is new about rows that exist becomes columns: a column with a constant default rewrites no row, and an older
 * Miftah may run beside this one. Routes and addresses are rows of their own, so that who has none pays nothing. Rows
 * of keys have no times: 14 numbers in each would double the largest table.
 */
function statementsOf({ serial, integer, text, clustered, suffix }: Types): string[] {
  const add = (table: string, column: string) =>
    `ALTER TABLE ${table} ADD COLUMN ${column} ${integer} NOT NULL DEFAULT 0`;
  const numbers = (columns: readonly string[]) =>
    [`count ${integer} NOT NULL`, ...columns.map((column) => `${column} ${integer} NOT NULL DEFAULT 0`)].join(', ');
  return [
    ...weights.map((column) => add('key_usage_hourly', column)),
    ...[...weights, ...times].map((column) => add('usage_hourly', column)),
    `CREATE TABLE usage_routes (
      seq ${serial},
      api_id ${text} NOT NULL,
      org_seq ${integer} NOT NULL,
      pattern ${text} NOT NULL,
      last_hour ${integer} NOT NULL,
      UNIQUE (api_id, org_seq, pattern)
    )${suffix}`,
    'CREATE INDEX usage_routes_of_org ON usage_routes (org_seq)',
    `CREATE TABLE key_routes_hourly (
      org_seq ${integer} NOT NULL,
      key_seq ${integer} NOT NULL,
      hour ${integer} NOT NULL,
      route_seq ${integer} NOT NULL,
      outcome ${text} NOT NULL,
      ${numbers([...parts, ...weights])},
      PRIMARY KEY (org_seq, key_seq, hour, route_seq, outcome)
    )${clustered}`,
    `CREATE TABLE routes_hourly (
      hour ${integer} NOT NULL,
      org_seq ${integer} NOT NULL,
      api_id ${text} NOT NULL,
      environment ${text} NOT NULL CHECK (environment IN ('live', 'test')),
      route_seq ${integer} NOT NULL,
      outcome ${text} NOT NULL,
      ${numbers([...parts, ...weights, ...times])},
      PRIMARY KEY (hour, org_seq, api_id, environment, route_seq, outcome)
    )${clustered}`,
    'CREATE INDEX routes_of_org ON routes_hourly (org_seq, hour)',
    `CREATE TABLE key_addresses_hourly (
      org_seq ${integer} NOT NULL,
      key_seq ${integer} NOT NULL,
      hour ${integer} NOT NULL,
      address ${text} NOT NULL,
      count ${integer} NOT NULL,
      refused ${integer} NOT NULL,
      PRIMARY KEY (key_seq, hour, address)
    )${clustered}`,
    add('retention', 'addresses_from'),
  ];
}

export const sqliteUsageDetail: Migration = {
  number: 20,
  name: 'usage-detail',
  statements: statementsOf({
    serial: 'INTEGER PRIMARY KEY AUTOINCREMENT',
    integer: 'INTEGER',
    text: 'TEXT',
    clustered: ' STRICT, WITHOUT ROWID',
    suffix: ' STRICT',
  }),
};

export const postgresUsageDetail: Migration = {
  number: 20,
  name: 'usage-detail',
  statements: statementsOf({
    serial: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
    integer: 'BIGINT',
    text: 'TEXT COLLATE "C"',
    clustered: '',
    suffix: '',
  }),
};
