// The types of events, in groups, and which of them a webhook can get.
import type { Place } from '../../entities/place.ts';
import type { EventType, Webhook } from './webhooks-api.ts';

/** Whose webhooks get events of the type: everyone's, or only the operator's own. */
const receiversOf: Readonly<Record<EventType, 'everyone' | 'operator'>> = {
  'key.created': 'everyone',
  'key.updated': 'everyone',
  'key.rotated': 'everyone',
  'key.disabled': 'everyone',
  'key.enabled': 'everyone',
  'key.transferred': 'everyone',
  'key.revoked': 'everyone',
  'key.expiring': 'everyone',
  'key.expired': 'everyone',
  'key.first_used': 'everyone',
  'key.unused': 'everyone',
  'keys.imported': 'operator',
  'organization.created': 'operator',
  'organization.updated': 'everyone',
  'organization.suspended': 'everyone',
  'organization.resumed': 'everyone',
  'organization.deleted': 'operator',
  'member.added': 'everyone',
  'member.role_changed': 'everyone',
  'member.removed': 'everyone',
  'webhook.disabled': 'everyone',
  'alert.raised': 'everyone',
  // Every webhook gets its own tests, whatever its types are.
  'webhook.test': 'everyone',
};

/** The types that Alertmanager can get. */
const alertTypes: ReadonlySet<EventType> = new Set([
  'key.expiring',
  'key.expired',
  'key.unused',
  'organization.suspended',
  'webhook.disabled',
  'alert.raised',
]);

const groups = ['keys', 'organization', 'members', 'webhooks', 'alerts'] as const;
export type Group = (typeof groups)[number];

const groupOf: Readonly<Record<string, Group>> = {
  key: 'keys',
  keys: 'keys',
  organization: 'organization',
  member: 'members',
  webhook: 'webhooks',
  alert: 'alerts',
};

/** The types to choose from, by group. Groups without a type are left out. */
export function offeredTypes(
  place: Place,
  format: Webhook['format'],
): readonly { readonly group: Group; readonly types: readonly EventType[] }[] {
  const offered = (Object.keys(receiversOf) as EventType[]).filter(
    (type) =>
      type !== 'webhook.test' &&
      (place === undefined || receiversOf[type] === 'everyone') &&
      (format === 'standard' || alertTypes.has(type)),
  );
  return groups
    .map((group) => ({ group, types: offered.filter((type) => groupOf[type.split('.')[0] ?? ''] === group) }))
    .filter(({ types }) => types.length > 0);
}
