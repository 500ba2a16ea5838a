// Queries on notifications: written with their change, listed for their person, and due as mails.
import type { Kysely } from 'kysely';
import type { AuditActor } from '../../domain/audit-record.ts';
import { findTimeZone, utc } from '../../domain/calendar.ts';
import {
  type ChosenTimings,
  defaultDigestHour,
  detailOf,
  isNotified,
  kindOfEvent,
  type NotificationDetail,
  type NotificationKind,
  type NotifiedType,
  nextDigestMs,
  notificationKinds,
  notifiedTypes,
  timingFor,
  timings,
} from '../../domain/notification.ts';
import { maskOf, randomBase62 } from '../../domain/secret.ts';
import type { EventData, WebhookEvent } from '../../domain/webhook-event.ts';
import type {
  DueMail,
  MailOutcome,
  Notification,
  NotificationStore,
  PersonSettings,
  PersonSettingsChange,
} from '../../people/notification-ports.ts';
import type { Database } from '../schema.ts';
import { transact } from '../transact.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { readInteger, readNullable, readOneOf, readRecord, readRole, readText } from './records.ts';

/** An event, and who caused it. */
export interface CausedEvent {
  readonly event: WebhookEvent;
  readonly author: Pick<AuditActor, 'kind' | 'id'>;
}

/** Rows of one statement: 15 columns each, and SQLite takes 32,766 values. */
const rowsPerInsert = 500;

/**
 * Writes a notification for each member whom an event notifies, but not for its author. Call it in the transaction of
 * the change.
 */
export async function recordNotifications(db: Kysely<Database>, caused: readonly CausedEvent[]): Promise<void> {
  const told = caused.flatMap(({ event: { type, orgId, atMs, data }, author }) =>
    isNotified(type) && orgId !== null ? [{ type, orgId, atMs, data: JSON.parse(data) as EventData, author }] : [],
  );
  if (told.length === 0) return;
  const members = await listNotified(db, [...new Set(told.map(({ orgId }) => orgId))]);
  const rows = told.flatMap(({ type, orgId, atMs, data, author }) =>
    members
      .filter((member) => member.orgId === orgId && !(isPerson(author) && member.personId === author.id))
      .flatMap((member) => {
        const timing = timingFor(kindOfEvent[type], member.role, member.chosen);
        if (timing === null) return [];
        const dueAtMs = timing === 'daily' ? nextDigestMs(member.zone, member.hour, atMs) : atMs;
        return {
          ...{ id: `ntf_${randomBase62(22)}`, org_id: orgId, person_id: member.personId },
          ...{ type, subject_id: data.id, detail: JSON.stringify(detailOf(data)) },
          ...{ author_kind: author.kind, author_id: author.kind === 'member' ? author.id : null },
          ...{ at: atMs, read_at: null, timing, due_at: dueAtMs, next_at: timing === 'never' ? null : dueAtMs },
          ...{ attempts: 0, sent_at: null },
        };
      }),
  );
  for (let at = 0; at < rows.length; at += rowsPerInsert) {
    await db
      .insertInto('notifications')
      .values(rows.slice(at, at + rowsPerInsert))
      .execute();
  }
}

function isPerson({ kind }: Pick<AuditActor, 'kind'>): boolean {
  return kind === 'member' || kind === 'operator';
}

/** The members of the organizations, with what each chose. */
async function listNotified(db: Kysely<Database>, orgIds: readonly string[]) {
  const rows = await db
    .selectFrom('members')
    .leftJoin('person_settings', 'person_settings.person_id', 'members.person_id')
    .select(['members.org_id', 'members.person_id', 'members.role', 'time_zone', 'digest_hour'])
    .where('members.org_id', 'in', orgIds)
    .orderBy('members.seq')
    .execute();
  if (rows.length === 0) return [];
  const chosen = await db
    .selectFrom('notification_timings')
    .innerJoin('members', 'members.person_id', 'notification_timings.person_id')
    .select(['notification_timings.person_id', 'kind', 'timing'])
    .distinct()
    .where('members.org_id', 'in', orgIds)
    .execute();
  const chosenBy = Map.groupBy(chosen, ({ person_id }) => person_id);
  return rows.map((row) => ({
    orgId: readText(row.org_id),
    personId: readText(row.person_id),
    role: readRole(row.role),
    zone: (row.time_zone === null ? undefined : findTimeZone(row.time_zone)) ?? utc,
    hour: row.digest_hour ?? defaultDigestHour,
    chosen: readTimings(chosenBy.get(row.person_id) ?? []),
  }));
}

/** Kinds and timings of a newer version are left out. */
function readTimings(rows: readonly { readonly kind: string; readonly timing: string }[]): ChosenTimings {
  const known = rows.flatMap(({ kind, timing }) => {
    const isKnown = notificationKinds.includes(kind as NotificationKind) && timings.some((each) => each === timing);
    return isKnown ? [[kind, timing]] : [];
  });
  return Object.fromEntries(known);
}

/** Whether expiring keys are of interest to anyone: to a webhook, or to a member. */
export async function hasListeners(db: Kysely<Database>): Promise<boolean> {
  for (const table of ['webhook_endpoints', 'members'] as const) {
    if ((await db.selectFrom(table).select('seq').limit(1).executeTakeFirst()) !== undefined) return true;
  }
  return false;
}

/** The first listener hears of keys that expire, or become unused, from now on. Call it before a listener is added. */
export async function beginToListen(db: Kysely<Database>, nowMs: number): Promise<void> {
  if (await hasListeners(db)) return;
  const begin = { scanned_to: nowMs, unused_from: nowMs, unused_to: nowMs, unused_after: 0 };
  await db.updateTable('webhook_sender').set(begin).execute();
}

/** The store on two handles to one database, as in `createManagementStore`. */
export function createNotificationStore(reader: Kysely<Database>, writer: Kysely<Database>): NotificationStore {
  return {
    listNotifications: (whose, page) => listNotifications(reader, whose, page),
    countUnread: (whose) => countUnread(reader, whose),
    markRead: (whose, which, nowMs) => markRead(writer, whose, which, nowMs),
    findPersonSettings: (personId) => findPersonSettings(reader, personId),
    changePersonSettings: (personId, change) =>
      transact(writer, (transaction) => changePersonSettings(transaction, personId, change)),
    listDueMails: (nowMs, limit) => listDueMails(reader, nowMs, limit),
    settleMail: (mail, nowMs, outcome) => settleMail(writer, mail, nowMs, outcome),
    removeNotifications: (beforeMs) => removeNotifications(writer, beforeMs),
    describeWaitingMails: (nowMs) => describeWaitingMails(reader, nowMs),
  };
}

interface Whose {
  readonly orgId: string;
  readonly personId: string;
}

/** Notifications with the present names. A key that another organization has now shows none of it. */
function selectShown(db: Kysely<Database>) {
  return (
    db
      .selectFrom('notifications')
      .innerJoin('organizations', 'organizations.id', 'notifications.org_id')
      .innerJoin('members', (join) =>
        join
          .onRef('members.org_id', '=', 'notifications.org_id')
          .onRef('members.person_id', '=', 'notifications.person_id'),
      )
      .leftJoin('api_keys', (join) =>
        join.onRef('api_keys.id', '=', 'subject_id').onRef('api_keys.org_id', '=', 'notifications.org_id'),
      )
      .leftJoin('webhook_endpoints', (join) =>
        join
          .onRef('webhook_endpoints.id', '=', 'subject_id')
          .onRef('webhook_endpoints.org_id', '=', 'notifications.org_id'),
      )
      .leftJoin('auth_user as subjects', 'subjects.id', 'subject_id')
      .leftJoin('auth_user as authors', 'authors.id', 'author_id')
      .select(['notifications.seq', 'notifications.id', 'notifications.org_id', 'notifications.person_id'])
      .select(['type', 'subject_id', 'detail', 'author_kind', 'at', 'read_at', 'due_at', 'attempts', 'members.role'])
      .select(['organizations.name as org_name', 'api_keys.name as key_name', 'webhook_endpoints.name as webhook_name'])
      .select(['subjects.name as person_name', 'authors.name as author_name', 'notifications.timing'])
      .select(['hint_prefix', 'hint_start', 'hint_end'])
      // Of a newer version, which this one has no words for.
      .where('notifications.type', 'in', notifiedTypes)
  );
}

type ShownRow = Awaited<ReturnType<ReturnType<typeof selectShown>['execute']>>[number];

function readNotification(row: ShownRow): Notification & Pick<DueMail['notifications'][number], 'role'> {
  return readRecord('notification', row.id, () => {
    const { hint_prefix: prefix, hint_start: start, hint_end: end } = row;
    const org = { id: readText(row.org_id), name: readText(row.org_name) };
    const type: NotifiedType = readOneOf(row.type, notifiedTypes);
    const named = type.startsWith('organization.') ? org.name : row.key_name || row.webhook_name || row.person_name;
    return {
      ...{ id: readText(row.id), org, type, atMs: readInteger(row.at) },
      readAtMs: readNullable(row.read_at, readInteger),
      subject: {
        id: readText(row.subject_id),
        name: named === null || named === '' ? null : readText(named),
        masked: prefix === null || start === null || end === null ? null : maskOf({ prefix, start, end }),
      },
      detail: JSON.parse(readText(row.detail)) as NotificationDetail,
      author: {
        kind: readOneOf(row.author_kind, ['operator', 'member', 'key', 'system']),
        name: readNullable(row.author_name, readText),
      },
      role: readRole(row.role),
    };
  });
}

async function listNotifications(
  db: Kysely<Database>,
  { orgId, personId }: Whose,
  { limit, cursor }: Parameters<NotificationStore['listNotifications']>[1],
): ReturnType<NotificationStore['listNotifications']> {
  let query = selectShown(db)
    .where('notifications.org_id', '=', orgId)
    .where('notifications.person_id', '=', personId)
    .orderBy('notifications.seq', 'desc')
    .limit(limit + 1);
  if (cursor !== undefined) query = query.where('notifications.seq', '<', parseCursor(cursor, 1)[0] as number);
  const rows = await query.execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(readNotification),
    nextCursor: last === undefined ? null : formatCursor(readInteger(last.seq)),
  };
}

async function countUnread(db: Kysely<Database>, { orgId, personId }: Whose): Promise<number> {
  const { count } = await db
    .selectFrom('notifications')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('org_id', '=', orgId)
    .where('person_id', '=', personId)
    .where('read_at', 'is', null)
    .where('type', 'in', notifiedTypes)
    .executeTakeFirstOrThrow();
  return readInteger(count);
}

async function markRead(
  db: Kysely<Database>,
  { orgId, personId }: Whose,
  which: Parameters<NotificationStore['markRead']>[1],
  nowMs: number,
): Promise<void> {
  const own = db
    .updateTable('notifications')
    .set({ read_at: nowMs })
    .where('org_id', '=', orgId)
    .where('person_id', '=', personId)
    .where('read_at', 'is', null);
  if ('ids' in which) {
    if (which.ids.length > 0) await own.where('id', 'in', which.ids).execute();
    return;
  }
  const last = db
    .selectFrom('notifications as last')
    .select('last.seq')
    .where('last.id', '=', which.upTo)
    .where('last.person_id', '=', personId);
  await own.where('seq', '<=', last).execute();
}

async function findPersonSettings(db: Kysely<Database>, personId: string): Promise<PersonSettings> {
  const row = await db.selectFrom('person_settings').selectAll().where('person_id', '=', personId).executeTakeFirst();
  const chosen = await db
    .selectFrom('notification_timings')
    .select(['kind', 'timing'])
    .where('person_id', '=', personId)
    .execute();
  return {
    language: readLanguage(row?.language ?? null),
    consoleOrigin: row?.console_origin ?? null,
    timeZone: row?.time_zone ?? null,
    digestHour: readNullable(row?.digest_hour ?? null, readInteger),
    timings: readTimings(chosen),
  };
}

function readLanguage(value: string | null): PersonSettings['language'] {
  return value === 'en' || value === 'ar' ? value : null;
}

async function changePersonSettings(
  db: Kysely<Database>,
  personId: string,
  { language, consoleOrigin, timeZone, digestHour, timings: chosen = {} }: PersonSettingsChange,
): Promise<void> {
  const person = await db.selectFrom('auth_user').select('id').where('id', '=', personId).executeTakeFirst();
  if (person === undefined) return;
  const change = {
    ...(language !== undefined && { language }),
    ...(consoleOrigin !== undefined && { console_origin: consoleOrigin }),
    ...(timeZone !== undefined && { time_zone: timeZone }),
    ...(digestHour !== undefined && { digest_hour: digestHour }),
  };
  if (Object.keys(change).length > 0) {
    const nothing = { language: null, console_origin: null, time_zone: null, digest_hour: null };
    await db
      .insertInto('person_settings')
      .values({ person_id: personId, ...nothing, ...change })
      .onConflict((conflict) => conflict.column('person_id').doUpdateSet(change))
      .execute();
  }
  for (const [kind, timing] of Object.entries(chosen)) {
    await db
      .insertInto('notification_timings')
      .values({ person_id: personId, kind, timing })
      .onConflict((conflict) => conflict.columns(['person_id', 'kind']).doUpdateSet({ timing }))
      .execute();
  }
}

/** A summary shows this many notifications. */
const maxShown = 50;

async function listDueMails(db: Kysely<Database>, nowMs: number, limit: number): Promise<readonly DueMail[]> {
  const heads = await db
    .selectFrom('notifications')
    .select(['id', 'person_id', 'timing', 'due_at'])
    .where('next_at', '<=', nowMs)
    .orderBy('next_at')
    .orderBy('seq')
    // Many rows may be one summary.
    .limit(limit * 4)
    .execute();
  const keys = new Map<string, DueMail['key']>();
  for (const { id, person_id, timing, due_at } of heads) {
    const key = { personId: readText(person_id), dueAtMs: readInteger(due_at), id: timing === 'daily' ? null : id };
    keys.set(key.id ?? `${key.personId} ${key.dueAtMs}`, key);
  }
  const mails: DueMail[] = [];
  for (const key of [...keys.values()].slice(0, limit)) {
    const mail = await readDueMail(db, key);
    if (mail !== undefined) mails.push(mail);
  }
  return mails;
}

/** `undefined`: the person left meanwhile, or another node has sent it. */
async function readDueMail(db: Kysely<Database>, key: DueMail['key']): Promise<DueMail | undefined> {
  let query = selectShown(db)
    .innerJoin('auth_user as readers', 'readers.id', 'notifications.person_id')
    .leftJoin('person_settings', 'person_settings.person_id', 'notifications.person_id')
    .select(['readers.email', 'person_settings.language', 'console_origin'])
    .where('next_at', 'is not', null)
    .orderBy('notifications.org_id')
    .orderBy('notifications.seq');
  query =
    key.id === null
      ? query
          .where('notifications.person_id', '=', key.personId)
          .where('due_at', '=', key.dueAtMs)
          .where('notifications.timing', '=', 'daily')
      : query.where('notifications.id', '=', key.id);
  const rows = await query.execute();
  const [first] = rows;
  if (first === undefined) return undefined;
  return {
    key,
    attempts: readInteger(first.attempts),
    email: readText(first.email),
    settings: { language: readLanguage(first.language), consoleOrigin: first.console_origin },
    notifications: rows.slice(0, maxShown).map(readNotification),
    count: rows.length,
  };
}

async function settleMail(
  db: Kysely<Database>,
  { key, attempts }: Pick<DueMail, 'key' | 'attempts'>,
  nowMs: number,
  outcome: MailOutcome,
): Promise<boolean> {
  const update = db
    .updateTable('notifications')
    .set({
      attempts: attempts + 1,
      next_at: typeof outcome === 'string' ? null : outcome.nextAtMs,
      sent_at: outcome === 'sent' ? nowMs : null,
    })
    .where('attempts', '=', attempts)
    .where('next_at', 'is not', null);
  const { numUpdatedRows } = await (key.id === null
    ? update.where('person_id', '=', key.personId).where('due_at', '=', key.dueAtMs).where('timing', '=', 'daily')
    : update.where('id', '=', key.id)
  ).executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

const removedPerStep = 500;

async function removeNotifications(db: Kysely<Database>, beforeMs: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('notifications')
    .where('seq', 'in', (eb) =>
      eb.selectFrom('notifications').select('seq').where('at', '<', beforeMs).orderBy('at').limit(removedPerStep),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows) === removedPerStep;
}

async function describeWaitingMails(
  db: Kysely<Database>,
  nowMs: number,
): ReturnType<NotificationStore['describeWaitingMails']> {
  const row = await db
    .selectFrom('notifications')
    .where('next_at', 'is not', null)
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('due_at').as('oldest')])
    .executeTakeFirstOrThrow();
  const oldestMs = readNullable(row.oldest as number | null, readInteger);
  return { count: readInteger(row.count), oldestDueMs: oldestMs === null || oldestMs > nowMs ? null : oldestMs };
}
