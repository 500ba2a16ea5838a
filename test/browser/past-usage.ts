// Stores usage of past hours as the recorder does, so that a console has more to show than a test's own seconds.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Environment } from '../../src/domain/api-key.ts';
import type { TestServer } from '../fixture.ts';

/** The requests of one key with one outcome in one hour. */
export interface PastUsage {
  readonly orgId: string;
  readonly keyId: string;
  readonly apiId: string;
  readonly environment: Environment;
  /** `allowed`, `upstream_failed` or a reason. */
  readonly outcome: string;
  /** A whole number of hours since the epoch, in milliseconds. */
  readonly hourMs: number;
  readonly count: number;
}

/** Adds the rows to the server's database through a second connection. */
export function addPastUsage(server: TestServer, rows: readonly PastUsage[]): void {
  using db = new DatabaseSync(join(server.folder, 'data', 'miftah.db'), { timeout: 5_000 });
  const ofOrg = db.prepare(
    `INSERT INTO usage_hourly (hour, api_id, environment, outcome, org_seq, count)
     SELECT ?, ?, ?, ?, seq, ? FROM organizations WHERE id = ?
     ON CONFLICT (hour, org_seq, api_id, environment, outcome) DO UPDATE SET count = count + excluded.count`,
  );
  const ofKey = db.prepare(
    `INSERT INTO key_usage_hourly (hour, outcome, org_seq, key_seq, count)
     SELECT ?, ?, organizations.seq, api_keys.seq, ? FROM organizations, api_keys WHERE organizations.id = ? AND api_keys.id = ?
     ON CONFLICT (org_seq, key_seq, hour, outcome) DO UPDATE SET count = count + excluded.count`,
  );
  db.exec('BEGIN IMMEDIATE');
  for (const { orgId, keyId, apiId, environment, outcome, hourMs, count } of rows) {
    ofOrg.run(hourMs, apiId, environment, outcome, count, orgId);
    ofKey.run(hourMs, outcome, count, orgId, keyId);
  }
  db.exec('COMMIT');
}
