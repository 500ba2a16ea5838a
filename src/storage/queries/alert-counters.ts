// Counters that rules of alerts look at: each query reads rows of the given keys only.
import { type Kysely, sql } from 'kysely';
import type {
  AddressedHour,
  AlertReader,
  CountedHour,
  RoutedHour,
  UnknownKeys,
  WatchedEntry,
} from '../../alerts/ports.ts';
import { type RuleId, ruleIds } from '../../domain/alert.ts';
import { tokenApiId } from '../../domain/token.ts';
import { otherRoutes, usageOutcomes } from '../../domain/use.ts';
import type { Database } from '../schema.ts';
import { readEnvironment, readInteger, readNullable, readRecord, readText } from './records.ts';

/** The counters. `scanner` serves queries that may take long. */
export function createAlertReader(scanner: Kysely<Database>): AlertReader {
  return {
    listSwitches: () => listSwitches(scanner),
    listActiveKeys: (hourMs) => listActiveKeys(scanner, hourMs),
    readKeys: (keySeqs) => readKeys(scanner, keySeqs),
    async readCounts(keySeqs, hoursMs) {
      if (keySeqs.length === 0 || hoursMs.length === 0) return [];
      return addUp(await selectCounts(scanner, keySeqs).where('hour', 'in', hoursMs).execute());
    },
    async readCountsBetween(keySeqs, fromMs, toMs) {
      if (keySeqs.length === 0) return [];
      return addUp(await selectCounts(scanner, keySeqs).where('hour', '>=', fromMs).where('hour', '<', toMs).execute());
    },
    readAddresses: (keySeqs, fromMs, toMs) => readAddresses(scanner, keySeqs, fromMs, toMs),
    async listAddresses(keySeqs, fromMs, toMs) {
      if (keySeqs.length === 0) return [];
      const rows = await selectAddresses(scanner, keySeqs, fromMs, toMs)
        .select(['key_seq', 'address'])
        .whereRef('count', '>', 'refused')
        .where('address', '<>', '')
        .distinct()
        .execute();
      return rows.map(({ key_seq, address }) => ({ keySeq: readInteger(key_seq), address: readText(address) }));
    },
    async listRoutes(keySeqs, fromMs, toMs) {
      if (keySeqs.length === 0) return [];
      const query = selectRoutes(scanner, keySeqs, fromMs, toMs).select(['key_seq', 'pattern']).distinct();
      const rows = await query.execute();
      return rows.map(({ key_seq, pattern }) => ({ keySeq: readInteger(key_seq), route: readText(pattern) }));
    },
    readRoutes: (keySeqs, fromMs, toMs) => readRoutes(scanner, keySeqs, fromMs, toMs),
    findLastAllowed: (keySeqs, beforeMs) => findLastAllowed(scanner, keySeqs, beforeMs),
    readUnknownKeys: (fromMs, toMs) => readUnknownKeys(scanner, fromMs, toMs),
    readEntries: (actions, range) => readEntries(scanner, actions, range),
    async listSignInAddresses(personId, beforeSeq, fromMs) {
      const rows = await scanner
        .selectFrom('audit_log')
        .select('address')
        .where('target_id', '=', personId)
        .where('action', '=', 'person.signed_in')
        .where('seq', '<', beforeSeq)
        .where('at', '>=', fromMs)
        .where('address', 'is not', null)
        .distinct()
        .execute();
      return rows.map(({ address }) => readText(address));
    },
    listRecentKeys: (orgId, limit) => listRecentKeys(scanner, orgId, limit),
  };
}

/** As the port says. */
export async function listSwitches(db: Kysely<Database>): ReturnType<AlertReader['listSwitches']> {
  const rows = await db.selectFrom('alert_rules').selectAll().execute();
  return rows.flatMap(({ rule, is_on, settings }) => {
    const known = ruleIds.find((id) => id === rule);
    if (known === undefined) return [];
    return [
      readRecord('alert rule', known, () => ({
        rule: known satisfies RuleId,
        isOn: readInteger(is_on) === 1,
        settings: JSON.parse(readText(settings)) as Record<string, number>,
      })),
    ];
  });
}

/** Refused requests are no last use, so their keys come from the denials. */
async function listActiveKeys(db: Kysely<Database>, hourMs: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('key_last_used')
    .select('key_seq')
    .where('at', '>=', hourMs)
    .union(
      db
        .selectFrom('denials')
        .innerJoin('api_keys', 'api_keys.id', 'denials.key_id')
        .select('api_keys.seq as key_seq')
        .where('denials.hour', '=', hourMs)
        .where('denials.key_id', '<>', ''),
    )
    .orderBy('key_seq')
    .execute();
  return rows.map(({ key_seq }) => readInteger(key_seq));
}

async function readKeys(db: Kysely<Database>, keySeqs: readonly number[]): ReturnType<AlertReader['readKeys']> {
  if (keySeqs.length === 0) return [];
  const rows = await db
    .selectFrom('api_keys')
    .innerJoin('organizations', 'organizations.id', 'api_keys.org_id')
    .select(['api_keys.seq', 'organizations.seq as org_seq', 'api_keys.id', 'api_keys.org_id', 'api_id'])
    .select(['environment', 'api_keys.created_at', 'expires_at', 'revoked_at'])
    .select(({ selectFrom }) =>
      selectFrom('secrets')
        .select(({ fn: { max } }) => max('secrets.created_at').as('newest'))
        .whereRef('secrets.key_seq', '=', 'api_keys.seq')
        .as('secret_created_at'),
    )
    .where('api_keys.seq', 'in', keySeqs)
    .where('api_keys.erased_at', 'is', null)
    .where('organizations.deleted_at', 'is', null)
    .where('api_id', '<>', tokenApiId)
    .orderBy('api_keys.seq')
    .execute();
  return rows.map((row) =>
    readRecord('key', row.id, () => ({
      seq: readInteger(row.seq),
      orgSeq: readInteger(row.org_seq),
      id: readText(row.id),
      orgId: readText(row.org_id),
      apiId: readText(row.api_id),
      environment: readEnvironment(row.environment),
      createdAtMs: readInteger(row.created_at),
      secretCreatedAtMs: readInteger(row.secret_created_at),
      expiresAtMs: readNullable(row.expires_at, readInteger),
      revokedAtMs: readNullable(row.revoked_at, readInteger),
    })),
  );
}

/** Rows lie by organization, key and hour, so each key and hour is one step into the table. */
function selectCounts(db: Kysely<Database>, keySeqs: readonly number[]) {
  return db
    .selectFrom('api_keys')
    .innerJoin('organizations', 'organizations.id', 'api_keys.org_id')
    .innerJoin('key_usage_hourly', (join) =>
      join.onRef('org_seq', '=', 'organizations.seq').onRef('key_seq', '=', 'api_keys.seq'),
    )
    .select(['key_seq', 'hour', 'outcome', 'count'])
    .where('api_keys.seq', 'in', keySeqs);
}

/** Outcomes of a newer version count as `unavailable`: they are requests, and no rule looks at that outcome. */
function addUp(
  rows: readonly { key_seq: unknown; hour: unknown; outcome: unknown; count: unknown }[],
): readonly CountedHour[] {
  const hours = new Map<string, { keySeq: number; hourMs: number; outcomes: Record<string, number> }>();
  for (const row of rows) {
    const [keySeq, hourMs] = [readInteger(row.key_seq), readInteger(row.hour)];
    const name = `${keySeq} ${hourMs}`;
    const hour = hours.get(name) ?? { keySeq, hourMs, outcomes: {} };
    const outcome = usageOutcomes.find((each) => each === row.outcome) ?? 'unavailable';
    hour.outcomes[outcome] = (hour.outcomes[outcome] ?? 0) + readInteger(row.count);
    hours.set(name, hour);
  }
  return [...hours.values()];
}

function selectAddresses(db: Kysely<Database>, keySeqs: readonly number[], fromMs: number, toMs: number) {
  return db
    .selectFrom('key_addresses_hourly')
    .where('key_seq', 'in', keySeqs)
    .where('hour', '>=', fromMs)
    .where('hour', '<', toMs);
}

async function readAddresses(
  db: Kysely<Database>,
  keySeqs: readonly number[],
  fromMs: number,
  toMs: number,
): Promise<readonly AddressedHour[]> {
  if (keySeqs.length === 0) return [];
  const query = selectAddresses(db, keySeqs, fromMs, toMs);
  const rows = await query.select(['key_seq', 'hour', 'address', 'count', 'refused']).execute();
  return rows.map((row) => ({
    keySeq: readInteger(row.key_seq),
    hourMs: readInteger(row.hour),
    address: readText(row.address),
    count: readInteger(row.count),
    refused: readInteger(row.refused),
  }));
}

/** Rows lie as those of `selectCounts`. */
function selectRoutes(db: Kysely<Database>, keySeqs: readonly number[], fromMs: number, toMs: number) {
  return db
    .selectFrom('api_keys')
    .innerJoin('organizations', 'organizations.id', 'api_keys.org_id')
    .innerJoin('key_routes_hourly', (join) =>
      join.onRef('key_routes_hourly.org_seq', '=', 'organizations.seq').onRef('key_seq', '=', 'api_keys.seq'),
    )
    .innerJoin('usage_routes', 'usage_routes.seq', 'key_routes_hourly.route_seq')
    .where('api_keys.seq', 'in', keySeqs)
    .where('hour', '>=', fromMs)
    .where('hour', '<', toMs)
    .where('outcome', 'in', ['allowed', 'upstream_failed'])
    .where('pattern', '<>', otherRoutes);
}

/** Two patterns of the same text, of the policy and of the key, are one route. */
async function readRoutes(
  db: Kysely<Database>,
  keySeqs: readonly number[],
  fromMs: number,
  toMs: number,
): Promise<readonly RoutedHour[]> {
  if (keySeqs.length === 0) return [];
  const rows = await selectRoutes(db, keySeqs, fromMs, toMs)
    .select(['key_seq', 'hour', 'pattern'])
    .select(({ fn }) => fn.sum<number>('key_routes_hourly.count').as('count'))
    .groupBy(['key_seq', 'hour', 'pattern'])
    .execute();
  return rows.map((row) => ({
    keySeq: readInteger(row.key_seq),
    hourMs: readInteger(row.hour),
    route: readText(row.pattern),
    count: readInteger(row.count),
  }));
}

async function findLastAllowed(
  db: Kysely<Database>,
  keySeqs: readonly number[],
  beforeMs: number,
): Promise<ReadonlyMap<number, number>> {
  if (keySeqs.length === 0) return new Map();
  const rows = await db
    .selectFrom('api_keys')
    .innerJoin('organizations', 'organizations.id', 'api_keys.org_id')
    .select('api_keys.seq')
    .select(({ selectFrom }) =>
      selectFrom('key_usage_hourly')
        .select('hour')
        .whereRef('org_seq', '=', 'organizations.seq')
        .whereRef('key_seq', '=', 'api_keys.seq')
        .where('hour', '<', beforeMs)
        .where('outcome', 'in', ['allowed', 'upstream_failed'])
        .orderBy('hour', 'desc')
        .limit(1)
        .as('last'),
    )
    .where('api_keys.seq', 'in', keySeqs)
    .execute();
  return new Map(rows.flatMap(({ seq, last }) => (last === null ? [] : [[readInteger(seq), readInteger(last)]])));
}

async function readUnknownKeys(db: Kysely<Database>, fromMs: number, toMs: number): Promise<readonly UnknownKeys[]> {
  const rows = await db
    .selectFrom('denials')
    .select(['hour', 'client_address', 'api_id', 'count'])
    .where('org_id', '=', '')
    .where('reason', '=', 'key_unknown')
    // Denials lie by their last request, which is in the hour or after its start.
    .where('last_at', '>=', fromMs)
    .where('hour', '>=', fromMs)
    .where('hour', '<', toMs)
    .where('client_address', '<>', '')
    .orderBy('hour')
    .execute();
  const found = new Map<string, { address: string; hourMs: number; unknownKeys: number; apiIds: string[] }>();
  for (const row of rows) {
    const [hourMs, address] = [readInteger(row.hour), readText(row.client_address)];
    const name = `${hourMs} ${address}`;
    const each = found.get(name) ?? { address, hourMs, unknownKeys: 0, apiIds: [] };
    each.unknownKeys += readInteger(row.count);
    each.apiIds.push(readText(row.api_id));
    found.set(name, each);
  }
  return [...found.values()];
}

async function readEntries(
  db: Kysely<Database>,
  actions: readonly string[],
  { afterSeq, fromMs }: { readonly afterSeq: number; readonly fromMs: number },
): ReturnType<AlertReader['readEntries']> {
  const newest = await db.selectFrom('audit_log').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  const newestSeq = newest === undefined ? 0 : readInteger(newest.seq);
  if (actions.length === 0) return { entries: [], newestSeq };
  const rows = await db
    .selectFrom('audit_log')
    .select(['seq', 'at', 'action', 'target_id', 'address'])
    .where('seq', '>', afterSeq)
    .where('seq', '<=', newestSeq)
    .where('at', '>=', fromMs)
    .where('action', 'in', actions)
    .orderBy('seq')
    .limit(maxEntries)
    .execute();
  const entries = rows.map(
    (row): WatchedEntry => ({
      seq: readInteger(row.seq),
      atMs: readInteger(row.at),
      action: readText(row.action),
      targetId: readText(row.target_id),
      address: readNullable(row.address, readText),
    }),
  );
  // What is beyond the limit comes with the next hour.
  return { entries, newestSeq: entries.length < maxEntries ? newestSeq : (entries.at(-1)?.seq ?? newestSeq) };
}

const maxEntries = 2_000;

async function listRecentKeys(
  db: Kysely<Database>,
  orgId: string | undefined,
  limit: number,
): ReturnType<AlertReader['listRecentKeys']> {
  let used = db.selectFrom('key_last_used').innerJoin('api_keys', 'api_keys.seq', 'key_last_used.key_seq');
  if (orgId !== undefined) used = used.where('api_keys.org_id', '=', orgId);
  const { total } = await used.select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow();
  const rows = await used.select('key_seq').orderBy('at', 'desc').limit(limit).execute();
  return { keySeqs: rows.map(({ key_seq }) => readInteger(key_seq)), total: readInteger(total) };
}
