// PostgreSQL behind a real pooler: refused where connections are no sessions, with nothing locked or changed; used where they are.
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { loadConfig } from '../../src/config/load.ts';
import { serve } from '../../src/serve.ts';
import { parsePostgresHosts } from '../../src/storage/postgres/hosts.ts';
import { createPostgresPool } from '../../src/storage/postgres/pool.ts';
import { openPostgres } from '../../src/storage/postgres/storage.ts';
import { runCli } from '../cli/cli-process.ts';
import { startPgbouncer } from '../pgbouncer.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';

let postgres: PostgresServer;
let folder: string;
beforeAll(async () => {
  postgres = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'miftah-pooled-'));
});
afterAll(async () => {
  await postgres.dispose();
  await rm(folder, { recursive: true });
});

const countLocks = async (database: string) =>
  (await postgres.query(database, "SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory'"))[0]?.n;
const lockHolder = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted";
const countTables = async (database: string) =>
  (await postgres.query(database, "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'"))[0]?.n;

const timeLimits = `SELECT current_setting('statement_timeout') AS statement,
  current_setting('idle_in_transaction_session_timeout') AS pause`;

async function readTimeLimits(url: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(timeLimits);
  await client.end();
  return rows[0];
}

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
  { timeout: 300_000 },
  async (mode) => {
    const pooler = await startPgbouncer(postgres, [`pool_mode = ${mode}`]);
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
      // Others get the sessions that we had: our limits are not on them.
      expect(await readTimeLimits(url)).toEqual({ statement: '0', pause: '0' });
      // Nothing is in the way of a server that names PostgreSQL itself.
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

test('a pooler in session mode is used as it comes, and resets what it lends', async () => {
  const pooler = await startPgbouncer(postgres);
  try {
    const database = await postgres.createDatabase();
    const url = pooler.urlOf(database);
    const storage = await openPostgres({ url });
    expect(await countLocks(database)).toBe(1);
    await expect(openPostgres({ url: postgres.urlOf(database) })).rejects.toMatchObject({ code: 'storage_in_use' });
    await storage.close();
    // The pooler resets a session (DISCARD ALL) before it lends it again, which is after it has closed our connection.
    while ((await countLocks(database)) !== 0);
    await (await openPostgres({ url: postgres.urlOf(database) })).close();
    expect(await readTimeLimits(url)).toEqual({ statement: '0', pause: '0' });
  } finally {
    await pooler.dispose();
  }
});

test('each session has its time limits, through a pooler too', async () => {
  const pooler = await startPgbouncer(postgres);
  try {
    const limits = { connectTimeoutMs: 3000, statementTimeoutMs: 1234, transactionTimeoutMs: 4000 };
    const hosts = parsePostgresHosts(pooler.urlOf(await postgres.createDatabase()));
    const pool = createPostgresPool({ ...limits, hosts, maxConnections: 1 });
    const session = await pool.acquire();
    const { rows } = await session.execute(timeLimits, []);
    session.release();
    await pool.close();
    expect(rows).toEqual([{ statement: '1234ms', pause: '8s' }]);
  } finally {
    await pooler.dispose();
  }
});

test('serve and doctor work through a pooler in session mode, with the settings of postgres.md', {
  timeout: 300_000,
}, async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/how-to/postgres.md'), 'utf8');
  const [, settings = ''] = /```ini\n(.+?)```/s.exec(page) ?? [];
  expect(settings).toContain('default_pool_size = 32');
  const pooler = await startPgbouncer(postgres, [settings]);
  try {
    const file = await configure(pooler.urlOf(await postgres.createDatabase()));
    const server = await serve(loadConfig({ file, environment: {} }), { log: pino({ level: 'silent' }) });
    try {
      expect((await fetch(`http://${server.internalAddress}/readyz`)).status).toBe(200);
      const { stdout } = await runCli(['doctor', '--config', file, '--json'], {
        cwd: folder,
        env: { MIFTAH_URL: `http://${server.internalAddress}` },
      });
      const { checks } = JSON.parse(stdout) as { checks: Finding[] };
      expect(checks.filter(({ check }) => /^database/.test(check)).map(({ status }) => status)).toEqual(['ok', 'ok']);
    } finally {
      await server.close();
    }
  } finally {
    await pooler.dispose();
  }
});

test('a node whose connection vanishes takes its lock back from the session that the pooler still holds', {
  timeout: 300_000,
}, async () => {
  const pooler = await startPgbouncer(postgres);
  const near = new Set<Socket>();
  const far = new Set<Socket>();
  // Its near end can vanish while its far end stays, as behind a router that forgot the connection.
  const wire = createServer((socket) => {
    const onwards = connect(pooler.port, '127.0.0.1');
    near.add(socket.on('error', () => undefined).on('data', (bytes) => onwards.write(bytes)));
    far.add(onwards.on('error', () => undefined).on('data', (bytes) => socket.write(bytes)));
    socket.on('end', () => onwards.end());
  }).listen(0, '127.0.0.1');
  try {
    await once(wire, 'listening');
    const database = await postgres.createDatabase();
    const url = pooler.urlOf(database).replace(`:${pooler.port}/`, `:${(wire.address() as AddressInfo).port}/`);
    const taken: unknown[] = [];
    const storage = await openPostgres({ url, onTaken: (error) => taken.push(error) });
    const [before] = await postgres.query(database, lockHolder);
    for (const socket of near) socket.destroy();
    const hasNew = async () => {
      const [after] = await postgres.query(database, lockHolder);
      return taken.length > 0 || (after !== undefined && after.pid !== before?.pid);
    };
    while (!(await hasNew()));
    expect(taken).toEqual([]);
    await storage.readyCheck();
    await storage.close();
  } finally {
    for (const socket of far) socket.destroy();
    wire.close();
    await pooler.dispose();
  }
});
