// PostgreSQL behind a real pooler. In transaction mode Miftah refuses to start and changes nothing; in session mode it
// works.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { loadConfig } from '../../src/config/load.ts';
import { serve } from '../../src/serve.ts';
import { openPostgres } from '../../src/storage/postgres/storage.ts';
import { runCli } from '../cli/cli-process.ts';
import { startPgbouncer } from '../pgbouncer.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';

let postgres: PostgresServer;
let folder: string;
beforeAll(async () => {
  postgres = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'miftah-pooled-'));
}, 60_000);
afterAll(async () => {
  await postgres.dispose();
  await rm(folder, { recursive: true });
});

const countLocks = async (database: string) =>
  (await postgres.query(database, "SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory'"))[0]?.n;
const countTables = async (database: string) =>
  (await postgres.query(database, "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'"))[0]?.n;

async function configure(url: string, coordination = ''): Promise<string> {
  const file = join(folder, 'miftah.yaml');
  await writeFile(
    file,
    `database: "${url}"
public: { listen: "127.0.0.1:0" }
internal: { listen: "127.0.0.1:0" }
dataDir: ${join(folder, 'data')}
${coordination}
apis: [{ id: a, profile: classic, hosts: [a.localhost], upstream: "http://127.0.0.1:9" }]\n`,
  );
  return file;
}

test.each(['transaction', 'statement'] as const)(
  'a pooler in %s mode is refused',
  { timeout: 60_000 },
  async (mode) => {
    const pooler = await startPgbouncer(postgres, mode);
    try {
      const database = await postgres.createDatabase();
      const url = pooler.urlOf(database);
      const refusal = { code: 'storage_pooled', message: expect.stringContaining('pooler in session mode') };
      await expect(openPostgres({ url })).rejects.toMatchObject(refusal);
      // Again, as a supervisor would. The pooler has more sessions of PostgreSQL by now.
      await expect(openPostgres({ url, isShared: true })).rejects.toMatchObject(refusal);
      const config = loadConfig({ file: await configure(url), environment: {} });
      await expect(serve(config, { log: pino({ level: 'silent' }) })).rejects.toMatchObject(refusal);
      expect([await countLocks(database), await countTables(database)]).toEqual([0, 0]);
      // A server that connects to PostgreSQL directly is not blocked.
      await (await openPostgres({ url: postgres.urlOf(database) })).close();

      const { stdout } = await runCli(['doctor', '--config', await configure(url), '--json'], {
        cwd: folder,
        env: { MIFTAH_URL: 'http://127.0.0.1:1' },
      });
      const { checks } = JSON.parse(stdout) as { checks: Finding[] };
      expect(checks.filter(({ check }) => check === 'database sessions')).toMatchObject([{ status: 'fail' }]);
    } finally {
      await pooler.dispose();
    }
  },
);

test('a pooler in session mode works, and the lock ends with its connection', { timeout: 60_000 }, async () => {
  const pooler = await startPgbouncer(postgres, 'session');
  try {
    const database = await postgres.createDatabase();
    const storage = await openPostgres({ url: pooler.urlOf(database) });
    expect(await countLocks(database)).toBe(1);
    await expect(openPostgres({ url: postgres.urlOf(database) })).rejects.toMatchObject({ code: 'storage_in_use' });
    await storage.close();
    // The pooler resets a session (DISCARD ALL) before it lends it again, which is after it has closed our connection.
    while ((await countLocks(database)) !== 0);
    await (await openPostgres({ url: postgres.urlOf(database) })).close();
  } finally {
    await pooler.dispose();
  }
});
