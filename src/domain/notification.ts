// What people are notified of: the kinds of notifications, how they follow from events, and when their mails go.
import { instantOf, type TimeZone } from './calendar.ts';
import { oneDayMs, oneHourMs } from './durations.ts';
import type { Role } from './role.ts';
import type { EventData, EventType } from './webhook-event.ts';

/** The kinds. A person chooses for each when its mails go. */
export const notificationKinds = [
  'key_expiry',
  'key_change',
  'organization_status',
  'member_change',
  'webhook_disabled',
  'alert',
] as const;
export type NotificationKind = (typeof notificationKinds)[number];

/**
 * The kind of notification that each event causes. `null`: none. The map is total, so a new type of event does not
 * compile before someone decides about it.
 */
export const kindOfEvent = {
  'key.created': 'key_change',
  // Edits of names and limits are many. The audit log has them.
  'key.updated': null,
  'key.rotated': 'key_change',
  'key.disabled': 'key_change',
  'key.enabled': 'key_change',
  'key.transferred': 'key_change',
  'key.revoked': 'key_change',
  'key.first_used': null,
  'key.unused': null,
  'key.expiring': 'key_expiry',
  'key.expired': 'key_expiry',
  'keys.imported': null,
  'organization.created': null,
  'organization.updated': null,
  'organization.suspended': 'organization_status',
  'organization.resumed': 'organization_status',
  // Its members are no longer members. Its deletion says so to those who lose their account.
  'organization.deleted': null,
  'member.added': 'member_change',
  'member.role_changed': 'member_change',
  'member.removed': 'member_change',
  'webhook.disabled': 'webhook_disabled',
  'alert.raised': 'alert',
  'webhook.test': null,
} as const satisfies Readonly<Record<EventType, NotificationKind | null>>;

/** A type of event that people are notified of. */
export type NotifiedType = {
  [Type in EventType]: (typeof kindOfEvent)[Type] extends null ? never : Type;
}[EventType];

export const notifiedTypes = (Object.keys(kindOfEvent) as EventType[]).filter(isNotified);

/** Whether people are notified of events of the type. */
export function isNotified(type: EventType): type is NotifiedType {
  return kindOfEvent[type] !== null;
}

/** When the mail of a notification goes. The console lists the notification in any case. */
export const timings = ['at_once', 'daily', 'never'] as const;
export type Timing = (typeof timings)[number];

/**
 * The timing for those who chose none. `null`: members with this role are not notified, because they may not read the
 * audit log or the webhooks. A role that is not in a row does not compile.
 */
export const defaultTimings: Readonly<Record<NotificationKind, Readonly<Record<Role, Timing | null>>>> = {
  key_expiry: { owner: 'at_once', admin: 'at_once', developer: 'at_once', viewer: 'never' },
  key_change: { owner: 'daily', admin: 'daily', developer: 'daily', viewer: 'never' },
  organization_status: { owner: 'at_once', admin: 'at_once', developer: 'at_once', viewer: 'never' },
  member_change: { owner: 'at_once', admin: 'at_once', developer: null, viewer: null },
  webhook_disabled: { owner: 'at_once', admin: 'at_once', developer: null, viewer: null },
  alert: { owner: 'at_once', admin: 'at_once', developer: null, viewer: null },
};

/** The timings that a person chose. */
export type ChosenTimings = Readonly<Partial<Record<NotificationKind, Timing>>>;

/** The timing of a kind for a member. `null`: the member is not notified, whatever they chose. */
export function timingFor(kind: NotificationKind, role: Role, chosen: ChosenTimings): Timing | null {
  const byRole = defaultTimings[kind][role];
  return byRole === null ? null : (chosen[kind] ?? byRole);
}

/** When daily summaries go if a person chose nothing. */
export const defaultDigestHour = 8;

/** The first instant after `afterMs` at which the clock of the zone shows the hour, from 0 to 23. */
export function nextDigestMs(zone: TimeZone, hour: number, afterMs: number): number {
  const localMs = afterMs + zone.offsetMsAt(afterMs);
  const todayMs = Math.floor(localMs / oneDayMs) * oneDayMs + hour * oneHourMs;
  const candidates = [todayMs, todayMs + oneDayMs].map((each) => instantOf(zone, each));
  // A zone that crosses the date line skips a day.
  return candidates.find((ms) => ms > afterMs) ?? instantOf(zone, todayMs + 2 * oneDayMs);
}

/** What a notification tells beside its type and the names of its subject. It names no person and has no secret. */
export interface NotificationDetail {
  /** The new role of a member. */
  readonly role?: string;
  /** When a key expires. ISO 8601. */
  readonly expiresAt?: string;
  /** Why a webhook was disabled, or the rule of an alert. */
  readonly because?: string;
}

/** The detail of an event. */
export function detailOf({ after }: Pick<EventData, 'after'>): NotificationDetail {
  const { role, expiresAt, disabledBecause, rule } = after ?? {};
  const because = disabledBecause ?? rule;
  return {
    ...(typeof role === 'string' && { role }),
    ...(typeof expiresAt === 'string' && { expiresAt }),
    ...(typeof because === 'string' && { because }),
  };
}
