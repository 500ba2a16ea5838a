// Checks of permissions on organizations and keys.
import type { Actor, OperatorActor } from '../domain/actor.ts';
import {
  type Action,
  type FieldOf,
  fieldRights,
  leastRole,
  type Resource,
  type Right,
  type RightsOf,
} from '../domain/rights.ts';
import { isAtLeast } from '../domain/role.ts';
import { actorNow, type StandingReader } from '../domain/standing.ts';
import { ManagementError, notFound } from './management-error.ts';

/** The operator of a program that uses Miftah as a library. */
export const libraryOperator: OperatorActor = { kind: 'operator', via: 'library', address: null, requestId: null };

/**
 * Passes when `actor` may do `action` in the organization. Throws `not_found` for a member or key of another one, as if
 * it did not exist, and `not_permitted` for a role that is too low. Keys of the organization pass; their policy
 * (`selfService`) decides elsewhere.
 */
export function assertMayIn(actor: Actor, orgId: string, action: Action): void {
  if (actor.kind === 'operator') return;
  if (actor.orgId !== orgId) throw notFound();
  if (actor.kind === 'key') return;
  if (!isAtLeast(actor.role, leastRole[action])) {
    throw new ManagementError(
      'not_permitted',
      `Your role here is ${actor.role}; this requires ${leastRole[action]}. Ask an owner or admin of the organization.`,
    );
  }
}

/** Passes only for operators. Throws `not_permitted`. */
export function assertOperator(actor: Actor): void {
  if (actor.kind === 'operator') return;
  throw new ManagementError('not_permitted', 'Only the operator may do this.');
}

/**
 * The actor at the moment of the change. A transaction reads it first, and checks its permissions again. Throws
 * `not_signed_in` or `not_found` for a person who lost their session, membership or permissions meanwhile.
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

function rightOf<Of extends Resource>(actor: Actor, resource: Of, field: FieldOf<Of>): Right {
  const fields: Readonly<Record<string, RightsOf>> = fieldRights[resource];
  const right = fields[field]?.[actor.kind === 'member' ? actor.role : actor.kind];
  // JavaScript callers can pass any word as a role.
  return right === 'sets' || right === 'tightens' ? right : 'never';
}

/** Whether `actor` may set the field beyond what is granted. */
export function mayExceed<Of extends Resource>(actor: Actor, resource: Of, field: FieldOf<Of>): boolean {
  return rightOf(actor, resource, field) === 'sets';
}

/** Throws `not_permitted` for the first of `fields` that `actor` may not set. Call it after `assertMayIn`. */
export function assertMaySet<Of extends Resource>(actor: Actor, resource: Of, fields: readonly FieldOf<Of>[]): void {
  const refused = fields.find((field) => rightOf(actor, resource, field) === 'never');
  if (refused === undefined) return;
  throw new ManagementError('not_permitted', `${refused}: only the operator may set this.`);
}

/** The names of the members that an input sets. */
export function namesOf<Input extends object>(input: Input): readonly (keyof Input & string)[] {
  return (Object.keys(input) as (keyof Input & string)[]).filter((name) => input[name] !== undefined);
}
