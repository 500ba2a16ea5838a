// Where lists of keys and organizations are read, with what each of them was used for or has.
import type { ApiKey, Environment, KeyStatus, Organization, SecretHint } from '../domain/api-key.ts';

/** What a list of keys can be sorted by; `expires` has those that never do last, `last_used` those never used first. */
export const keySorts = ['created', 'name', 'last_used', 'expires'] as const;

export type KeySort = (typeof keySorts)[number];

/** Every member given must hold. */
export interface KeyRowFilter {
  readonly orgId: string;
  readonly apiId?: string | undefined;
  readonly environment?: Environment | undefined;
  readonly status?: KeyStatus | undefined;
  /** `false`: all but the revoked ones. */
  readonly isRevoked?: boolean | undefined;
  /**
   * Part of the name (letters A-Z without regard to case), the whole id, the first or last 4 characters of the hint, or a
   * masked secret: `sk_live_1a2b…9f3c`.
   */
  readonly search?: string | undefined;
  /** SHA-256 (hex) of a secret of the key, also of one that has ended. */
  readonly digest?: string | undefined;
  /** Neither revoked nor expired, and neither made nor used since then. */
  readonly unusedSinceMs?: number | undefined;
  /** Neither revoked nor expired, and to expire by then. */
  readonly expiresByMs?: number | undefined;
}

export interface KeyRowQuery {
  readonly filter: KeyRowFilter;
  readonly sort: KeySort;
  readonly isDescending: boolean;
  /** An integer, at least 1. */
  readonly limit: number;
  /** The page ends before its keys' lists have more bytes, but has one key at least. Default: it does not. */
  readonly maxBytes?: number | undefined;
  /** `nextCursor` of the page before, with the same filter and order; absent: from the start. */
  readonly cursor?: string | undefined;
  /** From which day on use is counted: epoch milliseconds of a UTC midnight. */
  readonly dailyFromMs: number;
}

/** A superseded secret that still works. */
export interface Overlap {
  readonly digest: string;
  readonly hint: SecretHint;
  readonly createdAtMs: number;
  /** `untilEndedMs`: until someone ends it. */
  readonly endsAtMs: number;
  /** Requests that came with it after it had been superseded, and the last of them. */
  readonly useCount: number;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedAddress: string | null;
}

/** Requests of one UTC day. */
export interface DailyUse {
  readonly dayMs: number;
  readonly allowed: number;
  /** All that did not end well: refused, or failed upstream. */
  readonly refused: number;
}

export interface KeyRow {
  readonly key: ApiKey;
  /** Newest first. */
  readonly overlaps: readonly Overlap[];
  /** Days with requests, oldest first. */
  readonly daily: readonly DailyUse[];
}

export interface KeyRowPage {
  readonly items: readonly KeyRow[];
  /** `null` when there is nothing more. */
  readonly nextCursor: string | null;
  /** Keys that the filter lets through. */
  readonly total: number;
}

export interface OrgRow {
  readonly organization: Organization;
  /** Keys, revoked ones not counted. */
  readonly keys: number;
  readonly members: number;
}

export interface OrgRowQuery {
  /** Part of the name (letters A-Z without regard to case), or the whole id. */
  readonly search?: string | undefined;
  readonly status?: Organization['status'] | undefined;
  /** An integer, at least 1. */
  readonly limit: number;
  /** `nextCursor` of the page before; absent: from the start. */
  readonly cursor?: string | undefined;
}

/** Reads alone. All reject with an error that has a stable `code` when they can't tell. */
export interface OverviewStore {
  /** `nowMs` decides which keys are expired and which secrets have ended. Rejects with `cursor_invalid`. */
  listKeyRows(query: KeyRowQuery, nowMs: number): Promise<KeyRowPage>;
  /** Those of the keys that there are, in no order. */
  findKeys(ids: readonly string[]): Promise<readonly ApiKey[]>;
  /** Newest first. Rejects with `cursor_invalid`. */
  listOrgRows(query: OrgRowQuery): Promise<{ readonly items: readonly OrgRow[]; readonly nextCursor: string | null }>;
}
