// Where the person who gives a command stands at the moment of the change.
import type { Actor } from './actor.ts';
import type { Role } from './role.ts';

/** The person in question, and the session in which they act. */
export interface StandingQuery {
  readonly personId: string;
  /** `null`: in none. */
  readonly sessionId: string | null;
  /** `undefined`: in no organization. */
  readonly orgId: string | undefined;
}

export interface Standing {
  /** Whether the session is this person's and lives: it was not signed out or revoked, and has not expired. */
  readonly isSignedIn: boolean;
  readonly isOperator: boolean;
  /** In the organization; `undefined`: no member. */
  readonly role: Role | undefined;
}

/** Each transaction of a change offers this, so that no other change comes between the reading of rights and their use. */
export interface StandingReader {
  /**
   * What the store says now. It stays true until the transaction ends: a change that takes a right away waits for that.
   * Without a session, `isSignedIn` is `true`.
   */
  findStanding(query: StandingQuery, nowMs: number): Promise<Standing>;
}

/** Why an actor may not act any more. */
export type LostStanding = 'not_signed_in' | 'not_found';

/**
 * The actor with its present role. `not_signed_in` when its session has ended; `not_found` when it is no longer a member or an
 * operator, since such a person may not know what exists. A request is let in before its change waits for the writer, and rights
 * that were taken away meanwhile must not be used. Actors that are not persons come back unchanged.
 */
export async function actorNow<Who extends Actor>(
  actor: Who,
  reader: StandingReader,
  nowMs: number,
): Promise<Who | LostStanding> {
  if (actor.kind === 'key' || actor.personId === undefined) return actor;
  // A caller that forgets the session gets no rights: no session has an empty id.
  const { personId, sessionId = '' } = actor;
  const orgId = actor.kind === 'member' ? actor.orgId : undefined;
  const { isSignedIn, isOperator, role } = await reader.findStanding({ personId, sessionId, orgId }, nowMs);
  if (!isSignedIn) return 'not_signed_in';
  if (actor.kind === 'operator') return isOperator ? actor : 'not_found';
  return role === undefined ? 'not_found' : { ...actor, role };
}
