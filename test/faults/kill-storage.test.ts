// kill -9 at any instant: what the storage acknowledged is there afterwards, wholly, in a sound database.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { createOrg } from '../contracts/storage-fixtures.ts';

const rounds = 100;
const child = new URL('./kill-storage-child.ts', import.meta.url).pathname;

/** Starts the child, kills it 0 to 40 ms after its first acknowledgement, and returns the whole lines it printed. */
async function runAndKill(file: string, orgId: string): Promise<readonly string[]> {
  const process_ = spawn(process.execPath, ['--no-warnings', child, file, orgId], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  process_.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') setTimeout(() => process_.kill('SIGKILL'), Math.random() * 40);
    output += text;
  });
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals | null>();
  process_.on('close', (_, signal) => resolve(signal));
  expect(await promise).toBe('SIGKILL');
  return output.split('\n').slice(0, -1);
}

test(`loses nothing acknowledged in ${rounds} kills`, { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-kill-'));
  const file = join(folder, 'miftah.db');
  try {
    const storage = await openSqlite({ file });
    const orgId = await createOrg(storage);
    await storage.close();
    // Digest -> whether the revocation of its key was acknowledged.
    const acknowledged = new Map<string, boolean>();
    for (let round = 0; round < rounds; round++) {
      const lines = await runAndKill(file, orgId);
      for (const line of lines) {
        const [what, , digest] = line.split(' ') as [string, string, string];
        acknowledged.set(digest, what === 'revoked');
      }
      // Read as a killed Miftah left it: SQLite recovers the log by itself.
      const db = new DatabaseSync(file);
      expect(db.prepare('PRAGMA quick_check').all()).toEqual([{ quick_check: 'ok' }]);
      const keys = db.prepare('SELECT count(*) AS count FROM api_keys').get()?.count;
      const whole = db.prepare('SELECT count(*) AS count FROM api_keys JOIN secrets ON key_seq = seq').get()?.count;
      expect(whole).toBe(keys);
      expect(Number(keys)).toBeGreaterThanOrEqual(acknowledged.size);
      db.close();
    }
    const { keyStore, close } = await openSqlite({ file });
    const lost: string[] = [];
    for (const [digest, isRevoked] of acknowledged) {
      const stored = await keyStore.findSecret(digest);
      if (stored === undefined || (isRevoked && stored.key.revokedAtMs === null)) lost.push(digest);
    }
    await close();
    expect(lost).toEqual([]);
    expect(acknowledged.size).toBeGreaterThanOrEqual(rounds);
    expect([...acknowledged.values()]).toEqual(expect.arrayContaining([true, false]));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
