// Who may do and set what: the one table of rights. Commands ask it, `docs/reference/rights.md` prints it.
import { isAtLeast, type Role, roles } from './role.ts';

/** The least role that may do something in its organization. `docs/reference/rights.md` prints it. */
export const leastRole = {
  'org.read': 'viewer',
  'org.rename': 'admin',
  'key.read': 'viewer',
  'key.write': 'developer',
  'member.read': 'viewer',
  'member.write': 'admin',
  'audit.read': 'admin',
} as const satisfies Record<string, Role>;

export type Action = keyof typeof leastRole;

/**
 * What an actor may do with one field: `sets` it to anything that the policy takes; `tightens` it, that is, sets it within
 * what is granted; `never` sets it.
 */
export type Right = 'sets' | 'tightens' | 'never';

/** Whom the table of rights tells apart: the operator, members by role, and keys where their policy lets them. */
export const subjects = ['operator', ...roles, 'key'] as const;

export type RightsOf = Readonly<Record<(typeof subjects)[number], Right>>;

/** A row: the operator's right, that of members from the least role of `action` on, and that of keys. */
function row(action: Action, operator: Right, members: Right, key: Right): RightsOf {
  const ofMembers = roles.map((role) => [role, isAtLeast(role, leastRole[action]) ? members : 'never']);
  return { operator, key, ...(Object.fromEntries(ofMembers) as Record<Role, Right>) };
}

const operatorOnly: RightsOf = row('org.read', 'sets', 'never', 'never');

/**
 * Every field that a command takes, by what it is a field of. A command names the fields that it was given to `assertMaySet`, so
 * a new field without a row does not compile. `docs/reference/rights.md` prints the table, with what bounds `tightens`.
 */
export const fieldRights = {
  newKey: {
    apiId: row('key.write', 'sets', 'sets', 'tightens'),
    orgId: row('key.write', 'sets', 'tightens', 'tightens'),
    environment: row('key.write', 'sets', 'sets', 'tightens'),
    name: row('key.write', 'sets', 'sets', 'sets'),
    addresses: row('key.write', 'sets', 'sets', 'tightens'),
    referrers: row('key.write', 'sets', 'sets', 'tightens'),
    endpoints: row('key.write', 'sets', 'sets', 'tightens'),
    scopes: row('key.write', 'sets', 'tightens', 'tightens'),
    rateLimits: row('key.write', 'sets', 'tightens', 'tightens'),
    expiresAt: row('key.write', 'tightens', 'tightens', 'tightens'),
  },
  key: {
    name: row('key.write', 'sets', 'sets', 'never'),
    addresses: row('key.write', 'sets', 'sets', 'never'),
    referrers: row('key.write', 'sets', 'sets', 'never'),
    endpoints: row('key.write', 'sets', 'sets', 'never'),
    scopes: row('key.write', 'sets', 'tightens', 'never'),
    rateLimits: row('key.write', 'sets', 'tightens', 'never'),
    expiresAt: row('key.write', 'tightens', 'tightens', 'never'),
    overlap: row('key.write', 'sets', 'sets', 'never'),
    endsIn: row('key.write', 'sets', 'sets', 'never'),
    isDisabled: row('key.write', 'sets', 'sets', 'never'),
    isRevoked: row('key.write', 'sets', 'sets', 'sets'),
    orgId: operatorOnly,
  },
  newOrganization: { name: operatorOnly, kind: operatorOnly },
  organization: {
    name: row('org.rename', 'sets', 'sets', 'never'),
    kind: operatorOnly,
    grantedLimits: operatorOnly,
    status: operatorOnly,
  },
  member: {
    email: row('member.write', 'sets', 'sets', 'never'),
    role: { ...row('member.write', 'sets', 'tightens', 'never'), owner: 'sets' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, RightsOf>>>>;

export type Resource = keyof typeof fieldRights;

/** The names of a resource's fields. */
export type FieldOf<Of extends Resource> = keyof (typeof fieldRights)[Of] & string;
