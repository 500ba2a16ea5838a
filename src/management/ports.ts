// Where organizations and keys are kept, as management needs it.

import type { ApiKey, Environment, KeyStatus, Organization, SecretHint } from '../domain/api-key.ts';
import type { AuditEntry } from '../domain/audit-record.ts';
import type { Position } from '../domain/position.ts';
import type { StandingReader } from '../domain/standing.ts';

/** What a caller states of a new key; the store adds revision 1 and the times. Ids are made by the caller. */
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
>;

/** All that is ever kept of a secret. */
export interface NewSecret {
  /** SHA-256 of the whole secret, 64 hex characters. */
  readonly digest: string;
  readonly hint: SecretHint;
}

/** What may change in a key's life beside rotation and revocation. A member left out stays as it is. */
export type KeyChanges = Partial<
  Pick<ApiKey, 'name' | 'restrictions' | 'rateLimits' | 'grantedLimits' | 'expiresAtMs' | 'disabledAtMs' | 'orgId'>
>;

/** What may change in an organization beside its status. A member left out stays as it is. */
export type OrganizationChanges = Partial<Pick<Organization, 'name' | 'kind' | 'grantedLimits'>>;

/** The reply to a command that may be sent again under the same idempotency key. */
export interface KeptReply {
  /** Stands for the idempotency key, which can't be told from it: 64 hex characters. */
  readonly name: string;
  /** SHA-256 (hex) of the request, which a repetition must equal. */
  readonly fingerprint: string;
  /** The reply, encrypted with the idempotency key, in base64; `null` once it is no longer kept. */
  readonly sealed: string | null;
  readonly sealedUntilMs: number;
  /** Until then the command is not carried out again. */
  readonly keptUntilMs: number;
}

/** One of a key's secrets, as its owner may see it. */
export interface KeySecret {
  readonly digest: string;
  readonly hint: SecretHint;
  readonly createdAtMs: number;
  /** `null`: the one in force. A time that is past: it is refused. `untilEndedMs`: it works until someone ends it. */
  readonly endsAtMs: number | null;
  /** Requests that came with it after a rotation had superseded it, and the last of them. */
  readonly useCount: number;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedAddress: string | null;
}

/** The end of a secret that works until it is ended by hand: the last instant that a Date can hold. */
export const untilEndedMs = 8_640_000_000_000_000;

/** What may never be undone, as the revocation log keeps it: a key revoked, or a secret ended at a time. Instants in ms. */
export type Revocation =
  | { readonly at: number; readonly key: string }
  | { readonly at: number; readonly secret: string; readonly endsAt: number };

/** What a committed change makes wrong in memory: the secrets with these digests, and all of these organizations' keys. */
export interface ForgottenByChange {
  readonly digests: readonly string[];
  readonly orgIds: readonly string[];
}

/** Where a change stands in the store's history: a node that has everything up to there has the change. */
export type ChangePosition = Position;

/** Nodes that can't reach the store and may go on with what they had, where the configuration lets them (`onStoreOutage`). */
export interface Unreached {
  /** Their ids; `undefined`: the store could not be asked which they are. */
  readonly nodes: readonly string[] | undefined;
  /** From when this was told. */
  readonly forAtMostMs: number;
}

/** Makes committed changes hold. */
export interface Coherence {
  /** Resolves when no decision, on this node or another, uses what was before the change, but for those of nodes that it names. */
  hold(change: ForgottenByChange, position: ChangePosition): Promise<Unreached | undefined>;
}

/** What became of a command that was carried out. */
export interface Held {
  readonly position: ChangePosition;
  /** `undefined`: it holds everywhere. */
  readonly unreached: Unreached | undefined;
}

/** Told before a command resolves. */
export type OnHeld = (held: Held) => void;

/** Kept apart from the database, so that restoring a backup revives nothing. */
export interface RevocationLog {
  /** Resolves when the entries are on disk; called before the change that they announce is committed. */
  append(entries: readonly Revocation[]): Promise<void>;
}

/** Every member given must hold; without any, all keys match. */
export interface KeyFilter {
  readonly apiId?: string | undefined;
  readonly orgId?: string | undefined;
  readonly environment?: Environment | undefined;
  readonly status?: KeyStatus | undefined;
  /** `false`: all but the revoked ones, for vendors whose deleted keys disappear. */
  readonly isRevoked?: boolean | undefined;
  /** Part of the name (letters A-Z without regard to case), or the whole id, or the first or last 4 characters of the hint. */
  readonly search?: string | undefined;
}

/** Which part of a list is wanted. Lists run newest first by order of creation, so what is created meanwhile shifts nothing. */
export interface PageRequest {
  /** An integer, at least 1. */
  readonly limit: number;
  /** `nextCursor` of the page before; absent: from the start. */
  readonly cursor?: string | undefined;
  /** Items to pass over first, for dialects that number their pages. Default 0. */
  readonly offset?: number | undefined;
  /** The page ends before its items' lists have more bytes, but has one item at least. Default: it does not. */
  readonly maxBytes?: number | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** `null` when there is nothing more. */
  readonly nextCursor: string | null;
}

/** A changed key with the digests of all its secrets: what caches must forget. */
export interface KeyWithDigests {
  readonly key: ApiKey;
  readonly digests: readonly string[];
}

/**
 * Reads and writes of organizations and keys. A write that resolved is on disk and seen by every later read. All reject,
 * when they can't tell or can't write, with an error that has a stable `code`; the ones a command may branch on are
 * `conflict` (this id or digest exists), `reference_missing` (no such organization) and `cursor_invalid`.
 */
export interface ManagementOperations extends StandingReader {
  /** Rejects with `conflict` when the id exists. */
  createOrganization(organization: Organization): Promise<void>;
  findOrganization(id: string): Promise<Organization | undefined>;
  /** Newest first. */
  listOrganizations(page: PageRequest): Promise<Page<Organization>>;
  /** Idempotent; `undefined` when there is no such organization. */
  setOrganizationStatus(id: string, status: Organization['status']): Promise<Organization | undefined>;
  /** `undefined` when there is no such organization. At least one member must be given. */
  updateOrganization(id: string, changes: OrganizationChanges): Promise<Organization | undefined>;

  /** The key and its first secret, both or neither. Rejects with `conflict` or `reference_missing`. */
  createKey(key: NewApiKey, secret: NewSecret): Promise<ApiKey>;
  /** Revoked keys are found too: `revokedAtMs` tells. */
  findKey(id: string): Promise<ApiKey | undefined>;
  /** Newest first. `nowMs` decides which keys are expired. */
  listKeys(filter: KeyFilter, page: PageRequest, nowMs: number): Promise<Page<ApiKey>>;
  countKeys(filter: KeyFilter, nowMs: number): Promise<number>;
  /** Changes the key if its revision still is `expectedRevision`; `conflict` if not, `undefined` when there is no such key. */
  updateKey(
    id: string,
    expectedRevision: number,
    changes: KeyChanges,
    nowMs: number,
  ): Promise<ApiKey | 'conflict' | undefined>;
  /** Sets the tombstone. Idempotent: a key revoked before is returned with its first `revokedAtMs`. `undefined`: no such key. */
  revokeKey(id: string, nowMs: number): Promise<KeyWithDigests | undefined>;
  /**
   * Adds a secret and lets the earlier ones end at `earlierEndAtMs`, or sooner where that was already set. `undefined` when
   * there is no such key or it is revoked. Rejects with `conflict` when the digest exists.
   */
  rotateKey(id: string, secret: NewSecret, earlierEndAtMs: number, nowMs: number): Promise<KeyWithDigests | undefined>;
  /** Keys of an API that an organization has and that may still be used one day: neither revoked nor expired. */
  countLivingKeys(apiId: string, orgId: string, nowMs: number): Promise<number>;
  /** All secrets the key ever had, newest first; empty when there is no such key. */
  listSecrets(keyId: string): Promise<readonly KeySecret[]>;
  /** Sets when a secret ends. `false` when there is none with this digest. */
  setSecretEnd(digest: string, endsAtMs: number): Promise<boolean>;
  /**
   * Tells the other nodes what to forget once this transaction is committed; its last write, after its audit entry. Only
   * within `transaction`.
   */
  recordChange(change: ForgottenByChange): Promise<ChangePosition>;
  /** Appends to the audit log; only within `transaction`, with the change it tells of. */
  appendAudit(entry: AuditEntry): Promise<void>;
  /** The digests of all secrets the key ever had; empty when there is no such key. */
  listDigests(keyId: string): Promise<readonly string[]>;

  /** The reply kept under this name, unless its time is over at `nowMs`. */
  findReply(name: string, nowMs: number): Promise<KeptReply | undefined>;
  /** Keeps a reply; only within `transaction`, with the change that it tells of. Rejects with `conflict` when one is kept. */
  keepReply(reply: KeptReply, nowMs: number): Promise<void>;
  /** Removes the replies, and the contents of such, whose time is over at `nowMs`. */
  sweepReplies(nowMs: number): Promise<void>;
}

/** What goes with a command beside its input. */
export interface CommandOptions<Result> {
  /** What it is done for, as the audit entry names it: `denial:den_42`. */
  readonly source?: string | undefined;
  /** The revision of the key that the caller saw; when it has another one by now, nothing is changed. Left out: the newest. */
  readonly expectedRevision?: number | undefined;
  /** Called with the result in the transaction of the change: what it writes holds if and only if the change does. */
  readonly alongside?: ((operations: ManagementOperations, result: Result) => Promise<void>) | undefined;
  readonly onHeld?: OnHeld | undefined;
}

export interface ManagementStore extends ManagementOperations {
  /**
   * Runs `work` with operations that take effect together, or not at all when it throws; no other write comes between them.
   * `work` must use the operations it is given and no others, and do no slow thing: writers wait meanwhile, and after a time
   * limit (5 s unless set otherwise) everything is undone and the rest of `work` rejects with `transaction_timeout`.
   */
  transaction<Result>(work: (operations: ManagementOperations) => Promise<Result>): Promise<Result>;
}
