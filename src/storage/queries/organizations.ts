// Queries on organizations.
import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import type { Organization } from '../../domain/api-key.ts';
import { systemOrgId } from '../../domain/token.ts';
import type { OrganizationChanges, OrganizationFilter, Page, PageRequest } from '../../management/ports.ts';
import type { Database } from '../schema.ts';
import { matchesAnnotations, matchesSearch, partOf } from './annotations.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import {
  type Row,
  readAnnotations,
  readIds,
  readInteger,
  readOrgGrants,
  readOrgStatus,
  readRecord,
  readText,
  writeAnnotations,
  writeIds,
  writeOrgGrants,
} from './records.ts';

/** Inserts the organization. Rejects with `conflict` if its id exists. */
export async function createOrganization(db: Kysely<Database>, organization: Organization): Promise<void> {
  await db.insertInto('organizations').values(toOrganizationRow(organization)).execute();
}

/** The organization, active or suspended. Rejects with `record_corrupt` if its row can't be read. */
export async function findOrganization(db: Kysely<Database>, id: string): Promise<Organization | undefined> {
  const query = db.selectFrom('organizations').selectAll().where('id', '=', id).where(isListed);
  const row = await query.executeTakeFirst();
  return row && readOrganization(row);
}

/** A page of organizations that match, newest first. Rejects with `cursor_invalid`. */
export async function listOrganizations(
  db: Kysely<Database>,
  { limit, cursor, offset }: PageRequest,
  filter: OrganizationFilter = {},
): Promise<Page<Organization>> {
  let query = db
    .selectFrom('organizations')
    .selectAll()
    .where((expressions) => matchesOrganization(expressions, filter))
    .orderBy('seq', 'desc')
    .limit(limit + 1);
  if (cursor !== undefined) query = query.where('seq', '<', parseCursor(cursor, 1)[0] as number);
  if (offset !== undefined) query = query.offset(offset);
  const rows = await query.execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(readOrganization),
    nextCursor: last === undefined ? null : formatCursor(last.seq),
  };
}

/** The condition that lists and look-ups of organizations show it: it is not deleted, and it does not own tokens. */
export function isListed({ eb, and }: ExpressionBuilder<Database, 'organizations'>) {
  return and([eb('organizations.deleted_at', 'is', null), eb('organizations.id', '<>', systemOrgId)]);
}

/** The condition that an organization exists and matches. */
export function matchesOrganization(
  expression: ExpressionBuilder<Database, 'organizations'>,
  { search, ...annotations }: OrganizationFilter,
) {
  const { eb, and, or } = expression;
  return and([
    isListed(expression),
    ...matchesAnnotations('organizations', annotations),
    ...(search === undefined
      ? []
      : [
          or([
            partOf(sql`organizations.name`, search),
            eb('organizations.id', '=', search),
            ...matchesSearch('organizations', search),
          ]),
        ]),
  ]);
}

/** Changes the given members and resolves with the new state; `undefined`: unknown id. */
export async function updateOrganization(
  db: Kysely<Database>,
  id: string,
  {
    kinds,
    grantedLimits,
    suspendedApis,
    name,
    status,
    ...annotations
  }: OrganizationChanges & Partial<Pick<Organization, 'status' | 'suspendedApis'>>,
): Promise<Organization | undefined> {
  const columns = {
    ...(name !== undefined && { name }),
    ...(status !== undefined && { status }),
    ...writeAnnotations(annotations),
    ...(kinds !== undefined && { kind: kinds.join(',') }),
    ...(grantedLimits !== undefined && { granted_limits: writeOrgGrants(grantedLimits) }),
    ...(suspendedApis !== undefined && { suspended_apis: writeIds(suspendedApis) }),
  };
  const row = await db
    .updateTable('organizations')
    .set(columns)
    .where('id', '=', id)
    .where(isListed)
    .returningAll()
    .executeTakeFirst();
  return row && readOrganization(row);
}

/** The row of an organization, for an insert. */
export function toOrganizationRow({ id, name, kinds, status, ...organization }: Organization) {
  return {
    id,
    name,
    kind: kinds.join(','),
    status,
    created_at: organization.createdAtMs,
    granted_limits: writeOrgGrants(organization.grantedLimits),
    suspended_apis: writeIds(organization.suspendedApis),
    ...writeAnnotations(organization),
  };
}

/** Reads a row of `organizations`. Throws `record_corrupt` if a column is not as Miftah writes it. */
export function readOrganization(row: Row<Omit<Database['organizations'], 'seq' | 'deleted_at'>>): Organization {
  return readRecord('organization', row.id, () => ({
    id: readText(row.id),
    name: readText(row.name),
    kinds: readText(row.kind).split(','),
    status: readOrgStatus(row.status),
    suspendedApis: readIds(row.suspended_apis),
    grantedLimits: readOrgGrants(row.granted_limits),
    ...readAnnotations(row),
    createdAtMs: readInteger(row.created_at),
  }));
}
