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
  const routes = 5;
  const insertRoute = db.prepare(
    "INSERT INTO usage_routes (api_id, org_seq, pattern, last_hour) VALUES ('classic', 0, ?, ?)",
  );
  for (let route = 1; route <= routes; route++) insertRoute.run(`GET /v1/things-${route}/*`, toMs);
  // Each hour of a key has one of the routes, and one to three addresses.
  const routeOfKey = db.prepare(
    `INSERT INTO key_routes_hourly (org_seq, key_seq, hour, route_seq, outcome, count)
       SELECT ?, ?, hour, 1 + (hour / 3600000) % ${routes}, 'allowed', 1 FROM hours ORDER BY hour`,
  );
  const addressesOfKey = db.prepare(
    `INSERT INTO key_addresses_hourly (org_seq, key_seq, hour, address, count, refused)
       SELECT ?1, ?2, hour, '203.0.' || (?2 % 250) || '.' || place, 1 + abs(random() % 5000), 0
       FROM hours JOIN (SELECT 1 AS place UNION SELECT 2 UNION SELECT 3) ON place <= 1 + (hour / 3600000) % 3
       WHERE hour >= ${toMs - 90 * 24 * oneHourMs} ORDER BY hour, place`,
  );
  let rows = 0;
  for (const { org, key } of keys) {
    rows += Number(ofKey.run(org, key).changes);
    routeOfKey.run(org, key);
    addressesOfKey.run(org, key);
  }
  const ofOrganizations = db.prepare(
    `INSERT INTO usage_hourly (hour, org_seq, api_id, environment, outcome, count, ms_5, ms_20, ms_500)
       SELECT ?, seq, 'classic', 'live', 'allowed', 1 + abs(random() % 100000), 1, 2, 3
       FROM organizations ORDER BY seq`,
  );
  const routeOfOrganizations = db.prepare(
    `INSERT INTO routes_hourly (hour, org_seq, api_id, environment, route_seq, outcome, count, ms_5, ms_20, ms_500)
       SELECT ?1, seq, 'classic', 'live', 1 + (?1 / 3600000) % ${routes}, 'allowed', 1, 1, 2, 3
       FROM organizations ORDER BY seq`,
  );
  for (let hour = fromMs; hour < toMs; hour += oneHourMs) {
    ofOrganizations.run(hour);
    routeOfOrganizations.run(hour);
  }
  db.exec('COMMIT');
  return rows;
}
