// Coordinates the nodes on one PostgreSQL: the history of changes, the nodes' leases, and notifications.
import { setTimeout as wait } from 'node:timers/promises';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Client } from 'pg';
import {
  type Change,
  type LeaseStore,
  leaseMs,
  type NodeRecord,
  type Notifications,
  type Position,
  type ReloadStore,
} from '../../coordination/ports.ts';
import type { FollowedClock } from '../../domain/followed-clock.ts';
import type { NodeDescription, NodeState } from '../../management/installation-ports.ts';
import { readInteger } from '../queries/records.ts';
import type { Database } from '../schema.ts';
import type { RecordChange } from '../storage.ts';

/** The number of changes that are kept. A node that is further behind forgets everything. */
const keptChanges = 10_000;
/** A node that is further behind than this forgets everything, which is quicker than a list. */
const maxListed = 1000;

const changedChannel = 'miftah_changed';
const acknowledgedChannel = 'miftah_acknowledged';

/**
 * Names the history: the database cluster and its timeline. A standby begins a new timeline when it is promoted
 * (https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES).
 */
const epochSql = sql<string>`(SELECT system_identifier FROM pg_control_system())
  || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)`;

/**
 * Numbers a change and stores it. Its transaction holds the lock for changes, so numbers follow the order of commits.
 */
export const recordPostgresChange: RecordChange = async (db, { digests, orgIds }) => {
  const { rows } = await sql<{ head: number; epoch: string }>`
    UPDATE history SET head = head + 1 RETURNING head, ${epochSql} AS epoch`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new TypeError('the history has no row');
  const revision = readInteger(row.head);
  const lists = { digests: JSON.stringify(digests), org_ids: JSON.stringify(orgIds) };
  await db
    .insertInto('changes')
    .values({ revision, ...lists })
    .execute();
  if (revision % 256 === 0)
    await db
      .deleteFrom('changes')
      .where('revision', '<=', revision - keptChanges)
      .execute();
  // PostgreSQL sends it when this transaction commits, not before.
  await notify(db, changedChannel);
  return { epoch: row.epoch, revision };
};

/**
 * The lease store. Each statement of `db` must commit by itself. At each renewal, `clock` observes PostgreSQL's time.
 */
export function createPostgresLeaseStore(db: Kysely<Database>, clock: Pick<FollowedClock, 'observe'>): LeaseStore {
  let announced: Position | undefined;
  let announcedReload: string | undefined;
  return {
    renew: ({ nodeId, nodeName, number, acknowledged, serveCachedMs, report }) =>
      db.connection().execute(async (connection) => {
        const values = {
          node_name: nodeName,
          number,
          acknowledged_epoch: acknowledged?.epoch ?? null,
          acknowledged_revision: acknowledged?.revision ?? null,
          serve_cached_ms: Math.ceil(serveCachedMs),
          configuration: report?.configuration ?? null,
          reload: report?.reload ?? null,
        };
        const recorded = await connection
          .insertInto('nodes')
          .values({ node_id: nodeId, ...values })
          .onConflict((conflict) =>
            conflict
              .column('node_id')
              .doUpdateSet({ ...values, seen_at: sql`now()` })
              .whereRef('nodes.number', '<', 'excluded.number'),
          )
          .returning('node_id')
          .executeTakeFirst();
        if (recorded === undefined) return { kind: 'id_taken' };
        // The record is committed, so this read shows every change whose barrier may have missed the record.
        const askedAtMs = performance.now();
        const { rows } = await sql<{ head: number; epoch: string; now_ms: number; reload: string | null }>`
          SELECT head, ${epochSql} AS epoch, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms,
            CASE WHEN ${isReloadOpen} THEN reload END AS reload
          FROM history`.execute(connection);
        const [row] = rows;
        if (row === undefined) throw new TypeError('the history has no row');
        clock.observe({ saidMs: row.now_ms, askedAtMs, answeredAtMs: performance.now() });
        const head = { epoch: row.epoch, revision: readInteger(row.head) };
        if (
          acknowledged !== undefined &&
          (announced?.epoch !== acknowledged.epoch || announced.revision < acknowledged.revision)
        ) {
          announced = acknowledged;
          await notify(connection, acknowledgedChannel);
        } else if (report?.reload !== undefined && report.reload !== announcedReload) {
          await notify(connection, acknowledgedChannel);
        }
        announcedReload = report?.reload;
        const changes = await listChanges(connection, acknowledged, head);
        return { kind: 'renewed', head, changes, reload: row.reload ?? undefined };
      }),

    async listNodes() {
      const { rows } = await sql<{ epoch: string }>`SELECT ${epochSql} AS epoch`.execute(db);
      const nodes = await db.selectFrom('nodes').selectAll().execute();
      return { epoch: rows[0]?.epoch ?? '', nodes: nodes.map(readNode) };
    },

    async removeNode(nodeId, number) {
      await db.deleteFrom('nodes').where('node_id', '=', nodeId).where('number', '=', number).execute();
    },
  };
}

/** A reload that the node which ran it has abandoned ends by itself. */
const isReloadOpen = sql<boolean>`coalesce(reload_at > clock_timestamp() - interval '30 seconds', false)`;

/** The reload store. Each statement of `db` must commit by itself. */
export function createPostgresReloadStore(db: Kysely<Database>): ReloadStore {
  async function write(id: string, request: string, isFree: RawBuilder<boolean>): Promise<boolean> {
    const { rows } = await sql`
      UPDATE history SET reload_id = ${id}, reload = ${request}, reload_at = clock_timestamp()
      WHERE ${isFree} RETURNING head`.execute(db);
    // Nodes look at the store when they renew, so they renew now.
    if (rows.length > 0) await notify(db, changedChannel);
    return rows.length > 0;
  }
  return {
    open: (id, request) => write(id, request, sql<boolean>`NOT ${isReloadOpen}`),
    replace: (id, request) => write(id, request, sql<boolean>`reload_id = ${id}`),
    async close(id) {
      const closed = { reload_id: null, reload: null, reload_at: null };
      await db.updateTable('history').set(closed).where('reload_id', '=', id).execute();
    },
    async listReports() {
      const rows = await db.selectFrom('nodes').select(['node_id', 'node_name', 'reload']).orderBy('node_id').execute();
      return rows.map((row) => ({
        nodeId: row.node_id,
        nodeName: row.node_name,
        reload: row.reload ?? undefined,
      }));
    },
  };
}

async function listChanges(
  db: Kysely<Database>,
  acknowledged: Position | undefined,
  head: Position,
): Promise<readonly Change[] | undefined> {
  if (acknowledged === undefined || acknowledged.epoch !== head.epoch) return undefined;
  const behind = head.revision - acknowledged.revision;
  if (behind === 0) return [];
  if (behind < 0 || behind > maxListed) return undefined;
  const rows = await db
    .selectFrom('changes')
    .selectAll()
    .where('revision', '>', acknowledged.revision)
    .where('revision', '<=', head.revision)
    .orderBy('revision')
    .execute();
  if (rows.length !== behind) return undefined;
  return rows.map(({ revision, digests, org_ids }) => ({
    revision: readInteger(revision),
    digests: JSON.parse(digests) as string[],
    orgIds: JSON.parse(org_ids) as string[],
  }));
}

function readNode(row: {
  node_id: string;
  node_name: string;
  number: number;
  acknowledged_epoch: string | null;
  acknowledged_revision: number | null;
  serve_cached_ms: number;
}): NodeRecord {
  const { acknowledged_epoch: epoch, acknowledged_revision: revision } = row;
  return {
    nodeId: row.node_id,
    nodeName: row.node_name,
    number: readInteger(row.number),
    acknowledged: epoch === null || revision === null ? undefined : { epoch, revision: readInteger(revision) },
    serveCachedMs: readInteger(row.serve_cached_ms),
  };
}

async function notify(db: Kysely<Database>, channel: string): Promise<void> {
  await sql`SELECT pg_notify(${channel}, '')`.execute(db);
}

/** The nodes on record, for people. `nodeId` is this process's own. */
export async function describePostgresNodes(db: Kysely<Database>, nodeId: string): Promise<readonly NodeDescription[]> {
  const rows = await db
    .selectFrom('nodes')
    .select(['node_id', 'node_name', 'acknowledged_revision', 'serve_cached_ms', 'configuration'])
    .select(sql<number>`(extract(epoch FROM clock_timestamp() - seen_at) * 1000)::bigint`.as('seen_ms_ago'))
    .orderBy('node_id')
    .execute();
  return rows.map((row) => {
    const seenMsAgo = Math.max(0, readInteger(row.seen_ms_ago));
    return {
      id: row.node_id,
      name: row.node_name,
      isThis: row.node_id === nodeId,
      revision: row.acknowledged_revision === null ? null : readInteger(row.acknowledged_revision),
      seenMsAgo,
      state: stateOf(seenMsAgo, readInteger(row.serve_cached_ms)),
      configuration: row.configuration,
    };
  });
}

function stateOf(seenMsAgo: number, serveCachedMs: number): NodeState {
  if (seenMsAgo < leaseMs) return 'leased';
  return seenMsAgo < leaseMs + serveCachedMs ? 'may_serve_cached' : 'stale';
}

/** Notifications on a connection that `close` ends. */
export interface OpenNotifications extends Notifications {
  close(): Promise<void>;
}

/**
 * Listens on a connection of its own, and reconnects whenever it breaks. Notifications in between are lost, so it calls
 * all listeners after each connection.
 */
export function listenOnPostgres(connect: () => Promise<Client>): OpenNotifications {
  const listeners = { [changedChannel]: new Set<() => void>(), [acknowledgedChannel]: new Set<() => void>() };
  let client: Client | undefined;
  let isClosed = false;
  const stopped = Promise.withResolvers<void>();

  async function listen(): Promise<void> {
    while (!isClosed) {
      const next = await connect().catch(() => undefined);
      if (next !== undefined) {
        client = next;
        const ended = new Promise<void>((resolve) => next.once('end', () => resolve()));
        next.on('notification', ({ channel }) => tell(channel));
        const isListening = await next
          .query(`LISTEN ${changedChannel}; LISTEN ${acknowledgedChannel}`)
          .then(() => true)
          .catch(() => false);
        if (isListening) {
          tell(changedChannel);
          tell(acknowledgedChannel);
          if (isClosed) await next.end().catch(() => undefined);
          await ended;
        } else {
          await next.end().catch(() => undefined);
        }
      }
      if (!isClosed) await wait(100, undefined, { ref: false });
    }
    stopped.resolve();
  }

  function tell(channel: string): void {
    if (channel !== changedChannel && channel !== acknowledgedChannel) return;
    for (const run of listeners[channel]) run();
  }

  function add(channel: keyof typeof listeners, run: () => void): () => void {
    listeners[channel].add(run);
    return () => listeners[channel].delete(run);
  }

  void listen();
  return {
    onChanged: (run) => add(changedChannel, run),
    onAcknowledged: (run) => add(acknowledgedChannel, run),
    async close() {
      isClosed = true;
      await client?.end().catch(() => undefined);
      await stopped.promise;
    },
  };
}
