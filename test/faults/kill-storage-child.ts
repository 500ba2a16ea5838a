// Run by kill-storage.test.ts until it is killed: creates and revokes keys, and prints what was acknowledged, line by line.
import { writeSync } from 'node:fs';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { newKey, newSecret } from '../contracts/storage-fixtures.ts';

const [file, orgId] = process.argv.slice(2) as [string, string];
const { management } = await openSqlite({ file });

/** Synchronous, so that a line that was not printed was not acknowledged to anyone. */
function acknowledge(what: 'created' | 'revoked', id: string, digest: string): void {
  writeSync(1, `${what} ${id} ${digest}\n`);
}

for (;;) {
  const secret = newSecret();
  const { id } = await management.createKey(newKey(orgId), secret);
  acknowledge('created', id, secret.digest);
  if (Math.random() < 0.5) continue;
  await management.revokeKey(id, Date.now());
  acknowledge('revoked', id, secret.digest);
}
