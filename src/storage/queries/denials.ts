// Queries on denials, grouped and bounded.
import { type Kysely, sql } from 'kysely';
import {
  type DenialGroup,
  type DenialPage,
  type DenialQuery,
  isDecidedByRequest,
  maxSamplesPerHour,
  otherSamples,
  type StoredDenial,
} from '../../denials/ports.ts';
import { reasons } from '../../domain/verdict.ts';
import type { Database } from '../schema.ts';
import { transact } from '../transact.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { bytesOf, countFitting } from './page-bytes.ts';
import { readInteger, readOneOf, readRecord, readText } from './records.ts';
import { compareTexts, rowsPerInsert } from './usage.ts';

/** How many denials a database keeps, and for how long. */
export interface DenialBounds {
  /** Groups to keep, at most. A quarter is for denials without a key, the rest for those of keys. */
  readonly maxGroups: number;
  /** Removes groups whose last denial is older. */
  readonly maxAgeMs: number;
}

/** Adds the groups to those of the same hour, and removes the oldest beyond `bounds`, in one transaction. */
export function flushDenials(
  db: Kysely<Database>,
  groups: readonly DenialGroup[],
  nowMs: number,
  bounds: DenialBounds,
): Promise<void> {
  return transact(db, async (transaction) => {
    // All nodes flush in the same order, so that they never wait for each other in a circle.
    const rows = (await boundSamples(transaction, groups.map(toRow))).toSorted((a, b) =>
      compareTexts(nameOf(a), nameOf(b)),
    );
    for (let at = 0; at < rows.length; at += rowsPerInsert) {
      await transaction
        .insertInto('denials')
        .values(rows.slice(at, at + rowsPerInsert))
        .onConflict((conflict) =>
          conflict.columns(['hour', 'api_id', 'org_id', 'key_id', 'reason', 'client_address']).doUpdateSet({
            count: sql`denials.count + excluded.count`,
            last_at: sql`excluded.last_at`,
          }),
        )
        .execute();
    }
    await pruneDenials(transaction, nowMs, bounds);
  });
}

type DenialRow = ReturnType<typeof toRow>;

/**
 * The rows, bounded: where a key has too many methods and paths in an hour, the excess becomes one row without a
 * sample.
 */
async function boundSamples(db: Kysely<Database>, rows: readonly DenialRow[]): Promise<readonly DenialRow[]> {
  const isOfRequest = ({ key_id, reason }: DenialRow) => key_id !== '' && isDecidedByRequest(reason);
  const ofRequests = rows.filter(isOfRequest);
  if (ofRequests.length === 0) return rows;
  const known = await findSamples(db, ofRequests);
  const bounded = new Map<string, DenialRow>();
  for (const row of rows) {
    const samples = isOfRequest(row) ? sampleSetOf(known, row) : undefined;
    const isBeyond = samples?.has(row.client_address) === false && samples.size >= maxSamplesPerHour;
    if (!isBeyond) samples?.add(row.client_address);
    const kept = isBeyond ? { ...row, client_address: otherSamples, method: '', path: '' } : row;
    const same = bounded.get(nameOf(kept));
    bounded.set(nameOf(kept), same === undefined ? kept : addUp(same, kept));
  }
  return [...bounded.values()];
}

/** The stored samples of these keys, reasons and hours. */
async function findSamples(db: Kysely<Database>, rows: readonly DenialRow[]): Promise<Map<string, Set<string>>> {
  const keyIds = [...new Set(rows.map(({ key_id }) => key_id))];
  const hours = [...new Set(rows.map(({ hour }) => hour))];
  const known = new Map<string, Set<string>>();
  for (let at = 0; at < keyIds.length; at += rowsPerInsert) {
    const found = await db
      .selectFrom('denials')
      .select(['hour', 'api_id', 'key_id', 'reason', 'client_address'])
      .where('key_id', 'in', keyIds.slice(at, at + rowsPerInsert))
      .where('last_at', '>=', Math.min(...hours))
      .where('hour', 'in', hours)
      // Rows of an older Miftah have addresses as samples.
      .where('sample_address', 'is not', null)
      .where('client_address', '<>', otherSamples)
      .execute();
    for (const row of found) sampleSetOf(known, row).add(row.client_address);
  }
  return known;
}

function sampleSetOf(
  sets: Map<string, Set<string>>,
  { hour, api_id, key_id, reason }: Pick<DenialRow, 'hour' | 'api_id' | 'key_id'> & { readonly reason: string },
): Set<string> {
  const name = [hour, api_id, key_id, reason].join(' ');
  const set = sets.get(name) ?? new Set();
  sets.set(name, set);
  return set;
}

function addUp(first: DenialRow, other: DenialRow): DenialRow {
  const first_at = Math.min(first.first_at, other.first_at);
  return { ...first, count: first.count + other.count, first_at, last_at: Math.max(first.last_at, other.last_at) };
}

async function pruneDenials(db: Kysely<Database>, nowMs: number, { maxGroups, maxAgeMs }: DenialBounds): Promise<void> {
  await removeOlder(db, nowMs - maxAgeMs);
  const sizes = await db
    .selectFrom('denials')
    .select(({ fn }) => ['org_id', fn.countAll<number>().as('count')])
    .groupBy('org_id')
    .execute();
  const maxKeyless = Math.floor(maxGroups / 4);
  const keyless = readInteger(sizes.find(({ org_id }) => org_id === '')?.count ?? 0);
  if (keyless > maxKeyless) await removeOldest(db, '', keyless - maxKeyless);
  const ofKeys = sizes.flatMap(({ org_id, count }) => (org_id === '' ? [] : { org_id, count: readInteger(count) }));
  for (const { org_id, count } of listExcess(ofKeys, maxGroups - maxKeyless)) await removeOldest(db, org_id, count);
}

/** Most rows that are removed at once because they are old. */
const maxRemoved = 500;

/** Removes some denials whose last one was before `beforeMs`, the oldest first. Returns whether there may be more. */
export async function removeOlder(
  db: Kysely<Database>,
  beforeMs: number,
): Promise<{ readonly removed: number; readonly isMore: boolean }> {
  const { numDeletedRows } = await db
    .deleteFrom('denials')
    .where('seq', 'in', (oldest) =>
      oldest
        .selectFrom('denials')
        .select('seq')
        .where('last_at', '<', beforeMs)
        .orderBy('last_at')
        .orderBy('seq')
        .limit(maxRemoved),
    )
    .executeTakeFirstOrThrow();
  const removed = Number(numDeletedRows);
  return { removed, isMore: removed === maxRemoved };
}

interface OrgSize {
  readonly org_id: string;
  readonly count: number;
}

/** How many rows each organization must lose so that `max` remain. The largest lose, down to one level. */
function listExcess(sizes: readonly OrgSize[], max: number): readonly OrgSize[] {
  let excess = sizes.reduce((sum, { count }) => sum + count, 0) - max;
  if (excess <= 0) return [];
  const largestFirst = sizes.toSorted((a, b) => b.count - a.count);
  // The level is the size to which the largest organizations must come down, so that they lose the excess together.
  let above = 0;
  let level = 0;
  for (const [at, { count }] of largestFirst.entries()) {
    above += count;
    level = Math.max(0, Math.floor((above - excess) / (at + 1)));
    if (level >= (largestFirst[at + 1]?.count ?? 0)) break;
  }
  const lost: OrgSize[] = [];
  for (const { org_id, count } of largestFirst) {
    const share = Math.min(count - level, excess);
    if (share <= 0) break;
    lost.push({ org_id, count: share });
    excess -= share;
  }
  return lost;
}

async function removeOldest(db: Kysely<Database>, orgId: string, count: number): Promise<void> {
  await db
    .deleteFrom('denials')
    .where('seq', 'in', (oldest) =>
      oldest
        .selectFrom('denials')
        .select('seq')
        .where('org_id', '=', orgId)
        .orderBy('last_at')
        .orderBy('seq')
        .limit(count),
    )
    .execute();
}

/** Bytes of a denial in a page, without its key's lists: a path and a key's name, both repeated in the fix. */
const rowBytes = 2_048;

/**
 * Bytes of a key's lists as a fix repeats them. An apostrophe becomes five characters: quoted for a shell, then in
 * JSON.
 */
function quotedBytes() {
  const lists = sql.ref<string>('api_keys.restrictions');
  return sql<number>`5 * ${bytesOf(lists)} - 4 * ${bytesOf(sql`replace(${lists}, '''', '')`)}`;
}

/** A page of groups, latest denial first, within `limit` and `maxBytes`. Rejects with `cursor_invalid`. */
export async function listDenials(
  db: Kysely<Database>,
  { apiId, orgId, keyId, environment, reason, sinceMs, untilMs, limit, maxBytes, cursor }: DenialQuery,
): Promise<DenialPage> {
  let query = db
    .selectFrom('denials')
    .selectAll()
    .select(({ selectFrom }) =>
      selectFrom('api_keys')
        .select(quotedBytes().as('bytes'))
        .whereRef('api_keys.id', '=', 'denials.key_id')
        .as('key_bytes'),
    )
    .orderBy('last_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(limit + 1);
  if (apiId !== undefined) query = query.where('api_id', '=', apiId);
  if (orgId !== undefined) query = query.where('org_id', '=', orgId ?? '');
  if (keyId !== undefined) query = query.where('key_id', '=', keyId);
  if (reason !== undefined) query = query.where('reason', '=', reason);
  if (sinceMs !== undefined) query = query.where('last_at', '>=', sinceMs);
  if (untilMs !== undefined) query = query.where('hour', '<', untilMs);
  if (environment !== undefined) {
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('api_keys')
          .select('api_keys.seq')
          .whereRef('api_keys.id', '=', 'denials.key_id')
          .where('api_keys.environment', '=', environment),
      ),
    );
  }
  if (cursor !== undefined) {
    const [lastAt, seq] = parseCursor(cursor, 2) as [number, number];
    query = query.where(({ eb, refTuple, tuple }) => eb(refTuple('last_at', 'seq'), '<', tuple(lastAt, seq)));
  }
  const rows = await query.execute();
  const sizes = rows.map((row) => rowBytes + readInteger(row.key_bytes ?? 0));
  const count = countFitting(sizes, limit, maxBytes);
  const last = rows.length > count ? rows[count - 1] : undefined;
  return {
    items: rows.slice(0, count).map(readDenial),
    nextCursor: last === undefined ? null : formatCursor(last.last_at, last.seq),
  };
}

/** The group with this id. `undefined` if there is none, also for text that is not an id. */
export async function findDenial(db: Kysely<Database>, id: string): Promise<StoredDenial | undefined> {
  if (!/^[1-9]\d{0,14}$/.test(id)) return undefined;
  const row = await db.selectFrom('denials').selectAll().where('seq', '=', Number(id)).executeTakeFirst();
  return row && readDenial(row);
}

function toRow(group: DenialGroup) {
  return {
    hour: group.hourMs,
    api_id: group.apiId,
    org_id: group.orgId ?? '',
    key_id: group.keyId ?? '',
    reason: group.reason,
    client_address: group.groupedBy,
    sample_address: group.clientAddress ?? '',
    count: group.count,
    first_at: group.firstAtMs,
    last_at: group.lastAtMs,
    method: group.method.slice(0, 20),
    path: group.path.replace(/\?.*$/s, '').slice(0, 200),
  };
}

/** The unique key of the row, as text. */
function nameOf(row: DenialRow): string {
  const { hour, api_id, org_id, key_id, reason, client_address } = row;
  return [hour, api_id, org_id, key_id, reason, client_address].join(' ');
}

function readDenial(row: { readonly [Column in keyof Database['denials']]: unknown }): StoredDenial {
  return readRecord('denial', String(row.seq), () => ({
    id: String(readInteger(row.seq)),
    apiId: readText(row.api_id),
    orgId: readText(row.org_id) || null,
    keyId: readText(row.key_id) || null,
    reason: readOneOf(row.reason, reasons),
    groupedBy: readText(row.client_address),
    clientAddress: readText(row.sample_address ?? row.client_address) || null,
    hourMs: readInteger(row.hour),
    count: readInteger(row.count),
    firstAtMs: readInteger(row.first_at),
    lastAtMs: readInteger(row.last_at),
    method: readText(row.method),
    path: readText(row.path),
  }));
}
