// Where the person who gives a command stands at the moment of the change.
import type { Actor } from './actor.ts';
import type { Role } from './role.ts';

/** Who is asked about, and in which session they act. */
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

/** What each transaction of a change offers, so that rights are read where no other change can come between. */
export interface StandingReader {
  /**
   * What the store says now. Within a transaction it stays true until the end: whoever takes a right away meanwhile waits.
   * Without a session, `isSignedIn` is `true`.
   */
  findStanding(query: StandingQuery, nowMs: number): Promise<Standing>;
}

/** Why an actor may not act any more. */
export type LostStanding = 'not_signed_in' | 'not_found';

/**
 * The actor as it is now, with the role that it has now. `not_signed_in` when its session has ended, `not_found` when it is no
 * member or no operator any more: to such a person there is nothing. A request is let in before its change waits for the
 * writer; what was taken away meanwhile must not be used. Actors that are no persons come back as they are.
 */
export async function actorNow<Who extends Actor>(
  actor: Who,
  reader: StandingReader,
  nowMs: number,
): Promise<Who | LostStanding> {
  if (actor.kind === 'key' || actor.personId === undefined) return actor;
  // A session that a caller forgot to name is none that lives.
  const { personId, sessionId = '' } = actor;
  const orgId = actor.kind === 'member' ? actor.orgId : undefined;
  const { isSignedIn, isOperator, role } = await reader.findStanding({ personId, sessionId, orgId }, nowMs);
  if (!isSignedIn) return 'not_signed_in';
  if (actor.kind === 'operator') return isOperator ? actor : 'not_found';
  return role === undefined ? 'not_found' : { ...actor, role };
}
