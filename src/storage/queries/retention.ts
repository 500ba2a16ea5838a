// Queries that remove old records in small steps, and that note what was removed.
import { type Kysely, type SqlBool, sql } from 'kysely';
import type { AuditStart } from '../../audit/ports.ts';
import type { AuditEntry } from '../../domain/audit-record.ts';
import { oneDayMs } from '../../domain/durations.ts';
import type { UsageQuery, UsageReportPage, UsageReportQuery, UsageSum } from '../../metering/ports.ts';
import type { ChainPlace, Kept, Pruned, PruneStep, RetentionStore, UsagePlace } from '../../retention/ports.ts';
import { sqliteRetention } from '../migrations/0012-retention.ts';
import type { Database } from '../schema.ts';
import { transact } from '../transact.ts';
import { appendAudit } from './audit.ts';
import { findExported } from './audit-exports.ts';
import { removeOlder } from './denials.ts';
import { isFreeFor } from './held-rights.ts';
import { readInteger, readText } from './records.ts';
import { listUsage } from './usage.ts';
import { reportUsage } from './usage-report.ts';

/** Rows that one step removes. A key's last day may add some. */
const rowsPerStep = 500;
/** Keys that one step visits. */
const keysPerStep = 100;
/** Audit entries that one announcement covers. Their instants are read one by one, because `at` has no index. */
const entriesPerAnchor = 5_000;

/**
 * The handles of `createRetentionStore`. `scanner` serves queries that may take long. Transactions of `chained` follow
 * each other, as the audit log's chain requires.
 */
export interface RetentionHandles {
  readonly writer: Kysely<Database>;
  readonly scanner: Kysely<Database>;
  readonly chained: Kysely<Database>;
}

/** The retention port. `runStep` carries out a step: in the writer's thread, or as `prune` does. */
export function createRetentionStore(
  { writer, scanner, chained }: RetentionHandles,
  runStep: RetentionStore['prune'],
): RetentionStore {
  return {
    claim: (holder, nowMs, untilMs) => claim(writer, holder, nowMs, untilMs),
    release: (holder) => release(writer, holder),
    prune: runStep,
    describe: () => describeKept(scanner),
    noteArchived: (place, entry) => noteArchived(chained, place, entry),
  };
}

async function claim(db: Kysely<Database>, holder: string, nowMs: number, untilMs: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('retention')
    .set({ pruner: holder, pruner_until: untilMs })
    .where(isFreeFor({ holder: 'pruner', until: 'pruner_until' }, holder, nowMs))
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

async function release(db: Kysely<Database>, holder: string): Promise<void> {
  await db.updateTable('retention').set({ pruner: null, pruner_until: 0 }).where('pruner', '=', holder).execute();
}

/** Carries out a step, as the port says. A step of the audit log is announced on `chained`. */
export function prune(
  { writer, chained }: Pick<RetentionHandles, 'writer' | 'chained'>,
  step: PruneStep,
): Promise<Pruned> {
  switch (step.kind) {
    case 'usage':
      return transact(writer, (transaction) => pruneUsage(transaction, step));
    case 'addresses':
      return transact(writer, (transaction) => pruneAddresses(transaction, step));
    case 'denials':
      return removeOlder(writer, step.beforeMs).then(({ removed, isMore }) => ({
        removed,
        next: isMore ? step : undefined,
      }));
    case 'audit':
      return pruneAudit(writer, chained, step);
  }
}

type UsageStep = Extract<PruneStep, { kind: 'usage' }>;

/**
 * Goes from key to key, because an index by hour would cost as much as the table. The sums over keys go last: as long
 * as one of them is old, keys may have old rows too, also after an interruption.
 */
async function pruneUsage(db: Kysely<Database>, step: UsageStep): Promise<Pruned> {
  const { beforeMs, after } = step;
  if (after === 'sums') return pruneUsageSums(db, step);
  if (after === undefined) {
    const oldestMs = await findOldestUsage(db);
    if (oldestMs === null || oldestMs >= beforeMs) return { removed: 0, next: undefined };
    await db.updateTable('retention').set({ usage_from: beforeMs }).where('usage_from', '<', beforeMs).execute();
  }
  let place: UsagePlace = after ?? { orgSeq: -1, keySeq: -1 };
  let removed = 0;
  for (let visited = 0; visited < keysPerStep && removed < rowsPerStep; visited++) {
    const { orgSeq, keySeq } = place;
    const oldest = await db
      .selectFrom('key_usage_hourly')
      .select(['org_seq', 'key_seq', 'hour'])
      .where(({ eb, refTuple, tuple }) => eb(refTuple('org_seq', 'key_seq'), '>', tuple(orgSeq, keySeq)))
      .orderBy('org_seq')
      .orderBy('key_seq')
      .orderBy('hour')
      .limit(1)
      .executeTakeFirst();
    if (oldest === undefined) return { removed, next: { ...step, after: 'sums' } };
    // A day at a time bounds the statement. The key comes again until its oldest row may stay.
    const untilMs = Math.min(beforeMs, readInteger(oldest.hour) + oneDayMs);
    const { numDeletedRows } = await db
      .deleteFrom('key_usage_hourly')
      .where('org_seq', '=', oldest.org_seq)
      .where('key_seq', '=', oldest.key_seq)
      .where('hour', '<', untilMs)
      .executeTakeFirstOrThrow();
    removed += Number(numDeletedRows);
    const routes = await db
      .deleteFrom('key_routes_hourly')
      .where('org_seq', '=', oldest.org_seq)
      .where('key_seq', '=', oldest.key_seq)
      .where('hour', '<', untilMs)
      .executeTakeFirstOrThrow();
    removed += Number(routes.numDeletedRows);
    if (untilMs === beforeMs) place = { orgSeq: readInteger(oldest.org_seq), keySeq: readInteger(oldest.key_seq) };
  }
  return { removed, next: { ...step, after: place } };
}

async function pruneUsageSums(db: Kysely<Database>, step: UsageStep): Promise<Pruned> {
  const last = await db
    .selectFrom('usage_hourly')
    .select(['hour', 'org_seq'])
    .where('hour', '<', step.beforeMs)
    .orderBy('hour')
    .orderBy('org_seq')
    .limit(1)
    .offset(rowsPerStep)
    .executeTakeFirst();
  const isOld =
    last === undefined
      ? sql<SqlBool>`hour < ${step.beforeMs}`
      : sql<SqlBool>`(hour, org_seq) <= (${readInteger(last.hour)}, ${readInteger(last.org_seq)})`;
  // Routes are parts of these sums, so none is left when the sums are gone.
  const routes = await db.deleteFrom('routes_hourly').where(isOld).executeTakeFirstOrThrow();
  const { numDeletedRows } = await db.deleteFrom('usage_hourly').where(isOld).executeTakeFirstOrThrow();
  if (last === undefined) await db.deleteFrom('usage_routes').where('last_hour', '<', step.beforeMs).execute();
  const removed = Number(numDeletedRows) + Number(routes.numDeletedRows);
  return { removed, next: last === undefined ? undefined : step };
}

/** Goes from key to key, as `pruneUsage` does. */
async function pruneAddresses(db: Kysely<Database>, step: Extract<PruneStep, { kind: 'addresses' }>): Promise<Pruned> {
  const { beforeMs } = step;
  await db.updateTable('retention').set({ addresses_from: beforeMs }).where('addresses_from', '<', beforeMs).execute();
  let { afterKeySeq = -1 } = step;
  let removed = 0;
  for (let visited = 0; visited < keysPerStep && removed < rowsPerStep; visited++) {
    const oldest = await db
      .selectFrom('key_addresses_hourly')
      .select(['key_seq', 'hour'])
      .where('key_seq', '>', afterKeySeq)
      .orderBy('key_seq')
      .orderBy('hour')
      .limit(1)
      .executeTakeFirst();
    if (oldest === undefined) return { removed, next: undefined };
    const untilMs = Math.min(beforeMs, readInteger(oldest.hour) + oneDayMs);
    const { numDeletedRows } = await db
      .deleteFrom('key_addresses_hourly')
      .where('key_seq', '=', oldest.key_seq)
      .where('hour', '<', untilMs)
      .executeTakeFirstOrThrow();
    removed += Number(numDeletedRows);
    if (untilMs === beforeMs) afterKeySeq = readInteger(oldest.key_seq);
  }
  return { removed, next: { ...step, afterKeySeq } };
}

/** Removes what is announced. If that is all gone, announces the next entries. */
async function pruneAudit(
  db: Kysely<Database>,
  chained: Kysely<Database>,
  step: Extract<PruneStep, { kind: 'audit' }>,
): Promise<Pruned> {
  const { numDeletedRows } = await db
    .deleteFrom('audit_log')
    .where('seq', 'in', (oldest) =>
      oldest
        .selectFrom('audit_log')
        .select('seq')
        .where('seq', '<=', (anchor) => anchor.selectFrom('retention').select('audit_seq'))
        .orderBy('seq')
        .limit(rowsPerStep),
    )
    .executeTakeFirstOrThrow();
  const removed = Number(numDeletedRows);
  if (removed > 0) return { removed, next: step };
  const isMore = await transact(chained, (transaction) => moveAnchor(transaction, step));
  return { removed, next: isMore ? step : undefined };
}

async function moveAnchor(
  db: Kysely<Database>,
  { beforeMs, removesUnarchived, destinations = [], nowMs }: Extract<PruneStep, { kind: 'audit' }>,
): Promise<boolean> {
  const { audit_seq: from, archived_seq: archived } = await readRow(db);
  const next = db
    .selectFrom('audit_log')
    .select(['seq', 'at'])
    .where('seq', '>', from)
    .orderBy('seq')
    .limit(entriesPerAnchor);
  const bounds = await db
    .selectFrom(next.as('next'))
    .select(({ fn }) => [
      fn.max('seq').as('last'),
      // An announcement of this round is never old, so that it is not removed and announced in turn.
      sql<number | null>`min(CASE WHEN at >= ${Math.min(beforeMs, nowMs)} THEN seq END)`.as('young'),
    ])
    .executeTakeFirstOrThrow();
  if (bounds.last === null) return false;
  const { newest } = await db
    .selectFrom('audit_log')
    .select(({ fn }) => fn.max('seq').as('newest'))
    .executeTakeFirstOrThrow();
  const old = bounds.young === null ? readInteger(bounds.last) : readInteger(bounds.young) - 1;
  const exported = await findExported(db, destinations);
  const seq = Math.min(old, readInteger(newest) - 1, removesUnarchived ? old : archived, exported);
  if (seq <= from) return false;
  const place = await findPlace(db, seq);
  if (place === undefined) throw new TypeError(`the audit log has no entry ${seq}`);
  await db.updateTable('retention').set({ audit_seq: seq, audit_hash: place.hash }).execute();
  await appendAudit(db, {
    atMs: nowMs,
    actor: { kind: 'system', id: null, label: 'retention' },
    via: 'retention',
    address: null,
    requestId: null,
    action: 'audit.pruned',
    target: { kind: 'audit_log', id: 'audit_log' },
    orgId: null,
    before: null,
    after: { fromSeq: from + 1, ...place },
  });
  return true;
}

async function noteArchived(db: Kysely<Database>, place: ChainPlace, entry: AuditEntry): Promise<boolean> {
  return transact(db, async (transaction) => {
    const row = await readRow(transaction);
    const known =
      row.audit_seq === place.seq
        ? { seq: row.audit_seq, hash: row.audit_hash }
        : await findPlace(transaction, place.seq);
    if (known?.hash !== place.hash) return false;
    if (row.archived_seq >= place.seq) return true;
    await transaction.updateTable('retention').set({ archived_seq: place.seq, archived_hash: place.hash }).execute();
    await appendAudit(transaction, entry);
    return true;
  });
}

async function findPlace(db: Kysely<Database>, seq: number): Promise<ChainPlace | undefined> {
  const row = await db.selectFrom('audit_log').select(['seq', 'hash']).where('seq', '=', seq).executeTakeFirst();
  return row && { seq: readInteger(row.seq), hash: readText(row.hash) };
}

async function readRow(db: Kysely<Database>) {
  const row = await db.selectFrom('retention').selectAll().executeTakeFirstOrThrow();
  return {
    usage_from: readInteger(row.usage_from),
    addresses_from: readInteger(row.addresses_from),
    audit_seq: readInteger(row.audit_seq),
    audit_hash: readText(row.audit_hash),
    archived_seq: readInteger(row.archived_seq),
    archived_hash: readText(row.archived_hash),
  };
}

/** What the database has, as the port says. Reads a few rows by their order. */
export async function describeKept(db: Kysely<Database>): Promise<Kept> {
  const row = await readRow(db);
  const denial = await db.selectFrom('denials').select('last_at').orderBy('last_at').limit(1).executeTakeFirst();
  const entry = await db.selectFrom('audit_log').select('at').orderBy('seq').limit(1).executeTakeFirst();
  return {
    oldestMs: {
      usage: await findOldestUsage(db),
      denials: denial === undefined ? null : readInteger(denial.last_at),
      audit: entry === undefined ? null : readInteger(entry.at),
    },
    usageFromMs: row.usage_from === 0 ? null : row.usage_from,
    predatesRemoval: await isOlderThanRemoval(db),
    auditAnchor: { seq: row.audit_seq, hash: row.audit_hash },
    auditArchived: { seq: row.archived_seq, hash: row.archived_hash },
  };
}

/** A new database applies all migrations at one instant. */
async function isOlderThanRemoval(db: Kysely<Database>): Promise<boolean> {
  const earlier = await db
    .selectFrom('schema_migrations')
    .innerJoin('schema_migrations as removal', (join) => join.on('removal.number', '=', sqliteRetention.number))
    .select('schema_migrations.number')
    .whereRef('schema_migrations.applied_at', '<>', 'removal.applied_at')
    .whereRef('schema_migrations.number', '<', 'removal.number')
    .limit(1)
    .executeTakeFirst();
  return earlier !== undefined;
}

async function findOldestUsage(db: Kysely<Database>): Promise<number | null> {
  const row = await db.selectFrom('usage_hourly').select('hour').orderBy('hour').limit(1).executeTakeFirst();
  return row === undefined ? null : readInteger(row.hour);
}

/** The start of the usage that is kept; `null`: none was removed. */
export async function findUsageStart(db: Kysely<Database>, of: 'addresses' | 'all' = 'all'): Promise<number | null> {
  const { usage_from, addresses_from } = await readRow(db);
  const start = of === 'addresses' ? Math.max(usage_from, addresses_from) : usage_from;
  return start === 0 ? null : start;
}

/** As the port of the audit log says. */
export async function findAuditStart(db: Kysely<Database>): Promise<AuditStart | null> {
  const { audit_seq: anchor, archived_seq: archived } = await readRow(db);
  if (anchor === 0) return null;
  const first = await db.selectFrom('audit_log').select('at').where('seq', '>', anchor).orderBy('seq').limit(1);
  const { at } = await first.executeTakeFirstOrThrow();
  return { keptFromMs: readInteger(at), isOlderArchived: archived >= anchor };
}

/** As `listUsage`, without hours that were removed or are about to be. Parts of them may still be there. */
export async function listKeptUsage(db: Kysely<Database>, query: UsageQuery): Promise<readonly UsageSum[]> {
  const startMs = (await findUsageStart(db)) ?? query.fromMs;
  return listUsage(db, { ...query, fromMs: Math.max(query.fromMs, startMs) });
}

/** As `reportUsage`, without hours that were removed or are about to be. */
export async function reportKeptUsage(db: Kysely<Database>, query: UsageReportQuery): Promise<UsageReportPage> {
  const isOfAddresses = query.groupBy.some((group) => group === 'address' || group === 'country');
  const of = isOfAddresses || query.isOfAddresses === true ? 'addresses' : 'all';
  const startMs = (await findUsageStart(db, of)) ?? Number.NEGATIVE_INFINITY;
  const { fromMs, beforeMs } = query;
  return reportUsage(db, {
    ...query,
    // With a period before, `fromMs` stays: it separates the two.
    ...(beforeMs === undefined ? { fromMs: Math.max(fromMs, startMs) } : { beforeMs: Math.max(beforeMs, startMs) }),
  });
}
