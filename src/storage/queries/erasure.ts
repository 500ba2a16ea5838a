// Erases organizations, persons, and their parts of the audit log. What must stay becomes a tombstone without content.
import { type Kysely, sql } from 'kysely';
import { noAnnotations } from '../../domain/annotations.ts';
import type { AuditAction, AuditPart } from '../../domain/audit-record.ts';
import { oneDayMs } from '../../domain/durations.ts';
import type { ErasedOrganization, ErasurePlace, ErasureStep, ManagementStore } from '../../management/ports.ts';
import type { ErasedPerson, Mention, Person } from '../../people/ports.ts';
import type { Database } from '../schema.ts';
import { transact } from '../transact.ts';
import { removeAlertsOf } from './alerts.ts';
import { partOf } from './annotations.ts';
import {
  readInteger,
  readNullable,
  readText,
  writeAnnotations,
  writeRateLimits,
  writeRestrictions,
} from './records.ts';
import { rowsPerInsert } from './usage.ts';

/** When the organization was deleted. `undefined`: it exists, or never did. */
export async function findDeletion(db: Kysely<Database>, orgId: string): Promise<number | undefined> {
  const row = await db.selectFrom('organizations').select('deleted_at').where('id', '=', orgId).executeTakeFirst();
  return row === undefined ? undefined : (readNullable(row.deleted_at, readInteger) ?? undefined);
}

/** How many of an organization's keys are not revoked, expired ones included. */
export async function countUnrevokedKeys(db: Kysely<Database>, orgId: string): Promise<number> {
  const row = await db
    .selectFrom('api_keys')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('org_id', '=', orgId)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow();
  return readInteger(row.count);
}

/**
 * Makes the organization a tombstone, so that no query finds it or its keys. Touches no key: a statement for all keys
 * of a large organization would take longer than a change may. `eraseNext` revokes them and erases the content. The
 * next audit entry must be `org.deleted`.
 */
export async function eraseOrganization(db: Kysely<Database>, id: string, nowMs: number): Promise<ErasedOrganization> {
  const withoutOrganization = await listMembersOfNoOther(db, id);
  await db
    .updateTable('organizations')
    // An older Miftah does not know tombstones. It refuses the keys of a suspended organization.
    .set({
      ...{ status: 'suspended', granted_limits: null, suspended_apis: null, deleted_at: nowMs },
      ...writeAnnotations(noAnnotations),
    })
    .where('id', '=', id)
    .execute();
  await db.deleteFrom('session_orgs').where('org_id', '=', id).execute();
  await db.deleteFrom('members').where('org_id', '=', id).execute();
  await db.deleteFrom('invitations').where('org_id', '=', id).execute();
  await db.deleteFrom('sent_invitations').where('org_id', '=', id).execute();
  // The next entry of the audit log causes an event, which no endpoint of the organization may get.
  await db
    .updateTable('webhook_endpoints')
    .set({ disabled_at: nowMs, disabled_because: 'request' })
    .where('org_id', '=', id)
    .execute();
  return { withoutOrganization };
}

/** As the port says. The name of a deleted organization stays until the last step, which makes it empty. */
export async function listUnerased(db: Kysely<Database>): ReturnType<ManagementStore['listUnerased']> {
  const rows = await db
    .selectFrom('organizations')
    .select(['id', 'deleted_at'])
    .where('deleted_at', 'is not', null)
    .where('name', '<>', '')
    .orderBy('deleted_at')
    .execute();
  return rows.map((row) => ({ id: readText(row.id), deletedAtMs: readInteger(row.deleted_at) }));
}

/** Rows that one step erases: few enough that other writers don't notice. */
const rowsPerStep = 2_000;

/**
 * Erases some content of a deleted organization: of keys and secrets, then addresses and routes of usage, then denials,
 * then webhooks, then alerts, then audit entries,
 * and last its name. Steps may be repeated.
 */
export function eraseNext(
  db: Kysely<Database>,
  orgId: string,
  { what, afterSeq }: ErasurePlace,
  onRevoke: (keyIds: readonly string[]) => Promise<void>,
): Promise<ErasureStep> {
  return transact(db, async (transaction) => {
    if (what === 'addresses') return eraseAddresses(transaction, orgId, afterSeq);
    const table = (
      {
        keys: 'api_keys',
        denials: 'denials',
        webhooks: 'webhook_events',
        alerts: 'alerts',
        audit: 'audit_log',
      } as const
    )[what];
    const rows = await transaction
      .selectFrom(table)
      .select('seq')
      .where('org_id', '=', orgId)
      .where('seq', '>', afterSeq)
      .orderBy('seq')
      .limit(rowsPerStep)
      .execute();
    const last = rows.at(-1);
    const untilSeq = last === undefined ? afterSeq : readInteger(last.seq);
    const place = { orgId, afterSeq, untilSeq };
    if (last !== undefined && what === 'keys') await onRevoke(await revokeKeys(transaction, place));
    if (last !== undefined) await eraseRows(transaction, what, place);
    const entriesKept =
      what === 'audit'
        ? await countUnsealed(transaction, (entries) =>
            entries.where('org_id', '=', orgId).where('seq', '>', afterSeq).where('seq', '<=', untilSeq),
          )
        : 0;
    if (rows.length === rowsPerStep) return { entriesKept, next: { what, afterSeq: untilSeq } };
    if (what === 'webhooks') await transaction.deleteFrom('webhook_endpoints').where('org_id', '=', orgId).execute();
    if (what === 'alerts') await transaction.deleteFrom('alert_mutes').where('org_id', '=', orgId).execute();
    const order = {
      keys: 'addresses',
      denials: 'webhooks',
      webhooks: 'alerts',
      alerts: 'audit',
      audit: undefined,
    } as const;
    const next = order[what];
    if (next !== undefined) return { entriesKept, next: { what: next, afterSeq: 0 } };
    await transaction
      .updateTable('organizations')
      .set({ name: '' })
      .where('id', '=', orgId)
      .where('deleted_at', 'is not', null)
      .execute();
    return { entriesKept, next: undefined };
  });
}

/** Keys of one step: each costs a search. */
const keysPerStep = 500;

/**
 * Removes the addresses under the organization's number, also of keys that moved to another one later, and the patterns
 * of its keys. Usage has a row for each key of the organization, in their order.
 */
async function eraseAddresses(db: Kysely<Database>, orgId: string, afterSeq: number): Promise<ErasureStep> {
  const { rows } = await sql<{ readonly org: number; readonly key: number }>`
    WITH RECURSIVE org (seq) AS (SELECT seq FROM organizations WHERE id = ${orgId}),
    found (place, key_seq) AS (
      SELECT 1, (SELECT min(key_seq) FROM key_usage_hourly
        WHERE org_seq = (SELECT seq FROM org) AND key_seq > ${afterSeq})
      UNION ALL
      SELECT place + 1, (SELECT min(key_seq) FROM key_usage_hourly AS later
        WHERE later.org_seq = (SELECT seq FROM org) AND later.key_seq > found.key_seq)
      FROM found WHERE found.key_seq IS NOT NULL AND place < ${sql.lit(keysPerStep)}
    ) SELECT (SELECT seq FROM org) AS org, key_seq AS key FROM found WHERE key_seq IS NOT NULL`.execute(db);
  const last = rows.at(-1);
  if (last === undefined) {
    const org = db.selectFrom('organizations').select('seq').where('id', '=', orgId);
    await db.deleteFrom('usage_routes').where('org_seq', '=', org).execute();
    return { entriesKept: 0, next: { what: 'denials', afterSeq: 0 } };
  }
  await db
    .deleteFrom('key_addresses_hourly')
    .where(
      'key_seq',
      'in',
      rows.map(({ key }) => readInteger(key)),
    )
    .where('org_seq', '=', readInteger(last.org))
    .execute();
  return { entriesKept: 0, next: { what: 'addresses', afterSeq: readInteger(last.key) } };
}

interface ErasedRange {
  readonly orgId: string;
  readonly afterSeq: number;
  readonly untilSeq: number;
}

/** Revokes the keys of the range at the instant of the deletion. Returns the ids of those that were not revoked. */
async function revokeKeys(db: Kysely<Database>, { orgId, afterSeq, untilSeq }: ErasedRange) {
  const deletedAtMs = await findDeletion(db, orgId);
  if (deletedAtMs === undefined) throw new TypeError(`the organization ${orgId} is not deleted`);
  const range = db
    .selectFrom('api_keys')
    .where('org_id', '=', orgId)
    .where('seq', '>', afterSeq)
    .where('seq', '<=', untilSeq);
  const rows = await range.select('id').where('revoked_at', 'is', null).execute();
  await db
    .updateTable('api_keys')
    .set({ revoked_at: sql<number>`coalesce(revoked_at, ${deletedAtMs})`, erased_at: deletedAtMs })
    .where('seq', 'in', range.select('seq'))
    .execute();
  return rows.map((row) => readText(row.id));
}

async function eraseRows(
  db: Kysely<Database>,
  what: ErasurePlace['what'],
  { orgId, afterSeq, untilSeq }: ErasedRange,
): Promise<void> {
  switch (what) {
    case 'keys': {
      const keys = db
        .selectFrom('api_keys')
        .select('seq')
        .where('org_id', '=', orgId)
        .where('seq', '>', afterSeq)
        .where('seq', '<=', untilSeq);
      await db
        .updateTable('secrets')
        .set({ prefix: '', start: '', end: '', last_used_address: null })
        .where('key_seq', 'in', keys)
        .execute();
      await db.deleteFrom('key_last_used').where('key_seq', 'in', keys).execute();
      const nothing = { addresses: [], referrers: [], endpoints: [], scopes: [] };
      await db
        .updateTable('api_keys')
        .set({
          ...{ name: '', hint_prefix: '', hint_start: '', hint_end: '' },
          restrictions: writeRestrictions(nothing),
          rate_limits: writeRateLimits([]),
          granted_limits: null,
          ...writeAnnotations(noAnnotations),
        })
        .where('seq', 'in', keys)
        .execute();
      return;
    }
    case 'denials':
      await db
        .deleteFrom('denials')
        .where('org_id', '=', orgId)
        .where('seq', '>', afterSeq)
        .where('seq', '<=', untilSeq)
        .execute();
      return;
    case 'webhooks':
      await db
        .deleteFrom('webhook_events')
        .where('org_id', '=', orgId)
        .where('seq', '>', afterSeq)
        .where('seq', '<=', untilSeq)
        .execute();
      return;
    case 'alerts':
      await db
        .deleteFrom('alerts')
        .where('org_id', '=', orgId)
        .where('seq', '>', afterSeq)
        .where('seq', '<=', untilSeq)
        .execute();
      return;
    case 'audit': {
      const deletion = await db
        .selectFrom('audit_log')
        .select('seq')
        .where('target_id', '=', orgId)
        .where('action', '=', 'org.deleted' satisfies AuditAction)
        .executeTakeFirst();
      // Without its record, which was pruned then, nothing would account for what is erased.
      if (deletion === undefined) return;
      const erasedBy = readInteger(deletion.seq);
      const inRange = (rows: ReturnType<typeof updateSealed>) =>
        rows.where('org_id', '=', orgId).where('seq', '>', afterSeq).where('seq', '<=', untilSeq);
      await erasePart(db, 'state', erasedBy, inRange);
      await erasePart(db, 'author', erasedBy, (rows) => inRange(rows).where('actor_kind', '=', 'key'));
    }
  }
}

async function listMembersOfNoOther(
  db: Kysely<Database>,
  orgId: string,
): Promise<ErasedOrganization['withoutOrganization']> {
  const rows = await db
    .selectFrom('members')
    .innerJoin('auth_user', 'auth_user.id', 'members.person_id')
    .select(['auth_user.id', 'auth_user.email'])
    .where('members.org_id', '=', orgId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('members as others')
            .select('others.seq')
            .whereRef('others.person_id', '=', 'members.person_id')
            .where('others.org_id', '<>', orgId),
        ),
      ),
    )
    .orderBy('members.seq')
    .execute();
  return rows.map(({ id, email }) => ({ id: readText(id), email: readText(email) }));
}

/** Nodes flush what they recorded within seconds. One that was cut off does so when it is back. */
const lateRecordsMs = 7 * oneDayMs;

/** Removes what nodes recorded of an organization in memory before its deletion, and wrote afterwards. */
export async function removeLateRecords(db: Kysely<Database>, nowMs: number): Promise<void> {
  const keys = db
    .selectFrom('api_keys')
    .select('seq')
    .where('erased_at', '>', nowMs - lateRecordsMs);
  const orgs = db
    .selectFrom('organizations')
    .select('id')
    .where('deleted_at', '>', nowMs - lateRecordsMs);
  await db.deleteFrom('key_last_used').where('key_seq', 'in', keys).execute();
  await db.deleteFrom('key_addresses_hourly').where('key_seq', 'in', keys).execute();
  const orgSeqs = db
    .selectFrom('organizations')
    .select('seq')
    .where('deleted_at', '>', nowMs - lateRecordsMs);
  await db.deleteFrom('usage_routes').where('org_seq', 'in', orgSeqs).execute();
  await db
    .updateTable('secrets')
    .set({ last_used_address: null })
    .where('key_seq', 'in', keys)
    .where('last_used_address', 'is not', null)
    .execute();
  await db.deleteFrom('denials').where('org_id', 'in', orgs).execute();
}

/**
 * The numbers of audit entries, after `afterSeq` and at most up to `untilSeq`, whose state names the person's address,
 * but that are not about the person.
 */
export async function listMentions(
  db: Kysely<Database>,
  { id, email }: Pick<Person, 'id' | 'email'>,
  afterSeq: number,
  untilSeq: number,
): Promise<readonly Mention[]> {
  const named = JSON.stringify(email);
  const rows = await db
    .selectFrom('audit_log')
    .select(['seq', 'state_digest'])
    .where('seq', '>', afterSeq)
    .where('seq', '<=', untilSeq)
    .where('state_erased_by', 'is', null)
    .where('target_id', '<>', id)
    .where(({ or }) => or([partOf(sql`before`, named), partOf(sql`after`, named)]))
    .orderBy('seq')
    .execute();
  return rows.map((row) => ({ seq: readInteger(row.seq), isSealed: row.state_digest !== null }));
}

/** The number of the newest audit entry. 0: there is none. */
export async function findNewestEntry(db: Kysely<Database>): Promise<number> {
  return (await nextEntry(db)) - 1;
}

/**
 * Removes the person, who can no longer sign in, with the invitations to their address. Invitations that they sent stay
 * in the counts without a name, so that they stay invalid. The next audit entry must be `person.deleted`, and its
 * `after.mentions` must be `mentions`.
 */
export async function erasePerson(
  db: Kysely<Database>,
  { id, email }: Pick<Person, 'id' | 'email'>,
  mentions: readonly number[],
): Promise<ErasedPerson> {
  await db
    .deleteFrom('auth_verification')
    .where(({ or, eb }) => or([eb('value', '=', id), partOf(sql`value`, id), partOf(sql`value`, email)]))
    .execute();
  await removeAlertsOf(db, id);
  await db.deleteFrom('invitations').where('email', '=', email).execute();
  await db.deleteFrom('sent_invitations').where('email', '=', email).execute();
  // Sessions, passwords, second factors, passkeys and memberships go with it (ON DELETE CASCADE).
  await db.deleteFrom('auth_user').where('id', '=', id).execute();
  const erasedBy = await nextEntry(db);
  const isTheirs = (rows: ReturnType<typeof selectUnsealed>) =>
    rows.where(({ or, eb }) => or([eb('actor_id', '=', id), eb('target_id', '=', id)]));
  const entriesKept = await countUnsealed(db, isTheirs);
  await erasePart(db, 'author', erasedBy, (rows) => rows.where('actor_id', '=', id).where('actor_kind', '<>', 'key'));
  await erasePart(db, 'state', erasedBy, (rows) => rows.where('target_id', '=', id));
  for (let at = 0; at < mentions.length; at += rowsPerInsert) {
    const some = mentions.slice(at, at + rowsPerInsert);
    await erasePart(db, 'state', erasedBy, (rows) => rows.where('seq', 'in', some));
  }
  return { entriesKept };
}

/** Counts the chosen entries of an older Miftah, which can't be erased. */
async function countUnsealed(
  db: Kysely<Database>,
  choose: (rows: ReturnType<typeof selectUnsealed>) => ReturnType<typeof selectUnsealed>,
): Promise<number> {
  return readInteger((await choose(selectUnsealed(db)).executeTakeFirstOrThrow()).count);
}

function selectUnsealed(db: Kysely<Database>) {
  return db
    .selectFrom('audit_log')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('author_digest', 'is', null);
}

async function nextEntry(db: Kysely<Database>): Promise<number> {
  const last = await db.selectFrom('audit_log').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return readInteger(last?.seq ?? 0) + 1;
}

/** Their state says what was erased, so it stays. */
const deletions: readonly AuditAction[] = ['org.deleted', 'person.deleted'];

/** Empties a part of the chosen entries and keeps its digest. Skips parts that are not sealed or already erased. */
async function erasePart(
  db: Kysely<Database>,
  part: AuditPart,
  erasedBy: number,
  choose: (rows: ReturnType<typeof updateSealed>) => ReturnType<typeof updateSealed>,
): Promise<void> {
  const chosen = choose(updateSealed(db, part, erasedBy)).where('seq', '<', erasedBy);
  await (part === 'state' ? chosen.where('action', 'not in', deletions) : chosen).execute();
}

function updateSealed(db: Kysely<Database>, part: AuditPart, erasedBy: number) {
  const rows = db.updateTable('audit_log');
  return part === 'author'
    ? rows
        .set({ actor_label: '', address: null, author_salt: null, author_erased_by: erasedBy })
        .where('author_salt', 'is not', null)
    : rows
        .set({ before: null, after: null, state_salt: null, state_erased_by: erasedBy })
        .where('state_salt', 'is not', null);
}
