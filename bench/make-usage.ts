// Fills a database with the usage of all its keys in every hour of many days, as the recorder would have stored it.
import { DatabaseSync } from 'node:sqlite';

const oneHourMs = 3_600_000;

/**
 * Writes one row for each key and hour from `fromMs` to `toMs`, and the sums of each organization. The file must not be
 * open elsewhere. Not safe against power cuts. Returns the rows of keys.
 */
export function makeUsage(file: string, fromMs: number, toMs: number): number {
  using db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -524288;
    PRAGMA temp_store = MEMORY; BEGIN; CREATE TEMP TABLE hours (hour INTEGER PRIMARY KEY)`);
  const insertHour = db.prepare('INSERT INTO hours VALUES (?)');
  for (let hour = fromMs; hour < toMs; hour += oneHourMs) insertHour.run(hour);
  // In the order of the table, so that each page is written once.
  const keys = db
    .prepare(
      `SELECT organizations.seq AS org, api_keys.seq AS key FROM api_keys
         JOIN organizations ON organizations.id = api_keys.org_id ORDER BY 1, 2`,
    )
    .all() as { org: number; key: number }[];
  const ofKey = db.prepare(
    `INSERT INTO key_usage_hourly (org_seq, key_seq, hour, outcome, count)
       SELECT ?, ?, hour, 'allowed', 1 + abs(random() % 5000) FROM hours ORDER BY hour`,
  );
  let rows = 0;
  for (const { org, key } of keys) rows += Number(ofKey.run(org, key).changes);
  const ofOrganizations = db.prepare(
    `INSERT INTO usage_hourly (hour, org_seq, api_id, environment, outcome, count)
       SELECT ?, seq, 'classic', 'live', 'allowed', 1 + abs(random() % 100000) FROM organizations ORDER BY seq`,
  );
  for (let hour = fromMs; hour < toMs; hour += oneHourMs) ofOrganizations.run(hour);
  db.exec('COMMIT');
  return rows;
}
