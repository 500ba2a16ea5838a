// The table of permissions: who may do what and set what. Commands use it; `docs/reference/rights.md` shows it.
import { isAtLeast, type Role, roles } from './role.ts';

/** The lowest role that may do each action in its organization. `docs/reference/rights.md` shows it. */
export const leastRole = {
  'org.read': 'viewer',
  'org.rename': 'admin',
  'key.read': 'viewer',
  'key.write': 'developer',
  'member.read': 'viewer',
  'member.write': 'admin',
  'audit.read': 'admin',
  'webhook.read': 'admin',
  'webhook.write': 'admin',
  'alert.read': 'admin',
  'alert.write': 'admin',
} as const satisfies Record<string, Role>;

/** An action that depends on the role. */
export type Action = keyof typeof leastRole;

/**
 * What an actor may do with one field. `sets`: to any value that the policy accepts. `tightens`: only within what is
 * granted. `never`: not at all.
 */
export type Right = 'sets' | 'tightens' | 'never';

/** The columns of the table: the operator, members by role, and keys where their policy allows self-service. */
export const subjects = ['operator', ...roles, 'key'] as const;

/** One row of the table: the right of each subject. */
export type RightsOf = Readonly<Record<(typeof subjects)[number], Right>>;

/** A row. `members` applies from the lowest role of `action` up; lower roles get `never`. */
function row(action: Action, operator: Right, members: Right, key: Right): RightsOf {
  const ofMembers = roles.map((role) => [role, isAtLeast(role, leastRole[action]) ? members : 'never']);
  return { operator, key, ...(Object.fromEntries(ofMembers) as Record<Role, Right>) };
}

const operatorOnly: RightsOf = row('org.read', 'sets', 'never', 'never');

/**
 * Every field that a command takes, by resource. A command passes the fields that it was given to `assertMaySet`, so a
 * new field without a row does not compile. `docs/reference/rights.md` shows the table, and the bounds of `tightens`.
 */
export const fieldRights = {
  newKey: {
    apiId: row('key.write', 'sets', 'sets', 'tightens'),
    orgId: row('key.write', 'sets', 'tightens', 'tightens'),
    environment: row('key.write', 'sets', 'sets', 'tightens'),
    template: row('key.write', 'sets', 'sets', 'never'),
    name: row('key.write', 'sets', 'sets', 'sets'),
    addresses: row('key.write', 'sets', 'sets', 'tightens'),
    addressCheck: row('key.write', 'sets', 'sets', 'never'),
    referrers: row('key.write', 'sets', 'sets', 'tightens'),
    endpoints: row('key.write', 'sets', 'sets', 'tightens'),
    scopes: row('key.write', 'sets', 'tightens', 'tightens'),
    rateLimits: row('key.write', 'sets', 'tightens', 'tightens'),
    expiresAt: row('key.write', 'tightens', 'tightens', 'tightens'),
    tags: row('key.write', 'sets', 'sets', 'never'),
    metadata: row('key.write', 'sets', 'tightens', 'never'),
    externalId: operatorOnly,
  },
  key: {
    name: row('key.write', 'sets', 'sets', 'never'),
    addresses: row('key.write', 'sets', 'sets', 'never'),
    addressCheck: row('key.write', 'sets', 'sets', 'never'),
    referrers: row('key.write', 'sets', 'sets', 'never'),
    endpoints: row('key.write', 'sets', 'sets', 'never'),
    scopes: row('key.write', 'sets', 'tightens', 'never'),
    rateLimits: row('key.write', 'sets', 'tightens', 'never'),
    expiresAt: row('key.write', 'tightens', 'tightens', 'never'),
    tags: row('key.write', 'sets', 'sets', 'never'),
    metadata: row('key.write', 'sets', 'tightens', 'never'),
    externalId: operatorOnly,
    overlap: row('key.write', 'sets', 'sets', 'never'),
    endsIn: row('key.write', 'sets', 'sets', 'never'),
    isDisabled: row('key.write', 'sets', 'sets', 'never'),
    isRotated: row('key.write', 'sets', 'sets', 'sets'),
    isRevoked: row('key.write', 'sets', 'sets', 'sets'),
    orgId: operatorOnly,
  },
  newOrganization: {
    name: operatorOnly,
    kind: operatorOnly,
    kinds: operatorOnly,
    tags: operatorOnly,
    metadata: operatorOnly,
    externalId: operatorOnly,
  },
  organization: {
    name: row('org.rename', 'sets', 'sets', 'never'),
    kind: operatorOnly,
    kinds: operatorOnly,
    grantedLimits: operatorOnly,
    tags: operatorOnly,
    metadata: operatorOnly,
    externalId: operatorOnly,
    status: operatorOnly,
  },
  newToken: {
    name: operatorOnly,
    may: operatorOnly,
    apis: operatorOnly,
    orgId: operatorOnly,
    isReadOnly: operatorOnly,
    expiresAt: operatorOnly,
  },
  token: {
    overlap: operatorOnly,
    isRotated: operatorOnly,
    isRevoked: operatorOnly,
  },
  newWebhook: {
    orgId: row('webhook.write', 'sets', 'tightens', 'never'),
    name: row('webhook.write', 'sets', 'sets', 'never'),
    url: row('webhook.write', 'sets', 'sets', 'never'),
    types: row('webhook.write', 'sets', 'sets', 'never'),
    format: row('webhook.write', 'sets', 'sets', 'never'),
    signature: row('webhook.write', 'sets', 'sets', 'never'),
  },
  webhook: {
    name: row('webhook.write', 'sets', 'sets', 'never'),
    url: row('webhook.write', 'sets', 'sets', 'never'),
    types: row('webhook.write', 'sets', 'sets', 'never'),
    isDisabled: row('webhook.write', 'sets', 'sets', 'never'),
    overlap: row('webhook.write', 'sets', 'sets', 'never'),
  },
  alert: {
    isAcknowledged: row('alert.write', 'sets', 'sets', 'never'),
    mutedFor: row('alert.write', 'sets', 'sets', 'never'),
  },
  alertRule: {
    isOn: operatorOnly,
    settings: operatorOnly,
  },
  member: {
    email: row('member.write', 'sets', 'sets', 'never'),
    role: { ...row('member.write', 'sets', 'tightens', 'never'), owner: 'sets' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, RightsOf>>>>;

/** The thing to which a field belongs. */
export type Resource = keyof typeof fieldRights;

/** The names of a resource's fields. */
export type FieldOf<Of extends Resource> = keyof (typeof fieldRights)[Of] & string;
