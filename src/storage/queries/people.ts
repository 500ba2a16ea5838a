// Queries on persons, memberships and invitations. better-auth's own reads and writes do not use them.

import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { oneDayMs } from '../../domain/durations.ts';
import type { Role } from '../../domain/role.ts';
import type {
  Invitation,
  InvitationMail,
  Member,
  Membership,
  PeopleOperations,
  PeopleStore,
  Person,
  PersonPage,
  PersonQuery,
} from '../../people/ports.ts';
import type { Database } from '../schema.ts';
import { transact } from '../transact.ts';
import { appendAudit } from './audit.ts';
import { cursorInvalid } from './cursor.ts';
import { erasePerson, findNewestEntry, listMentions, removeLateRecords } from './erasure.ts';
import { beginToListen } from './notifications.ts';
import { createOrganization, findOrganization, readOrganization } from './organizations.ts';
import { type Row, readInteger, readRecord, readRole, readText } from './records.ts';
import { findStanding, isTokenInForce } from './standing.ts';

/** The people port on two handles to one database, as in `createManagementStore`. better-auth uses `authDatabase`. */
export function createPeopleStore(
  reader: Kysely<Database>,
  writer: Kysely<Database>,
  authDatabase: { readonly db: Kysely<Database>; readonly type: 'sqlite' | 'postgres' },
): PeopleStore {
  return {
    ...createOperations(reader, writer),
    authDatabase,
    listPersons: (query) => listPersons(reader, query),
    findActiveOrg: (sessionId) => findActiveOrg(reader, sessionId),
    setActiveOrg: (sessionId, orgId) => setActiveOrg(writer, sessionId, orgId),
    useOnce: (digest, nowMs, untilMs) => useOnce(writer, digest, nowMs, untilMs),
    removeTokens: (personId) => removeTokens(writer, personId),
    removeSession: (sessionId) => removeSession(writer, sessionId),
    removeExpired: (nowMs) => removeExpired(writer, nowMs),
    transaction: (work) => transact(writer, (handle) => work(createOperations(handle, handle))),
  };
}

function createOperations(reader: Kysely<Database>, writer: Kysely<Database>): PeopleOperations {
  return {
    hasPeople: () => hasPeople(reader),
    findPersonByEmail: (email) => findPersonByEmail(reader, email),
    findPerson: (id) => findPerson(reader, id),
    createPerson: (person, passwordHash, nowMs) => createPerson(writer, person, passwordHash, nowMs),
    makeOperator: (personId, nowMs) => makeOperator(writer, personId, nowMs),
    isOperator: (personId) => isOperator(reader, personId),
    countOperators: () => countOperators(reader),
    findNewestEntry: () => findNewestEntry(reader),
    listMentions: (person, afterSeq, untilSeq) => listMentions(reader, person, afterSeq, untilSeq),
    erasePerson: (person, mentions) => erasePerson(writer, person, mentions),
    createOrganization: (organization) => createOrganization(writer, organization),
    findOrganization: (id) => findOrganization(reader, id),
    listMembers: (orgId) => listMembers(reader, orgId),
    findMember: (orgId, personId) => findMember(reader, orgId, personId),
    countOwners: (orgId) => countOwners(reader, orgId),
    addMember: (orgId, personId, role, nowMs) => addMember(writer, orgId, personId, role, nowMs),
    setRole: (orgId, personId, role) => setRole(writer, orgId, personId, role),
    removeMember: (orgId, personId) => removeMember(writer, orgId, personId),
    listMemberships: (personId) => listMemberships(reader, personId),
    listInvitationTimes: (sent, sinceMs, limit) => listInvitationTimes(reader, sent, sinceMs, limit),
    countInvitationMail: (id, sent, nowMs) => countInvitationMail(writer, id, sent, nowMs),
    findInviter: (id) => findInviter(reader, id),
    createInvitation: (invitation, tokenDigest) => createInvitation(writer, invitation, tokenDigest),
    listInvitations: (orgId, nowMs) => listInvitations(reader, orgId, nowMs),
    findInvitation: (tokenDigest, nowMs) => findInvitation(reader, tokenDigest, nowMs),
    removeInvitation: (orgId, id) => removeInvitation(writer, orgId, id),
    findStanding: (query, nowMs) => findStanding(reader, query, nowMs),
    isTokenInForce: (id, nowMs) => isTokenInForce(reader, id, nowMs),
    appendAudit: (entry) => appendAudit(writer, entry),
  };
}

async function hasPeople(db: Kysely<Database>): Promise<boolean> {
  return (await db.selectFrom('auth_user').select('id').limit(1).executeTakeFirst()) !== undefined;
}

async function findPersonByEmail(db: Kysely<Database>, email: string): Promise<Person | undefined> {
  const row = await db.selectFrom('auth_user').select(personColumns).where('email', '=', email).executeTakeFirst();
  return row && readPerson(row);
}

async function findPerson(db: Kysely<Database>, id: string): Promise<Person | undefined> {
  const row = await db.selectFrom('auth_user').select(personColumns).where('id', '=', id).executeTakeFirst();
  return row && readPerson(row);
}

async function listPersons(db: Kysely<Database>, { email, limit, cursor }: PersonQuery): Promise<PersonPage> {
  let query = db
    .selectFrom('auth_user')
    .select(personColumns)
    .orderBy('email')
    .limit(limit + 1);
  if (email !== undefined) query = query.where('email', '=', email);
  if (cursor !== undefined) {
    // The id, because an address does not belong into the address of a request.
    const last = await findPerson(db, cursor);
    if (last === undefined) throw cursorInvalid();
    query = query.where('email', '>', last.email);
  }
  const persons = (await query.execute()).map(readPerson);
  const items = persons.slice(0, limit);
  return { items, nextCursor: persons.length > limit ? (items.at(-1)?.id ?? null) : null };
}

async function createPerson(db: Kysely<Database>, person: Person, passwordHash: string, nowMs: number): Promise<void> {
  const { id, name, email, emailVerified } = person;
  const now = new Date(nowMs).toISOString();
  const times = { createdAt: now, updatedAt: now };
  await db
    .insertInto('auth_user')
    .values({ id, name, email, emailVerified: emailVerified ? 1 : 0, ...times })
    .execute();
  await db
    .insertInto('auth_account')
    .values({ id: randomUUID(), accountId: id, providerId: 'credential', userId: id, password: passwordHash, ...times })
    .execute();
}

async function makeOperator(db: Kysely<Database>, personId: string, nowMs: number): Promise<void> {
  await db.insertInto('operators').values({ person_id: personId, created_at: nowMs }).execute();
}

async function isOperator(db: Kysely<Database>, personId: string): Promise<boolean> {
  const query = db.selectFrom('operators').select('person_id').where('person_id', '=', personId);
  return (await query.executeTakeFirst()) !== undefined;
}

async function countOperators(db: Kysely<Database>): Promise<number> {
  const { count } = await db
    .selectFrom('operators')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return readInteger(count);
}

async function listMembers(db: Kysely<Database>, orgId: string): Promise<Member[]> {
  return (await selectMembers(db, orgId).orderBy('members.seq').execute()).map(readMember);
}

async function findMember(db: Kysely<Database>, orgId: string, personId: string): Promise<Member | undefined> {
  const row = await selectMembers(db, orgId).where('members.person_id', '=', personId).executeTakeFirst();
  return row && readMember(row);
}

async function countOwners(db: Kysely<Database>, orgId: string): Promise<number> {
  const { count } = await db
    .selectFrom('members')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('org_id', '=', orgId)
    .where('role', '=', 'owner')
    .executeTakeFirstOrThrow();
  return readInteger(count);
}

async function addMember(
  db: Kysely<Database>,
  orgId: string,
  personId: string,
  role: Role,
  nowMs: number,
): Promise<void> {
  await beginToListen(db, nowMs);
  await db.insertInto('members').values({ org_id: orgId, person_id: personId, role, created_at: nowMs }).execute();
}

async function setRole(db: Kysely<Database>, orgId: string, personId: string, role: Role): Promise<void> {
  await db.updateTable('members').set({ role }).where('org_id', '=', orgId).where('person_id', '=', personId).execute();
}

async function removeMember(db: Kysely<Database>, orgId: string, personId: string): Promise<void> {
  await db.deleteFrom('members').where('org_id', '=', orgId).where('person_id', '=', personId).execute();
}

async function listMemberships(db: Kysely<Database>, personId: string): Promise<Membership[]> {
  const rows = await db
    .selectFrom('members')
    .innerJoin('organizations', 'organizations.id', 'members.org_id')
    .selectAll('organizations')
    .select('members.role')
    .where('members.person_id', '=', personId)
    .orderBy('members.seq')
    .execute();
  return rows.map((row) => ({ organization: readOrganization(row), role: readRole(row.role) }));
}

async function listInvitationTimes(
  db: Kysely<Database>,
  { inviter, orgId, email }: Partial<InvitationMail>,
  sinceMs: number,
  limit: number,
): Promise<number[]> {
  let query = db.selectFrom('sent_invitations').select('sent_at').where('sent_at', '>', sinceMs);
  if (inviter !== undefined) query = query.where('inviter', '=', inviter);
  if (orgId !== undefined) query = query.where('org_id', '=', orgId);
  if (email !== undefined) query = query.where('email', '=', email);
  const rows = await query.orderBy('sent_at', 'desc').limit(limit).execute();
  return rows.map((row) => readInteger(row.sent_at));
}

async function countInvitationMail(
  db: Kysely<Database>,
  id: string,
  { inviter, orgId, email }: InvitationMail,
  nowMs: number,
): Promise<void> {
  await db.insertInto('sent_invitations').values({ id, inviter, org_id: orgId, email, sent_at: nowMs }).execute();
}

async function findInviter(db: Kysely<Database>, id: string): Promise<string | undefined> {
  const row = await db.selectFrom('sent_invitations').select('inviter').where('id', '=', id).executeTakeFirst();
  return row && readText(row.inviter);
}

async function createInvitation(db: Kysely<Database>, invitation: Invitation, tokenDigest: string): Promise<void> {
  const { id, orgId, email, role, createdAtMs, expiresAtMs } = invitation;
  await db.deleteFrom('invitations').where('org_id', '=', orgId).where('email', '=', email).execute();
  await db
    .insertInto('invitations')
    .values({
      id,
      org_id: orgId,
      email,
      role,
      token_digest: tokenDigest,
      created_at: createdAtMs,
      expires_at: expiresAtMs,
    })
    .execute();
}

async function listInvitations(db: Kysely<Database>, orgId: string, nowMs: number): Promise<Invitation[]> {
  const rows = await db
    .selectFrom('invitations')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('expires_at', '>', nowMs)
    .orderBy('seq', 'desc')
    .execute();
  return rows.map(readInvitation);
}

async function findInvitation(
  db: Kysely<Database>,
  tokenDigest: string,
  nowMs: number,
): Promise<Invitation | undefined> {
  const row = await db
    .selectFrom('invitations')
    .selectAll()
    .where('token_digest', '=', tokenDigest)
    .where('expires_at', '>', nowMs)
    .executeTakeFirst();
  return row && readInvitation(row);
}

async function removeInvitation(db: Kysely<Database>, orgId: string, id: string): Promise<Invitation | undefined> {
  const row = await db
    .deleteFrom('invitations')
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
  return row && readInvitation(row);
}

async function findActiveOrg(db: Kysely<Database>, sessionId: string): Promise<string | undefined> {
  const query = db
    .selectFrom('session_orgs')
    .innerJoin('organizations', 'organizations.id', 'session_orgs.org_id')
    .select('org_id')
    .where('session_id', '=', sessionId)
    .where('organizations.deleted_at', 'is', null);
  return (await query.executeTakeFirst())?.org_id;
}

async function setActiveOrg(db: Kysely<Database>, sessionId: string, orgId: string): Promise<void> {
  await db
    .insertInto('session_orgs')
    .values({ session_id: sessionId, org_id: orgId })
    .onConflict((conflict) => conflict.column('session_id').doUpdateSet({ org_id: orgId }))
    .execute();
}

async function useOnce(db: Kysely<Database>, digest: string, nowMs: number, untilMs: number): Promise<boolean> {
  // One statement: of two calls at once, the second finds the row of the first.
  const { numInsertedOrUpdatedRows = 0n } = await db
    .insertInto('used_codes')
    .values({ digest, until: untilMs })
    .onConflict((conflict) =>
      conflict.column('digest').doUpdateSet({ until: untilMs }).where('used_codes.until', '<=', nowMs),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows > 0n;
}

async function removeTokens(db: Kysely<Database>, personId: string): Promise<void> {
  await db.deleteFrom('auth_verification').where('value', '=', personId).execute();
}

async function removeSession(db: Kysely<Database>, sessionId: string): Promise<void> {
  await db.deleteFrom('auth_session').where('id', '=', sessionId).execute();
}

/**
 * A day longer than an invitation lives: the nodes' clocks differ, and an invitation counts even if its sender is
 * unknown.
 */
const sentKeptMs = 8 * oneDayMs;

async function removeExpired(db: Kysely<Database>, nowMs: number): Promise<void> {
  const now = new Date(nowMs).toISOString();
  await db
    .deleteFrom('sent_invitations')
    .where('sent_at', '<=', nowMs - sentKeptMs)
    .execute();
  // No one can see or accept an expired one. The clocks of nodes differ by less than a day.
  await db
    .deleteFrom('invitations')
    .where('expires_at', '<=', nowMs - oneDayMs)
    .execute();
  await db.deleteFrom('used_codes').where('until', '<=', nowMs).execute();
  await db.deleteFrom('auth_session').where('expiresAt', '<', now).execute();
  await db.deleteFrom('auth_verification').where('expiresAt', '<', now).execute();
  await removeLateRecords(db, nowMs);
}

const personColumns = ['auth_user.id', 'auth_user.name', 'auth_user.email', 'auth_user.emailVerified'] as const;

function selectMembers(db: Kysely<Database>, orgId: string) {
  return db
    .selectFrom('members')
    .innerJoin('auth_user', 'auth_user.id', 'members.person_id')
    .select(personColumns)
    .select(['members.role', 'members.created_at'])
    .where('members.org_id', '=', orgId);
}

type PersonRow = Row<Pick<Database['auth_user'], 'id' | 'name' | 'email' | 'emailVerified'>>;

function readPerson(row: PersonRow): Person {
  return readRecord('person', row.id, () => ({
    id: readText(row.id),
    name: readText(row.name),
    email: readText(row.email),
    emailVerified: readFlag(row.emailVerified),
  }));
}

function readMember(row: PersonRow & Row<Pick<Database['members'], 'role' | 'created_at'>>): Member {
  return { person: readPerson(row), role: readRole(row.role), sinceMs: readInteger(row.created_at) };
}

function readInvitation(row: Row<Omit<Database['invitations'], 'seq'>>): Invitation {
  return readRecord('invitation', row.id, () => ({
    id: readText(row.id),
    orgId: readText(row.org_id),
    email: readText(row.email),
    role: readRole(row.role),
    createdAtMs: readInteger(row.created_at),
    expiresAtMs: readInteger(row.expires_at),
  }));
}

/** Reads a boolean, or 0 or 1 from a database without booleans. */
function readFlag(value: unknown): boolean {
  return typeof value === 'boolean' ? value : readInteger(value) === 1;
}
