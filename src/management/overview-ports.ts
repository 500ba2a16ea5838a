// The store of the lists of keys and organizations, with their usage and counts.
import type { AnnotationFilter } from '../domain/annotations.ts';
import type { ApiKey, Environment, KeyStatus, Organization, SecretHint } from '../domain/api-key.ts';

/** The orders of a list of keys. `expires` has keys without an expiry last, `last_used` unused keys first. */
export const keySorts = ['created', 'name', 'last_used', 'expires'] as const;

export type KeySort = (typeof keySorts)[number];

/** Which keys to list. Every given member must match. */
export interface KeyRowFilter extends AnnotationFilter {
  readonly orgId: string;
  readonly apiId?: string | undefined;
  readonly environment?: Environment | undefined;
  readonly status?: KeyStatus | undefined;
  /** `false`: all except revoked keys. */
  readonly isRevoked?: boolean | undefined;
  /**
   * Part of the name (letters A-Z without regard to case), the whole id, the first or last 4 characters of the hint, or
   * a masked secret: `sk_live_1a2b…9f3c`; or a whole tag or external id.
   */
  readonly search?: string | undefined;
  /** The digest (64 hex characters) of a secret of the key, also of one that has ended. */
  readonly digest?: string | undefined;
  /** Keys that are neither revoked nor expired, and were neither created nor used since then. */
  readonly unusedSinceMs?: number | undefined;
  /** Keys that are neither revoked nor expired, and whose newest secret was made by then. */
  readonly secretCreatedByMs?: number | undefined;
  /** Whether the key's address list has an entry. */
  readonly hasAddresses?: boolean | undefined;
  /** Keys that are neither revoked nor expired, and expire by then. */
  readonly expiresByMs?: number | undefined;
}

export interface KeyRowQuery {
  readonly filter: KeyRowFilter;
  readonly sort: KeySort;
  readonly isDescending: boolean;
  /** An integer, at least 1. */
  readonly limit: number;
  /** The page ends before its keys' lists exceed this size, but has at least one key. Default: no bound. */
  readonly maxBytes?: number | undefined;
  /** `nextCursor` of the previous page, with the same filter and order. Absent: from the start. */
  readonly cursor?: string | undefined;
  /** The first day of the daily usage: epoch milliseconds of a UTC midnight. */
  readonly dailyFromMs: number;
}

/** A superseded secret that still works. */
export interface Overlap {
  readonly digest: string;
  readonly hint: SecretHint;
  readonly createdAtMs: number;
  /** `untilEndedMs`: it works until someone ends it. */
  readonly endsAtMs: number;
  /** Requests with it after the rotation that superseded it, and the last of them. */
  readonly useCount: number;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedAddress: string | null;
}

/** Requests of one UTC day. */
export interface DailyUse {
  readonly dayMs: number;
  readonly allowed: number;
  /** Requests that were refused or failed upstream. */
  readonly refused: number;
}

/** A key in a list. */
export interface KeyRow {
  readonly key: ApiKey;
  /** Newest first. */
  readonly overlaps: readonly Overlap[];
  /** Days with requests, oldest first. */
  readonly daily: readonly DailyUse[];
}

export interface KeyRowPage {
  readonly items: readonly KeyRow[];
  /** `null`: this is the last page. */
  readonly nextCursor: string | null;
  /** All keys that match the filter. */
  readonly total: number;
}

/** An organization in a list. */
export interface OrgRow {
  readonly organization: Organization;
  /** Keys that are not revoked. */
  readonly keys: number;
  readonly members: number;
}

/** A page of a list of organizations. Every given filter must match. */
export interface OrgRowQuery extends AnnotationFilter {
  /** Part of the name (letters A-Z without regard to case), the whole id, or a whole tag or external id. */
  readonly search?: string | undefined;
  readonly status?: Organization['status'] | undefined;
  /** An integer, at least 1. */
  readonly limit: number;
  /** `nextCursor` of the previous page. Absent: from the start. */
  readonly cursor?: string | undefined;
}

/** Only reads. All reject with an error that has a stable `code` when the store fails. */
export interface OverviewStore {
  /** `nowMs` decides which keys are expired and which secrets have ended. Rejects with `cursor_invalid`. */
  listKeyRows(query: KeyRowQuery, nowMs: number): Promise<KeyRowPage>;
  /** The keys with these ids that exist, in no order. */
  findKeys(ids: readonly string[]): Promise<readonly ApiKey[]>;
  /** Newest first. Rejects with `cursor_invalid`. */
  listOrgRows(query: OrgRowQuery): Promise<{ readonly items: readonly OrgRow[]; readonly nextCursor: string | null }>;
}
