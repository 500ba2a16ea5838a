// Pages that are bounded in bytes, for rows that can be large.
import { type Expression, sql } from 'kysely';

/**
 * The bytes of a text column, 0 for NULL. Both databases know them without reading the text (SQLite since 3.43), so
 * rows can be measured before they are read.
 */
export function bytesOf(column: Expression<string | null>) {
  return sql<number>`coalesce(octet_length(${column}), 0)`;
}

/**
 * How many of `sizes` fit into a page of at most `limit` rows and `maxBytes` (default: no bound). At least one row
 * fits, or a row larger than a page would end its list.
 */
export function countFitting(sizes: readonly number[], limit: number, maxBytes = Number.POSITIVE_INFINITY): number {
  let bytes = 0;
  for (let at = 0; at < Math.min(sizes.length, limit); at++) {
    bytes += sizes[at] as number;
    if (bytes > maxBytes) return Math.max(1, at);
  }
  return Math.min(sizes.length, limit);
}
