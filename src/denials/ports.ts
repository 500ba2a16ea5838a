// The store of denials.
import type { Environment } from '../domain/api-key.ts';
import type { Reason } from '../domain/verdict.ts';

/** Method and path decide these reasons, so each group stands for one method and path. */
const decidedByRequest: ReadonlySet<Reason> = new Set(['endpoint_not_allowed', 'scope_missing']);

/** Whether denials of a key with this reason are grouped by method and path, and not by client. */
export function isDecidedByRequest(reason: Reason): boolean {
  return decidedByRequest.has(reason);
}

/**
 * The most methods and paths of one key, reason and hour with a group of their own. Up to twice as many if nodes flush
 * at once.
 */
export const maxSamplesPerHour = 20;

/**
 * The `groupedBy` of denials beyond `maxSamplesPerHour`. Their group has no sample, so no fix can grant anything from it.
 */
export const otherSamples = '*';

/** Similar denials of one hour, counted together. The first one is the sample, which never changes. */
export interface DenialGroup {
  readonly apiId: string;
  /** `null`, like `keyId`: the denial has no key. */
  readonly orgId: string | null;
  readonly keyId: string | null;
  readonly reason: Reason;
  /**
   * Distinguishes the groups of one key, reason and hour: the client, or method and path (see `isDecidedByRequest`).
   */
  readonly groupedBy: string;
  /** The client of the sample; without a key, the /64 of an IPv6 client. `null`: unknown. */
  readonly clientAddress: string | null;
  /** Epoch milliseconds at which the hour began. */
  readonly hourMs: number;
  /** An integer, at least 1. */
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** The method of the sample, cut to 20 characters. Empty: the group has no sample. */
  readonly method: string;
  /** The path of the sample without its query, cut to 200 characters. */
  readonly path: string;
}

/** A stored group. */
export interface StoredDenial extends DenialGroup {
  readonly id: string;
}

/** Which denials to list. Every given member must match. */
export interface DenialQuery {
  readonly apiId?: string | undefined;
  /** `null`: denials without a key. */
  readonly orgId?: string | null | undefined;
  readonly keyId?: string | undefined;
  /** Only denials of keys of this environment. */
  readonly environment?: Environment | undefined;
  readonly reason?: Reason | undefined;
  /** Only groups whose last denial was at this time or later. */
  readonly sinceMs?: number | undefined;
  /** Only groups whose hour began before this time. */
  readonly untilMs?: number | undefined;
  /** An integer, at least 1. */
  readonly limit: number;
  /** The page ends before its rows, with fixes that list all entries of a key, exceed this size. Default: no bound. */
  readonly maxBytes?: number | undefined;
  /** `nextCursor` of the previous page. Absent: from the newest. */
  readonly cursor?: string | undefined;
}

export interface DenialPage {
  readonly items: readonly StoredDenial[];
  /** `null`: this is the last page. */
  readonly nextCursor: string | null;
}

export interface DenialStore {
  /**
   * Adds the groups to the stored ones, all or none. Each may occur once. Then it removes groups beyond its
   * number, and some that are too old at `nowMs`. Groups without a key have a bound of
   * their own. If groups of keys are too many, the organizations with the most groups lose their oldest. Rejects with a
   * coded error when nothing was written; the batch may then be flushed again. Does no I/O on the event loop.
   */
  flushDenials(groups: readonly DenialGroup[], nowMs: number): Promise<void>;
  /** The group with the newest last denial first. A new denial moves its group to the front, also between two pages. */
  listDenials(query: DenialQuery): Promise<DenialPage>;
  /** `undefined`: unknown, or removed because it is too old. */
  findDenial(id: string): Promise<StoredDenial | undefined>;
}
