// An evaluator that is killed while it evaluates: each alert is there once, with its event, and none is missing.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { oneHourMs } from '../../src/domain/durations.ts';
import { openPostgres } from '../../src/storage/postgres/storage.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { createOrg } from '../contracts/storage-fixtures.ts';
import { startPostgres } from '../postgres-server.ts';

/** `npm test` kills 3 times. `npm run test:faults` kills more often, as does `MIFTAH_KILLS=50 npx vitest run …`. */
const allKills = Number(process.env.MIFTAH_KILLS ?? 3);
/** PostgreSQL may commit what a killed process sent. SQLite can't, so it gets a third of the kills. */
const killsOf = { postgres: allKills, sqlite: Math.ceil(allKills / 3) };
const child = new URL('./alerts-child.ts', import.meta.url).pathname;

/** Two steps of keys in each hour. Every fifth key has findings, in two hours that follow each other. */
const [keys, hours, share] = [600, 5, 5];
/** A right of a killed process has ended when the clock is this much later. */
const rightMs = 31_000;

interface TestDatabase {
  /** As the child gets it. */
  readonly name: string;
  open(): Promise<Storage>;
  query(statement: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Writes hours that closed long ago, and the place before the first of them. Returns the end of the last one. */
async function fill({ open, query }: TestDatabase): Promise<number> {
  const storage = await open();
  const orgId = await createOrg(storage);
  await storage.management.createEndpoint({
    ...{ id: 'wh_a', orgId: null, name: 'all', url: 'https://example.com/', types: 'all', signature: 'hmac' },
    ...{ format: 'standard', sealedSecret: 'sealed', former: null, disabled: null, createdAtMs: 0 },
  });
  await storage.close();
  const now = Date.now();
  const endMs = now - (now % oneHourMs) - 2 * oneHourMs;
  const startMs = endMs - (hours + 1) * oneHourMs;
  const numbers = (last: number) =>
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${last})`;
  await query(`INSERT INTO api_keys (id, api_id, org_id, environment, name, hint_prefix, hint_start, hint_end,
      restrictions, rate_limits, created_at, updated_at, revision)
    ${numbers(keys)} SELECT 'key_' || n, 'classic', '${orgId}', 'live', 'key', '', '', '', '{}', '[]',
      ${startMs}, ${startMs}, 1 FROM numbers`);
  await query(`INSERT INTO secrets (digest, key_seq, prefix, start, "end", created_at)
    SELECT substr('${'0'.repeat(64)}' || seq, length(CAST(seq AS TEXT)) + 1), seq, '', '', '', ${startMs}
    FROM api_keys`);
  await query(`INSERT INTO key_last_used (key_seq, at) SELECT seq, ${now} FROM api_keys`);
  await query(`INSERT INTO key_usage_hourly (org_seq, key_seq, hour, outcome, count)
    ${numbers(2)} SELECT organizations.seq, api_keys.seq,
      ${startMs} + (api_keys.seq % ${hours} + n - 1) * ${oneHourMs}, 'environment_mismatch', 2
    FROM api_keys JOIN organizations ON true JOIN numbers ON true WHERE api_keys.seq % ${share} = 0`);
  await query(`UPDATE alert_evaluator SET next_hour = ${startMs}`);
  return endMs;
}

/** Evaluates all hours, and kills each process that evaluates, `most` times at most. Returns the number of kills. */
async function evaluateAndKill({ name, query }: TestDatabase, endMs: number, most: number): Promise<number> {
  const readPlace = async () => {
    const [row] = await query('SELECT next_hour, after_key, (SELECT count(*) FROM alerts) FROM alert_evaluator');
    return { hourMs: Number(row?.next_hour), text: Object.values(row ?? {}).join(' ') };
  };
  let killed = 0;
  for (let isOver = false; !isOver; ) {
    const { text: before } = await readPlace();
    const args = ['--no-warnings', child, name, randomUUID(), String(killed * rightMs)];
    const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const exited = once(process_, 'exit');
    let place = await readPlace();
    const isWorking = () => process_.exitCode === null && place.hourMs < endMs;
    while (isWorking() && (killed >= most || place.text === before)) {
      await (killed % 2 === 0 ? setImmediate() : setTimeout(5));
      place = await readPlace();
    }
    isOver = place.hourMs >= endMs;
    // At once after a commit, before the process knows of it, or within the next steps.
    if (!isOver && killed % 2 === 1) await setTimeout(Math.random() * 40);
    process_.kill('SIGKILL');
    expect((await exited)[1]).toBe('SIGKILL');
    if (!isOver) killed++;
  }
  return killed;
}

/** Kills as often as is asked, in as many databases as that needs. Returns the number of alerts. */
async function killAll(kills: number, createDatabase: () => Promise<TestDatabase>): Promise<number> {
  let alerts = 0;
  for (let killed = 0; killed < kills; ) {
    const database = await createDatabase();
    try {
      const { query } = database;
      killed += await evaluateAndKill(database, await fill(database), kills - killed);
      const raised = await query('SELECT id, subject, hours FROM alerts ORDER BY seq');
      const expected = await query(`SELECT id FROM api_keys WHERE seq % ${share} = 0`);
      expect(raised.map(({ subject }) => subject).sort()).toEqual(expected.map(({ id }) => id).sort());
      expect(raised.filter(({ hours: found }) => Number(found) !== 2)).toEqual([]);
      const events = await query(`SELECT data FROM webhook_events
      JOIN webhook_deliveries ON event_seq = webhook_events.seq WHERE type = 'alert.raised'`);
      expect(events.map(({ data }) => JSON.parse(String(data)).id).sort()).toEqual(raised.map(({ id }) => id).sort());
      alerts += raised.length;
    } finally {
      await database.close();
    }
  }
  return alerts;
}

const timeout = 120_000 + allKills * 20_000;

test(`PostgreSQL: each alert is raised once, with its event, in ${killsOf.postgres} kills`, { timeout }, async () => {
  const server = await startPostgres();
  try {
    const alerts = await killAll(killsOf.postgres, async () => {
      const database = await server.createDatabase();
      const url = server.urlOf(database);
      const client = new Client({ connectionString: url });
      await client.connect();
      return {
        name: url,
        open: () => openPostgres({ url, isShared: true }),
        query: async (statement) => (await client.query(statement)).rows,
        async close() {
          await client.end();
          await server.dropDatabase(database);
        },
      };
    });
    process.stdout.write(`PostgreSQL, ${killsOf.postgres} kills: ${alerts} alerts, each once with its event\n`);
  } finally {
    await server.dispose();
  }
});

test(`SQLite: each alert is raised once, with its event, in ${killsOf.sqlite} kills`, { timeout }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-alerts-'));
  let last = 0;
  try {
    const alerts = await killAll(killsOf.sqlite, async () => {
      const file = join(folder, `${++last}.db`);
      return {
        name: file,
        open: () => openSqlite({ file }),
        async query(statement) {
          using db = new DatabaseSync(file, { timeout: 10_000 });
          return db.prepare(statement).all() as Record<string, unknown>[];
        },
        async close() {},
      };
    });
    process.stdout.write(`SQLite, ${killsOf.sqlite} kills: ${alerts} alerts, each once with its event\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
