// Where refusals are kept, as denials needs it.
import type { Environment } from '../domain/api-key.ts';
import type { Reason } from '../domain/verdict.ts';

/** Method and path decide these reasons, so a group stands for one method and path. */
const decidedByRequest: ReadonlySet<Reason> = new Set(['endpoint_not_allowed', 'scope_missing']);

/** Whether refusals of a key are alike only with the same method and path. */
export function isDecidedByRequest(reason: Reason): boolean {
  return decidedByRequest.has(reason);
}

/** How many methods and paths of one key, reason and hour get groups of their own; up to twice as many when nodes flush at once. */
export const maxSamplesPerHour = 20;

/** `alike` of the refusals beyond `maxSamplesPerHour`. Their group has no sample, so no fix can grant anything from it. */
export const otherSamples = '*';

/** Refusals that are alike, counted together within an hour, with the first of them as a sample that never changes. */
export interface DenialGroup {
  readonly apiId: string;
  /** `null`, like `keyId`: no key has the secret. */
  readonly orgId: string | null;
  readonly keyId: string | null;
  readonly reason: Reason;
  /** What tells it from other groups of its key, reason and hour: the client, or method and path where those decide. */
  readonly alike: string;
  /** Of the first refusal counted here; the /64 of an IPv6 client without a key. `null` when it was not known. */
  readonly clientAddress: string | null;
  /** Epoch milliseconds at which the hour began. */
  readonly hourMs: number;
  /** An integer, at least 1. */
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Of the first refusal counted here; kept to 20 characters. Empty: the group has no sample. */
  readonly method: string;
  /** Of the first refusal counted here; kept without its query and to 200 characters. */
  readonly path: string;
}

/** A group as it was stored. */
export interface StoredDenial extends DenialGroup {
  readonly id: string;
}

export interface DenialQuery {
  readonly apiId?: string | undefined;
  /** `null`: denials without a key. */
  readonly orgId?: string | null | undefined;
  readonly keyId?: string | undefined;
  /** Of keys of this environment alone. */
  readonly environment?: Environment | undefined;
  readonly reason?: Reason | undefined;
  /** Whose last refusal was then or later. */
  readonly sinceMs?: number | undefined;
  /** An integer, at least 1. */
  readonly limit: number;
  /** The page ends before its rows, each with a fix that names all that its key has, have more bytes. Default: any. */
  readonly maxBytes?: number | undefined;
  /** `nextCursor` of the page before; absent: from the newest. */
  readonly cursor?: string | undefined;
}

export interface DenialPage {
  readonly items: readonly StoredDenial[];
  /** `null` when there is nothing more. */
  readonly nextCursor: string | null;
}

export interface DenialStore {
  /**
   * Adds the groups (each once at most) to those kept, all or nothing, then removes what is too old at `nowMs` or too much:
   * after each flush the store is within its bounds. Groups without a key have a bound of their own, and where those of keys
   * are too many, the organizations with the most of them lose their oldest. Rejects with a coded error when nothing was written; the batch may then
   * be flushed again. Costs the event loop no I/O.
   */
  flushDenials(groups: readonly DenialGroup[], nowMs: number): Promise<void>;
  /** Newest last refusal first. A group that is refused again while someone turns pages moves to the front. */
  listDenials(query: DenialQuery): Promise<DenialPage>;
  /** `undefined` for one that is not there, or not any more: refusals are kept for a while. */
  findDenial(id: string): Promise<StoredDenial | undefined>;
}
