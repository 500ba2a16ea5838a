// How many rows a page has whose rows can be large.
import { type Expression, sql } from 'kysely';

/**
 * The bytes of a text column, 0 for NULL. Both databases know them without reading the text (SQLite from 3.43 on), so rows
 * can be measured before they are read.
 */
export function bytesOf(column: Expression<string | null>) {
  return sql<number>`coalesce(octet_length(${column}), 0)`;
}

/**
 * How many of `sizes` fit: at most `limit`, at most `maxBytes` together (default: any), and at least one, or a row that is larger than a page
 * would end its list.
 */
export function countFitting(sizes: readonly number[], limit: number, maxBytes = Number.POSITIVE_INFINITY): number {
  let bytes = 0;
  for (let at = 0; at < Math.min(sizes.length, limit); at++) {
    bytes += sizes[at] as number;
    if (bytes > maxBytes) return Math.max(1, at);
  }
  return Math.min(sizes.length, limit);
}
