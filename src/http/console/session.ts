// Who is signed in, and as whom they act.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { MemberActor, OperatorActor } from '../../management/actor.ts';
import type { Accounts, Session } from '../../people/accounts.ts';
import { notFound, PeopleError } from '../../people/people-error.ts';
import type { Membership, PeopleStore } from '../../people/ports.ts';
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
}

export function createSessions(parts: { readonly accounts: Accounts; readonly people: PeopleStore }): Sessions {
  const { accounts, people } = parts;

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
    const { session } = found;
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
      return found && actAs(found, c.env.visit, orgId ?? found.activeOrgId);
    },

    async actorIn(c, orgId) {
      const actor = actAs(await signedIn(c), c.env.visit, orgId);
      if (actor === undefined) throw notFound();
      return actor;
    },
  };
}

function actAs(
  { session, isOperator, memberships }: SignedIn,
  { clientAddress, requestId }: Visit,
  orgId: string | undefined,
): MemberActor | OperatorActor | undefined {
  const { id, email } = session.person;
  const who = { personId: id, label: email, via: 'console', address: clientAddress ?? null, requestId } as const;
  if (isOperator) return { kind: 'operator', ...who };
  const membership = memberships.find(({ organization }) => organization.id === orgId);
  return membership && { kind: 'member', orgId: membership.organization.id, role: membership.role, ...who };
}
