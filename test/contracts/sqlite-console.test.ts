// The contract of the console's reads on SQLite.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import { describeConsole } from './console-contract.ts';

describeConsole('sqlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-test-'));
  const storage = await openSqlite({ file: join(folder, 'miftah.db') });
  return {
    storage,
    async dispose() {
      await storage.close();
      await rm(folder, { recursive: true });
    },
  };
});
