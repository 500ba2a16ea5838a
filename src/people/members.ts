// Commands on members and invitations.

import { hash } from 'node:crypto';
import { auditOf, type Origin } from '../domain/actor.ts';
import type { Clock } from '../domain/clock.ts';
import { oneDayMs } from '../domain/durations.ts';
import { type Action, leastRole } from '../domain/rights.ts';
import { isAtLeast, type Role } from '../domain/role.ts';
import { randomBase62 } from '../domain/secret.ts';
import { actorNow, type StandingReader } from '../domain/standing.ts';
import { countInvitation, tokenInviter } from './invitation-limits.ts';
import { composeMail, type Letterhead, plainLetterhead } from './letter.ts';
import { type InvitationFacts, letters } from './letters.ts';
import type { Mailer } from './mail.ts';
import { notFound, PeopleError } from './people-error.ts';
import { checkDisplayName, checkEmail, checkPassword, type SecretFinder } from './person-input.ts';
import type { Invitation, Member, Membership, PeopleActor, PeopleOperations, PeopleStore, Person } from './ports.ts';

/** An invitation, and whether its mail was sent. If not, revoke it or send another. */
export interface SentInvitation extends Invitation {
  readonly isMailed: boolean;
  /** Without a mail server: the link, which the sender passes on. It is shown this once. */
  readonly link: string | undefined;
}

/** What the holder of an invitation's token may know. */
export interface ShownInvitation extends InvitationFacts {
  /** The address that was invited. */
  readonly email: string;
}

/** Whom to invite. */
export interface Invited {
  readonly email: string;
  readonly role: Role;
}

/** The console that the link of an invitation leads to. */
export interface InvitingConsole {
  /** An origin. */
  readonly url: string;
  /** Default: as Miftah, in English. */
  readonly letterhead?: Letterhead | undefined;
}

/** The input of `acceptInvitation`. */
export interface Acceptance {
  /** The token of the link. */
  readonly token: string;
  /** The person who is signed in, and their session. `undefined`: no one is. */
  readonly person: Person | undefined;
  readonly sessionId: string | undefined;
  /** For a new person: the name (1 to 100 characters) and the password (12 to 256). */
  readonly name?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * Each command rejects with a `PeopleError`: `not_found` for another organization than the actor's, `not_permitted` for
 * a role that is too low. Viewers may read. Admins may invite, change and remove members up to admin. Owners may do
 * all. When a command resolves, its audit entry is in the log. Safe concurrently: an organization that has an owner
 * keeps one.
 */
export interface MemberCommands {
  listMembers(actor: PeopleActor, orgId: string): Promise<readonly Member[]>;
  /** For operators: makes a person with an account a member at once. */
  addMember(actor: PeopleActor, orgId: string, email: string, role: Role): Promise<Member>;
  changeRole(actor: PeopleActor, orgId: string, personId: string, role: Role): Promise<Member>;
  /** Anyone may remove themselves. The organization's keys stay unchanged. */
  removeMember(actor: PeopleActor, orgId: string, personId: string): Promise<void>;

  listInvitations(actor: PeopleActor, orgId: string): Promise<readonly Invitation[]>;
  /**
   * Mails a link that works once, within 7 days. An open invitation of the same address ends. Rejects with
   * `TooManyAttempts` when the actor, the organization or the address has reached a limit.
   */
  invite(actor: PeopleActor, orgId: string, invited: Invited, console: InvitingConsole): Promise<SentInvitation>;
  revokeInvitation(actor: PeopleActor, orgId: string, id: string): Promise<void>;
  /** Tells the holder of the token who invites, to what, as which role. Rejects with `invitation_invalid`. */
  readInvitation(token: string): Promise<ShownInvitation>;
  /**
   * Makes the invited person a member: the person who is signed in, or a new one. The token works once. Rejects with
   * `invitation_invalid` also when the sender may no longer send the invitation.
   */
  acceptInvitation(caller: Origin, acceptance: Acceptance): Promise<{ person: Person; membership: Membership }>;
}

export interface MemberParts {
  readonly store: PeopleStore;
  readonly mailer: Mailer;
  /** Whether links go by mail. If not, the sender gets them, and they prove no address. */
  readonly sendsMail: boolean;
  readonly hashPassword: (password: string) => Promise<string>;
  readonly clock: Clock;
  /** Called with the error of a mail that could not be sent. */
  readonly onFault: (error: unknown) => void;
  /** Finds secrets in names and addresses, which are then refused. */
  readonly redactor: SecretFinder;
}

const invitationLifeMs = 7 * oneDayMs;

export function createMemberCommands({
  store,
  mailer,
  sendsMail,
  hashPassword,
  clock,
  onFault,
  redactor,
}: MemberParts): MemberCommands {
  return {
    async listMembers(actor, orgId) {
      assertMay(actor, orgId, 'member.read');
      return store.listMembers(orgId);
    },

    async addMember(caller, orgId, email, role) {
      if (caller.kind !== 'operator') {
        throw new PeopleError('not_permitted', 'Only the operator can add members directly: invite them instead.');
      }
      const wanted = checkEmail(email, redactor);
      return store.transaction(async (operations) => {
        const nowMs = clock.nowMs();
        const actor = await readActor(caller, operations, nowMs);
        if ((await operations.findOrganization(orgId)) === undefined) throw notFound();
        const person = await operations.findPersonByEmail(wanted);
        if (person === undefined) {
          throw new PeopleError('invalid_input', 'email: no account has this address: invite the person', 'email');
        }
        return join(operations, person, { orgId, role, actor, nowMs });
      });
    },

    changeRole: (caller, orgId, personId, role) =>
      store.transaction(async (operations) => {
        const nowMs = clock.nowMs();
        const actor = await readActor(caller, operations, nowMs);
        assertMay(actor, orgId, 'member.write');
        const before = await findMember(operations, orgId, personId);
        assertMayGrant(actor, before.role);
        assertMayGrant(actor, role);
        if (before.role === role) return before;
        if (before.role === 'owner') await assertAnotherOwner(operations, orgId);
        await operations.setRole(orgId, personId, role);
        await operations.appendAudit(
          auditOf(actor, nowMs, {
            action: 'member.role_changed',
            target: { kind: 'person', id: personId },
            orgId,
            before: { role: before.role },
            after: { role },
          }),
        );
        return { ...before, role };
      }),

    removeMember: (caller, orgId, personId) =>
      store.transaction(async (operations) => {
        const nowMs = clock.nowMs();
        const actor = await readActor(caller, operations, nowMs);
        const isLeaving = actor.personId === personId;
        assertMay(actor, orgId, isLeaving ? 'member.read' : 'member.write');
        const { person, role } = await findMember(operations, orgId, personId);
        if (!isLeaving) assertMayGrant(actor, role);
        if (role === 'owner') await assertAnotherOwner(operations, orgId);
        await operations.removeMember(orgId, personId);
        await operations.appendAudit(
          auditOf(actor, nowMs, {
            action: isLeaving ? 'member.left' : 'member.removed',
            target: { kind: 'person', id: personId },
            orgId,
            before: { email: person.email, role },
            after: null,
          }),
        );
      }),

    async listInvitations(actor, orgId) {
      assertMay(actor, orgId, 'member.write');
      return store.listInvitations(orgId, clock.nowMs());
    },

    async invite(caller, orgId, { email, role }, { url, letterhead = plainLetterhead }) {
      assertMay(caller, orgId, 'member.write');
      assertMayGrant(caller, role);
      const token = randomBase62(43);
      const wanted = checkEmail(email, redactor);
      const { invitation, facts } = await store.transaction(async (operations) => {
        const nowMs = clock.nowMs();
        const actor = await readActor(caller, operations, nowMs);
        assertMay(actor, orgId, 'member.write');
        assertMayGrant(actor, role);
        const invitation: Invitation = {
          id: `inv_${randomBase62(20)}`,
          orgId,
          email: wanted,
          role,
          createdAtMs: nowMs,
          expiresAtMs: nowMs + invitationLifeMs,
        };
        const found = await operations.findOrganization(orgId);
        if (found === undefined) throw notFound();
        const members = await operations.listMembers(orgId);
        if (members.some(({ person }) => person.email === invitation.email)) throw alreadyMember();
        await countInvitation(operations, actor, { ...invitation, nowMs });
        await operations.createInvitation(invitation, digestOf(token));
        await operations.appendAudit(
          auditOf(actor, nowMs, {
            action: 'invitation.created',
            target: { kind: 'invitation', id: invitation.id },
            orgId,
            before: null,
            after: { email: invitation.email, role },
          }),
        );
        const inviter = await nameOf(operations, actor);
        return { invitation, facts: { inviter, organization: found.name, role, expiresAtMs: invitation.expiresAtMs } };
      });
      const link = `${url}/accept-invitation#token=${token}`;
      const letter = letters[letterhead.language].invitation(facts, letterhead.product, link);
      const isMailed = await mailer.send(composeMail(invitation.email, letterhead, letter)).then(
        () => true,
        (error: unknown) => {
          onFault(error);
          return false;
        },
      );
      return { ...invitation, isMailed, link: sendsMail ? undefined : link };
    },

    revokeInvitation: (caller, orgId, id) =>
      store.transaction(async (operations) => {
        const nowMs = clock.nowMs();
        const actor = await readActor(caller, operations, nowMs);
        assertMay(actor, orgId, 'member.write');
        const invitation = await operations.removeInvitation(orgId, id);
        if (invitation === undefined) throw notFound();
        assertMayGrant(actor, invitation.role);
        const { email, role } = invitation;
        await operations.appendAudit(
          auditOf(actor, nowMs, {
            action: 'invitation.revoked',
            target: { kind: 'invitation', id },
            orgId,
            before: { email, role },
            after: null,
          }),
        );
      }),

    async readInvitation(token) {
      const nowMs = clock.nowMs();
      const invitation = await store.findInvitation(digestOf(token), nowMs);
      const organization = invitation && (await store.findOrganization(invitation.orgId));
      if (invitation === undefined || organization === undefined) throw invitationInvalid();
      if (!(await maySenderInvite(store, invitation, nowMs))) throw invitationInvalid();
      const { id, orgId, email, role, expiresAtMs } = invitation;
      const inviterId = await store.findInviter(id);
      const inviter = inviterId === undefined ? undefined : await store.findMember(orgId, inviterId);
      return { inviter: inviter?.person.name, organization: organization.name, email, role, expiresAtMs };
    },

    async acceptInvitation(caller, { token, person, sessionId, name, password }) {
      const digest = digestOf(token);
      const invited = await store.findInvitation(digest, clock.nowMs());
      if (invited === undefined) throw invitationInvalid();
      if (person !== undefined && person.email !== invited.email) {
        throw new PeopleError(
          'invitation_for_another',
          'This invitation is for a different e-mail address: sign out, then open it again.',
        );
      }
      if (person === undefined && (await store.findPersonByEmail(invited.email)) !== undefined) {
        throw new PeopleError('not_signed_in', 'The invited address already has an account: sign in, then accept.');
      }
      // Hashing is slow, so it comes before the transaction. A lost race wastes one hash.
      const newcomer = person === undefined ? await prepareNewcomer(invited.email, name, password) : undefined;
      return store.transaction(async (operations) => {
        const nowMs = clock.nowMs();
        const invitation = await operations.findInvitation(digest, nowMs);
        const organization = invitation && (await operations.findOrganization(invitation.orgId));
        if (invitation === undefined || organization === undefined) throw invitationInvalid();
        if (!(await maySenderInvite(operations, invitation, nowMs))) throw invitationInvalid();
        if (person !== undefined) await assertSignedIn(operations, person, sessionId, nowMs);
        await operations.removeInvitation(invitation.orgId, invitation.id);
        if (newcomer !== undefined) await operations.createPerson(newcomer.person, newcomer.passwordHash, nowMs);
        const joining = person ?? (newcomer as Newcomer).person;
        const { orgId, role } = invitation;
        const personal = { personId: joining.id, label: joining.email, sessionId: sessionId ?? null };
        const actor = { kind: 'member', ...personal, orgId, role, ...caller } as const;
        await join(operations, joining, { orgId, role, actor, nowMs });
        return { person: joining, membership: { organization, role } };
      });
    },
  };

  interface Newcomer {
    readonly person: Person;
    readonly passwordHash: string;
  }

  async function prepareNewcomer(email: string, name = '', password = ''): Promise<Newcomer> {
    // A token that came by mail proves that its holder can read mail to that address.
    const person = { ...newPerson(email, name, redactor), emailVerified: sendsMail };
    return { person, passwordHash: await hashPassword(checkPassword(password)) };
  }
}

/** A new person with a new id. Throws `invalid_input`. */
export function newPerson(email: string, name: string, secrets: SecretFinder): Person {
  return {
    id: `per_${randomBase62(20)}`,
    name: checkDisplayName(name, 'name', 100, secrets),
    email: checkEmail(email, secrets),
    emailVerified: false,
  };
}

/** The name of the person who acts. `undefined`: the operator token. */
async function nameOf(operations: PeopleOperations, actor: PeopleActor): Promise<string | undefined> {
  const { personId, label } = actor;
  if (personId === null || label === undefined) return undefined;
  return (await operations.findPersonByEmail(label))?.name;
}

/** SHA-256: a token of 256 random bits needs no slow hash. */
function digestOf(token: string): string {
  return hash('sha256', token, 'hex');
}

async function join(
  operations: PeopleOperations,
  person: Person,
  to: { readonly orgId: string; readonly role: Role; readonly actor: PeopleActor; readonly nowMs: number },
): Promise<Member> {
  const { orgId, role, actor, nowMs } = to;
  if ((await operations.findMember(orgId, person.id)) !== undefined) throw alreadyMember();
  await operations.addMember(orgId, person.id, role, nowMs);
  await operations.appendAudit(
    auditOf(actor, nowMs, {
      action: 'member.added',
      target: { kind: 'person', id: person.id },
      orgId,
      before: null,
      after: { email: person.email, role },
    }),
  );
  return { person, role, sinceMs: nowMs };
}

async function findMember(operations: PeopleOperations, orgId: string, personId: string): Promise<Member> {
  const member = await operations.findMember(orgId, personId);
  if (member === undefined) throw notFound();
  return member;
}

async function assertAnotherOwner(operations: PeopleOperations, orgId: string): Promise<void> {
  if ((await operations.countOwners(orgId)) > 1) return;
  throw new PeopleError(
    'last_owner',
    'This is the only owner of the organization: make another member an owner first.',
  );
}

/** The actor at the moment of the change, to be checked again. Rejects with `not_signed_in` or `not_found`. */
async function readActor(actor: PeopleActor, operations: StandingReader, nowMs: number): Promise<PeopleActor> {
  const now = await actorNow(actor, operations, nowMs);
  if (now === 'not_found') throw notFound();
  if (now === 'not_signed_in') throw sessionEnded();
  return now;
}

/**
 * Whether the sender of an invitation could send it now. Without this check, an admin could invite another address of
 * their own, and return with it after their removal. Invitations whose sender is unknown, because an older version
 * removed the row, are valid.
 */
async function maySenderInvite(
  operations: PeopleOperations,
  { id, orgId, role }: Invitation,
  nowMs: number,
): Promise<boolean> {
  const inviter = await operations.findInviter(id);
  if (inviter === undefined || inviter === tokenInviter) return true;
  const sender = await operations.findStanding({ personId: inviter, sessionId: null, orgId }, nowMs);
  if (sender.isOperator) return true;
  return sender.role !== undefined && isAtLeast(sender.role, leastRole['member.write']) && isAtLeast(sender.role, role);
}

/** Checks only the session, because the person is not a member yet. */
async function assertSignedIn(
  operations: StandingReader,
  { id }: Person,
  sessionId = '',
  nowMs: number,
): Promise<void> {
  const { isSignedIn } = await operations.findStanding({ personId: id, sessionId, orgId: undefined }, nowMs);
  if (!isSignedIn) throw sessionEnded();
}

function sessionEnded(): PeopleError {
  return new PeopleError('not_signed_in', 'The session has ended: sign in again.');
}

/** Throws `not_permitted` for a role that is too low, and `not_found` for another organization. */
function assertMay(actor: PeopleActor, orgId: string, action: Action): void {
  if (actor.kind === 'operator') return;
  if (actor.orgId !== orgId) throw notFound();
  if (!isAtLeast(actor.role, leastRole[action])) throw roleTooLow(actor.role, leastRole[action]);
}

/** No member may give, change or remove a role above their own. */
function assertMayGrant(actor: PeopleActor, role: Role): void {
  if (actor.kind === 'member' && !isAtLeast(actor.role, role)) throw roleTooLow(actor.role, role);
}

function roleTooLow(role: Role, needed: Role): PeopleError {
  return new PeopleError(
    'not_permitted',
    `Your role here is ${role}; this requires ${needed}. Ask an owner or admin of the organization.`,
  );
}

function alreadyMember(): PeopleError {
  return new PeopleError('already_member', 'This person is already a member: change the role instead.');
}

function invitationInvalid(): PeopleError {
  return new PeopleError(
    'invitation_invalid',
    'This invitation is unknown, expired, canceled or already used, or its sender may no longer invite people: ask for a new one.',
  );
}
