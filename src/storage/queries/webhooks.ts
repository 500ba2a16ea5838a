// Queries on webhooks: endpoints, the outbox of events, and deliveries.
import { type Kysely, sql } from 'kysely';
import type { AuditEntry } from '../../domain/audit-record.ts';
import { oneDayMs } from '../../domain/durations.ts';
import { maskOf } from '../../domain/secret.ts';
import { tokenApiId } from '../../domain/token.ts';
import {
  type Attempt,
  type Delivery,
  type DeliveryStatus,
  type DisabledCause,
  deliveryStatuses,
  disabledCauses,
  signatureKinds,
  type WebhookEndpoint,
  wantsEvent,
  webhookFormats,
} from '../../domain/webhook-endpoint.ts';
import { type EventType, eventIdOf, eventTypes, newEvent, type WebhookEvent } from '../../domain/webhook-event.ts';
import type { RightStore } from '../../engine/ports.ts';
import type { EndpointChanges, Page, PageRequest } from '../../management/ports.ts';
import type { DueDelivery, Outcome, SenderStore, WaitingDeliveries } from '../../webhooks/ports.ts';
import type { Database } from '../schema.ts';
import { transact } from '../transact.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { isFreeFor } from './held-rights.ts';
import { beginToListen, type CausedEvent, hasListeners } from './notifications.ts';
import { type Row, readInteger, readNullable, readOneOf, readRecord, readText } from './records.ts';

/**
 * Writes each event that an enabled endpoint wants to the outbox, with a delivery for each such endpoint. Call it in the
 * transaction of the change.
 */
export async function recordEvents(db: Kysely<Database>, events: readonly WebhookEvent[]): Promise<void> {
  const orgIds = [...new Set(events.map(({ orgId }) => orgId))].filter((id) => id !== null);
  if (events.length === 0) return;
  const rows = await db
    .selectFrom('webhook_endpoints')
    .select(['seq', 'org_id', 'types', 'format'])
    .where('disabled_at', 'is', null)
    .where(({ eb, or }) => or([eb('org_id', 'is', null), ...(orgIds.length === 0 ? [] : [eb('org_id', 'in', orgIds)])]))
    .orderBy('seq')
    .execute();
  const endpoints = rows.map((row) => ({
    seq: readInteger(row.seq),
    orgId: row.org_id,
    types: readNullable(row.types, readTypes) ?? ('all' as const),
    format: readOneOf(row.format, webhookFormats),
  }));
  const wanted = events.flatMap((event) => {
    const wanting = endpoints.filter(
      (each) => (each.orgId === null || each.orgId === event.orgId) && wantsEvent(each, event.type),
    );
    return wanting.length === 0 ? [] : [{ event, endpointSeqs: wanting.map(({ seq }) => seq) }];
  });
  await addEvents(db, wanted);
}

/** An event with the numbers of the endpoints that get it, at least one. */
interface Addressed {
  readonly event: WebhookEvent;
  readonly endpointSeqs: readonly number[];
}

const rowsPerStatement = 500;

/** Writes events with their deliveries. An event whose id is there already changes nothing. */
async function addEvents(db: Kysely<Database>, addressed: readonly Addressed[]): Promise<void> {
  for (let start = 0; start < addressed.length; start += rowsPerStatement) {
    const chunk = addressed.slice(start, start + rowsPerStatement);
    const rows = await db
      .insertInto('webhook_events')
      .values(chunk.map(({ event: { id, type, orgId, atMs, data } }) => ({ id, type, org_id: orgId, at: atMs, data })))
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning(['seq', 'id'])
      .execute();
    const seqs = new Map(rows.map(({ id, seq }) => [id, readInteger(seq)]));
    const deliveries = chunk.flatMap(({ event, endpointSeqs }) => {
      const seq = seqs.get(event.id);
      return seq === undefined ? [] : endpointSeqs.map((endpoint) => newDelivery(seq, endpoint, event.atMs));
    });
    for (let at = 0; at < deliveries.length; at += rowsPerStatement) {
      await db
        .insertInto('webhook_deliveries')
        .values(deliveries.slice(at, at + rowsPerStatement))
        .execute();
    }
  }
}

function newDelivery(eventSeq: number, endpointSeq: number, atMs: number) {
  return {
    ...{ event_seq: eventSeq, endpoint_seq: endpointSeq, status: 'waiting' as const },
    ...{ round: 1, attempts: 0, next_at: atMs, last_at: null, last_status: null, last_error: null },
  };
}

/**
 * Inserts the endpoint. Rejects with `reference_missing` if its organization does not exist.
 */
export async function createEndpoint(db: Kysely<Database>, endpoint: WebhookEndpoint): Promise<void> {
  await beginToListen(db, endpoint.createdAtMs);
  await db
    .insertInto('webhook_endpoints')
    .values({
      id: endpoint.id,
      org_id: endpoint.orgId,
      name: endpoint.name,
      url: endpoint.url,
      types: writeTypes(endpoint.types),
      format: endpoint.format,
      signature: endpoint.signature,
      sealed_secret: endpoint.sealedSecret,
      former_secret: endpoint.former?.sealedSecret ?? null,
      former_until: endpoint.former?.untilMs ?? null,
      disabled_at: endpoint.disabled?.atMs ?? null,
      disabled_because: endpoint.disabled?.because ?? null,
      created_at: endpoint.createdAtMs,
    })
    .execute();
}

export async function findEndpoint(db: Kysely<Database>, id: string): Promise<WebhookEndpoint | undefined> {
  const row = await db.selectFrom('webhook_endpoints').selectAll().where('id', '=', id).executeTakeFirst();
  return row && readEndpoint(row);
}

/** Newest first. `orgId` `null`: those of the operator; `undefined`: all. */
export async function listEndpoints(
  db: Kysely<Database>,
  orgId: string | null | undefined,
  { limit, cursor }: PageRequest,
): Promise<Page<WebhookEndpoint>> {
  let query = db
    .selectFrom('webhook_endpoints')
    .selectAll()
    .orderBy('seq', 'desc')
    .limit(limit + 1);
  if (orgId === null) query = query.where('org_id', 'is', null);
  else if (orgId !== undefined) query = query.where('org_id', '=', orgId);
  if (cursor !== undefined) query = query.where('seq', '<', parseCursor(cursor, 1)[0] as number);
  const rows = await query.execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(readEndpoint),
    nextCursor: last === undefined ? null : formatCursor(readInteger(last.seq)),
  };
}

export async function countEndpoints(db: Kysely<Database>, orgId: string | null): Promise<number> {
  const { count } = await db
    .selectFrom('webhook_endpoints')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('org_id', orgId === null ? 'is' : '=', orgId as string)
    .executeTakeFirstOrThrow();
  return readInteger(count);
}

/** `undefined`: there is no such endpoint. */
export async function updateEndpoint(
  db: Kysely<Database>,
  id: string,
  { name, url, types, secrets, disabled }: EndpointChanges,
): Promise<WebhookEndpoint | undefined> {
  const row = await db
    .updateTable('webhook_endpoints')
    .set({
      id,
      ...(name !== undefined && { name }),
      ...(url !== undefined && { url }),
      ...(types !== undefined && { types: writeTypes(types) }),
      ...(secrets !== undefined && {
        sealed_secret: secrets.sealedSecret,
        former_secret: secrets.former?.sealedSecret ?? null,
        former_until: secrets.former?.untilMs ?? null,
      }),
      ...(disabled !== undefined && {
        disabled_at: disabled?.atMs ?? null,
        disabled_because: disabled?.because ?? null,
      }),
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
  return row && readEndpoint(row);
}

/** Removes the endpoint with its deliveries. */
export async function deleteEndpoint(db: Kysely<Database>, id: string): Promise<void> {
  await db.deleteFrom('webhook_endpoints').where('id', '=', id).execute();
}

/** Sends `event` to one endpoint, enabled or not. */
export async function addDelivery(db: Kysely<Database>, endpointId: string, event: WebhookEvent): Promise<void> {
  const row = await db
    .selectFrom('webhook_endpoints')
    .select('seq')
    .where('id', '=', endpointId)
    .executeTakeFirstOrThrow();
  await addEvents(db, [{ event, endpointSeqs: [readInteger(row.seq)] }]);
}

function selectDeliveries(db: Kysely<Database>, endpointId: string) {
  return db
    .selectFrom('webhook_deliveries')
    .innerJoin('webhook_endpoints', 'webhook_endpoints.seq', 'webhook_deliveries.endpoint_seq')
    .innerJoin('webhook_events', 'webhook_events.seq', 'webhook_deliveries.event_seq')
    .selectAll('webhook_deliveries')
    .select(['webhook_events.id as event_id', 'webhook_events.type', 'webhook_events.at'])
    .where('webhook_endpoints.id', '=', endpointId);
}

/** Newest first. */
export async function listDeliveries(
  db: Kysely<Database>,
  endpointId: string,
  { limit, cursor }: PageRequest,
  status?: DeliveryStatus,
): Promise<Page<Delivery>> {
  let query = selectDeliveries(db, endpointId)
    .orderBy('webhook_deliveries.seq', 'desc')
    .limit(limit + 1);
  if (status !== undefined) query = query.where('webhook_deliveries.status', '=', status);
  if (cursor !== undefined) query = query.where('webhook_deliveries.seq', '<', parseCursor(cursor, 1)[0] as number);
  const rows = await query.execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(readDelivery),
    nextCursor: last === undefined ? null : formatCursor(readInteger(last.seq)),
  };
}

/** The newest delivery of each endpoint that has one, by the id of the endpoint. */
export async function findLastDeliveries(
  db: Kysely<Database>,
  endpointIds: readonly string[],
): Promise<ReadonlyMap<string, Delivery>> {
  const found = await Promise.all(
    endpointIds.map(async (id) => {
      const row = await selectDeliveries(db, id).orderBy('webhook_deliveries.seq', 'desc').limit(1).executeTakeFirst();
      return row === undefined ? [] : [[id, readDelivery(row)] as const];
    }),
  );
  return new Map(found.flat());
}

const maxAttempts = 100;

/** The last 100 attempts of a delivery, newest first. `undefined`: the endpoint has no such delivery. */
export async function listAttempts(
  db: Kysely<Database>,
  endpointId: string,
  deliveryId: string,
): Promise<readonly Attempt[] | undefined> {
  const delivery = await findDelivery(db, endpointId, deliveryId);
  if (delivery === undefined) return undefined;
  const rows = await db
    .selectFrom('webhook_attempts')
    .selectAll()
    .where('delivery_seq', '=', delivery.seq)
    .orderBy('seq', 'desc')
    .limit(maxAttempts)
    .execute();
  return rows.map((row) =>
    readRecord('attempt', String(row.seq), () => ({
      beganAtMs: readInteger(row.began_at),
      endedAtMs: readInteger(row.ended_at),
      status: readNullable(row.status, readInteger),
      error: readNullable(row.error, readText),
    })),
  );
}

async function findDelivery(db: Kysely<Database>, endpointId: string, deliveryId: string) {
  const seq = Number(/^dlv_([1-9]\d{0,14})$/.exec(deliveryId)?.[1]);
  if (Number.isNaN(seq)) return undefined;
  return selectDeliveries(db, endpointId).where('webhook_deliveries.seq', '=', seq).executeTakeFirst();
}

/** Sends an event again, under its id. `undefined`: the endpoint has no such delivery. */
export async function replayDelivery(
  db: Kysely<Database>,
  endpointId: string,
  deliveryId: string,
  nowMs: number,
): Promise<Delivery | undefined> {
  const found = await findDelivery(db, endpointId, deliveryId);
  if (found === undefined) return undefined;
  await db
    .updateTable('webhook_deliveries')
    .set(({ eb }) => ({ status: 'waiting' as const, round: eb('round', '+', 1), attempts: 0, next_at: nowMs }))
    .where('seq', '=', found.seq)
    .execute();
  const row = await findDelivery(db, endpointId, deliveryId);
  return row && readDelivery(row);
}

/** What writes a change of the sender's own. It comes from above, because it uses `recordEvents`. */
interface SenderWrites {
  readonly append: (db: Kysely<Database>, entry: AuditEntry) => Promise<void>;
  readonly record: (db: Kysely<Database>, caused: readonly CausedEvent[]) => Promise<void>;
}

/** The sender's store. Transactions of `chained` follow each other, as the audit log's chain requires. */
export function createSenderStore(
  reader: Kysely<Database>,
  writer: Kysely<Database>,
  chained: Kysely<Database>,
  { append, record }: SenderWrites,
): SenderStore {
  return {
    hasListeners: () => hasListeners(reader),
    listDueEndpoints: (nowMs) => listDueEndpoints(reader, nowMs),
    listDue: (endpointSeq, nowMs, limit) => listDue(reader, endpointSeq, nowMs, limit),
    settle: (delivery, span, outcome) =>
      transact(writer, (transaction) => settle(transaction, delivery, span, outcome)),
    disable: (endpointId, nowMs, because, entry) =>
      transact(chained, async (transaction) => {
        if (!(await disable(transaction, endpointId, nowMs, because))) return false;
        await append(transaction, entry);
        return true;
      }),
    recordExpiries: (nowMs, noticeDays) =>
      transact(chained, (transaction) => recordExpiries(transaction, record, nowMs, noticeDays)),
    recordUnused: (nowMs, days) => transact(chained, (transaction) => recordUnused(transaction, nowMs, days)),
    removeEvents: (beforeMs) => removeEvents(writer, beforeMs),
    describeWaiting: () => describeWaiting(reader),
  };
}

/** The right to send, which webhooks and mails share. */
export function createRightStore(writer: Kysely<Database>): RightStore {
  return {
    claim: (holder, nowMs, untilMs) => claim(writer, holder, nowMs, untilMs),
    async release(holder) {
      const row = writer.updateTable('webhook_sender').set({ holder: null, held_until: 0 });
      await row.where('holder', '=', holder).execute();
    },
  };
}

async function claim(db: Kysely<Database>, holder: string, nowMs: number, untilMs: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('webhook_sender')
    .set({ holder, held_until: untilMs })
    .where(isFreeFor({ holder: 'holder', until: 'held_until' }, holder, nowMs))
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

async function listDueEndpoints(db: Kysely<Database>, nowMs: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('webhook_endpoints')
    .select('seq')
    .where('disabled_at', 'is', null)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('webhook_deliveries')
          .select('webhook_deliveries.seq')
          .whereRef('webhook_deliveries.endpoint_seq', '=', 'webhook_endpoints.seq')
          .where('webhook_deliveries.next_at', '<=', nowMs),
      ),
    )
    .orderBy('seq')
    .execute();
  return rows.map(({ seq }) => readInteger(seq));
}

async function listDue(
  db: Kysely<Database>,
  endpointSeq: number,
  nowMs: number,
  limit: number,
): ReturnType<SenderStore['listDue']> {
  const row = await db
    .selectFrom('webhook_endpoints')
    .selectAll()
    .where('seq', '=', endpointSeq)
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const rows = await db
    .selectFrom('webhook_deliveries')
    .innerJoin('webhook_events', 'webhook_events.seq', 'webhook_deliveries.event_seq')
    .select(['webhook_deliveries.seq', 'round', 'attempts', 'id', 'type', 'at', 'data'])
    .where('endpoint_seq', '=', endpointSeq)
    .where('next_at', '<=', nowMs)
    .orderBy('next_at')
    .orderBy('webhook_deliveries.seq')
    .limit(limit)
    .execute();
  const due = rows.map(
    (each): DueDelivery =>
      readRecord('delivery', String(each.seq), () => ({
        seq: readInteger(each.seq),
        round: readInteger(each.round),
        attempts: readInteger(each.attempts),
        event: {
          id: readText(each.id),
          type: readText(each.type),
          atMs: readInteger(each.at),
          data: readText(each.data),
        },
      })),
  );
  return { endpoint: readEndpoint(row), due };
}

async function settle(
  db: Kysely<Database>,
  { seq, round, attempts }: Pick<DueDelivery, 'seq' | 'round' | 'attempts'>,
  { beganAtMs, endedAtMs }: Pick<Attempt, 'beganAtMs' | 'endedAtMs'>,
  { status, nextAtMs, httpStatus, error }: Outcome,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('webhook_deliveries')
    .set({
      status,
      attempts: attempts + 1,
      next_at: nextAtMs,
      last_at: endedAtMs,
      last_status: httpStatus,
      last_error: error,
    })
    .where('seq', '=', seq)
    .where('round', '=', round)
    .where('attempts', '=', attempts)
    .where('status', '=', 'waiting')
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) return false;
  await db
    .insertInto('webhook_attempts')
    .values({ delivery_seq: seq, began_at: beganAtMs, ended_at: endedAtMs, status: httpStatus, error })
    .execute();
  return true;
}

async function disable(
  db: Kysely<Database>,
  endpointId: string,
  nowMs: number,
  because: DisabledCause,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('webhook_endpoints')
    .set({ disabled_at: nowMs, disabled_because: because })
    .where('id', '=', endpointId)
    .where('disabled_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** About as many keys get their events in one call. Keys that expire at one instant stay together. */
const keysPerCall = 200;

async function recordExpiries(
  db: Kysely<Database>,
  record: SenderWrites['record'],
  nowMs: number,
  noticeDays: readonly number[],
): Promise<boolean> {
  const row = await db.selectFrom('webhook_sender').select('scanned_to').executeTakeFirstOrThrow();
  const fromMs = readInteger(row.scanned_to);
  if (fromMs >= nowMs) return false;
  const toMs = await boundScan(db, { fromMs, toMs: nowMs, days: [0, ...noticeDays] });
  const events = await Promise.all([0, ...noticeDays].map((days) => listExpiries(db, { fromMs, toMs, days })));
  await record(
    db,
    events.flat().map((event) => ({ event, author: { kind: 'system', id: null } })),
  );
  await db.updateTable('webhook_sender').set({ scanned_to: toMs }).execute();
  return toMs < nowMs;
}

/** Keys of APIs that can still be used or expire. */
function selectLivingKeys(db: Kysely<Database>) {
  return db
    .selectFrom('api_keys')
    .where('revoked_at', 'is', null)
    .where('erased_at', 'is', null)
    .where('api_id', '<>', tokenApiId);
}

function selectExpiring(db: Kysely<Database>, afterMs: number, untilMs: number) {
  return selectLivingKeys(db).where('expires_at', '>', afterMs).where('expires_at', '<=', untilMs);
}

/** The end of a scan that finds about `keysPerCall` keys at most. */
async function boundScan(
  db: Kysely<Database>,
  { fromMs, toMs, days }: { readonly fromMs: number; readonly toMs: number; readonly days: readonly number[] },
): Promise<number> {
  const ends = [toMs];
  for (const shiftMs of days.map((count) => count * oneDayMs)) {
    const last = await selectExpiring(db, fromMs + shiftMs, toMs + shiftMs)
      .select('expires_at')
      .orderBy('expires_at')
      .offset(keysPerCall)
      .limit(1)
      .executeTakeFirst();
    if (last !== undefined) ends.push(readInteger(last.expires_at) - shiftMs);
  }
  return Math.min(...ends);
}

const keyFacts = [
  'api_keys.id',
  'org_id',
  'name',
  'api_id',
  'environment',
  'hint_prefix',
  'hint_start',
  'hint_end',
] as const;

/** `days` 0: keys that have expired. */
async function listExpiries(
  db: Kysely<Database>,
  { fromMs, toMs, days }: { readonly fromMs: number; readonly toMs: number; readonly days: number },
): Promise<readonly WebhookEvent[]> {
  const shiftMs = days * oneDayMs;
  const rows = await selectExpiring(db, fromMs + shiftMs, toMs + shiftMs)
    .select([...keyFacts, 'expires_at'])
    .orderBy('expires_at')
    .execute();
  return rows.map((row) => {
    const expiresAtMs = readInteger(row.expires_at);
    const after = { expiresAt: new Date(expiresAtMs).toISOString() };
    if (days === 0) return newKeyEvent('key.expired', expiresAtMs, row, { after });
    return newKeyEvent('key.expiring', expiresAtMs - shiftMs, row, { days, after });
  });
}

/** An event that no one caused, about a key. */
function newKeyEvent(
  type: EventType,
  atMs: number,
  row: Row<Pick<Database['api_keys'], 'id' | 'org_id' | 'name' | 'api_id' | 'environment'>> &
    Pick<Database['api_keys'], 'hint_prefix' | 'hint_start' | 'hint_end'>,
  { days, after }: { readonly days?: number; readonly after: object },
): WebhookEvent {
  const state = {
    name: readText(row.name),
    api: readText(row.api_id),
    org: readText(row.org_id),
    environment: readText(row.environment),
    masked: maskOf({ prefix: row.hint_prefix, start: row.hint_start, end: row.hint_end }),
  };
  return newEvent(type, atMs, {
    id: readText(row.id),
    organization: readText(row.org_id),
    actor: { kind: 'system' },
    ...(days !== undefined && { days }),
    before: null,
    after: { ...state, ...after },
  });
}

/** Keys that one call of `recordUnused` passes. */
const keysPerPass = 2_000;

async function recordUnused(db: Kysely<Database>, nowMs: number, days: number): Promise<boolean> {
  const row = await db
    .selectFrom('webhook_sender')
    .select(['unused_from', 'unused_to', 'unused_after'])
    .executeTakeFirstOrThrow();
  let [fromMs, toMs] = [readInteger(row.unused_from), readInteger(row.unused_to)];
  const afterSeq = readInteger(row.unused_after);
  if (fromMs === toMs) {
    // The last use has no index, because each use would have to write it. So all keys are passed, once a day.
    if (nowMs - toMs < oneDayMs) return false;
    toMs = nowMs;
  }
  const last = await db
    .selectFrom('api_keys')
    .select('seq')
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .offset(keysPerPass - 1)
    .limit(1)
    .executeTakeFirst();
  const spanMs = days * oneDayMs;
  const quietSince = sql<number>`coalesce(key_last_used.at, api_keys.created_at)`;
  let unused = selectLivingKeys(db)
    .leftJoin('key_last_used', 'key_last_used.key_seq', 'api_keys.seq')
    .select([...keyFacts, 'key_last_used.at as last_used_at', quietSince.as('quiet_since')])
    .where('seq', '>', afterSeq)
    .where('disabled_at', 'is', null)
    .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', nowMs)]))
    .where(quietSince, '>', fromMs - spanMs)
    .where(quietSince, '<=', toMs - spanMs)
    .orderBy('seq');
  if (last !== undefined) unused = unused.where('seq', '<=', last.seq);
  const events = (await unused.execute()).map((key) => {
    const lastUsedAtMs = readNullable(key.last_used_at, readInteger);
    const after = { lastUsedAt: lastUsedAtMs === null ? null : new Date(lastUsedAtMs).toISOString() };
    return newKeyEvent('key.unused', readInteger(key.quiet_since) + spanMs, key, { days, after });
  });
  await recordEvents(db, events);
  const place =
    last === undefined
      ? { unused_from: toMs, unused_to: toMs, unused_after: 0 }
      : { unused_from: fromMs, unused_to: toMs, unused_after: readInteger(last.seq) };
  await db.updateTable('webhook_sender').set(place).execute();
  return last !== undefined;
}

/** Whether an endpoint may want events of this type. Cheap, for a hot path. */
export async function isWanted(db: Kysely<Database>, type: EventType): Promise<boolean> {
  const row = await db
    .selectFrom('webhook_endpoints')
    .select('seq')
    .where('disabled_at', 'is', null)
    .where(({ eb, or }) => or([eb('types', 'is', null), eb('types', 'like', `%"${type}"%`)]))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** A use of a key, by the number of the key. */
export interface KeyUse {
  readonly keySeq: number;
  readonly atMs: number;
}

/** Writes the events of keys that were used for the first time. Safe if several nodes write the same. */
export async function recordFirstUses(db: Kysely<Database>, uses: readonly KeyUse[]): Promise<void> {
  for (let start = 0; start < uses.length; start += rowsPerStatement) {
    const chunk = new Map(uses.slice(start, start + rowsPerStatement).map(({ keySeq, atMs }) => [keySeq, atMs]));
    const rows = await selectLivingKeys(db)
      .select([...keyFacts, 'seq'])
      .where('seq', 'in', [...chunk.keys()])
      .orderBy('seq')
      .execute();
    const events = rows.map((row) => {
      const event = newKeyEvent('key.first_used', chunk.get(readInteger(row.seq)) as number, row, { after: {} });
      // Two nodes can store a first use at the same time. Both write this id, and one event stays.
      return { ...event, id: eventIdOf('first use', readText(row.id)) };
    });
    await recordEvents(db, events);
  }
}

const eventsPerStep = 500;

async function removeEvents(db: Kysely<Database>, beforeMs: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('webhook_events')
    .where('seq', 'in', (eb) =>
      eb.selectFrom('webhook_events').select('seq').where('at', '<', beforeMs).orderBy('at').limit(eventsPerStep),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows) === eventsPerStep;
}

async function describeWaiting(db: Kysely<Database>): Promise<WaitingDeliveries> {
  const row = await db
    .selectFrom('webhook_deliveries')
    .innerJoin('webhook_endpoints', 'webhook_endpoints.seq', 'webhook_deliveries.endpoint_seq')
    .innerJoin('webhook_events', 'webhook_events.seq', 'webhook_deliveries.event_seq')
    .where('next_at', 'is not', null)
    .where('disabled_at', 'is', null)
    .select(({ fn }) => [fn.countAll<number>().as('count'), sql<number | null>`min(webhook_events.at)`.as('oldest')])
    .executeTakeFirstOrThrow();
  return { count: readInteger(row.count), oldestMs: readNullable(row.oldest, readInteger) };
}

function writeTypes(types: WebhookEndpoint['types']): string | null {
  return types === 'all' ? null : JSON.stringify(types);
}

/** Types of a newer version are left out, because this one sends none. */
function readTypes(value: unknown): readonly EventType[] {
  const types: unknown = JSON.parse(readText(value));
  if (!Array.isArray(types)) throw new TypeError('not a list');
  return types.filter((type): type is EventType => Object.hasOwn(eventTypes, type));
}

function readEndpoint(row: Row<Database['webhook_endpoints']>): WebhookEndpoint {
  return readRecord('webhook', row.id, () => ({
    id: readText(row.id),
    orgId: readNullable(row.org_id, readText),
    name: readText(row.name),
    url: readText(row.url),
    types: readNullable(row.types, readTypes) ?? 'all',
    format: readOneOf(row.format, webhookFormats),
    signature: readOneOf(row.signature, [...signatureKinds, 'none']),
    sealedSecret: readText(row.sealed_secret),
    former:
      row.former_secret === null
        ? null
        : { sealedSecret: readText(row.former_secret), untilMs: readInteger(row.former_until) },
    disabled:
      row.disabled_at === null
        ? null
        : { atMs: readInteger(row.disabled_at), because: readOneOf(row.disabled_because, disabledCauses) },
    createdAtMs: readInteger(row.created_at),
  }));
}

function readDelivery(
  row: Row<Database['webhook_deliveries']> & {
    readonly event_id: unknown;
    readonly type: unknown;
    readonly at: unknown;
  },
): Delivery {
  return readRecord('delivery', String(row.seq), () => ({
    id: `dlv_${readInteger(row.seq)}`,
    eventId: readText(row.event_id),
    type: readText(row.type),
    eventAtMs: readInteger(row.at),
    status: readOneOf(row.status, deliveryStatuses),
    attempts: readInteger(row.attempts),
    nextAtMs: readNullable(row.next_at, readInteger),
    lastAtMs: readNullable(row.last_at, readInteger),
    lastStatus: readNullable(row.last_status, readInteger),
    lastError: readNullable(row.last_error, readText),
  }));
}
