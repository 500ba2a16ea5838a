// Queries on organizations.
import type { Kysely } from 'kysely';
import type { Organization } from '../../domain/api-key.ts';
import type { OrganizationChanges, Page, PageRequest } from '../../management/ports.ts';
import type { Database } from '../schema.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import {
  type Row,
  readInteger,
  readOrgGrants,
  readOrgStatus,
  readRecord,
  readText,
  writeOrgGrants,
} from './records.ts';

export async function createOrganization(db: Kysely<Database>, organization: Organization): Promise<void> {
  await db.insertInto('organizations').values(toOrganizationRow(organization)).execute();
}

export async function findOrganization(db: Kysely<Database>, id: string): Promise<Organization | undefined> {
  const row = await db.selectFrom('organizations').selectAll().where('id', '=', id).executeTakeFirst();
  return row && readOrganization(row);
}

export async function listOrganizations(
  db: Kysely<Database>,
  { limit, cursor, offset }: PageRequest,
): Promise<Page<Organization>> {
  let query = db
    .selectFrom('organizations')
    .selectAll()
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

export async function updateOrganization(
  db: Kysely<Database>,
  id: string,
  { grantedLimits, ...changes }: OrganizationChanges & Partial<Pick<Organization, 'status'>>,
): Promise<Organization | undefined> {
  const columns = { ...changes, ...(grantedLimits !== undefined && { granted_limits: writeOrgGrants(grantedLimits) }) };
  const row = await db.updateTable('organizations').set(columns).where('id', '=', id).returningAll().executeTakeFirst();
  return row && readOrganization(row);
}

export function toOrganizationRow({ id, name, kind, status, grantedLimits, createdAtMs }: Organization) {
  return { id, name, kind, status, created_at: createdAtMs, granted_limits: writeOrgGrants(grantedLimits) };
}

export function readOrganization(row: Row<Omit<Database['organizations'], 'seq'>>): Organization {
  return readRecord('organization', row.id, () => ({
    id: readText(row.id),
    name: readText(row.name),
    kind: readText(row.kind),
    status: readOrgStatus(row.status),
    grantedLimits: readOrgGrants(row.granted_limits),
    createdAtMs: readInteger(row.created_at),
  }));
}
