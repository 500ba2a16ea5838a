// The store of organizations and keys, the revocation log, and the coherence of nodes.

import type { Alert, RuleId, RuleSettings } from '../domain/alert.ts';
import type { AnnotationFilter, Annotations } from '../domain/annotations.ts';
import type { ApiKey, Environment, KeyStatus, Organization, SecretHint } from '../domain/api-key.ts';
import type { AuditEntry } from '../domain/audit-record.ts';
import type { Position } from '../domain/position.ts';
import type { StandingReader } from '../domain/standing.ts';
import type { Attempt, Delivery, DeliveryStatus, WebhookEndpoint } from '../domain/webhook-endpoint.ts';
import type { WebhookEvent } from '../domain/webhook-event.ts';

/** A new key. The caller creates the id; the store adds revision 1 and the other times. */
export type NewApiKey = Pick<
  ApiKey,
  | 'id'
  | 'apiId'
  | 'orgId'
  | 'environment'
  | 'name'
  | 'restrictions'
  | 'rateLimits'
  | 'grantedLimits'
  | 'createdAtMs'
  | 'expiresAtMs'
  | keyof Annotations
>;

/** A new token: a key of Miftah itself. The store adds what all tokens have in common. */
export interface NewToken extends Pick<ApiKey, 'id' | 'name' | 'createdAtMs' | 'expiresAtMs'> {
  /** What it may do: `writeRights`. */
  readonly scopes: readonly string[];
}

/** The last use of a token. */
export interface TokenUse {
  /** The store's short number for the token. */
  readonly keySeq: number;
  readonly atMs: number;
  readonly address: string | null;
}

/** The parts of a secret that are stored. */
export interface NewSecret {
  /** 64 hex characters: SHA-256 of the whole secret, or the stored form of an imported digest. */
  readonly digest: string;
  readonly hint: SecretHint;
}

/** The changes of a key, except rotation and revocation. A member that is left out stays unchanged. */
export type KeyChanges = Partial<
  Pick<ApiKey, 'name' | 'restrictions' | 'rateLimits' | 'grantedLimits' | 'expiresAtMs' | 'disabledAtMs' | 'orgId'> &
    Annotations
>;

/** The changes of an organization, except its status. A member that is left out stays unchanged. */
export type OrganizationChanges = Partial<Pick<Organization, 'name' | 'kinds' | 'grantedLimits'> & Annotations>;

/** What the erasure of an organization left. */
export interface ErasedOrganization {
  /** Its members who are in no other organization. Their accounts stay. */
  readonly withoutOrganization: readonly { readonly id: string; readonly email: string }[];
}

/** Where the erasure of an organization goes on: after which row of what. */
export interface ErasurePlace {
  readonly what: 'keys' | 'addresses' | 'denials' | 'webhooks' | 'alerts' | 'audit';
  readonly afterSeq: number;
}

/** What one step of an erasure did. */
export interface ErasureStep {
  /** Audit entries of an older Miftah that the step came to, and that keep their content. */
  readonly entriesKept: number;
  /** Where to go on. `undefined`: nothing is left. */
  readonly next: ErasurePlace | undefined;
}

/** The stored reply to a command, for a repetition with the same idempotency key. */
export interface KeptReply {
  /** Derived from the idempotency key, which it does not reveal: 64 hex characters. */
  readonly name: string;
  /** SHA-256 (hex) of the request. A repetition must have the same. */
  readonly fingerprint: string;
  /** The reply, encrypted with the idempotency key, in base64. `null`: it is no longer stored. */
  readonly sealed: string | null;
  readonly sealedUntilMs: number;
  /** Until then, a repetition is not executed. */
  readonly keptUntilMs: number;
}

/** One secret of a key, as its owner may see it. */
export interface KeySecret {
  readonly digest: string;
  readonly hint: SecretHint;
  readonly createdAtMs: number;
  /** `null`: it is the current secret. In the past: it is refused. `untilEndedMs`: it works until someone ends it. */
  readonly endsAtMs: number | null;
  /** Requests with it after the rotation that superseded it, and the last of them. */
  readonly useCount: number;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedAddress: string | null;
}

/** The end of a secret that works until someone ends it: the last instant of a `Date`. */
export const untilEndedMs = 8_640_000_000_000_000;

/** A final entry of the revocation log: a revoked key, or a secret with an end. Instants are epoch milliseconds. */
export type Revocation =
  | { readonly at: number; readonly key: string }
  | { readonly at: number; readonly secret: string; readonly endsAt: number };

/** What nodes must forget after a change: the secrets with these digests, and all keys of these organizations. */
export interface ForgottenByChange {
  readonly digests: readonly string[];
  readonly orgIds: readonly string[];
}

/** The position of a change in the store's history. A node that has everything up to there has the change. */
export type ChangePosition = Position;

/** Nodes that can't reach the store, and may continue with their cache under `onStoreOutage`. */
export interface Unreached {
  /** Their ids. `undefined`: the store could not answer which they are. */
  readonly nodes: readonly string[] | undefined;
  /** Milliseconds from this answer. */
  readonly forAtMostMs: number;
}

/** Waits until committed changes apply on all nodes. */
export interface Coherence {
  /** Resolves when no decision on any node uses the state before the change. The returned nodes are the exception. */
  hold(change: ForgottenByChange, position: ChangePosition): Promise<Unreached | undefined>;
}

/** The position of a change, and the nodes where it may not apply yet. */
export interface Held {
  readonly position: ChangePosition;
  /** `undefined`: it applies everywhere. */
  readonly unreached: Unreached | undefined;
}

/** Called before a command resolves. */
export type OnHeld = (held: Held) => void;

/** A log outside the database, so that a restored backup revives no key. */
export interface RevocationLog {
  /** Resolves when the entries are on disk. Call it before the commit of their change. */
  append(entries: readonly Revocation[]): Promise<void>;
}

/** Which keys to list. Every given member must match. Without any, all keys match. */
export interface KeyFilter extends AnnotationFilter {
  readonly apiId?: string | undefined;
  readonly orgId?: string | undefined;
  readonly environment?: Environment | undefined;
  readonly status?: KeyStatus | undefined;
  /** Keys that are neither revoked nor expired, and whose newest secret was made by then. */
  readonly secretCreatedByMs?: number | undefined;
  /** `false`: all except revoked keys, for vendors whose deleted keys disappear. */
  readonly isRevoked?: boolean | undefined;
  /**
   * Part of the name (A-Z without regard to case), the whole id, a whole tag or external id, a whole entry of a list (an
   * address, a site, an endpoint or a scope), or the masked secret: whole (`sk_prod_1a2b…9f3c`, also with `...`),
   * `…9f3c`, or its prefix, first four or last four characters.
   */
  readonly search?: string | undefined;
}

/** Which organizations to list. Every given member must match. Without any, all match. */
export interface OrganizationFilter extends AnnotationFilter {
  /** Part of the name (A-Z without regard to case), the whole id, or a whole tag or external id. */
  readonly search?: string | undefined;
}

/**
 * A page of a list. Lists are newest first in the order of creation, so a new item does not shift what a cursor names.
 */
export interface PageRequest {
  /** An integer, at least 1. */
  readonly limit: number;
  /** `nextCursor` of the previous page. Absent: from the start. */
  readonly cursor?: string | undefined;
  /** Items to skip first, for dialects that number their pages. Default 0. */
  readonly offset?: number | undefined;
  /** The page ends before its items' lists exceed this size, but has at least one item. Default: no bound. */
  readonly maxBytes?: number | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** `null`: this is the last page. */
  readonly nextCursor: string | null;
}

/** A changed key with the digests of all its secrets, which caches must forget. */
export interface KeyWithDigests {
  readonly key: ApiKey;
  readonly digests: readonly string[];
}

/** The requests of a key from one address, in whole hours. */
export interface KeyAddress {
  /** An IPv4 address, or the /64 network of an IPv6 address. */
  readonly address: string;
  /** All requests, and those that were refused for any reason. */
  readonly count: number;
  readonly refused: number;
  /** The starts of the first and of the last hour, in epoch milliseconds. */
  readonly firstHourMs: number;
  readonly lastHourMs: number;
}

export interface KeyAddresses {
  /** The most used first. */
  readonly addresses: readonly KeyAddress[];
  /** How many further addresses there are. */
  readonly unlisted: number;
  /** The requests from addresses that were too many to be kept one by one. */
  readonly beyond: { readonly count: number; readonly refused: number };
}

/**
 * Reads and writes of organizations and keys. A resolved write is on disk, and every later read sees it. All reject
 * with an error that has a stable `code` when the store fails. A command may branch on `conflict` (this id or digest
 * exists), `reference_missing` (no such organization) and `cursor_invalid`.
 */
export interface ManagementOperations extends StandingReader {
  /** Rejects with `conflict` when the id exists. */
  createOrganization(organization: Organization): Promise<void>;
  findOrganization(id: string): Promise<Organization | undefined>;
  /** Newest first. */
  listOrganizations(page: PageRequest, filter?: OrganizationFilter): Promise<Page<Organization>>;
  /** Idempotent. `undefined`: no such organization. */
  setOrganizationStatus(
    id: string,
    status: Partial<Pick<Organization, 'status' | 'suspendedApis'>>,
  ): Promise<Organization | undefined>;
  /** When the organization was deleted. `undefined`: it exists, or never did. */
  findDeletion(id: string): Promise<number | undefined>;
  /** How many of its keys are not revoked. Expired keys are among them. */
  countUnrevokedKeys(orgId: string): Promise<number>;
  /**
   * Removes its members, and lets no query find it or its keys again. Takes as long for a million keys as for one.
   * `ManagementStore.eraseNext` revokes the keys and erases the rest. Only within `transaction`, and the next
   * `appendAudit` must be of `org.deleted`.
   */
  eraseOrganization(id: string, nowMs: number): Promise<ErasedOrganization>;
  /** `undefined`: no such organization. `changes` must have at least one member. */
  updateOrganization(id: string, changes: OrganizationChanges): Promise<Organization | undefined>;

  /** Creates the key and its first secret, both or neither. Rejects with `conflict` or `reference_missing`. */
  createKey(key: NewApiKey, secret: NewSecret): Promise<ApiKey>;
  /** Also finds revoked keys (see `revokedAtMs`). */
  findKey(id: string): Promise<ApiKey | undefined>;
  /** The key that has, or had, the secret with this digest (64 hex characters). `undefined`: there is none. */
  findKeyByDigest(digest: string): Promise<ApiKey | undefined>;
  /** Newest first. `nowMs` decides which keys are expired. */
  listKeys(filter: KeyFilter, page: PageRequest, nowMs: number): Promise<Page<ApiKey>>;
  countKeys(filter: KeyFilter, nowMs: number): Promise<number>;
  /** Changes the key if its revision still is `expectedRevision`, else returns `conflict`. `undefined`: no such key. */
  updateKey(
    id: string,
    expectedRevision: number,
    changes: KeyChanges,
    nowMs: number,
  ): Promise<ApiKey | 'conflict' | undefined>;
  /** Sets `revokedAtMs`. Idempotent: a revoked key keeps its first `revokedAtMs`. `undefined`: no such key. */
  revokeKey(id: string, nowMs: number): Promise<KeyWithDigests | undefined>;
  /**
   * Adds a secret. The earlier ones end at `earlierEndAtMs`, or sooner if that was set already. `undefined`: no such
   * key, or it is revoked. Rejects with `conflict` when the digest exists.
   */
  rotateKey(id: string, secret: NewSecret, earlierEndAtMs: number, nowMs: number): Promise<KeyWithDigests | undefined>;
  /**
   * Creates the token and its first secret, both or neither. No key look-up, list or count has it, and no organization
   * look-up or list its owner. Rotation, revocation and secrets are those of keys. Only within `transaction`.
   */
  createToken(token: NewToken, secret: NewSecret): Promise<ApiKey>;
  /** Also finds revoked tokens. */
  findToken(id: string): Promise<ApiKey | undefined>;
  /** Newest first, revoked ones too. */
  listTokens(page: PageRequest): Promise<Page<ApiKey>>;
  /** The number of an organization's keys of an API that are neither revoked nor expired. */
  countLivingKeys(apiId: string, orgId: string, nowMs: number): Promise<number>;
  /** All secrets that the key ever had, newest first. Empty: no such key. */
  listSecrets(keyId: string): Promise<readonly KeySecret[]>;
  /** The addresses of the key since `fromMs`, at most `limit` of them. */
  listKeyAddresses(keyId: string, query: { readonly fromMs: number; readonly limit: number }): Promise<KeyAddresses>;
  /** Sets the end of a secret. `false`: no secret has this digest. */
  setSecretEnd(digest: string, endsAtMs: number): Promise<boolean>;
  /** Records what other nodes must forget after the commit. Only within `transaction`, as its last write. */
  recordChange(change: ForgottenByChange): Promise<ChangePosition>;
  /** Appends to the audit log. Only within `transaction`, with the change that it describes. */
  appendAudit(entry: AuditEntry): Promise<void>;
  /** The digests of all secrets that the key ever had. Empty: no such key. */
  listDigests(keyId: string): Promise<readonly string[]>;

  /** Creates an endpoint of webhooks. Rejects with `conflict`, or `reference_missing` without its organization. */
  createEndpoint(endpoint: WebhookEndpoint): Promise<void>;
  findEndpoint(id: string): Promise<WebhookEndpoint | undefined>;
  /** Newest first. `orgId` `null`: those of the operator; `undefined`: all. */
  listEndpoints(orgId: string | null | undefined, page: PageRequest): Promise<Page<WebhookEndpoint>>;
  countEndpoints(orgId: string | null): Promise<number>;
  /** `undefined`: there is no such endpoint. */
  updateEndpoint(id: string, changes: EndpointChanges): Promise<WebhookEndpoint | undefined>;
  /** Removes an endpoint with its deliveries. */
  deleteEndpoint(id: string): Promise<void>;
  /** Sends an event to one endpoint alone. Only within `transaction`. */
  addDelivery(endpointId: string, event: WebhookEvent): Promise<void>;
  /** Newest first. */
  listDeliveries(endpointId: string, page: PageRequest, status?: DeliveryStatus): Promise<Page<Delivery>>;
  /** The newest delivery of each endpoint that has one, by the id of the endpoint. */
  findLastDeliveries(endpointIds: readonly string[]): Promise<ReadonlyMap<string, Delivery>>;
  /** The last 100 attempts, newest first. `undefined`: the endpoint has no such delivery. */
  listAttempts(endpointId: string, deliveryId: string): Promise<readonly Attempt[] | undefined>;
  /** Sends an event again, under its id. `undefined`: the endpoint has no such delivery. Only within `transaction`. */
  replayDelivery(endpointId: string, deliveryId: string, nowMs: number): Promise<Delivery | undefined>;

  /** Newest first. `nowMs` decides which mutes have ended. */
  listAlerts(filter: AlertFilter, page: PageRequest, nowMs: number): Promise<Page<Alert>>;
  findAlert(id: string, nowMs: number): Promise<Alert | undefined>;
  /** How many alerts no one has acknowledged: of one organization, or of all and the operator. */
  countOpenAlerts(orgId: string | undefined): Promise<number>;
  /** `false`: it was acknowledged before, or there is no such alert. */
  acknowledgeAlert(id: string, nowMs: number): Promise<boolean>;
  /** Mutes the rule and subject of an alert. `untilMs` `null`: ends that. */
  muteAlert(alert: Pick<Alert, 'rule' | 'subject' | 'orgId'>, untilMs: number | null): Promise<void>;
  /** The rules that an operator has set. */
  listSwitches(): Promise<readonly AlertSwitch[]>;
  switchRule(rule: RuleId, isOn: boolean, settings: RuleSettings): Promise<void>;
  /** The addresses from which requests of a key were allowed in a range of hours, the most used first. */
  listKnownAddresses(
    keyId: string,
    range: { readonly fromMs: number; readonly toMs: number; readonly limit: number },
  ): Promise<readonly string[]>;

  /** The stored reply with this name, unless it has expired at `nowMs`. */
  findReply(name: string, nowMs: number): Promise<KeptReply | undefined>;
  /**
   * Stores a reply. Only within `transaction`, with its change. Rejects with `conflict` when the name has one already.
   */
  keepReply(reply: KeptReply, nowMs: number): Promise<void>;
  /** Removes the replies, and the contents of replies, that have expired at `nowMs`. */
  sweepReplies(nowMs: number): Promise<void>;
}

/** Which alerts to list. Every given member must match. */
export interface AlertFilter {
  readonly orgId?: string | undefined;
  readonly apiId?: string | undefined;
  readonly rule?: RuleId | undefined;
  /** The id of a key or person, or an address. */
  readonly subjectId?: string | undefined;
  readonly isAcknowledged?: boolean | undefined;
}

/** The switch of a rule, with the numbers that differ from their defaults. */
export interface AlertSwitch {
  readonly rule: RuleId;
  readonly isOn: boolean;
  readonly settings: RuleSettings;
}

/** The columns of an endpoint that a command can change. Absent members stay. */
export interface EndpointChanges extends Partial<Pick<WebhookEndpoint, 'name' | 'url' | 'types' | 'disabled'>> {
  readonly secrets?: Pick<WebhookEndpoint, 'sealedSecret' | 'former'>;
}

/** Options of a command, besides its input. */
export interface CommandOptions<Result> {
  /** The cause of the command, for its audit entry: `denial:den_42`. */
  readonly source?: string | undefined;
  /** The revision of the key that the caller read. If the key has another one now, nothing is changed. Default: any. */
  readonly expectedRevision?: number | undefined;
  /** Called with the result in the transaction of the change: its writes are committed if and only if the change is. */
  readonly alongside?: ((operations: ManagementOperations, result: Result) => Promise<void>) | undefined;
  readonly onHeld?: OnHeld | undefined;
}

export interface ManagementStore extends ManagementOperations {
  /** Moves the last use of a token forward; an older use changes nothing. */
  noteTokenUse(use: TokenUse): Promise<void>;
  /**
   * Erases some content of a deleted organization, in a change of its own, so that other writers don't wait long.
   * Begins with `{ what: 'keys', afterSeq: 0 }`; may be repeated. Before keys are revoked, `onRevoke` gets their ids.
   * If it rejects, nothing changes.
   */
  eraseNext(
    orgId: string,
    place: ErasurePlace,
    onRevoke: (keyIds: readonly string[]) => Promise<void>,
  ): Promise<ErasureStep>;
  /** The deleted organizations whose erasure is not complete, because it runs or was interrupted. */
  listUnerased(): Promise<readonly { readonly id: string; readonly deletedAtMs: number }[]>;
  /**
   * Runs `work`, whose operations take effect together, or not at all if it throws. No other write comes between them.
   * `work` must use only the given operations, and do nothing slow, because writers wait for it. After a time limit
   * (default 5 s), everything is undone and the rest of `work` rejects with `transaction_timeout`.
   */
  transaction<Result>(work: (operations: ManagementOperations) => Promise<Result>): Promise<Result>;
}
