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
  /** The address of all of them. Default: none is stored. */
  readonly from?: string;
  /** The parts of `count` that are billed, and that have these status classes. Default: none. */
  readonly billed?: number;
  readonly statuses?: {
    readonly '2xx'?: number;
    readonly '4xx'?: number;
    readonly '5xx'?: number;
    readonly none?: number;
  };
}

/** Adds the rows to the server's database through a second connection. */
export function addPastUsage(server: TestServer, rows: readonly PastUsage[]): void {
  using db = new DatabaseSync(join(server.folder, 'data', 'miftah.db'), { timeout: 5_000 });
  const added = ['count', 'billed', 'status_2xx', 'status_4xx', 'status_5xx', 'status_none']
    .map((name) => `${name} = ${name} + excluded.${name}`)
    .join();
  const ofOrg = db.prepare(
    `INSERT INTO usage_hourly
       (hour, api_id, environment, outcome, org_seq, count, billed, status_2xx, status_4xx, status_5xx, status_none)
     SELECT ?, ?, ?, ?, seq, ?, ?, ?, ?, ?, ? FROM organizations WHERE id = ?
     ON CONFLICT (hour, org_seq, api_id, environment, outcome) DO UPDATE SET ${added}`,
  );
  const ofKey = db.prepare(
    `INSERT INTO key_usage_hourly
       (hour, outcome, org_seq, key_seq, count, billed, status_2xx, status_4xx, status_5xx, status_none)
     SELECT ?, ?, organizations.seq, api_keys.seq, ?, ?, ?, ?, ?, ? FROM organizations, api_keys
     WHERE organizations.id = ? AND api_keys.id = ?
     ON CONFLICT (org_seq, key_seq, hour, outcome) DO UPDATE SET ${added}`,
  );
  const ofAddress = db.prepare(
    `INSERT INTO key_addresses_hourly (org_seq, key_seq, hour, address, count, refused)
     SELECT organizations.seq, api_keys.seq, ?, ?, ?, ? FROM organizations, api_keys
     WHERE organizations.id = ? AND api_keys.id = ?`,
  );
  db.exec('BEGIN IMMEDIATE');
  for (const { orgId, keyId, apiId, environment, outcome, hourMs, count, billed = 0, statuses = {}, from } of rows) {
    const classes = (['2xx', '4xx', '5xx', 'none'] as const).map((each) => statuses[each] ?? 0);
    const parts = [count, billed, ...classes];
    ofOrg.run(hourMs, apiId, environment, outcome, ...parts, orgId);
    ofKey.run(hourMs, outcome, ...parts, orgId, keyId);
    if (from !== undefined) ofAddress.run(hourMs, from, count, outcome === 'allowed' ? 0 : count, orgId, keyId);
  }
  db.exec('COMMIT');
}
