// What each actor may do with organizations and keys.
import type { Actor, OperatorActor } from '../domain/actor.ts';
import { isAtLeast, type Role } from '../domain/role.ts';
import { actorNow, type StandingReader } from '../domain/standing.ts';
import { ManagementError, notFound } from './management-error.ts';

/** The operator when the engine is used as a library. */
export const libraryOperator: OperatorActor = { kind: 'operator', via: 'library', address: null, requestId: null };

/** The least role that may do something in its organization. */
const leastRole = {
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
 * The actor as it is at the moment of the change, to be judged again: the first thing that a transaction reads. Throws
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
