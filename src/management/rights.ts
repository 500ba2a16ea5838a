// What each actor may do with organizations and keys.
import type { Actor, OperatorActor } from '../domain/actor.ts';
import { isAtLeast, type Role, roles } from '../domain/role.ts';
import { actorNow, type StandingReader } from '../domain/standing.ts';
import { ManagementError, notFound } from './management-error.ts';

/** The operator when the engine is used as a library. */
export const libraryOperator: OperatorActor = { kind: 'operator', via: 'library', address: null, requestId: null };

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
 * Passes when `actor` may do `action` in the organization. Throws `not_found` for a member or key of another one, as if
 * there were nothing, and `not_permitted` for a role that is too low. What keys may do is the policy's: see `assertKeyMay`.
 */
export function assertMayIn(actor: Actor, orgId: string, action: Action): void {
  if (actor.kind === 'operator') return;
  if (actor.orgId !== orgId) throw notFound();
  if (actor.kind === 'key') return;
  if (!isAtLeast(actor.role, leastRole[action])) {
    throw new ManagementError(
      'not_permitted',
      `Your role here is ${actor.role}; this takes ${leastRole[action]}. Ask an owner or admin of the organization.`,
    );
  }
}

/** Passes for operators alone. */
export function assertOperator(actor: Actor): void {
  if (actor.kind === 'operator') return;
  throw new ManagementError('not_permitted', 'Only the operator may do this.');
}

/**
 * The actor at the moment of the change, whose rights the caller checks again. A transaction reads it first. Throws
 * `not_signed_in` or `not_found` for a person who lost their session, membership or rights while the change waited.
 */
export async function readActor<Who extends Actor>(
  actor: Who,
  operations: StandingReader,
  nowMs: number,
): Promise<Who> {
  const now = await actorNow(actor, operations, nowMs);
  if (now === 'not_found') throw notFound();
  if (now === 'not_signed_in') throw new ManagementError('not_signed_in', 'The session has ended: sign in again.');
  return now;
}

/**
 * What an actor may do with one field: `sets` it to anything that the policy takes; `tightens` it, that is, sets it within
 * what is granted; `never` sets it.
 */
export type Right = 'sets' | 'tightens' | 'never';

/** Whom the table of rights tells apart: the operator, members by role, and keys where their policy lets them. */
export const subjects = ['operator', ...roles, 'key'] as const;

type Row = Readonly<Record<(typeof subjects)[number], Right>>;

/** A row: the operator's right, that of members from the least role of `action` on, and that of keys. */
function row(action: Action, operator: Right, members: Right, key: Right): Row {
  const ofMembers = roles.map((role) => [role, isAtLeast(role, leastRole[action]) ? members : 'never']);
  return { operator, key, ...(Object.fromEntries(ofMembers) as Record<Role, Right>) };
}

const operatorOnly: Row = row('org.read', 'sets', 'never', 'never');

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
  /** `src/people/members.ts` keeps these: features know nothing of each other. */
  member: {
    email: row('member.write', 'sets', 'sets', 'never'),
    role: { ...row('member.write', 'sets', 'tightens', 'never'), owner: 'sets' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Row>>>>;

export type Resource = keyof typeof fieldRights;

/** The names of a resource's fields. */
export type FieldOf<Of extends Resource> = keyof (typeof fieldRights)[Of] & string;

function rightOf<Of extends Resource>(actor: Actor, resource: Of, field: FieldOf<Of>): Right {
  const fields: Readonly<Record<string, Row>> = fieldRights[resource];
  const right = fields[field]?.[actor.kind === 'member' ? actor.role : actor.kind];
  // Callers from JavaScript may bring any word for a role.
  return right === 'sets' || right === 'tightens' ? right : 'never';
}

/** Whether `actor` sets the field as they like and not only within what is granted. */
export function mayExceed<Of extends Resource>(actor: Actor, resource: Of, field: FieldOf<Of>): boolean {
  return rightOf(actor, resource, field) === 'sets';
}

/** Throws `not_permitted` with the first of `fields` that `actor` may not set. Comes after `assertMayIn`. */
export function assertMaySet<Of extends Resource>(actor: Actor, resource: Of, fields: readonly FieldOf<Of>[]): void {
  const refused = fields.find((field) => rightOf(actor, resource, field) === 'never');
  if (refused === undefined) return;
  throw new ManagementError('not_permitted', `${refused}: only the operator may set this.`);
}

/** The members that a command's input says something about. */
export function namesOf<Input extends object>(input: Input): readonly (keyof Input & string)[] {
  return (Object.keys(input) as (keyof Input & string)[]).filter((name) => input[name] !== undefined);
}
