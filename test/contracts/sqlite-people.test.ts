// The people contract on SQLite.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import { describePeople } from './people-contract.ts';
import { describeStanding } from './standing-contract.ts';

async function openStorage() {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-test-'));
  const storage = await openSqlite({ file: join(folder, 'miftah.db') });
  return {
    storage,
    async dispose() {
      await storage.close();
      await rm(folder, { recursive: true });
    },
  };
}

describePeople('sqlite', openStorage);
describeStanding('sqlite', openStorage);
