// The storage and people contracts on PostgreSQL, and what only PostgreSQL has: its restarts, its standbys, its locks.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openPostgres } from '../../src/storage/postgres.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { describePeople } from './people-contract.ts';
import { describeStorage, type StorageLimits } from './storage-contract.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

async function openStorage(limits?: StorageLimits) {
  const database = await server.createDatabase();
  const url = server.urlOf(database);
  let storage = await openPostgres({ url, ...limits });
  return {
    database,
    storage,
    async reopen() {
      await storage.close();
      storage = await openPostgres({ url, ...limits });
      return storage;
    },
    async dispose() {
      await storage.close();
      await server.dropDatabase(database);
    },
  };
}

describeStorage('postgres', async (limits) => {
  const opened = await openStorage(limits);
  const { database } = opened;
  const segment = 'SELECT pg_walfile_name(pg_current_wal_lsn()) AS name';
  const [firstSegment] = await server.query(database, segment);
  return {
    ...opened,
    async damageKey(keyId, columns) {
      for (const [column, value] of Object.entries(columns)) {
        await server.query(database, `UPDATE api_keys SET ${column} = $1 WHERE id = $2`, [value, keyId]);
      }
    },
    async readBytesAtRest() {
      await server.query(database, 'CHECKPOINT');
      const [row] = await server.query(database, 'SELECT oid FROM pg_database WHERE datname = current_database()');
      const tables = join(server.dataDir, 'base', String(row?.oid));
      // Below this number are the tables of PostgreSQL itself, which every database has.
      const ours = readdirSync(tables).filter((name) => Number.parseInt(name, 10) >= 16_384);
      const log = join(server.dataDir, 'pg_wal');
      const since = readdirSync(log).filter(
        (name) => /^[0-9A-F]{24}$/.test(name) && name >= String(firstSegment?.name),
      );
      const files = [...ours.map((name) => join(tables, name)), ...since.map((name) => join(log, name))];
      return Buffer.concat(files.map((file) => readFileSync(file)));
    },
  };
});

describePeople('postgres', openStorage);
