// /api/orgs/{org}/members and /invitations: the members of an organization, and its open invitations.
import { createRoute, z } from '@hono/zod-openapi';
import { roles } from '../../domain/role.ts';
import type { InvitingConsole, MemberCommands } from '../../people/members.ts';
import type { Invitation, Member, PeopleActor, PeopleStore, Person } from '../../people/ports.ts';
import { failures, jsonBody, jsonReply } from '../wire/route.ts';
import { toInstant } from '../wire/schemas.ts';
import { type Consoles, consoleHostOf, letterheadOn } from './config.ts';
import type { ConsoleApp, ConsoleContext, Sessions } from './session.ts';

/** A person as the session API shows them. */
export const personSchema = z
  .object({ id: z.string(), name: z.string(), email: z.string(), emailVerified: z.boolean() })
  .openapi('Person');

const role = z.enum(roles);

const memberSchema = z.object({ person: personSchema, role, since: z.string() }).openapi('Member');

const invitationSchema = z
  .object({ id: z.string(), email: z.string(), role, createdAt: z.string(), expiresAt: z.string() })
  .openapi('Invitation');

const sentInvitationSchema = invitationSchema
  .extend({
    mailed: z.boolean().openapi({ description: 'false: the mail could not be sent; invite again' }),
    link: z.string().nullable().openapi({
      description: 'The link for the recipient, if no mail server is configured; no later reply has it',
    }),
  })
  .openapi('SentInvitation');

const shownInvitationSchema = z
  .object({
    organization: z.string(),
    inviter: z.string().nullable().openapi({ description: 'The name of the member who invites; null: the operator' }),
    email: z.string(),
    role,
    expiresAt: z.string(),
  })
  .openapi('ShownInvitation');

const newMemberSchema = z.strictObject({ email: z.string(), role }).openapi('NewMember');

const org = z.string().max(200);
const inOrg = z.object({ org });
const personInOrg = z.object({ org, person: z.string().max(200) });
const itemInOrg = z.object({ org, id: z.string().max(200) });
const done = z.object({ done: z.literal(true) });
const membersPath = '/api/orgs/{org}/members';
const invitationsPath = '/api/orgs/{org}/invitations';

const listMembers = createRoute({
  method: 'get',
  path: membersPath,
  operationId: 'listMembers',
  request: { params: inOrg },
  responses: { 200: jsonReply('All members', z.object({ data: z.array(memberSchema) })), ...failures },
});

const addMember = createRoute({
  method: 'post',
  path: membersPath,
  operationId: 'addMember',
  request: { params: inOrg, body: jsonBody(newMemberSchema) },
  responses: { 201: jsonReply('The new member', memberSchema), ...failures },
});

const changeRole = createRoute({
  method: 'patch',
  path: `${membersPath}/{person}`,
  operationId: 'changeRole',
  request: { params: personInOrg, body: jsonBody(z.strictObject({ role }).openapi('RoleChange')) },
  responses: { 200: jsonReply('The changed member', memberSchema), ...failures },
});

const removeMember = createRoute({
  method: 'delete',
  path: `${membersPath}/{person}`,
  operationId: 'removeMember',
  request: { params: personInOrg },
  responses: {
    200: jsonReply('The person is no longer a member; the keys of the organization remain', done),
    ...failures,
  },
});

const listInvitations = createRoute({
  method: 'get',
  path: invitationsPath,
  operationId: 'listInvitations',
  request: { params: inOrg },
  responses: { 200: jsonReply('Open invitations', z.object({ data: z.array(invitationSchema) })), ...failures },
});

const invite = createRoute({
  method: 'post',
  path: invitationsPath,
  operationId: 'invite',
  request: { params: inOrg, body: jsonBody(newMemberSchema) },
  responses: {
    201: jsonReply('The invitation. With a mail server, only the recipient gets its link', sentInvitationSchema),
    ...failures,
  },
});

const readInvitation = createRoute({
  method: 'post',
  path: '/api/invitations/read',
  operationId: 'readInvitation',
  // In a body, because a token in an address would reach logs.
  request: { body: jsonBody(z.strictObject({ token: z.string().max(200) }).openapi('InvitationToken')) },
  responses: { 200: jsonReply('What the holder of the token is invited to', shownInvitationSchema), ...failures },
});

const revokeInvitation = createRoute({
  method: 'delete',
  path: `${invitationsPath}/{id}`,
  operationId: 'revokeInvitation',
  request: { params: itemInOrg },
  responses: { 200: jsonReply('The link no longer works', done), ...failures },
});

/** What the routes on members need. */
export interface MemberRouteParts extends Consoles {
  readonly members: MemberCommands;
  readonly sessions: Sessions;
  readonly people: Pick<PeopleStore, 'findOrganization'>;
}

export function addMemberRoutes(app: ConsoleApp, { members, sessions, people, ...consoles }: MemberRouteParts): void {
  /** The operator's console may not be the customer's, whose host and product the mail has. */
  async function invitingConsole(c: ConsoleContext, actor: PeopleActor, org: string): Promise<InvitingConsole> {
    const { visit, letterhead } = c.env;
    const kinds = actor.kind === 'operator' ? (await people.findOrganization(org))?.kinds : undefined;
    const host = kinds === undefined ? undefined : consoleHostOf(consoles.apis, kinds);
    if (host === undefined) return { url: visit.origin, letterhead };
    return { url: visit.originOn(host), letterhead: letterheadOn(consoles, host, letterhead.language) };
  }

  app.openapi(listMembers, async (c) => {
    const { org } = c.req.valid('param');
    const list = await members.listMembers(await sessions.actorIn(c, org), org);
    return c.json({ data: list.map(toMember) }, 200);
  });

  app.openapi(addMember, async (c) => {
    const { org } = c.req.valid('param');
    const { email, role } = c.req.valid('json');
    return c.json(toMember(await members.addMember(await sessions.actorIn(c, org), org, email, role)), 201);
  });

  app.openapi(changeRole, async (c) => {
    const { org, person } = c.req.valid('param');
    const { role } = c.req.valid('json');
    return c.json(toMember(await members.changeRole(await sessions.actorIn(c, org), org, person, role)), 200);
  });

  app.openapi(removeMember, async (c) => {
    const { org, person } = c.req.valid('param');
    await members.removeMember(await sessions.actorIn(c, org), org, person);
    return c.json({ done: true as const }, 200);
  });

  app.openapi(listInvitations, async (c) => {
    const { org } = c.req.valid('param');
    const list = await members.listInvitations(await sessions.actorIn(c, org), org);
    return c.json({ data: list.map(toInvitation) }, 200);
  });

  app.openapi(invite, async (c) => {
    const { org } = c.req.valid('param');
    const { email, role } = c.req.valid('json');
    const actor = await sessions.actorIn(c, org);
    const sent = await members.invite(actor, org, { email, role }, await invitingConsole(c, actor, org));
    return c.json({ ...toInvitation(sent), mailed: sent.isMailed, link: sent.link ?? null }, 201);
  });

  app.openapi(readInvitation, async (c) => {
    const {
      inviter = null,
      organization,
      email,
      role,
      expiresAtMs,
    } = await members.readInvitation(c.req.valid('json').token);
    return c.json({ organization, inviter, email, role, expiresAt: toInstant(expiresAtMs) }, 200);
  });

  app.openapi(revokeInvitation, async (c) => {
    const { org, id } = c.req.valid('param');
    await members.revokeInvitation(await sessions.actorIn(c, org), org, id);
    return c.json({ done: true as const }, 200);
  });
}

/** The person as the session API shows them. */
export function toPerson({ id, name, email, emailVerified }: Person): z.infer<typeof personSchema> {
  return { id, name, email, emailVerified };
}

function toMember({ person, role, sinceMs }: Member): z.infer<typeof memberSchema> {
  return { person: toPerson(person), role, since: toInstant(sinceMs) };
}

function toInvitation(invitation: Invitation): z.infer<typeof invitationSchema> {
  const { id, email, role, createdAtMs, expiresAtMs } = invitation;
  return { id, email, role, createdAt: toInstant(createdAtMs), expiresAt: toInstant(expiresAtMs) };
}
