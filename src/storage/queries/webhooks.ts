// Queries on webhooks: endpoints, the outbox of events, and deliveries.
import { type Kysely, sql } from 'kysely';
import type { AuditEntry } from '../../domain/audit-record.ts';
import { oneDayMs } from '../../domain/durations.ts';
import { maskOf } from '../../domain/secret.ts';
import { tokenApiId } from '../../domain/token.ts';
import {
  type Delivery,
  type DeliveryStatus,
  type DisabledCause,
  deliveryStatuses,
  disabledCauses,
  signatureKinds,
  type WebhookEndpoint,
} from '../../domain/webhook-endpoint.ts';
import { type EventType, eventTypes, newEvent, type WebhookEvent } from '../../domain/webhook-event.ts';
import type { RightStore } from '../../engine/ports.ts';
import type { EndpointChanges, Page, PageRequest } from '../../management/ports.ts';
import type { DueDelivery, Outcome, SenderStore, WaitingDeliveries } from '../../webhooks/ports.ts';
import type { Database } from '../schema.ts';
import { transact } from '../transact.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { beginToListen, type CausedEvent, hasListeners } from './notifications.ts';
import { type Row, readInteger, readNullable, readOneOf, readRecord, readText } from './records.ts';

/**
 * Writes each event that an enabled endpoint wants to the outbox, with a delivery for each such endpoint. Call it in the
 * transaction of the change.
 */
export async function recordEvents(db: Kysely<Database>, events: readonly WebhookEvent[]): Promise<void> {
  const orgIds = [...new Set(events.map(({ orgId }) => orgId))].filter((id) => id !== null);
  if (events.length === 0) return;
  const endpoints = await db
    .selectFrom('webhook_endpoints')
    .select(['seq', 'org_id', 'types'])
    .where('disabled_at', 'is', null)
    .where(({ eb, or }) => or([eb('org_id', 'is', null), ...(orgIds.length === 0 ? [] : [eb('org_id', 'in', orgIds)])]))
    .orderBy('seq')
    .execute();
  for (const event of events) {
    const wanting = endpoints.filter(
      ({ org_id, types }) =>
        (org_id === null || org_id === event.orgId) && (types === null || JSON.parse(types).includes(event.type)),
    );
    if (wanting.length > 0)
      await addEvent(
        db,
        event,
        wanting.map(({ seq }) => readInteger(seq)),
      );
  }
}

async function addEvent(
  db: Kysely<Database>,
  { id, type, orgId, atMs, data }: WebhookEvent,
  endpointSeqs: readonly number[],
): Promise<void> {
  const { seq } = await db
    .insertInto('webhook_events')
    .values({ id, type, org_id: orgId, at: atMs, data })
    .returning('seq')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('webhook_deliveries')
    .values(
      endpointSeqs.map((endpoint) => ({
        ...{ event_seq: readInteger(seq), endpoint_seq: endpoint, status: 'waiting' as const },
        ...{ round: 1, attempts: 0, next_at: atMs, last_at: null, last_status: null, last_error: null },
      })),
    )
    .execute();
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
  await addEvent(db, event, [readInteger(row.seq)]);
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

/** Sends an event again, under its id. `undefined`: the endpoint has no such delivery. */
export async function replayDelivery(
  db: Kysely<Database>,
  endpointId: string,
  deliveryId: string,
  nowMs: number,
): Promise<Delivery | undefined> {
  const seq = Number(/^dlv_([1-9]\d{0,14})$/.exec(deliveryId)?.[1]);
  if (Number.isNaN(seq)) return undefined;
  const find = () => selectDeliveries(db, endpointId).where('webhook_deliveries.seq', '=', seq).executeTakeFirst();
  if ((await find()) === undefined) return undefined;
  await db
    .updateTable('webhook_deliveries')
    .set(({ eb }) => ({ status: 'waiting' as const, round: eb('round', '+', 1), attempts: 0, next_at: nowMs }))
    .where('seq', '=', seq)
    .execute();
  const row = await find();
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
    settle: (delivery, nowMs, outcome) => settle(writer, delivery, nowMs, outcome),
    disable: (endpointId, nowMs, because, entry) =>
      transact(chained, async (transaction) => {
        if (!(await disable(transaction, endpointId, nowMs, because))) return false;
        await append(transaction, entry);
        return true;
      }),
    tellExpiries: (nowMs, noticeMs) =>
      transact(chained, (transaction) => tellExpiries(transaction, record, nowMs, noticeMs)),
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
    .where(({ or, eb }) =>
      or([
        eb('holder', 'is', null),
        eb('holder', '=', holder),
        eb('held_until', '<=', nowMs),
        // No right lasts a day: the clock was set back.
        eb('held_until', '>', nowMs + oneDayMs),
      ]),
    )
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
  nowMs: number,
  { status, nextAtMs, httpStatus, error }: Outcome,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('webhook_deliveries')
    .set({
      status,
      attempts: attempts + 1,
      next_at: nextAtMs,
      last_at: nowMs,
      last_status: httpStatus,
      last_error: error,
    })
    .where('seq', '=', seq)
    .where('round', '=', round)
    .where('attempts', '=', attempts)
    .where('status', '=', 'waiting')
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
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

/** Keys that one call tells of. Keys that expire at one instant stay together, so a call may have more. */
const keysPerCall = 200;

async function tellExpiries(
  db: Kysely<Database>,
  record: SenderWrites['record'],
  nowMs: number,
  noticeMs: number,
): Promise<boolean> {
  const row = await db.selectFrom('webhook_sender').select('scanned_to').executeTakeFirstOrThrow();
  const fromMs = readInteger(row.scanned_to);
  if (fromMs >= nowMs) return false;
  const toMs = await boundScan(db, { fromMs, toMs: nowMs, noticeMs });
  const events = [
    ...(await listExpiries(db, 'key.expired', { fromMs, toMs, shiftMs: 0 })),
    ...(await listExpiries(db, 'key.expiring', { fromMs, toMs, shiftMs: noticeMs })),
  ];
  await record(
    db,
    events.map((event) => ({ event, author: { kind: 'system', id: null } })),
  );
  await db.updateTable('webhook_sender').set({ scanned_to: toMs }).execute();
  return toMs < nowMs;
}

function selectExpiring(db: Kysely<Database>, afterMs: number, untilMs: number) {
  return db
    .selectFrom('api_keys')
    .where('expires_at', '>', afterMs)
    .where('expires_at', '<=', untilMs)
    .where('revoked_at', 'is', null)
    .where('erased_at', 'is', null)
    .where('api_id', '<>', tokenApiId);
}

/** The end of a scan that finds about `keysPerCall` keys at most. */
async function boundScan(
  db: Kysely<Database>,
  { fromMs, toMs, noticeMs }: { readonly fromMs: number; readonly toMs: number; readonly noticeMs: number },
): Promise<number> {
  const ends = [toMs];
  for (const shiftMs of [0, noticeMs]) {
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

async function listExpiries(
  db: Kysely<Database>,
  type: 'key.expired' | 'key.expiring',
  { fromMs, toMs, shiftMs }: { readonly fromMs: number; readonly toMs: number; readonly shiftMs: number },
): Promise<readonly WebhookEvent[]> {
  const rows = await selectExpiring(db, fromMs + shiftMs, toMs + shiftMs)
    .select(['id', 'org_id', 'name', 'api_id', 'environment', 'expires_at'])
    .select(['hint_prefix', 'hint_start', 'hint_end'])
    .orderBy('expires_at')
    .execute();
  return rows.map((row) => {
    const expiresAtMs = readInteger(row.expires_at);
    const state = {
      name: readText(row.name),
      api: readText(row.api_id),
      org: readText(row.org_id),
      environment: readText(row.environment),
      masked: maskOf({ prefix: row.hint_prefix, start: row.hint_start, end: row.hint_end }),
      expiresAt: new Date(expiresAtMs).toISOString(),
    };
    return newEvent(type, expiresAtMs - shiftMs, {
      id: readText(row.id),
      organization: readText(row.org_id),
      actor: { kind: 'system' },
      before: null,
      after: state,
    });
  });
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
    signature: readOneOf(row.signature, signatureKinds),
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
