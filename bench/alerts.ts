// Measures the evaluation of one hour on SQLite, with 100,000 keys that had requests in each hour of a day.
// `node bench/alerts.ts`: CPU time of the process with the default rules, and with all rules.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { findInKeys, keysPerStep } from '../src/alerts/evaluator.ts';
import { type SetRule, setRules } from '../src/alerts/rules.ts';
import { openSqlite } from '../src/storage/sqlite/storage.ts';
import { makeKeys } from './make-keys.ts';
import { makeUsage } from './make-usage.ts';
import { describeKeys } from './setting.ts';

const keys = Number(process.env.MIFTAH_BENCH_KEYS ?? 100_000);
const oneHourMs = 3_600_000;
const hourMs = Date.UTC(2027, 0, 1);
const hours = 25;
const all = setRules([]);
const sets: Readonly<Record<string, readonly SetRule[]>> = {
  'default rules': all.filter(({ isOn }) => isOn),
  'all rules': all,
};

/** A database of countries takes a few microseconds more: `bench/countries.ts`. */
const countryOf = (address: string) => (address === '' ? undefined : 'SA');

const folder = mkdtempSync(join(tmpdir(), 'miftah-bench-'));
try {
  const file = join(folder, 'miftah.db');
  await makeKeys(file, keys, { ...describeKeys(), organizations: 1000 });
  makeUsage(file, hourMs - (hours - 1) * oneHourMs, hourMs + oneHourMs);
  fill(file);
  const storage = await openSqlite({ file });
  for (const [name, each] of Object.entries(sets)) {
    const before = process.cpuUsage();
    const startedMs = performance.now();
    const active = await storage.alerts.listActiveKeys(hourMs);
    let findings = 0;
    for (let at = 0; at < active.length; at += keysPerStep) {
      findings += (await findInKeys(storage.alerts, each, active.slice(at, at + keysPerStep), hourMs, countryOf))
        .length;
    }
    const { user, system } = process.cpuUsage(before);
    const seconds = (ms: number) => (ms / 1000).toFixed(1);
    const cpu = `${seconds((user + system) / 1000)} s CPU, ${seconds(performance.now() - startedMs)} s`;
    console.log(`${name}: ${active.length.toLocaleString('en')} keys, ${cpu}, ${findings} findings`);
  }
  await storage.close();
} finally {
  rmSync(folder, { recursive: true });
}

/** One more address for each key and hour, the same hour of four weeks before, and the last uses. */
function fill(file: string): void {
  using db = new DatabaseSync(file);
  db.exec(`PRAGMA synchronous = OFF; BEGIN;
    INSERT INTO key_addresses_hourly (org_seq, key_seq, hour, address, count, refused)
      SELECT org_seq, key_seq, hour, '203.0.113.' || (key_seq % 250), count, 0 FROM key_usage_hourly
      ORDER BY key_seq, hour;
    INSERT INTO key_usage_hourly (org_seq, key_seq, hour, outcome, count)
      SELECT org_seq, key_seq, hour - weeks.value * ${7 * 24 * oneHourMs}, outcome, count
      FROM key_usage_hourly, json_each('[1, 2, 3, 4]') AS weeks WHERE hour = ${hourMs};
    INSERT INTO key_last_used (key_seq, at, address)
      SELECT seq, ${hourMs + 1}, '203.0.113.7' FROM api_keys WHERE true
      ON CONFLICT DO UPDATE SET at = excluded.at;
    COMMIT`);
}
