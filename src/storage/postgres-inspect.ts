// What a PostgreSQL database is, found out without changing it.
import { newerSchema, newestSchema } from './migrate.ts';
import { toPostgresError } from './postgres-errors.ts';
import { connectToPrimary, parsePostgresHosts } from './postgres-hosts.ts';
import { connectionConfig } from './postgres-pool.ts';

export interface PostgresFacts {
  /** Host, port and database, without user and password. */
  readonly name: string;
  readonly serverVersion: string;
  /** The last migration it has been through; 0: none yet. */
  readonly schema: number;
  /** The instant on PostgreSQL's clock, in epoch milliseconds. */
  readonly nowMs: number;
}

const newest = 'SELECT max(number) AS n FROM schema_migrations';

/** Rejects with a `StorageError` when no server that takes writes lets us in, or a newer Miftah has used the database. */
export async function inspectPostgres(url: string): Promise<PostgresFacts> {
  const hosts = parsePostgresHosts(url);
  const limits = {
    hosts,
    maxConnections: 1,
    connectTimeoutMs: 3000,
    statementTimeoutMs: 3000,
    transactionTimeoutMs: 3000,
  };
  try {
    const client = await connectToPrimary(hosts, connectionConfig(limits));
    try {
      const { rows } = await client.query<{ version: string; now: number; ledger: string | null }>(
        `SELECT current_setting('server_version') AS version, to_regclass('schema_migrations')::text AS ledger,
           (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now`,
      );
      const [{ version, now, ledger } = { version: '', now: 0, ledger: null }] = rows;
      const applied = ledger === null ? [] : (await client.query<{ n: number }>(newest)).rows;
      const schema = applied[0]?.n ?? 0;
      if (schema > newestSchema) throw newerSchema(schema, newestSchema);
      return { name: hosts.name, serverVersion: version, schema, nowMs: now };
    } finally {
      await client.end();
    }
  } catch (error) {
    throw toPostgresError(error, hosts.name);
  }
}
