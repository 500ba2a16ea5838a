// Who is signed in, and as whom they act.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { MemberActor, OperatorActor, Origin } from '../../domain/actor.ts';
import type { Accounts, Session } from '../../people/accounts.ts';
import { notFound, PeopleError } from '../../people/people-error.ts';
import type { Membership, PeopleStore } from '../../people/ports.ts';
import type { TakeTurn } from '../loop-turns.ts';
import type { Visit } from './visit.ts';

interface ConsoleEnv {
  readonly Bindings: { readonly visit: Visit };
}

export type ConsoleApp = OpenAPIHono<ConsoleEnv>;

export type ConsoleContext = Context<ConsoleEnv>;

export interface SignedIn {
  readonly session: Session;
  readonly isOperator: boolean;
  readonly memberships: readonly Membership[];
  /** The organization the session acts in; `undefined`: none. */
  readonly activeOrgId: string | undefined;
}

export interface Sessions {
  /** `undefined`: nobody is signed in. */
  find(c: ConsoleContext): Promise<SignedIn | undefined>;
  /** Rejects with `not_signed_in` when nobody is signed in. What the session's cookie should be goes into the reply. */
  signedIn(c: ConsoleContext): Promise<SignedIn>;
  /**
   * Whoever is signed in, acting in `orgId`, or in the session's organization when it is left out. An operator is one
   * everywhere. `undefined`: nobody is signed in, or they are no member there.
   */
  actorOf(c: ConsoleContext, orgId?: string): Promise<MemberActor | OperatorActor | undefined>;
  /** As `actorOf`; rejects with `not_signed_in`, or with `not_found` for an organization that is not theirs. */
  actorIn(c: ConsoleContext, orgId: string): Promise<MemberActor | OperatorActor>;
  /**
   * The member whose session token is in `authorization` (`Bearer …`), acting in their session's organization, on any host:
   * for dialects that take a session where they take a key. `undefined`: it is no session's, or its person is no member.
   */
  findMember(authorization: string, origin: Origin): Promise<MemberActor | undefined>;
}

export interface SessionParts {
  readonly accounts: Accounts;
  readonly people: PeopleStore;
  readonly takeTurn: TakeTurn;
}

export function createSessions({ accounts, people, takeTurn }: SessionParts): Sessions {
  // A request's session is looked up once.
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
    // Sessions are read elsewhere and come many at once: what is read and written for each of them starts here.
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
      // The token is the same with and without TLS; better-auth only asks for a host that it knows.
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
