// Queries on keys and their secrets.
import { type ExpressionBuilder, type Kysely, type RawBuilder, type SqlBool, sql, type Transaction } from 'kysely';
import type { ApiKey } from '../../domain/api-key.ts';
import { tokenApiId } from '../../domain/token.ts';
import type { StoredSecret } from '../../engine/ports.ts';
import type {
  KeyChanges,
  KeyFilter,
  KeySecret,
  KeyWithDigests,
  NewApiKey,
  NewSecret,
  Page,
  PageRequest,
} from '../../management/ports.ts';
import type { Database } from '../schema.ts';
import { transact } from '../transact.ts';
import { matchesAnnotations, matchesSearch, partOf } from './annotations.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { bytesOf, countFitting } from './page-bytes.ts';
import {
  readAnnotations,
  readCount,
  readEnvironment,
  readGrantedLimits,
  readIds,
  readInteger,
  readMetadata,
  readNullable,
  readOrgGrants,
  readOrgStatus,
  readRateLimits,
  readRecord,
  readRestrictions,
  readText,
  writeAnnotations,
  writeRateLimits,
  writeRestrictions,
} from './records.ts';

/** The query of verification: secrets by digest, each with its key and the key's owner. */
export function selectStoredSecrets(db: Kysely<Database>, digests: readonly string[]) {
  return (
    db
      .selectFrom('secrets')
      // Left joins: if a secret's key or organization is missing, the record is damaged, not the secret unknown.
      .leftJoin('api_keys', 'api_keys.seq', 'secrets.key_seq')
      .leftJoin('organizations', 'organizations.id', 'api_keys.org_id')
      .select([
        'secrets.digest',
        'secrets.ends_at',
        'api_keys.seq',
        'api_keys.id',
        'api_keys.api_id',
        'api_keys.org_id',
        'api_keys.environment',
        'api_keys.restrictions',
        'api_keys.rate_limits',
        'api_keys.granted_limits',
        'api_keys.expires_at',
        'api_keys.revoked_at',
        'api_keys.disabled_at',
        'api_keys.metadata',
        'organizations.seq as org_seq',
        'organizations.status',
        'organizations.suspended_apis',
        'organizations.granted_limits as org_granted_limits',
        'organizations.metadata as org_metadata',
      ])
      .where('secrets.digest', 'in', digests)
      // A key of a deleted organization is unknown. An organization whose row is missing has no `deleted_at` either.
      .where('organizations.deleted_at', 'is', null)
  );
}

/** Reads a row of `selectStoredSecrets`. Throws `record_corrupt` if a column is not as Miftah writes it. */
export function readStoredSecret(row: Readonly<Record<string, unknown>>): StoredSecret {
  return readRecord('key', row.id, () => {
    const orgId = readText(row.org_id);
    return {
      digest: readText(row.digest),
      endsAtMs: readNullable(row.ends_at, readInteger),
      key: {
        seq: readInteger(row.seq),
        id: readText(row.id),
        apiId: readText(row.api_id),
        orgId,
        environment: readEnvironment(row.environment),
        restrictions: readRestrictions(row.restrictions),
        rateLimits: readRateLimits(row.rate_limits),
        grantedLimits: readNullable(row.granted_limits, readGrantedLimits),
        expiresAtMs: readNullable(row.expires_at, readInteger),
        revokedAtMs: readNullable(row.revoked_at, readInteger),
        disabledAtMs: readNullable(row.disabled_at, readInteger),
        metadata: readMetadata(row.metadata),
      },
      org: {
        seq: readInteger(row.org_seq),
        id: orgId,
        status: readOrgStatus(row.status),
        suspendedApis: readIds(row.suspended_apis),
        grantedLimits: readOrgGrants(row.org_granted_limits),
        metadata: readMetadata(row.org_metadata),
      },
    };
  });
}

/** Inserts a key and its first secret in one transaction. Rejects with `conflict` or `reference_missing`. */
export function createKey(db: Kysely<Database>, key: NewApiKey, secret: NewSecret): Promise<ApiKey> {
  return inTransaction(db, async (transaction) => {
    const { seq } = await transaction
      .insertInto('api_keys')
      .values({
        id: key.id,
        api_id: key.apiId,
        org_id: key.orgId,
        environment: key.environment,
        name: key.name,
        ...hintColumns(secret),
        restrictions: writeRestrictions(key.restrictions),
        rate_limits: writeRateLimits(key.rateLimits),
        granted_limits: key.grantedLimits && writeRateLimits(key.grantedLimits),
        ...writeAnnotations(key),
        created_at: key.createdAtMs,
        updated_at: key.createdAtMs,
        expires_at: key.expiresAtMs,
        revoked_at: null,
        disabled_at: null,
        revision: 1,
      })
      .returning('seq')
      .executeTakeFirstOrThrow();
    await insertSecret(transaction, seq, secret, key.createdAtMs);
    return {
      ...key,
      hint: secret.hint,
      secretCreatedAtMs: key.createdAtMs,
      updatedAtMs: key.createdAtMs,
      revokedAtMs: null,
      disabledAtMs: null,
      revision: 1,
      lastUsedAtMs: null,
      lastUsedAddress: null,
    };
  });
}

/** The key, revoked or not. Rejects with `record_corrupt` if its row can't be read. */
export async function findKey(db: Kysely<Database>, id: string): Promise<ApiKey | undefined> {
  const row = await selectKeys(db).where('api_keys.id', '=', id).where(isListed).executeTakeFirst();
  return row && readKey(row);
}

/** The key that has, or had, the secret with this digest. Rejects with `record_corrupt` if its row can't be read. */
export async function findKeyByDigest(db: Kysely<Database>, digest: string): Promise<ApiKey | undefined> {
  const row = await selectKeys(db)
    .where('api_keys.seq', '=', ({ selectFrom }) =>
      selectFrom('secrets').select('secrets.key_seq').where('secrets.digest', '=', digest),
    )
    .where(isListed)
    .executeTakeFirst();
  return row && readKey(row);
}

/** A page of keys, newest first. Measures rows before it reads them, so that a page stays within `maxBytes`. */
export async function listKeys(
  db: Kysely<Database>,
  filter: KeyFilter,
  { limit, cursor, offset, maxBytes }: PageRequest,
  nowMs: number,
): Promise<Page<ApiKey>> {
  let sizes = db
    .selectFrom('api_keys')
    .select(['api_keys.seq', keyBytes().as('bytes')])
    .where((expression) => matchesFilter(expression, filter, nowMs))
    .orderBy('api_keys.seq', 'desc')
    .limit(limit + 1);
  if (cursor !== undefined) sizes = sizes.where('api_keys.seq', '<', parseCursor(cursor, 1)[0] as number);
  if (offset !== undefined) sizes = sizes.offset(offset);
  const found = await sizes.execute();
  const bytes = found.map((row) => readInteger(row.bytes));
  const seqs = found.slice(0, countFitting(bytes, limit, maxBytes)).map(({ seq }) => seq);
  const rows =
    seqs.length === 0
      ? []
      : await selectKeys(db).where('api_keys.seq', 'in', seqs).orderBy('api_keys.seq', 'desc').execute();
  return {
    items: rows.map(readKey),
    nextCursor: found.length > seqs.length ? formatCursor(seqs.at(-1) as number) : null,
  };
}

/** The bytes of the columns that can make a key large. */
export function keyBytes() {
  const columns = (['restrictions', 'rate_limits', 'tags', 'metadata'] as const).map((column) =>
    bytesOf(sql.ref<string | null>(`api_keys.${column}`)),
  );
  return sql<number>`${sql.join(columns, sql` + `)}`;
}

/** Counts the keys that match. Its cost grows with the number of keys. */
export async function countKeys(db: Kysely<Database>, filter: KeyFilter, nowMs: number): Promise<number> {
  const { count } = await db
    .selectFrom('api_keys')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where((expression) => matchesFilter(expression, filter, nowMs))
    .executeTakeFirstOrThrow();
  return readInteger(count);
}

/**
 * Changes the key if its revision is `expectedRevision`. Else resolves with `conflict`, or `undefined` for an unknown
 * id.
 */
export function updateKey(
  db: Kysely<Database>,
  id: string,
  expectedRevision: number,
  { name, restrictions, rateLimits, grantedLimits, expiresAtMs, disabledAtMs, orgId, ...annotations }: KeyChanges,
  nowMs: number,
): Promise<ApiKey | 'conflict' | undefined> {
  return inTransaction(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('api_keys')
      .set({
        ...(name !== undefined && { name }),
        ...(restrictions !== undefined && { restrictions: writeRestrictions(restrictions) }),
        ...(rateLimits !== undefined && { rate_limits: writeRateLimits(rateLimits) }),
        ...(grantedLimits !== undefined && { granted_limits: grantedLimits && writeRateLimits(grantedLimits) }),
        ...(expiresAtMs !== undefined && { expires_at: expiresAtMs }),
        ...(disabledAtMs !== undefined && { disabled_at: disabledAtMs }),
        ...(orgId !== undefined && { org_id: orgId }),
        ...writeAnnotations(annotations),
        ...nextRevision(nowMs),
      })
      .where('id', '=', id)
      .where('api_id', '<>', tokenApiId)
      .where('revision', '=', expectedRevision)
      .executeTakeFirstOrThrow();
    const key = await findKey(transaction, id);
    return key !== undefined && numUpdatedRows === 0n ? 'conflict' : key;
  });
}

/**
 * Sets `revoked_at` unless it is set. Resolves with the key and the digests of all its secrets; `undefined`: unknown
 * id.
 */
export function revokeKey(db: Kysely<Database>, id: string, nowMs: number): Promise<KeyWithDigests | undefined> {
  return inTransaction(db, async (transaction) => {
    await transaction
      .updateTable('api_keys')
      .set({ revoked_at: nowMs, ...nextRevision(nowMs) })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .execute();
    return findKeyWithDigests(transaction, id);
  });
}

/** Adds a secret, and ends the others at `earlierEndAtMs` or sooner. `undefined`: the key is unknown or revoked. */
export function rotateKey(
  db: Kysely<Database>,
  id: string,
  secret: NewSecret,
  earlierEndAtMs: number,
  nowMs: number,
): Promise<KeyWithDigests | undefined> {
  return inTransaction(db, async (transaction) => {
    const updated = await transaction
      .updateTable('api_keys')
      .set({ ...hintColumns(secret), ...nextRevision(nowMs) })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .returning('seq')
      .executeTakeFirst();
    if (updated === undefined) return undefined;
    await transaction
      .updateTable('secrets')
      .set({ ends_at: earlierEndAtMs })
      .where('key_seq', '=', updated.seq)
      .where(({ eb, or }) => or([eb('ends_at', 'is', null), eb('ends_at', '>', earlierEndAtMs)]))
      .execute();
    await insertSecret(transaction, updated.seq, secret, nowMs);
    return findKeyWithDigests(transaction, id);
  });
}

/** The digests of all secrets that the key ever had. */
export async function listDigests(db: Kysely<Database>, keyId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('secrets')
    .innerJoin('api_keys', 'api_keys.seq', 'secrets.key_seq')
    .select('secrets.digest')
    .where('api_keys.id', '=', keyId)
    .execute();
  return rows.map(({ digest }) => digest);
}

/** Counts an organization's keys of an API that are neither revoked nor expired. Disabled ones count. */
export async function countLivingKeys(
  db: Kysely<Database>,
  apiId: string,
  orgId: string,
  nowMs: number,
): Promise<number> {
  const { count } = await db
    .selectFrom('api_keys')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('api_id', '=', apiId)
    .where('org_id', '=', orgId)
    .where('revoked_at', 'is', null)
    .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', nowMs)]))
    .executeTakeFirstOrThrow();
  return readInteger(count);
}

/** All secrets that the key ever had: first the one in force, then the newest. */
export async function listSecrets(db: Kysely<Database>, keyId: string): Promise<readonly KeySecret[]> {
  const rows = await db
    .selectFrom('secrets')
    .innerJoin('api_keys', 'api_keys.seq', 'secrets.key_seq')
    .selectAll('secrets')
    .where('api_keys.id', '=', keyId)
    // The secret in force comes first, even if the clock went back.
    .orderBy(({ eb }) => eb('secrets.ends_at', 'is not', null))
    .orderBy('secrets.created_at', 'desc')
    .execute();
  return rows.map((row) =>
    readRecord('key', keyId, () => ({
      digest: readText(row.digest),
      hint: { prefix: readText(row.prefix), start: readText(row.start), end: readText(row.end) },
      createdAtMs: readInteger(row.created_at),
      endsAtMs: readNullable(row.ends_at, readInteger),
      useCount: readInteger(row.use_count),
      lastUsedAtMs: readNullable(row.last_used_at, readInteger),
      lastUsedAddress: readNullable(row.last_used_address, readText),
    })),
  );
}

/** Sets the end of a secret, in epoch milliseconds. Resolves with whether there is a secret with this digest. */
export async function setSecretEnd(db: Kysely<Database>, digest: string, endsAtMs: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('secrets')
    .set({ ends_at: endsAtMs })
    .where('digest', '=', digest)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** Runs `work` in a new transaction, or in `db` if that is a transaction. */
function inTransaction<Result>(
  db: Kysely<Database>,
  work: (transaction: Transaction<Database>) => Promise<Result>,
): Promise<Result> {
  return db.isTransaction ? work(db as Transaction<Database>) : transact(db, work);
}

async function findKeyWithDigests(db: Kysely<Database>, id: string): Promise<KeyWithDigests | undefined> {
  // A token too: the caller has found the key or the token that it changes.
  const row = await selectKeys(db).where('api_keys.id', '=', id).where(isOfOrganization).executeTakeFirst();
  return row && { key: readKey(row), digests: await listDigests(db, id) };
}

async function insertSecret(db: Kysely<Database>, keySeq: number, secret: NewSecret, nowMs: number): Promise<void> {
  const { prefix, start, end } = secret.hint;
  await db
    .insertInto('secrets')
    .values({ digest: secret.digest, key_seq: keySeq, prefix, start, end, created_at: nowMs, ends_at: null })
    .execute();
}

function hintColumns({ hint }: NewSecret) {
  return { hint_prefix: hint.prefix, hint_start: hint.start, hint_end: hint.end };
}

function nextRevision(nowMs: number) {
  return { revision: sql<number>`revision + 1`, updated_at: nowMs };
}

/**
 * The condition that a key's organization is not deleted. `erased_at` alone does not say so: a large organization has
 * keys that are not erased yet. Organizations whose erasure runs are few, and still have a name.
 */
function isOfOrganization({ eb, and, selectFrom }: ExpressionBuilder<Database, 'api_keys'>) {
  const unerased = selectFrom('organizations as unerased')
    .select('unerased.id')
    .where('unerased.deleted_at', 'is not', null)
    .where('unerased.name', '<>', '');
  return and([eb('api_keys.erased_at', 'is', null), eb('api_keys.org_id', 'not in', unerased)]);
}

/** The condition that lists and look-ups of keys show a key: its organization is not deleted, and it is no token. */
export function isListed(expression: ExpressionBuilder<Database, 'api_keys'>) {
  return expression.and([isOfOrganization(expression), expression('api_keys.api_id', '<>', tokenApiId)]);
}

/** The condition that a key's row matches `filter` at `nowMs`. */
export function matchesFilter(
  expression: ExpressionBuilder<Database, 'api_keys'>,
  { apiId, orgId, environment, status, isRevoked, secretCreatedByMs, search, ...annotations }: KeyFilter,
  nowMs: number,
) {
  const { eb, and, or } = expression;
  const conditions = [isListed(expression), ...matchesAnnotations('api_keys', annotations)];
  if (apiId !== undefined) conditions.push(eb('api_keys.api_id', '=', apiId));
  if (orgId !== undefined) conditions.push(eb('api_keys.org_id', '=', orgId));
  if (environment !== undefined) conditions.push(eb('api_keys.environment', '=', environment));
  if (isRevoked !== undefined) conditions.push(eb('api_keys.revoked_at', isRevoked ? 'is not' : 'is', null));
  if (status === 'revoked') {
    conditions.push(eb('api_keys.revoked_at', 'is not', null));
  } else if (status !== undefined) {
    conditions.push(eb('api_keys.revoked_at', 'is', null));
    if (status === 'expired') {
      conditions.push(eb('api_keys.expires_at', '<=', nowMs));
    } else {
      conditions.push(
        or([eb('api_keys.expires_at', 'is', null), eb('api_keys.expires_at', '>', nowMs)]),
        eb('api_keys.disabled_at', status === 'disabled' ? 'is not' : 'is', null),
      );
    }
  }
  if (secretCreatedByMs !== undefined) {
    conditions.push(
      eb('api_keys.revoked_at', 'is', null),
      or([eb('api_keys.expires_at', 'is', null), eb('api_keys.expires_at', '>', nowMs)]),
      eb(newestSecretAt(), '<=', secretCreatedByMs),
    );
  }
  if (search !== undefined) {
    const shownStart = sql`api_keys.hint_prefix || api_keys.hint_start`;
    // Lists print `sk_prod_1a2b…9f3c`, or another mark and fewer characters. A keyboard has three dots for `…`, and a
    // person may copy the end alone.
    const [, start = '', end] = /^(.{0,44}?)(?:…|\.{3}|\*{1,8}|•{1,8})(.{0,4})$/s.exec(search) ?? [];
    conditions.push(
      or([
        partOf(sql`api_keys.name`, search),
        eb('api_keys.id', '=', search),
        eb('api_keys.hint_prefix', '=', search),
        eb('api_keys.hint_start', '=', search),
        eb('api_keys.hint_end', '=', search),
        eb(shownStart, '=', search),
        ...matchesSearch('api_keys', search),
        // A whole entry of a list, such as an address. The mark behind it tells it from the name of a list.
        partOf(sql`api_keys.restrictions`, `${JSON.stringify(search)},`),
        partOf(sql`api_keys.restrictions`, `${JSON.stringify(search)}]`),
        ...(end === undefined || start + end === ''
          ? []
          : [
              and([
                ...(end === '' ? [] : [endsWith(sql`api_keys.hint_end`, end)]),
                ...(start === '' ? [] : [startsWith(shownStart, start)]),
              ]),
            ]),
      ]),
    );
  }
  return and(conditions);
}

function startsWith(column: RawBuilder<unknown>, start: string): RawBuilder<SqlBool> {
  return sql`substr(${column}, 1, ${sql.lit([...start].length)}) = ${start}`;
}

function endsWith(column: RawBuilder<unknown>, end: string): RawBuilder<SqlBool> {
  return sql`substr(${column}, length(${column}) - ${sql.lit([...end].length - 1)}) = ${end}`;
}

/** When the newest secret of a key was made. */
function newestSecretAt() {
  const newest = sql`select max(secrets.created_at) from secrets where secrets.key_seq = api_keys.seq`;
  return sql<number>`coalesce((${newest}), api_keys.created_at)`;
}

/** All columns of keys, with the age of their secret and their last use. Read its rows with `readKey`. */
export function selectKeys(db: Kysely<Database>) {
  return db
    .selectFrom('api_keys')
    .leftJoin('key_last_used', 'key_last_used.key_seq', 'api_keys.seq')
    .selectAll('api_keys')
    .select(['key_last_used.at as last_used_at', 'key_last_used.address as last_used_address'])
    .select(newestSecretAt().as('secret_created_at'));
}

/** Reads a row of `selectKeys`. Throws `record_corrupt` if a column is not as Miftah writes it. */
export function readKey(row: Awaited<ReturnType<ReturnType<typeof selectKeys>['executeTakeFirstOrThrow']>>): ApiKey {
  return readRecord('key', row.id, () => ({
    id: readText(row.id),
    apiId: readText(row.api_id),
    orgId: readText(row.org_id),
    environment: readEnvironment(row.environment),
    name: readText(row.name),
    hint: { prefix: readText(row.hint_prefix), start: readText(row.hint_start), end: readText(row.hint_end) },
    restrictions: readRestrictions(row.restrictions),
    rateLimits: readRateLimits(row.rate_limits),
    grantedLimits: readNullable(row.granted_limits, readGrantedLimits),
    ...readAnnotations(row),
    createdAtMs: readInteger(row.created_at),
    secretCreatedAtMs: readInteger(row.secret_created_at),
    updatedAtMs: readInteger(row.updated_at),
    expiresAtMs: readNullable(row.expires_at, readInteger),
    revokedAtMs: readNullable(row.revoked_at, readInteger),
    disabledAtMs: readNullable(row.disabled_at, readInteger),
    revision: readCount(row.revision),
    lastUsedAtMs: readNullable(row.last_used_at, readInteger),
    lastUsedAddress: readNullable(row.last_used_address, readText),
  }));
}
