// What every database driver offers, and the management port, filled by the queries.
import { type Kysely, sql } from 'kysely';
import type { EvaluationStore } from '../alerts/ports.ts';
import type { AuditStore, ExportStore } from '../audit/ports.ts';
import type { LeaseStore, Notifications, ReloadStore } from '../coordination/ports.ts';
import type { DenialStore } from '../denials/ports.ts';
import type { Clock } from '../domain/clock.ts';
import type { FollowedClock } from '../domain/followed-clock.ts';
import type { KeyStore, RightStore } from '../engine/ports.ts';
import type { ImportStore } from '../management/import/ports.ts';
import type { BackupCopy, NodeDescription } from '../management/installation-ports.ts';
import type { OverviewStore } from '../management/overview-ports.ts';
import type { ChangePosition, ForgottenByChange, ManagementOperations, ManagementStore } from '../management/ports.ts';
import type { UsageStore } from '../metering/ports.ts';
import type { NotificationStore } from '../people/notification-ports.ts';
import type { PeopleStore } from '../people/ports.ts';
import type { RetentionStore } from '../retention/ports.ts';
import type { SenderStore } from '../webhooks/ports.ts';
import type { StorageLoad } from './load.ts';
import { listSwitches } from './queries/alert-counters.ts';
import {
  acknowledgeAlert,
  countOpenAlerts,
  findAlert,
  listAlerts,
  listKnownAddresses,
  muteAlert,
  switchRule,
} from './queries/alerts.ts';
import {
  countKeys,
  countLivingKeys,
  createKey,
  findKey,
  findKeyByDigest,
  listDigests,
  listKeys,
  listSecrets,
  revokeKey,
  rotateKey,
  setSecretEnd,
  updateKey,
} from './queries/api-keys.ts';
import { appendAudit } from './queries/audit.ts';
import { countUnrevokedKeys, eraseNext, eraseOrganization, findDeletion, listUnerased } from './queries/erasure.ts';
import { findReply, keepReply, sweepReplies } from './queries/idempotency.ts';
import { listKeyAddresses } from './queries/key-addresses.ts';
import {
  createOrganization,
  findOrganization,
  listOrganizations,
  updateOrganization,
} from './queries/organizations.ts';
import { readInteger } from './queries/records.ts';
import { findStanding, isTokenInForce } from './queries/standing.ts';
import { createToken, findToken, listTokens, noteTokenUse } from './queries/tokens.ts';
import {
  addDelivery,
  countEndpoints,
  createEndpoint,
  deleteEndpoint,
  findEndpoint,
  findLastDeliveries,
  listAttempts,
  listDeliveries,
  listEndpoints,
  replayDelivery,
  updateEndpoint,
} from './queries/webhooks.ts';
import type { Database } from './schema.ts';
import { transact } from './transact.ts';

/** An open database. Every method rejects with a `StorageError` when it fails. */
export interface Storage {
  readonly keyStore: KeyStore;
  readonly management: ManagementStore;
  readonly imports: ImportStore;
  readonly people: PeopleStore;
  readonly usage: UsageStore;
  readonly denials: DenialStore;
  readonly audit: AuditStore;
  readonly exports: ExportStore;
  readonly overview: OverviewStore;
  readonly retention: RetentionStore;
  readonly sendingRight: RightStore;
  readonly webhooks: SenderStore;
  readonly notifications: NotificationStore;
  readonly alerts: EvaluationStore;
  /** Keeps several nodes coherent. `undefined` on a database that one process owns. */
  readonly nodes?: {
    readonly leases: LeaseStore;
    readonly reloads: ReloadStore;
    readonly notifications: Notifications;
    /** The database's time, which all nodes use. Known from the first renewal of a lease on. */
    readonly clock: Clock & Pick<FollowedClock, 'aheadMs'>;
    /** The registered nodes, for display. `nodeId` is this process. */
    describe(nodeId: string): Promise<readonly NodeDescription[]>;
  };
  /** Resolves if the database can be read and its writer answers. Else rejects with a `StorageError`. */
  readyCheck(): Promise<void>;
  /** What the database holds, and how busy the driver is. Never waits for the database. */
  describeLoad(): Promise<StorageLoad>;
  /** Problems that a full check finds. Empty: none. Takes seconds per gigabyte, and blocks no one meanwhile. */
  checkIntegrity(): Promise<readonly string[]>;
  /**
   * A checked copy of the database as of one moment during the call. Blocks no one, and needs as much free space as the
   * database.
   */
  createBackup(): Promise<BackupCopy>;
  /** Finishes the calls in progress, then closes. Idempotent. Later calls reject with `storage_closed`. */
  close(): Promise<void>;
}

/**
 * The management port on two handles to one database. `reader` serves quick look-ups. `writer` serves changes, and
 * reads whose cost grows with the number of keys. A transaction uses its own handle for everything.
 */
export function createManagementStore(
  reader: Kysely<Database>,
  writer: Kysely<Database>,
  recordChange: RecordChange = countOwnChanges,
): ManagementStore {
  return {
    ...createOperations(reader, writer, recordChange),
    eraseNext: (orgId, place, onRevoke) => eraseNext(writer, orgId, place, onRevoke),
    listUnerased: () => listUnerased(reader),
    noteTokenUse: (use) => noteTokenUse(writer, use),
    transaction: (work) => transact(writer, (handle) => work(createOperations(handle, handle, recordChange))),
  };
}

/** Writes what other nodes must forget. Runs in the transaction of the change. */
export type RecordChange = (db: Kysely<Database>, change: ForgottenByChange) => Promise<ChangePosition>;

/**
 * For a single process, which informs no other node. A change has the number of its audit entry; these have no gaps.
 */
export const countOwnChanges: RecordChange = async (db) => {
  const { revision } = await db
    .selectFrom('audit_log')
    .select(({ fn }) => fn.coalesce(fn.max('seq'), sql<number>`0`).as('revision'))
    .executeTakeFirstOrThrow();
  return { epoch: 'alone', revision: readInteger(revision) };
};

function createOperations(
  reader: Kysely<Database>,
  writer: Kysely<Database>,
  recordChange: RecordChange,
): ManagementOperations {
  return {
    createOrganization: (organization) => createOrganization(writer, organization),
    findOrganization: (id) => findOrganization(reader, id),
    listOrganizations: (page, filter = {}) => listOrganizations(isScan(filter) ? writer : reader, page, filter),
    setOrganizationStatus: (id, status) => updateOrganization(writer, id, status),
    findDeletion: (id) => findDeletion(reader, id),
    countUnrevokedKeys: (orgId) => countUnrevokedKeys(reader, orgId),
    eraseOrganization: (id, nowMs) => eraseOrganization(writer, id, nowMs),
    updateOrganization: (id, changes) => updateOrganization(writer, id, changes),
    createKey: (key, secret) => createKey(writer, key, secret),
    findKey: (id) => findKey(reader, id),
    findKeyByDigest: (digest) => findKeyByDigest(reader, digest),
    listKeys: (filter, page, nowMs) => listKeys(isScan(filter) ? writer : reader, filter, page, nowMs),
    countKeys: (filter, nowMs) => countKeys(writer, filter, nowMs),
    updateKey: (id, revision, changes, nowMs) => updateKey(writer, id, revision, changes, nowMs),
    revokeKey: (id, nowMs) => revokeKey(writer, id, nowMs),
    rotateKey: (id, secret, earlierEndAtMs, nowMs) => rotateKey(writer, id, secret, earlierEndAtMs, nowMs),
    createToken: (token, secret) => createToken(writer, token, secret),
    findToken: (id) => findToken(reader, id),
    listTokens: (page) => listTokens(reader, page),
    countLivingKeys: (apiId, orgId, nowMs) => countLivingKeys(reader, apiId, orgId, nowMs),
    listSecrets: (keyId) => listSecrets(reader, keyId),
    listKeyAddresses: (keyId, query) => listKeyAddresses(reader, keyId, query),
    setSecretEnd: (digest, endsAtMs) => setSecretEnd(writer, digest, endsAtMs),
    findStanding: (query, nowMs) => findStanding(reader, query, nowMs),
    isTokenInForce: (id, nowMs) => isTokenInForce(reader, id, nowMs),
    recordChange: (change) => recordChange(writer, change),
    appendAudit: (entry) => appendAudit(writer, entry),
    listDigests: (keyId) => listDigests(reader, keyId),
    createEndpoint: (endpoint) => createEndpoint(writer, endpoint),
    findEndpoint: (id) => findEndpoint(reader, id),
    listEndpoints: (orgId, page) => listEndpoints(reader, orgId, page),
    countEndpoints: (orgId) => countEndpoints(reader, orgId),
    updateEndpoint: (id, changes) => updateEndpoint(writer, id, changes),
    deleteEndpoint: (id) => deleteEndpoint(writer, id),
    addDelivery: (endpointId, event) => addDelivery(writer, endpointId, event),
    listDeliveries: (endpointId, page, status) => listDeliveries(reader, endpointId, page, status),
    findLastDeliveries: (endpointIds) => findLastDeliveries(reader, endpointIds),
    listAttempts: (endpointId, deliveryId) => listAttempts(reader, endpointId, deliveryId),
    replayDelivery: (endpointId, deliveryId, nowMs) => replayDelivery(writer, endpointId, deliveryId, nowMs),
    listAlerts: (filter, page, nowMs) => listAlerts(reader, filter, page, nowMs),
    countOpenAlerts: (orgId) => countOpenAlerts(reader, orgId),
    findAlert: (id, nowMs) => findAlert(reader, id, nowMs),
    acknowledgeAlert: (id, nowMs) => acknowledgeAlert(writer, id, nowMs),
    muteAlert: (alert, untilMs) => muteAlert(writer, alert, untilMs),
    listSwitches: () => listSwitches(reader),
    switchRule: (rule, isOn, settings) => switchRule(writer, rule, isOn, settings),
    listKnownAddresses: (keyId, range) => listKnownAddresses(writer, keyId, range),
    findReply: (name, nowMs) => findReply(reader, name, nowMs),
    keepReply: (reply, nowMs) => keepReply(writer, reply, nowMs),
    sweepReplies: (nowMs) => sweepReplies(writer, nowMs),
  };
}

/** Whether the query may have to scan all keys, because no index covers these members. */
function isScan({
  search,
  status,
  environment,
  tag,
  metadata,
}: {
  search?: unknown;
  status?: unknown;
  environment?: unknown;
  tag?: unknown;
  metadata?: unknown;
}): boolean {
  return [search, status, environment, tag, metadata].some((each) => each !== undefined);
}
