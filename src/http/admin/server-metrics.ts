// Metrics of a whole server: its traffic, what it stores, and what will run out.
import { statfs } from 'node:fs/promises';
import type { Registry } from '@prometheus-io/client';
import type { ExportState } from '../../audit/ports.ts';
import type { ApiTraffic, Carrier } from '../../telemetry/traffic.ts';
import { addCounter, addGauge, addHistogram, only, type Sample } from './collected.ts';

/** The sources of the metrics. */
export interface ServerMetricsParts {
  readonly traffic: { readonly apis: ReadonlyMap<string, ApiTraffic> };
  readonly countWebSockets: () => number;
  readonly describeLoad: () => Promise<DatabaseLoad>;
  /** The folder whose disk holds the usage journal. */
  readonly dataDir: string;
  /** `undefined`: this process shares its database with no other node. */
  readonly lease: { readonly remainingMs: number; readonly failures: number } | undefined;
  readonly mails: { readonly sent: number; readonly failed: number };
  readonly webhooks: {
    /** Attempts of this process, by result. */
    readonly countAttempts: () => Readonly<Record<string, number>>;
    readonly describeWaiting: () => Promise<{ readonly count: number; readonly oldestMs: number | null }>;
    readonly clock: { nowMs(): number };
  };
  readonly notifications: {
    /** Attempts of this process to mail notifications, by result. */
    readonly countAttempts: () => Readonly<Record<string, number>>;
    readonly describeWaiting: () => Promise<{ readonly count: number; readonly oldestDueMs: number | null }>;
    readonly clock: { nowMs(): number };
  };
  readonly accessLog: { readonly written: number; readonly dropped: number };
  /** What this process has sent of the audit log, by destination. */
  readonly exporters: readonly {
    readonly destination: string;
    readonly counts: { readonly records: number; readonly failures: number };
  }[];
  readonly describeExports: () => Promise<readonly ExportState[]>;
  readonly nowMs: () => number;
  /** The earliest end of a token in force. `undefined`: none, or unknown. */
  readonly nextTokenExpiryMs: () => number | undefined;
  /** When the certificates end that Miftah presents to upstreams, by API. */
  readonly certificateEndsMs: () => ReadonlyMap<string, number>;
}

/** What a database driver tells. It leaves out what it does not have. */
interface DatabaseLoad {
  readonly files?: { readonly database: number; readonly wal: number };
  readonly waitingForWriter?: number;
  readonly pools?: Readonly<
    Record<string, { readonly inUse: number; readonly idle: number; readonly waiting: number }>
  >;
}

export function addServerMetrics(registry: Registry, parts: ServerMetricsParts): void {
  addTraffic(registry, parts);
  addDatabase(registry, parts.describeLoad);
  addDisk(registry, parts.dataDir);
  addAuditExport(registry, parts);
  const { lease, mails } = parts;
  addGauge(registry, {
    name: 'miftah_node_lease_remaining_seconds',
    help: 'How long this node may still decide from its memory; 0 if its lease has run out.',
    read: () => only(lease && lease.remainingMs / 1000),
  });
  addCounter(registry, {
    name: 'miftah_node_lease_failures_total',
    help: 'Failed renewals of the lease of this node.',
    read: () => only(lease?.failures),
  });
  addCounter(registry, {
    name: 'miftah_mails_total',
    help: 'Mails by result: sent (the server or the file has it) or failed.',
    read: () => Object.entries(mails).map(([result, value]) => ({ labels: { result }, value })),
  });
  addWebhooks(registry, parts.webhooks);
  addNotifications(registry, parts.notifications);
  addCounter(registry, {
    name: 'miftah_access_log_lines_total',
    help: 'Lines of the access log: written, or dropped because the disk was slow or full.',
    read: () => Object.entries(parts.accessLog).map(([result, value]) => ({ labels: { result }, value })),
  });
  addGauge(registry, {
    name: 'miftah_token_expiry_timestamp_seconds',
    help: 'When the next token of the internal listener expires.',
    read: () => only(inSeconds(parts.nextTokenExpiryMs())),
  });
  addGauge(registry, {
    name: 'miftah_upstream_certificate_expiry_timestamp_seconds',
    help: 'When the certificate expires that Miftah presents to an upstream of the API.',
    read: () => [...parts.certificateEndsMs()].map(([api, endMs]) => ({ labels: { api }, value: endMs / 1000 })),
  });
}

function addWebhooks(
  registry: Registry,
  { countAttempts, describeWaiting, clock }: ServerMetricsParts['webhooks'],
): void {
  addCounter(registry, {
    name: 'miftah_webhook_attempts_total',
    help: 'Attempts of this node to deliver an event: delivered (2xx), refused (another status) or unreachable (no answer).',
    read: () => Object.entries(countAttempts()).map(([result, value]) => ({ labels: { result }, value })),
  });
  addGauge(registry, {
    name: 'miftah_webhook_waiting',
    help: 'Deliveries to enabled webhooks that wait for an attempt, on all nodes.',
    read: async () => only((await describeWaiting()).count),
  });
  addGauge(registry, {
    name: 'miftah_webhook_oldest_waiting_seconds',
    help: 'How long ago the oldest event happened that an enabled webhook waits for; 0: none waits.',
    async read() {
      const { oldestMs } = await describeWaiting();
      return only(oldestMs === null ? 0 : Math.max(0, clock.nowMs() - oldestMs) / 1000);
    },
  });
}

function addNotifications(
  registry: Registry,
  { countAttempts, describeWaiting, clock }: ServerMetricsParts['notifications'],
): void {
  addCounter(registry, {
    name: 'miftah_notification_mails_total',
    help: 'Attempts of this node to mail notifications: sent, postponed (repeated later) or failed (the last attempt).',
    read: () => Object.entries(countAttempts()).map(([result, value]) => ({ labels: { result }, value })),
  });
  addGauge(registry, {
    name: 'miftah_notifications_waiting',
    help: 'Notifications whose mail is not sent yet, on all nodes, with those of the next daily summaries.',
    read: async () => only((await describeWaiting()).count),
  });
  addGauge(registry, {
    name: 'miftah_notification_oldest_due_seconds',
    help: 'How long the mail that waits longest has been due; 0: none is due.',
    async read() {
      const { oldestDueMs } = await describeWaiting();
      return only(oldestDueMs === null ? 0 : (clock.nowMs() - oldestDueMs) / 1000);
    },
  });
}

function addTraffic(registry: Registry, { traffic, countWebSockets }: ServerMetricsParts): void {
  const each = <Value>(read: (apiTraffic: ApiTraffic, api: string) => Sample<Value>[]) =>
    [...traffic.apis].flatMap(([api, apiTraffic]) => read(apiTraffic, api));
  addHistogram(registry, {
    name: 'miftah_decision_duration_seconds',
    help: 'Time from the arrival of a request to its verdict, by the way in (carrier).',
    read: () =>
      each(({ decisions }, api) =>
        (Object.keys(decisions) as Carrier[]).flatMap((carrier) => {
          const value = decisions[carrier].read();
          return value.count === 0 ? [] : [{ labels: { api, carrier }, value }];
        }),
      ),
  });
  addHistogram(registry, {
    name: 'miftah_exchange_duration_seconds',
    help: 'Time from the arrival of a request that the proxy forwards to the end of its reply. WebSockets do not count.',
    read: () =>
      each(({ exchanges }, api) => {
        const value = exchanges.read();
        return value.count === 0 ? [] : [{ labels: { api }, value }];
      }),
  });
  addCounter(registry, {
    name: 'miftah_upstream_failures_total',
    help: 'Requests that the upstream did not answer, by kind: connect, timeout, closed, tls, protocol, overloaded (no connection became free) or loop.',
    read: () => each(({ failures }, api) => [...failures].map(([kind, value]) => ({ labels: { api, kind }, value }))),
  });
  addGauge(registry, {
    name: 'miftah_open_websockets',
    help: 'WebSockets that are open.',
    read: () => only(countWebSockets()),
  });
}

function addDatabase(registry: Registry, describeLoad: ServerMetricsParts['describeLoad']): void {
  addGauge(registry, {
    name: 'miftah_database_size_bytes',
    help: 'Size of the SQLite database (database) and of its write-ahead log (wal).',
    read: async () =>
      Object.entries((await describeLoad()).files ?? {}).map(([file, value]) => ({ labels: { file }, value })),
  });
  addGauge(registry, {
    name: 'miftah_database_writer_waiting',
    help: 'Calls that wait for the only writer of the SQLite database.',
    read: async () => only((await describeLoad()).waitingForWriter),
  });
  addGauge(registry, {
    name: 'miftah_database_connections',
    help: 'Connections to PostgreSQL by pool and state: in_use or idle.',
    read: async () =>
      Object.entries((await describeLoad()).pools ?? {}).flatMap(([pool, { inUse, idle }]) => [
        { labels: { pool, state: 'in_use' }, value: inUse },
        { labels: { pool, state: 'idle' }, value: idle },
      ]),
  });
  addGauge(registry, {
    name: 'miftah_database_connection_waiting',
    help: 'Calls that wait for a connection to PostgreSQL, by pool.',
    read: async () =>
      Object.entries((await describeLoad()).pools ?? {}).map(([pool, { waiting }]) => ({
        labels: { pool },
        value: waiting,
      })),
  });
}

/** Without destinations, these metrics have no series. */
function addAuditExport(
  registry: Registry,
  { exporters, describeExports, nowMs }: Pick<ServerMetricsParts, 'exporters' | 'describeExports' | 'nowMs'>,
): void {
  const each = async (read: (state: ExportState) => number) =>
    (await describeExports()).map((state) => ({
      labels: { destination: state.destination },
      value: read(state),
    }));
  const count = (name: 'records' | 'failures') =>
    exporters.map(({ destination, counts }) => ({ labels: { destination }, value: counts[name] }));
  addGauge(registry, {
    name: 'miftah_audit_export_waiting_records',
    help: 'Records of the audit log that the destination has not confirmed. All nodes see the same.',
    read: () => each(({ waiting }) => waiting),
  });
  addGauge(registry, {
    name: 'miftah_audit_export_lag_seconds',
    help: 'Age of the oldest of them; 0 if the destination has all records.',
    read: () =>
      each(({ waitingSinceMs }) => (waitingSinceMs === null ? 0 : Math.max(0, nowMs() - waitingSinceMs) / 1000)),
  });
  addCounter(registry, {
    name: 'miftah_audit_export_records_total',
    help: 'Records of the audit log that this process sent and the destination confirmed.',
    read: () => count('records'),
  });
  addCounter(registry, {
    name: 'miftah_audit_export_failures_total',
    help: 'Failed deliveries of this process; the records are sent again.',
    read: () => count('failures'),
  });
}

function addDisk(registry: Registry, dataDir: string): void {
  addGauge(registry, {
    name: 'miftah_data_disk_free_bytes',
    help: 'Free space on the disk of the data folder, for the user that runs Miftah.',
    read: async () => {
      const { bavail, bsize } = await statfs(dataDir);
      return only(bavail * bsize);
    },
  });
  addGauge(registry, {
    name: 'miftah_data_disk_size_bytes',
    help: 'Size of the disk of the data folder.',
    read: async () => {
      const { blocks, bsize } = await statfs(dataDir);
      return only(blocks * bsize);
    },
  });
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
