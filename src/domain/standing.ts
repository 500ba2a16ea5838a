// The session, role and permissions of the person who gives a command, at the moment of the change.
import type { Actor } from './actor.ts';
import { OperationalError } from './operational-error.ts';
import type { Role } from './role.ts';

/** The person in question, and the session in which they act. */
export interface StandingQuery {
  readonly personId: string;
  /** `null`: the person acts without a session. */
  readonly sessionId: string | null;
  /** `undefined`: the question concerns no organization. */
  readonly orgId: string | undefined;
}

/** The answer to a `StandingQuery`. */
export interface Standing {
  /** Whether the session belongs to this person and is alive: not signed out, not revoked, not expired. */
  readonly isSignedIn: boolean;
  readonly isOperator: boolean;
  /** The role in the organization. `undefined`: not a member. */
  readonly role: Role | undefined;
}

/** Part of each transaction of a change, so that no other change comes between reading permissions and using them. */
export interface StandingReader {
  /**
   * The present state. It stays true until the transaction ends: a change that takes a permission away waits for that.
   * Without a session, `isSignedIn` is `true`.
   */
  findStanding(query: StandingQuery, nowMs: number): Promise<Standing>;
  /** Whether the token exists and is neither revoked nor expired. True until the transaction ends. */
  isTokenInForce(id: string, nowMs: number): Promise<boolean>;
}

/** Why an actor may no longer act. */
export type LostStanding = 'not_signed_in' | 'not_found';

/**
 * The actor with its present role. `not_signed_in`: its session has ended. `not_found`: it is no longer a member or an
 * operator, and such a person may not learn what exists. The request was checked before its change waited for the
 * writer, so its permissions may be outdated by now. Other actors come back unchanged. Rejects with `unauthenticated`
 * for a token that was revoked or has expired meanwhile.
 */
export async function actorNow<Who extends Actor>(
  actor: Who,
  reader: StandingReader,
  nowMs: number,
): Promise<Who | LostStanding> {
  if (actor.kind === 'operator' && actor.token !== undefined) {
    if (await reader.isTokenInForce(actor.token.id, nowMs)) return actor;
    throw new OperationalError('unauthenticated', 'The token was revoked or has expired: send another one.');
  }
  if (actor.kind === 'key' || actor.personId === undefined) return actor;
  // A caller that forgets the session gets no permissions: no session has an empty id.
  const { personId, sessionId = '' } = actor;
  const orgId = actor.kind === 'member' ? actor.orgId : undefined;
  const { isSignedIn, isOperator, role } = await reader.findStanding({ personId, sessionId, orgId }, nowMs);
  if (!isSignedIn) return 'not_signed_in';
  if (actor.kind === 'operator') return isOperator ? actor : 'not_found';
  return role === undefined ? 'not_found' : { ...actor, role };
}
