// Persons, memberships and invitations: the words of this feature, and where they are kept.
import type { BetterAuthOptions } from 'better-auth';
import type { MemberActor, OperatorActor } from '../domain/actor.ts';
import type { Organization } from '../domain/api-key.ts';
import type { AuditEntry } from '../domain/audit-record.ts';
import type { Role } from '../domain/role.ts';
import type { StandingReader } from '../domain/standing.ts';

/** Who gives commands on people: a person acting in one organization, or one who may do everything. */
export type PeopleActor = OperatorActor | MemberActor;

/** Someone who can sign in. */
export interface Person {
  readonly id: string;
  readonly name: string;
  /** Lower case; no two persons have the same. */
  readonly email: string;
  readonly emailVerified: boolean;
}

export interface Member {
  readonly person: Person;
  readonly role: Role;
  readonly sinceMs: number;
}

export interface Membership {
  readonly organization: Organization;
  readonly role: Role;
}

/** Open until it is accepted, revoked or past `expiresAtMs`. */
export interface Invitation {
  readonly id: string;
  readonly orgId: string;
  /** Lower case. */
  readonly email: string;
  readonly role: Role;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Whose invitation went where. */
export interface InvitationMail {
  /** Id of the person who invites; `operator` for the operator token. */
  readonly inviter: string;
  readonly orgId: string;
  /** Lower case. */
  readonly email: string;
}

/**
 * Reads and writes; a write that resolved is on disk. All reject with an error that has a stable `code` when they can't tell
 * or can't write.
 */
export interface PeopleOperations extends StandingReader {
  hasPeople(): Promise<boolean>;
  findPersonByEmail(email: string): Promise<Person | undefined>;
  /** A person who signs in with a password. `passwordHash` is as better-auth makes it. Rejects with `conflict`. */
  createPerson(person: Person, passwordHash: string, nowMs: number): Promise<void>;
  /** From now on the person may do everything. */
  makeOperator(personId: string, nowMs: number): Promise<void>;
  isOperator(personId: string): Promise<boolean>;

  createOrganization(organization: Organization): Promise<void>;
  findOrganization(id: string): Promise<Organization | undefined>;

  /** Longest in the organization first. */
  listMembers(orgId: string): Promise<readonly Member[]>;
  findMember(orgId: string, personId: string): Promise<Member | undefined>;
  countOwners(orgId: string): Promise<number>;
  /** Rejects with `conflict` for one who is a member already, with `reference_missing` when org or person do not exist. */
  addMember(orgId: string, personId: string, role: Role, nowMs: number): Promise<void>;
  setRole(orgId: string, personId: string, role: Role): Promise<void>;
  removeMember(orgId: string, personId: string): Promise<void>;
  /** Oldest first. */
  listMemberships(personId: string): Promise<readonly Membership[]>;

  /** When invitations were mailed after `sinceMs`, newest first, at most `limit`; only those that `sent` describes. */
  listInvitationTimes(sent: Partial<InvitationMail>, sinceMs: number, limit: number): Promise<readonly number[]>;
  /** Counts the mail of the invitation `id`, whatever becomes of the invitation. */
  countInvitationMail(id: string, sent: InvitationMail, nowMs: number): Promise<void>;
  /**
   * The `inviter` with whom the mail of the invitation `id` was counted. `undefined`: it was never counted, or so long ago
   * that the invitation has expired.
   */
  findInviter(id: string): Promise<string | undefined>;
  /** Takes the place of an open invitation of the same address to the same organization. */
  createInvitation(invitation: Invitation, tokenDigest: string): Promise<void>;
  /** The open ones, newest first. */
  listInvitations(orgId: string, nowMs: number): Promise<readonly Invitation[]>;
  findInvitation(tokenDigest: string, nowMs: number): Promise<Invitation | undefined>;
  /** Accepted or revoked: it is gone. `undefined` when it was not there. */
  removeInvitation(orgId: string, id: string): Promise<Invitation | undefined>;

  /** The audit row of what the same transaction changes. */
  appendAudit(entry: AuditEntry): Promise<void>;
}

export interface PeopleStore extends PeopleOperations {
  /** What better-auth keeps persons, passwords and sessions in. */
  readonly authDatabase: NonNullable<BetterAuthOptions['database']>;
  /** The organization a session acts in, if it chose one. */
  findActiveOrg(sessionId: string): Promise<string | undefined>;
  setActiveOrg(sessionId: string, orgId: string): Promise<void>;
  /**
   * `true` for the first call with `digest`, `false` for later ones until `untilMs`. Of many calls at once, on all nodes, one
   * is the first.
   */
  useOnce(digest: string, nowMs: number, untilMs: number): Promise<boolean>;
  /** Voids reset links, half-done sign-ins and trusted devices of a person. */
  removeTokens(personId: string): Promise<void>;
  /** Removes a session at once. */
  removeSession(sessionId: string): Promise<void>;
  /** Removes sessions, one-time tokens and counts that have expired. */
  removeExpired(nowMs: number): Promise<void>;
  /** All or nothing; no other write comes between. `work` must do no slow thing: all writers wait for it. */
  transaction<Result>(work: (operations: PeopleOperations) => Promise<Result>): Promise<Result>;
}
