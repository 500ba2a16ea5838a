// Queries on the addresses from which a key was used.
import { type Kysely, sql } from 'kysely';
import type { KeyAddresses } from '../../management/ports.ts';
import type { Database } from '../schema.ts';
import { readInteger, readText } from './records.ts';

/** The addresses of a key in its present organization, the most used first. See `ManagementOperations`. */
export async function listKeyAddresses(
  db: Kysely<Database>,
  keyId: string,
  { fromMs, limit }: { readonly fromMs: number; readonly limit: number },
): Promise<KeyAddresses> {
  const rows = await db
    .selectFrom('key_addresses_hourly as used')
    .innerJoin('api_keys', 'api_keys.seq', 'used.key_seq')
    .innerJoin('organizations', 'organizations.id', 'api_keys.org_id')
    .whereRef('used.org_seq', '=', 'organizations.seq')
    .where('api_keys.id', '=', keyId)
    .where('used.hour', '>=', fromMs)
    .select(({ fn }) => [
      'used.address',
      fn.sum<number>('used.count').as('count'),
      fn.sum<number>('used.refused').as('refused'),
      fn.min<number>('used.hour').as('first_hour'),
      fn.max<number>('used.hour').as('last_hour'),
      sql<number>`count(*) OVER ()`.as('addresses'),
    ])
    .groupBy('used.address')
    // What was beyond the bound of an hour comes first, so that it is always there.
    .orderBy(({ eb }) => eb('used.address', '<>', ''))
    .orderBy('count', 'desc')
    .orderBy('used.address')
    .limit(limit + 1)
    .execute();
  const uses = rows.map((row) => ({
    address: readText(row.address),
    count: readInteger(row.count),
    refused: readInteger(row.refused),
    firstHourMs: readInteger(row.first_hour),
    lastHourMs: readInteger(row.last_hour),
  }));
  const beyond = uses.find(({ address }) => address === '');
  const addresses = uses.filter(({ address }) => address !== '').slice(0, limit);
  const known = rows[0] === undefined ? 0 : readInteger(rows[0].addresses);
  return {
    addresses,
    unlisted: known - addresses.length - (beyond === undefined ? 0 : 1),
    beyond: { count: beyond?.count ?? 0, refused: beyond?.refused ?? 0 },
  };
}
