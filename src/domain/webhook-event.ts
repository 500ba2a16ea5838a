// The events of webhooks, and how they follow from the audit log.
import { hash } from 'node:crypto';
import type { AuditAction, AuditEntry } from './audit-record.ts';
import { base62, randomBase62 } from './secret.ts';

/** Every type of event, with what happened. `docs/reference/events.md` shows an example of each. */
export const eventTypes = {
  'key.created': 'A key was created.',
  'key.updated': 'A key was changed, or the end of an earlier secret.',
  'key.rotated': 'A key got a new secret.',
  'key.disabled': 'A key was disabled.',
  'key.enabled': 'A disabled key works again.',
  'key.transferred': 'A key went to another organization. The event belongs to the organization that had it.',
  'key.revoked': 'A key was revoked for good.',
  'key.expiring': 'A key expires in 30 days, in 7 days or in one day: `days` says which.',
  'key.expired': 'A key has expired.',
  'key.first_used': 'A key was used for the first time.',
  'key.unused': 'A key was not used for 90 days. There is one event until it is used again.',
  'keys.imported':
    'Keys were imported: one event for each request, with counts. Only endpoints of the operator receive it.',
  'organization.created': 'An organization was created.',
  'organization.updated': 'An organization was changed.',
  'organization.suspended': 'An organization was suspended, as a whole or for one API.',
  'organization.resumed': 'An organization was resumed, as a whole or for one API.',
  'organization.deleted': 'An organization was deleted. Only endpoints of the operator receive it.',
  'member.added': 'A person became a member of an organization.',
  'member.role_changed': 'A member got another role.',
  'member.removed': 'A person is no longer a member of an organization.',
  'webhook.disabled': 'Miftah disabled a webhook: its receiver failed for three days, or wants no more events.',
  'alert.raised': 'A rule found unusual activity.',
  'webhook.test': 'Someone tested the endpoint.',
} as const satisfies Record<string, string>;

export type EventType = keyof typeof eventTypes;

/**
 * The type of event that each action causes. `null`: none. The map is total, so a new action does not compile before
 * someone decides about it.
 */
export const eventOfAction: Readonly<Record<AuditAction, EventType | null>> = {
  'key.created': 'key.created',
  'key.updated': 'key.updated',
  'key.rotated': 'key.rotated',
  'key.overlap_changed': 'key.updated',
  'key.disabled': 'key.disabled',
  'key.enabled': 'key.enabled',
  'key.transferred': 'key.transferred',
  'key.revoked': 'key.revoked',
  'org.created': 'organization.created',
  'org.updated': 'organization.updated',
  'org.suspended': 'organization.suspended',
  'org.resumed': 'organization.resumed',
  'org.deleted': 'organization.deleted',
  'member.added': 'member.added',
  'member.role_changed': 'member.role_changed',
  'member.removed': 'member.removed',
  'member.left': 'member.removed',
  'invitation.created': null,
  'invitation.revoked': null,
  // One for thousands of keys, with counts: receivers read the list of keys.
  'keys.imported': 'keys.imported',
  'webhook.created': null,
  'webhook.updated': null,
  'webhook.secret_rotated': null,
  'webhook.disabled': 'webhook.disabled',
  'webhook.deleted': null,
  'alert.rule_changed': null,
  // The evaluator writes the event of an alert itself.
  'alert.acknowledged': null,
  'alert.muted': null,
  'token.created': null,
  'token.rotated': null,
  'token.revoked': null,
  'operator.added': null,
  'mail.tested': null,
  'person.signed_in': null,
  'person.password_changed': null,
  'person.password_reset': null,
  'person.two_factor_enabled': null,
  'person.two_factor_disabled': null,
  'person.backup_codes_renewed': null,
  'person.passkey_added': null,
  'person.passkey_removed': null,
  'person.deleted': null,
  'database.backed_up': null,
  'database.restored': null,
  'database.caught_up': null,
  'audit.archived': null,
  'audit.pruned': null,
  'config.reloaded': null,
};

/** An event before it is stored. */
export interface WebhookEvent {
  /** `evt_` and 22 letters and digits: the `webhook-id` of every attempt to deliver it. */
  readonly id: string;
  readonly type: EventType;
  /** `null`: only endpoints of the operator receive it. */
  readonly orgId: string | null;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** The `data` of the body, as JSON text. */
  readonly data: string;
}

/** The `data` of an event. It never has a secret: the audit log has only masked ones. */
export interface EventData {
  /** The id of the key, organization or member. */
  readonly id: string;
  readonly organization: string | null;
  /** Who did it. Persons are not named. `system`: Miftah itself. */
  readonly actor: { readonly kind: AuditEntry['actor']['kind']; readonly key?: string };
  /** Of `key.expiring`: the days until the end. Of `key.unused`: the days without a use. */
  readonly days?: number;
  /** The members that differ. `null`: there is no such state, or `shortened` is there. */
  readonly before: AuditEntry['before'];
  readonly after: AuditEntry['after'];
  /** The change is too long for an event: ask the API for the present state. */
  readonly shortened?: true;
}

/** Standard Webhooks advises bodies below 20 kB. */
const maxDataBytes = 16_384;

/** The event that an entry of the audit log causes. `undefined`: none. */
export function eventOf({ action, atMs, target, orgId, actor, before, after }: AuditEntry): WebhookEvent | undefined {
  const type = eventOfAction[action];
  if (type === null) return undefined;
  const actedBy = { kind: actor.kind, ...(actor.kind === 'key' && actor.id !== null && { key: actor.id }) };
  const data = { id: target.id, organization: orgId, actor: actedBy };
  return newEvent(type, atMs, { ...data, before: withoutAddress(before), after: withoutAddress(after) });
}

/** Events name no person: those of members have the id of the person and the role. */
function withoutAddress(state: AuditEntry['before']): AuditEntry['before'] {
  if (state === null) return null;
  const { email: _, ...rest } = state;
  return rest;
}

/** A new event. A change that is too long is left out of `data`. */
export function newEvent(type: EventType, atMs: number, data: EventData): WebhookEvent {
  const whole = JSON.stringify(data);
  const text =
    Buffer.byteLength(whole) <= maxDataBytes
      ? whole
      : JSON.stringify({ ...data, before: null, after: null, shortened: true });
  // What is left of a deleted organization is erased: this event outlives it.
  const orgId = type === 'organization.deleted' ? null : data.organization;
  return { id: `evt_${randomBase62(22)}`, type, orgId, atMs, data: text };
}

/** An id of the form of `newEvent` that follows from what happened, so that several nodes can write the same event. */
export function eventIdOf(what: string, id: string): string {
  const digest = hash('sha256', `${what} ${id}`, 'buffer');
  return `evt_${Array.from(digest.subarray(0, 22), (byte) => base62[byte % base62.length]).join('')}`;
}

/** The body that a receiver gets: the JSON text that is signed. */
export function bodyOf({ type, atMs, data }: Pick<WebhookEvent, 'type' | 'atMs' | 'data'>): string {
  return `{"type":${JSON.stringify(type)},"timestamp":"${new Date(atMs).toISOString()}","data":${data}}`;
}
