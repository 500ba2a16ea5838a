// kill -9 at any instant: acknowledged changes survive, and each change is there completely, with its audit entry, or
// not at all.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { chainStart, hashAuditEntry } from '../../src/domain/audit-record.ts';
import { readRevocations } from '../../src/storage/revocation-log.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import { createOrg } from '../contracts/storage-fixtures.ts';

/** `npm test` kills 25 times; `MIFTAH_KILLS=500 npx vitest run test/faults/kill-storage.test.ts` is the long run. */
const rounds = Number(process.env.MIFTAH_KILLS ?? 25);
const child = new URL('./kill-storage-child.ts', import.meta.url).pathname;

/**
 * Starts the child, kills it 0 to 40 ms after its first acknowledgement, and returns the complete lines that it
 * printed.
 */
async function runAndKill(folder: string, orgId: string): Promise<readonly string[]> {
  const process_ = spawn(process.execPath, ['--no-warnings', child, folder, orgId], {
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

/** Keys whose record disagrees with their audit entries: every change is one entry and one revision, or neither. */
const disagreements = `
  SELECT api_keys.id, revision, api_keys.name, revoked_at, told.*, kept.secrets
  FROM api_keys
  LEFT JOIN (
    SELECT target_id, count(*) AS changes, sum(action = 'key.rotated') AS rotations, sum(action = 'key.revoked') AS revocations
    FROM audit_log WHERE target_kind = 'key' GROUP BY target_id
  ) AS told ON told.target_id = api_keys.id
  LEFT JOIN (SELECT key_seq, count(*) AS secrets FROM secrets GROUP BY key_seq) AS kept ON kept.key_seq = api_keys.seq
  WHERE changes IS NOT revision
    OR secrets IS NOT rotations + 1
    OR revocations IS NOT (revoked_at IS NOT NULL)
    OR name IS NOT (
      SELECT after ->> 'name' FROM audit_log
      WHERE target_id = api_keys.id AND after ->> 'name' IS NOT NULL ORDER BY seq DESC LIMIT 1
    )`;

test(`a killed process loses no acknowledged change and leaves no partial one, in ${rounds} kills`, {
  timeout: 300_000 + rounds * 6000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-kill-'));
  const file = join(folder, 'miftah.db');
  try {
    const storage = await openSqlite({ file });
    const orgId = await createOrg(storage);
    await storage.close();
    const acknowledged = new Map<string, string>();
    let revocations = 0;
    // On a busy machine most children are killed before they revoke anything, so this repeats until some did.
    for (let round = 0; round < rounds || revocations <= rounds / 10; round++) {
      for (const line of await runAndKill(folder, orgId)) {
        const [what, requestId] = line.split(' ') as [string, string];
        acknowledged.set(`${requestId} key.${what}`, what);
        if (what === 'revoked') revocations++;
      }
      // Read as a killed Miftah left it: SQLite recovers the log by itself.
      const db = new DatabaseSync(file);
      expect(db.prepare('PRAGMA quick_check').all()).toEqual([{ quick_check: 'ok' }]);
      expect(db.prepare(disagreements).all()).toEqual([]);
      expect(
        db.prepare('SELECT count(*) AS count FROM audit_log WHERE target_id NOT IN (SELECT id FROM api_keys)').get(),
      ).toEqual({ count: 0 });
      db.close();
    }
    const { audit, close } = await openSqlite({ file });
    const revoked = new Set<string>();
    let previousHash = chainStart;
    for (
      let rows = await audit.readAudit(0, 1000);
      rows.length > 0;
      rows = await audit.readAudit(rows.at(-1)?.seq ?? 0, 1000)
    ) {
      for (const row of rows) {
        expect(row.hash).toBe(hashAuditEntry(row, row.seq, previousHash, row.seals));
        previousHash = row.hash;
        acknowledged.delete(`${row.requestId} ${row.action}`);
        if (row.action === 'key.revoked') revoked.add(row.target.id);
      }
    }
    await close();
    expect([...acknowledged.keys()]).toEqual([]);
    // Everything that the database has as revoked is in the log beside it too.
    const logged = new Set(
      (await readRevocations(join(folder, 'revocations.log'))).map((entry) => 'key' in entry && entry.key),
    );
    expect([...revoked].filter((id) => !logged.has(id))).toEqual([]);
    expect(revoked.size).toBeGreaterThan(rounds / 10);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
