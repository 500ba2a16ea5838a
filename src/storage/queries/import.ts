// Queries of imports: many rows in few statements.
import type { Kysely } from 'kysely';
import type { Organization } from '../../domain/api-key.ts';
import type { ImportedKey, ImportOperations, ImportStore } from '../../management/import/ports.ts';
import type { Database } from '../schema.ts';
import { countOwnChanges, type RecordChange } from '../storage.ts';
import { transact } from '../transact.ts';
import { appendAudit } from './audit.ts';
import { isListed, readOrganization, toOrganizationRow } from './organizations.ts';
import { readInteger, readText, writeAnnotations, writeRateLimits, writeRestrictions } from './records.ts';
import { findStanding, isTokenInForce } from './standing.ts';
import { rowsPerInsert } from './usage.ts';

/** Few, because building a large statement blocks the event loop: 5 ms for 500 keys, 1 ms for these. */
const keysPerInsert = 100;

/** The import port on `writer`. `recordChange` writes what other nodes must forget. */
export function createImportStore(writer: Kysely<Database>, recordChange: RecordChange = countOwnChanges): ImportStore {
  return {
    transaction: (work) => transact(writer, (handle) => work(createOperations(handle, recordChange))),
  };
}

function createOperations(db: Kysely<Database>, recordChange: RecordChange): ImportOperations {
  return {
    findDigests: (digests) => findDigests(db, digests),
    findOrganizations: (ids) => findOrganizationsBy(db, 'id', ids),
    findOrganizationsNamed: (names) => findOrganizationsBy(db, 'name', names),
    countLivingKeys: (apiId, orgIds, nowMs) => countLivingKeys(db, apiId, orgIds, nowMs),
    findExternalIds: (apiId, externalIds) => findExternalIds(db, apiId, externalIds),
    createOrganizations: (organizations) => createOrganizations(db, organizations),
    createKeys: (keys, nowMs) => createKeys(db, keys, nowMs),
    findStanding: (query, nowMs) => findStanding(db, query, nowMs),
    isTokenInForce: (id, nowMs) => isTokenInForce(db, id, nowMs),
    recordChange: (change) => recordChange(db, change),
    appendAudit: (entries) => appendAudit(db, ...entries),
  };
}

async function findDigests(
  db: Kysely<Database>,
  digests: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  const found = new Map<string, string | null>();
  for (const some of slices(digests)) {
    const rows = await db
      .selectFrom('secrets')
      .innerJoin('api_keys', 'api_keys.seq', 'secrets.key_seq')
      .innerJoin('organizations', 'organizations.id', 'api_keys.org_id')
      .select(['secrets.digest', 'api_keys.api_id', 'organizations.deleted_at'])
      .where('secrets.digest', 'in', some)
      .execute();
    for (const { digest, api_id, deleted_at } of rows) found.set(digest, deleted_at === null ? api_id : null);
  }
  return found;
}

async function findOrganizationsBy(
  db: Kysely<Database>,
  column: 'id' | 'name',
  values: readonly string[],
): Promise<readonly Organization[]> {
  const found: Organization[] = [];
  for (const some of slices(values)) {
    const rows = await db.selectFrom('organizations').selectAll().where(column, 'in', some).where(isListed).execute();
    found.push(...rows.map(readOrganization));
  }
  return found;
}

async function countLivingKeys(
  db: Kysely<Database>,
  apiId: string,
  orgIds: readonly string[],
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const some of slices(orgIds)) {
    const rows = await db
      .selectFrom('api_keys')
      .select(({ fn }) => ['org_id', fn.countAll<number>().as('count')])
      .where('api_id', '=', apiId)
      .where('org_id', 'in', some)
      .where('revoked_at', 'is', null)
      .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', nowMs)]))
      .groupBy('org_id')
      .execute();
    for (const { org_id, count } of rows) counts.set(org_id, readInteger(count));
  }
  return counts;
}

async function findExternalIds(
  db: Kysely<Database>,
  apiId: string,
  externalIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const some of slices(externalIds)) {
    const rows = await db
      .selectFrom('api_keys')
      .select('external_id')
      .where('api_id', '=', apiId)
      .where('external_id', 'in', some)
      .where('revoked_at', 'is', null)
      .execute();
    for (const { external_id } of rows) found.add(readText(external_id));
  }
  return found;
}

async function createOrganizations(db: Kysely<Database>, organizations: readonly Organization[]): Promise<void> {
  for (const some of slices(organizations)) {
    await db.insertInto('organizations').values(some.map(toOrganizationRow)).execute();
  }
}

async function createKeys(db: Kysely<Database>, keys: readonly ImportedKey[], nowMs: number): Promise<void> {
  for (const some of slices(keys, keysPerInsert)) {
    const made = await db
      .insertInto('api_keys')
      .values(some.map((key) => toKeyRow(key, nowMs)))
      .returning(['seq', 'id'])
      .execute();
    // SQLite does not promise the order of returned rows (https://sqlite.org/lang_returning.html).
    const seqs = new Map(made.map(({ seq, id }) => [id, seq]));
    const secrets = some.map(({ id, secret: { digest, hint }, createdAtMs }) => ({
      digest,
      key_seq: seqs.get(id) as number,
      prefix: hint.prefix,
      start: hint.start,
      end: hint.end,
      created_at: createdAtMs,
      ends_at: null,
    }));
    await db.insertInto('secrets').values(secrets).execute();
  }
}

function toKeyRow(key: ImportedKey, nowMs: number) {
  const { prefix, start, end } = key.secret.hint;
  return {
    id: key.id,
    api_id: key.apiId,
    org_id: key.orgId,
    environment: key.environment,
    name: key.name,
    hint_prefix: prefix,
    hint_start: start,
    hint_end: end,
    restrictions: writeRestrictions(key.restrictions),
    rate_limits: writeRateLimits(key.rateLimits),
    granted_limits: key.grantedLimits && writeRateLimits(key.grantedLimits),
    ...writeAnnotations(key),
    created_at: key.createdAtMs,
    updated_at: nowMs,
    expires_at: key.expiresAtMs,
    revoked_at: null,
    disabled_at: null,
    revision: 1,
  };
}

function* slices<Item>(items: readonly Item[], size = rowsPerInsert): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
