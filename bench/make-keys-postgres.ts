// Fills a PostgreSQL database with any number of keys quickly, as make-keys.ts does with SQLite.
import { Client } from 'pg';
import { digestSecret, hintOf } from '../src/domain/secret.ts';
import { openPostgres } from '../src/storage/postgres/storage.ts';
import { type KeySet, keyIdAt, orgIdAt, secretAt } from './make-keys.ts';

const batchRows = 10_000;
const createdAtMs = 1_760_000_000_000;

/**
 * Writes `count` keys of `set` into an empty database, whose owner must be a superuser. Takes some 60 seconds per
 * million. Does not check references, so never use it for real keys.
 */
export async function makeKeysOnPostgres(url: string, count: number, set: KeySet): Promise<void> {
  await (await openPostgres({ url })).close();
  const client = new Client({ connectionString: url });
  await client.connect();
  const restrictions = JSON.stringify(set.restrictions ?? { addresses: [], referrers: [], endpoints: [], scopes: [] });
  const rateLimits = JSON.stringify(set.rateLimits ?? []);
  const organizations = Array.from({ length: Math.min(count, set.organizations ?? 1000) }, (_, at) => orgIdAt(set, at));
  try {
    await client.query('SET synchronous_commit = off; SET session_replication_role = replica');
    await client.query(
      `INSERT INTO organizations (id, name, kind, status, created_at)
       SELECT id, 'Organization', 'dealer', 'active', ${createdAtMs} FROM unnest($1::text[]) AS id`,
      [organizations],
    );
    for (let from = 0; from < count; from += batchRows) {
      const indexes = Array.from({ length: Math.min(batchRows, count - from) }, (_, at) => from + at);
      const secrets = indexes.map((index) => secretAt(set, index));
      const hints = secrets.map((secret) => hintOf(secret, set.format));
      const [prefixes, starts, ends] = (['prefix', 'start', 'end'] as const).map((part) =>
        hints.map((hint) => hint[part]),
      );
      const sequence = indexes.map((index) => index + 1);
      await client.query(
        `INSERT INTO api_keys (seq, id, api_id, org_id, environment, name, hint_prefix, hint_start, hint_end,
           restrictions, rate_limits, created_at, updated_at, revision)
         OVERRIDING SYSTEM VALUE
         SELECT seq, id, $1, org, $2, 'Key', prefix, start, ending, $3, $4, ${createdAtMs}, ${createdAtMs}, 1
         FROM unnest($5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
           AS row (seq, id, org, prefix, start, ending)`,
        [
          ...[set.apiId, set.environment, restrictions, rateLimits, sequence],
          ...[indexes.map((index) => keyIdAt(set, index)), indexes.map((index) => orgIdAt(set, index))],
          ...[prefixes, starts, ends],
        ],
      );
      await client.query(
        `INSERT INTO secrets (digest, key_seq, prefix, start, "end", created_at)
         SELECT digest, seq, prefix, start, ending, ${createdAtMs}
         FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[])
           AS row (digest, seq, prefix, start, ending)`,
        [secrets.map(digestSecret), sequence, prefixes, starts, ends],
      );
    }
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}
