// Fills a database with any number of keys quickly. A seed determines the secrets, so that a benchmark can send them.
import { hash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { ApiKey, Environment } from '../src/domain/api-key.ts';
import { checksum, digestSecret, hintOf, type SecretFormat } from '../src/domain/secret.ts';
import { openSqlite } from '../src/storage/sqlite/storage.ts';

export interface KeySet {
  readonly seed: string;
  readonly apiId: string;
  readonly environment: Environment;
  /** The profile's secret format, which must have the environment. */
  readonly format: SecretFormat;
  /** Number of organizations, which get the keys in turn. Default: 1,000. */
  readonly organizations?: number;
  /** Default: no restrictions. */
  readonly restrictions?: ApiKey['restrictions'];
  /** Default: the policy's. */
  readonly rateLimits?: ApiKey['rateLimits'];
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The well-formed secret of key `index` (from 0). Its randomness comes from the seed: for benchmarks only. */
export function secretAt({ seed, environment, format }: KeySet, index: number): string {
  const prefix = format.prefixes[environment];
  if (prefix === undefined) throw new TypeError(`this secret format has no ${environment} environment`);
  const length = format.length - prefix.length - 6;
  let random = '';
  for (let block = 0; random.length < length; block++) {
    for (const byte of hash('sha512', `${seed}/${index}/${block}`, 'buffer')) random += alphabet[byte % 62];
  }
  random = random.slice(0, length);
  return prefix + random + checksum(random);
}

export function keyIdAt({ seed }: KeySet, index: number): string {
  return `key_${hash('sha256', `${seed}/${index}`, 'hex').slice(0, 24)}`;
}

export function orgIdAt({ seed, organizations = 1000 }: KeySet, index: number): string {
  return `org_${seed}_${index % organizations}`;
}

/**
 * Writes `count` keys of `set` into the database at `file`, which it creates if it is missing and which must not be
 * open elsewhere. Takes some 20 seconds per million. Not safe against power cuts, so never use it for real keys.
 */
export async function makeKeys(file: string, count: number, set: KeySet): Promise<void> {
  await (await openSqlite({ file })).close();
  const db = new DatabaseSync(file);
  db.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -524288; PRAGMA foreign_keys = OFF; BEGIN');
  const createdAtMs = 1_760_000_000_000;
  const restrictions = JSON.stringify(set.restrictions ?? { addresses: [], referrers: [], endpoints: [], scopes: [] });
  const rateLimits = JSON.stringify(set.rateLimits ?? []);
  const insertOrg = db.prepare(
    `INSERT INTO organizations (id, name, kind, status, created_at) VALUES (?, ?, 'dealer', 'active', ${createdAtMs})
     ON CONFLICT DO NOTHING`,
  );
  const insertKey = db.prepare(
    `INSERT INTO api_keys (id, api_id, org_id, environment, name, hint_prefix, hint_start, hint_end, restrictions,
       rate_limits, created_at, updated_at, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
  );
  const insertSecret = db.prepare(
    'INSERT INTO secrets (digest, key_seq, prefix, start, "end", created_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  for (let index = 0; index < Math.min(count, set.organizations ?? 1000); index++) {
    insertOrg.run(orgIdAt(set, index), `Organization ${index}`);
  }
  for (let index = 0; index < count; index++) {
    const secret = secretAt(set, index);
    const { prefix, start, end } = hintOf(secret, set.format);
    const { lastInsertRowid } = insertKey.run(
      keyIdAt(set, index),
      set.apiId,
      orgIdAt(set, index),
      set.environment,
      `Key ${index}`,
      prefix,
      start,
      end,
      restrictions,
      rateLimits,
      createdAtMs + index,
      createdAtMs + index,
    );
    insertSecret.run(digestSecret(secret), lastInsertRowid, prefix, start, end, createdAtMs + index);
  }
  db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
}
