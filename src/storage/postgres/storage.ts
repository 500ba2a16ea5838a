// PostgreSQL as the database: the schema and queries of SQLite, on pools of connections.

import type { Kysely } from 'kysely';
import { oneDayMs } from '../../domain/durations.ts';
import { createFollowedClock } from '../../domain/followed-clock.ts';
import { boundLookUps } from '../bounded-look-ups.ts';
import { StorageError } from '../errors.ts';
import { applyStep, findMissingSteps } from '../migrate.ts';
import { createEvaluationStore } from '../queries/alerts.ts';
import { readStoredSecret, selectStoredSecrets } from '../queries/api-keys.ts';
import { appendAudit, listAudit, readAudit } from '../queries/audit.ts';
import { createExportStore } from '../queries/audit-exports.ts';
import { recordCaused } from '../queries/caused-events.ts';
import { findDenial, flushDenials, listDenials } from '../queries/denials.ts';
import { createImportStore } from '../queries/import.ts';
import { createNotificationStore } from '../queries/notifications.ts';
import { createOverviewStore } from '../queries/overview.ts';
import { createPeopleStore } from '../queries/people.ts';
import {
  createRetentionStore,
  findAuditStart,
  findUsageStart,
  listKeptUsage,
  prune,
  reportKeptUsage,
} from '../queries/retention.ts';
import { beginRun, endRun, flushUsage, rowsOfArrays } from '../queries/usage.ts';
import { listUsedAddresses } from '../queries/usage-report.ts';
import { createRightStore, createSenderStore } from '../queries/webhooks.ts';
import type { Database } from '../schema.ts';
import { transactIn } from '../session-driver.ts';
import { countOwnChanges, createManagementStore, type Storage } from '../storage.ts';
import { createPostgresKysely } from './dialect.ts';
import { toPostgresError } from './errors.ts';
import { connectToPrimary, parsePostgresHosts } from './hosts.ts';
import { admitNode } from './lock.ts';
import { advisoryLocks } from './locks.ts';
import {
  createPostgresLeaseStore,
  createPostgresReloadStore,
  describePostgresNodes,
  listenOnPostgres,
  recordPostgresChange,
} from './nodes.ts';
import { connectionConfig, createPostgresPool, type PostgresPool, sessionLimits } from './pool.ts';
import { type PostgresReplay, replayOnPostgres } from './replay.ts';
import { assertSessions } from './sessions.ts';

/** The options of `openPostgres`. */
export interface PostgresOptions {
  /**
   * `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. With several hosts (`a:5432,b:5432`), the one that takes writes is
   * used.
   */
  readonly url: string;
  /**
   * The most connections of the two main pools; two fifths are for changes. At least 2, default 10. The node's lock
   * takes one more. Where nodes share the database, notifications take one and leases up to two.
   */
  readonly maxConnections?: number;
  /** How long to wait for a free or new connection. Default 3,000. */
  readonly connectTimeoutMs?: number;
  /** A statement that takes longer is cancelled, even if it waits for other changes. Default 5,000. */
  readonly statementTimeoutMs?: number;
  /** A transaction that takes longer is undone. Default 5,000. */
  readonly transactionTimeoutMs?: number;
  /**
   * Whether other nodes with this option may use the database too. The caller must then use `nodes` to keep the caches
   * coherent. Default: no.
   */
  readonly isShared?: boolean;
  /** The most groups of denials to keep. Default 200,000. */
  readonly maxDenials?: number;
  /** Denials older than this are removed. Default 30 days. */
  readonly maxDenialAgeMs?: number;
  /**
   * Called when a node that this one can't run beside took over the database while it was unreachable. Every call
   * rejects then.
   */
  readonly onTaken?: (error: StorageError) => void;
  /** Called when this machine's clock starts to differ from PostgreSQL's by more than a second, and when it stops. */
  readonly onClockDiffers?: (aheadMs: number) => void;
  /** Revocations to apply before the database is used. Default: none. */
  readonly replay?: PostgresReplay;
}

/** The limit of a flush, which writes the use of a million keys in thousands of statements, and of a removal. */
const flushTimeoutMs = 120_000;
/** How long a request waits for a key that is not in memory, in milliseconds. The next line bounds how many wait. */
const lookUpDeadlineMs = 250;
const maxWaitingLookUps = 1000;
const maxLookUpsTogether = 100;
/** The limit of the lease pool's statements and connections: one that hangs ends before it costs many leases. */
const leaseTimeoutMs = 1000;

/**
 * Opens the database and migrates it to this version's schema. PostgreSQL's own settings decide how durable an
 * acknowledged write is. After a restart of PostgreSQL or a failover, calls under way reject with
 * `storage_unreachable`, and the next call finds the server that takes writes. Rejects with a `StorageError` that names
 * the fix.
 */
export async function openPostgres(options: PostgresOptions): Promise<Storage> {
  const {
    url,
    maxConnections = 10,
    connectTimeoutMs = 3000,
    statementTimeoutMs = 5000,
    transactionTimeoutMs = 5000,
    maxDenials = 200_000,
    maxDenialAgeMs = 30 * oneDayMs,
    onTaken = () => undefined,
    onClockDiffers = () => undefined,
    isShared = false,
  } = options;
  const hosts = parsePostgresHosts(url);
  const limits = { hosts, connectTimeoutMs, statementTimeoutMs, transactionTimeoutMs };
  // Two pools, because changes wait for each other. Look-ups of verification must still find a connection.
  const forChanges = Math.max(1, Math.floor(maxConnections * 0.4));
  const changePool = createPostgresPool({ ...limits, maxConnections: forChanges });
  const forReads = Math.max(1, maxConnections - forChanges);
  // Reads keep their connections open: a look-up has a quarter of a second, too little to connect.
  const pool = createPostgresPool({ ...limits, maxConnections: forReads, keptConnections: forReads });
  const leasePool = createPostgresPool({
    ...limits,
    maxConnections: 2,
    connectTimeoutMs: leaseTimeoutMs,
    statementTimeoutMs: leaseTimeoutMs,
  });
  const closePools = async (reason?: StorageError) => {
    await Promise.all([pool, changePool, leasePool].map((each) => each.close(reason)));
  };

  const config = connectionConfig({ ...limits, maxConnections: 1 });
  const connect = () => connectToPrimary(hosts, config, sessionLimits({ ...limits, maxConnections: 1 }));
  const admit = async () => {
    // Check this first: through a pooler, the lock and the limits would stay on a session of the pooler.
    await assertSessions(() => connectToPrimary(hosts, config));
    return admitNode({
      connect,
      isShared,
      onTaken(error) {
        void closePools(error);
        onTaken(error);
      },
    });
  };
  const unlock = await admit().catch((error: unknown) => {
    throw toPostgresError(error, hosts.name);
  });
  const notifications = isShared ? listenOnPostgres(connect) : undefined;
  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    await notifications?.close();
    await closePools();
    await unlock();
  }

  const db = createPostgresKysely(pool);
  const changes = createPostgresKysely(changePool, { lock: advisoryLocks.change });
  const recordChange = isShared ? recordPostgresChange : countOwnChanges;
  try {
    await migrate(changePool);
    if (options.replay !== undefined) {
      await replayOnPostgres({ reader: db, writer: changes, recordChange }, options.replay);
    }
  } catch (error) {
    await close();
    throw error;
  }

  const flushes = createPostgresKysely(pool, { timeoutMs: flushTimeoutMs });
  const readSecrets = async (digests: readonly string[]) => {
    const rows = await selectStoredSecrets(db, digests).execute();
    const rowsByDigest = new Map(rows.map((row) => [row.digest, row]));
    return (digest: string) => {
      const row = rowsByDigest.get(digest);
      return row && readStoredSecret(row);
    };
  };
  // Opens all connections for reads now, and lets each load the tables. If PostgreSQL has no room for all, a later call
  // that needs one reports it.
  await Promise.allSettled(Array.from({ length: forReads }, () => readSecrets([''])));
  const findSecret = boundLookUps(
    readSecrets,
    // One connection stays free for other reads.
    {
      maxAtOnce: Math.max(1, forReads - 1),
      maxTogether: maxLookUpsTogether,
      maxWaiting: maxWaitingLookUps,
      deadlineMs: lookUpDeadlineMs,
    },
  );
  const clock = createFollowedClock({ onDiffers: onClockDiffers });
  const bounds = { maxGroups: maxDenials, maxAgeMs: maxDenialAgeMs };
  return {
    keyStore: { findSecret },
    management: createManagementStore(db, changes, recordChange),
    imports: createImportStore(changes, recordChange),
    people: createPeopleStore(db, changes, { db, type: 'postgres' }),
    usage: {
      beginRun: (run, nowMs) => beginRun(db, run, nowMs),
      endRun: (run) => endRun(db, run),
      flushUsage: (batch) => flushUsage(flushes, batch, rowsOfArrays),
      listUsage: (query) => listKeptUsage(db, query),
      reportUsage: (query) => reportKeptUsage(db, query),
      listUsedAddresses: (query, limit) => listUsedAddresses(db, query, limit),
      findUsageStart: (of) => findUsageStart(db, of),
    },
    denials: {
      flushDenials: (groups, nowMs) => flushDenials(flushes, groups, nowMs, bounds),
      listDenials: (query) => listDenials(db, query),
      findDenial: (id) => findDenial(db, id),
    },
    audit: {
      listAudit: (filter, page) => listAudit(db, filter, page),
      readAudit: (afterSeq, limit, maxBytes) => readAudit(db, afterSeq, limit, maxBytes),
      findAuditStart: () => findAuditStart(db),
    },
    exports: createExportStore(db, db),
    overview: createOverviewStore(db, db),
    sendingRight: createRightStore(db),
    webhooks: createSenderStore(db, db, changes, { append: appendAudit, record: recordCaused }),
    notifications: createNotificationStore(db, db),
    alerts: createEvaluationStore(db, db, db, changes),
    retention: createRetentionStore({ writer: db, scanner: db, chained: changes }, (step) =>
      // A step asks for each key by itself, which takes long where PostgreSQL is far away.
      prune({ writer: flushes, chained: changes }, step),
    ),
    ...(notifications !== undefined && {
      nodes: {
        leases: createPostgresLeaseStore(createPostgresKysely(leasePool), clock),
        reloads: createPostgresReloadStore(createPostgresKysely(leasePool)),
        clock,
        notifications,
        describe: (nodeId: string) => describePostgresNodes(db, nodeId),
      },
    }),
    readyCheck: () => checkReady(db),
    describeLoad: async () => ({ pools: { reads: pool.load, changes: changePool.load, leases: leasePool.load } }),
    // PostgreSQL has its own checks: data checksums and pg_amcheck.
    checkIntegrity: async () => [],
    createBackup: async () => {
      throw new StorageError(
        'backup_not_supported',
        'Miftah does not back up a PostgreSQL database',
        'use pg_dump, or the continuous archiving of PostgreSQL',
      );
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** All missing steps in one transaction. Nodes that start together wait for each other. */
async function migrate(pool: PostgresPool): Promise<void> {
  const session = await pool.acquire({ lock: advisoryLocks.migration, isUnbounded: true });
  try {
    await transactIn(session, async () => {
      const nowMs = Date.now();
      for (const step of await findMissingSteps(session, 'postgres')) await applyStep(session, step, nowMs);
    });
  } finally {
    session.release();
  }
}

async function checkReady(db: Kysely<Database>): Promise<void> {
  await db.selectFrom('schema_migrations').select('number').limit(1).execute();
}
