// full-disk.test.ts runs this in a folder of 2 MB. It fills the folder, frees space again, and prints what the storage
// returned.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import { createOrg, newKey, newSecret } from '../contracts/storage-fixtures.ts';

const folder = process.argv[2] as string;
const storage = await openSqlite({ file: join(folder, 'miftah.db') });
const { keyStore, management } = storage;
const orgId = await createOrg(storage);
const secret = newSecret();
await management.createKey(newKey(orgId), secret);

const filler = join(folder, 'filler');
const free = Number(execFileSync('df', ['--output=avail', '-B1', folder], { encoding: 'utf8' }).split('\n')[1]);
writeFileSync(filler, Buffer.alloc(free));
const createLarge = () => management.createKey(newKey(orgId, { name: 'x'.repeat(100_000) }), newSecret());
const whileFull = await createLarge().then(
  () => 'created',
  (error: { code: string }) => error.code,
);
const foundWhileFull = (await keyStore.findSecret(secret.digest)) !== undefined;
const keysWhileFull = await management.countKeys({}, 0);
rmSync(filler);
await createLarge();
const keysAfterwards = await management.countKeys({}, 0);
const problems = await storage.checkIntegrity();
await storage.close();
process.stdout.write(JSON.stringify({ whileFull, foundWhileFull, keysWhileFull, keysAfterwards, problems }));
