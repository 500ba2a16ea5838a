// Finds the signed-in person of a request, and the actor for their commands.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { MemberActor, OperatorActor, Origin } from '../../domain/actor.ts';
import type { Accounts, Session } from '../../people/accounts.ts';
import type { Letterhead } from '../../people/letter.ts';
import { notFound, PeopleError } from '../../people/people-error.ts';
import type { Membership, PeopleStore } from '../../people/ports.ts';
import type { TakeTurn } from '../loop-turns.ts';
import type { Visit } from './visit.ts';

interface ConsoleEnv {
  readonly Bindings: { readonly visit: Visit; readonly letterhead: Letterhead };
}

/** The application of the session API. */
export type ConsoleApp = OpenAPIHono<ConsoleEnv>;

/** A request in it, with its visit. */
export type ConsoleContext = Context<ConsoleEnv>;

/** A session with the rights of its person. */
export interface SignedIn {
  readonly session: Session;
  readonly isOperator: boolean;
  readonly memberships: readonly Membership[];
  /** The session's organization: the chosen one, else the first. `undefined`: the person is in no organization. */
  readonly activeOrgId: string | undefined;
}

/** Finds sessions and actors. Reads the session of a request once. */
export interface Sessions {
  /** `undefined`: the request has no session. Puts the cookies of the session into the reply. */
  find(c: ConsoleContext): Promise<SignedIn | undefined>;
  /** Like `find`, but rejects with `not_signed_in` if the request has no session. */
  signedIn(c: ConsoleContext): Promise<SignedIn>;
  /**
   * The actor in `orgId` (default: the session's organization). An operator is the same actor in every organization.
   * `undefined`: the request has no session, or its person is not a member of the organization.
   */
  actorOf(c: ConsoleContext, orgId?: string): Promise<MemberActor | OperatorActor | undefined>;
  /** Like `actorOf`, but rejects with `not_signed_in` without a session, and with `not_found` for a non-member. */
  actorIn(c: ConsoleContext, orgId: string): Promise<MemberActor | OperatorActor>;
  /**
   * The member whose session token is in `authorization` (`Bearer …`), in the organization of that session. For
   * dialects that accept sessions on the API's own host. `undefined`: the token has no session, or its person is not a
   * member.
   */
  findMember(authorization: string, origin: Origin): Promise<MemberActor | undefined>;
}

/** What `createSessions` needs. */
export interface SessionParts {
  readonly accounts: Accounts;
  readonly people: PeopleStore;
  readonly takeTurn: TakeTurn;
}

/** Creates the sessions of one process. */
export function createSessions({ accounts, people, takeTurn }: SessionParts): Sessions {
  const known = new WeakMap<ConsoleContext, Promise<SignedIn | undefined>>();

  function find(c: ConsoleContext): Promise<SignedIn | undefined> {
    const found = known.get(c) ?? lookUp(c);
    known.set(c, found);
    return found;
  }

  async function lookUp(c: ConsoleContext): Promise<SignedIn | undefined> {
    const found = await accounts.findSession(c.req.raw.headers, c.env.visit.isSecure);
    if (found === undefined) return undefined;
    for (const cookie of found.setCookies) c.header('Set-Cookie', cookie, { append: true });
    const signedIn = await describe(found.session);
    // Many lookups can end in the same turn of the loop, so each request waits for its own turn before its work.
    await takeTurn();
    return signedIn;
  }

  async function describe(session: Session): Promise<SignedIn> {
    const [isOperator, memberships, chosen] = await Promise.all([
      people.isOperator(session.person.id),
      people.listMemberships(session.person.id),
      people.findActiveOrg(session.id),
    ]);
    const isIn = (orgId: string) => memberships.some(({ organization }) => organization.id === orgId);
    const activeOrgId = chosen !== undefined && (isOperator || isIn(chosen)) ? chosen : memberships[0]?.organization.id;
    return { session, isOperator, memberships, activeOrgId };
  }

  async function signedIn(c: ConsoleContext): Promise<SignedIn> {
    const found = await find(c);
    if (found !== undefined) return found;
    throw new PeopleError('not_signed_in', 'Sign in, or send a session token as Authorization: Bearer.');
  }

  return {
    find,
    signedIn,

    async actorOf(c, orgId) {
      const found = await find(c);
      return found && actAs(found, originOf(c), orgId ?? found.activeOrgId);
    },

    async actorIn(c, orgId) {
      const actor = actAs(await signedIn(c), originOf(c), orgId);
      if (actor === undefined) throw notFound();
      return actor;
    },

    async findMember(authorization, origin) {
      // The token is valid with and without TLS. better-auth needs any host that it knows.
      const found = await accounts.findSession(new Headers({ authorization, host: 'localhost' }), false);
      if (found === undefined) return undefined;
      const signedIn = await describe(found.session);
      return memberOf(signedIn, origin, signedIn.activeOrgId);
    },
  };
}

function originOf(c: ConsoleContext): Origin {
  const { clientAddress, requestId } = c.env.visit;
  return { via: 'console', address: clientAddress ?? null, requestId };
}

function actAs(found: SignedIn, origin: Origin, orgId: string | undefined): MemberActor | OperatorActor | undefined {
  if (!found.isOperator) return memberOf(found, origin, orgId);
  const { id: sessionId, person } = found.session;
  return { kind: 'operator', personId: person.id, label: person.email, sessionId, ...origin };
}

function memberOf(
  { session, memberships }: SignedIn,
  origin: Origin,
  orgId: string | undefined,
): MemberActor | undefined {
  const membership = memberships.find(({ organization }) => organization.id === orgId);
  if (membership === undefined) return undefined;
  const { id: sessionId, person } = session;
  const { organization, role } = membership;
  const { id: personId, email: label } = person;
  return { kind: 'member', personId, label, sessionId, orgId: organization.id, role, ...origin };
}
