// The contract of the console's reads on PostgreSQL.
import { afterAll, beforeAll } from 'vitest';
import { openPostgres } from '../../src/storage/postgres/storage.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { describeConsole } from './console-contract.ts';
import { createTemplate } from './postgres-template.ts';

let server: PostgresServer;
let template: string;
beforeAll(async () => {
  server = await startPostgres();
  template = await createTemplate(server);
});
afterAll(() => server.dispose());

describeConsole('postgres', async () => {
  const database = await server.createDatabase(template);
  const storage = await openPostgres({ url: server.urlOf(database) });
  return {
    storage,
    async dispose() {
      await storage.close();
      await server.dropDatabase(database);
    },
  };
});
