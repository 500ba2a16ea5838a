// The contract of the console's reads on PostgreSQL.
import { afterAll, beforeAll } from 'vitest';
import { openPostgres } from '../../src/storage/postgres/storage.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { describeConsole } from './console-contract.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

describeConsole('postgres', async () => {
  const database = await server.createDatabase();
  const storage = await openPostgres({ url: server.urlOf(database) });
  return {
    storage,
    async dispose() {
      await storage.close();
      await server.dropDatabase(database);
    },
  };
});
