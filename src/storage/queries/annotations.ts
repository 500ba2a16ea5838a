// Conditions on the texts of a key or an organization: name, tags, metadata, external id.
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { AnnotationFilter } from '../../domain/annotations.ts';
import type { Database } from '../schema.ts';
import { betweenCommas } from './records.ts';

type Annotated = keyof Pick<Database, 'api_keys' | 'organizations'>;

/** The conditions that a row has the given tag, metadata and external id. */
export function matchesAnnotations(
  table: Annotated,
  { tag, metadata, externalId }: AnnotationFilter,
): readonly RawBuilder<SqlBool>[] {
  const conditions: RawBuilder<SqlBool>[] = [];
  if (tag !== undefined) conditions.push(hasTag(table, tag));
  if (metadata !== undefined) {
    // Quotation marks within names and values are escaped, so the member can't be found anywhere else.
    const member = JSON.stringify({ [metadata.name]: metadata.value }).slice(1, -1);
    conditions.push(holds(sql.ref(`${table}.metadata`), member));
  }
  if (externalId !== undefined) conditions.push(sql<SqlBool>`${sql.ref(`${table}.external_id`)} = ${externalId}`);
  return conditions;
}

/** The conditions of which a row needs one, besides those on its name and id, to be found by what someone typed. */
export function matchesSearch(table: Annotated, search: string): readonly RawBuilder<SqlBool>[] {
  return [hasTag(table, search), ...matchesAnnotations(table, { externalId: search })];
}

function hasTag(table: Annotated, tag: string): RawBuilder<SqlBool> {
  // Several tags that follow each other would also be found.
  if (tag.includes(',')) return sql<SqlBool>`1 = 0`;
  return holds(sql.ref(`${table}.tags`), betweenCommas(tag.normalize('NFC').toLowerCase()));
}

/** Whether the column contains the text exactly. `like` ignores the case of letters on one database only. */
function holds(column: RawBuilder<unknown>, part: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`replace(${column}, ${part}, '') <> ${column}`;
}

/** The condition that `column` contains `search`. Ignores the case of A to Z only. */
export function partOf(column: RawBuilder<unknown>, search: string): RawBuilder<SqlBool> {
  // `lower` changes only A to Z on both databases here. The pattern must do the same, or É would not match itself.
  const lower = search.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const pattern = `%${lower.replace(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(${column}) like ${pattern} escape '\\'`;
}
