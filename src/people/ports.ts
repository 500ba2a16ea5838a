// Persons, memberships and invitations, and their store.
import type { MemberActor, OperatorActor } from '../domain/actor.ts';
import type { Organization } from '../domain/api-key.ts';
import type { AuditEntry } from '../domain/audit-record.ts';
import type { Role } from '../domain/role.ts';
import type { StandingReader } from '../domain/standing.ts';

/** The actor of a command on people: a member in one organization, or the operator. */
export type PeopleActor = OperatorActor | MemberActor;

/** Someone who can sign in. */
export interface Person {
  readonly id: string;
  readonly name: string;
  /** Lower case; no two persons have the same. */
  readonly email: string;
  readonly emailVerified: boolean;
}

/** A person in an organization. */
export interface Member {
  readonly person: Person;
  readonly role: Role;
  readonly sinceMs: number;
}

/** An organization of a person. */
export interface Membership {
  readonly organization: Organization;
  readonly role: Role;
}

/** An invitation. It is open until it is accepted, revoked or expired. */
export interface Invitation {
  readonly id: string;
  readonly orgId: string;
  /** Lower case. */
  readonly email: string;
  readonly role: Role;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** An audit entry that names a person without being about them. */
export interface Mention {
  readonly seq: number;
  /** `false`: an older Miftah wrote it, so it can't be erased. */
  readonly isSealed: boolean;
}

/** What the erasure of a person left. */
export interface ErasedPerson {
  /** Audit entries of an older Miftah by or about the person, which keep their content. */
  readonly entriesKept: number;
}

/** The mail of an invitation: from whom, for what, to whom. */
export interface InvitationMail {
  /** The id of the person who invites. `operator`: the operator token. */
  readonly inviter: string;
  readonly orgId: string;
  /** Lower case. */
  readonly email: string;
}

/**
 * Reads and writes. A resolved write is on disk. All reject with an error that has a stable `code` when the store
 * fails.
 */
export interface PeopleOperations extends StandingReader {
  hasPeople(): Promise<boolean>;
  findPersonByEmail(email: string): Promise<Person | undefined>;
  findPerson(id: string): Promise<Person | undefined>;
  /**
   * Creates a person who signs in with a password. `passwordHash` is a hash of better-auth. Rejects with `conflict`.
   */
  createPerson(person: Person, passwordHash: string, nowMs: number): Promise<void>;
  /** Gives the person all permissions of the operator. */
  makeOperator(personId: string, nowMs: number): Promise<void>;
  isOperator(personId: string): Promise<boolean>;
  countOperators(): Promise<number>;
  /** The number of the newest audit entry. 0: there is none. */
  findNewestEntry(): Promise<number>;
  /** The audit entries after `afterSeq`, up to `untilSeq`, that name the person's address without being about them. */
  listMentions(person: Person, afterSeq: number, untilSeq: number): Promise<readonly Mention[]>;
  /**
   * Removes the person with everything that is theirs, and erases them in the audit log: as the author of entries, in
   * entries about them, and in the entries `mentions`. Only within `transaction`, and the next `appendAudit` must be of
   * `person.deleted` with `after.mentions`.
   */
  erasePerson(person: Person, mentions: readonly number[]): Promise<ErasedPerson>;

  createOrganization(organization: Organization): Promise<void>;
  findOrganization(id: string): Promise<Organization | undefined>;

  /** The member of longest standing first. */
  listMembers(orgId: string): Promise<readonly Member[]>;
  findMember(orgId: string, personId: string): Promise<Member | undefined>;
  countOwners(orgId: string): Promise<number>;
  /** Rejects with `conflict` for a member, with `reference_missing` when the organization or person does not exist. */
  addMember(orgId: string, personId: string, role: Role, nowMs: number): Promise<void>;
  setRole(orgId: string, personId: string, role: Role): Promise<void>;
  removeMember(orgId: string, personId: string): Promise<void>;
  /** Oldest first. */
  listMemberships(personId: string): Promise<readonly Membership[]>;

  /** The times of mails after `sinceMs`, newest first, at most `limit`. Only mails with the members of `sent` count. */
  listInvitationTimes(sent: Partial<InvitationMail>, sinceMs: number, limit: number): Promise<readonly number[]>;
  /** Counts the mail of the invitation `id`. The count stays when the invitation ends. */
  countInvitationMail(id: string, sent: InvitationMail, nowMs: number): Promise<void>;
  /**
   * The `inviter` of the counted mail of the invitation `id`. `undefined`: it was never counted, or so long ago that
   * the invitation has expired.
   */
  findInviter(id: string): Promise<string | undefined>;
  /**
   * Creates an invitation. It replaces an open one for the same address and organization. `tokenDigest`: SHA-256 (hex).
   */
  createInvitation(invitation: Invitation, tokenDigest: string): Promise<void>;
  /** The open invitations, newest first. */
  listInvitations(orgId: string, nowMs: number): Promise<readonly Invitation[]>;
  findInvitation(tokenDigest: string, nowMs: number): Promise<Invitation | undefined>;
  /** Removes an invitation that was accepted or revoked. `undefined`: it does not exist. */
  removeInvitation(orgId: string, id: string): Promise<Invitation | undefined>;

  /** Appends to the audit log. Only within `transaction`, with the change that it describes. */
  appendAudit(entry: AuditEntry): Promise<void>;
}

/** Which persons to list. */
export interface PersonQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Only the person with this address, in lower case. */
  readonly email?: string | undefined;
}

/** A page of persons. */
export interface PersonPage {
  readonly items: readonly Person[];
  /** `null`: this is the last page. */
  readonly nextCursor: string | null;
}

export interface PeopleStore extends PeopleOperations {
  /** By e-mail address. Rejects with `cursor_invalid`. */
  listPersons(query: PersonQuery): Promise<PersonPage>;
  /** A Kysely, with the persons, passwords and sessions of better-auth. It has no type: strict programs can't compile it. */
  readonly authDatabase: { readonly db: object; readonly type: 'sqlite' | 'postgres' };
  /** The organization that was chosen in a session. `undefined`: none. */
  findActiveOrg(sessionId: string): Promise<string | undefined>;
  setActiveOrg(sessionId: string, orgId: string): Promise<void>;
  /**
   * `true` for the first call with `digest`, `false` for later ones until `untilMs`. Of concurrent calls on all nodes,
   * exactly one gets `true`.
   */
  useOnce(digest: string, nowMs: number, untilMs: number): Promise<boolean>;
  /** Invalidates reset links, incomplete sign-ins and trusted devices of a person. */
  removeTokens(personId: string): Promise<void>;
  /** Removes a session at once. */
  removeSession(sessionId: string): Promise<void>;
  /**
   * Removes sessions, one-time tokens and counts that have expired, and invitations that did so a day ago. Also removes
   * what nodes wrote of an organization after its deletion.
   */
  removeExpired(nowMs: number): Promise<void>;
  /**
   * Runs `work`, whose operations take effect together or not at all. No other write comes between them. `work` must do
   * nothing slow, because all writers wait for it.
   */
  transaction<Result>(work: (operations: PeopleOperations) => Promise<Result>): Promise<Result>;
}
