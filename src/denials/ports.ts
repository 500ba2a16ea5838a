// Where refusals are kept, as denials needs it.
import type { Environment } from '../domain/api-key.ts';
import type { Reason } from '../domain/verdict.ts';

/** Refusals that are alike, counted together within an hour, with one request as a sample. */
export interface DenialGroup {
  readonly apiId: string;
  /** `null`, as `keyId`: the secret was nobody's. */
  readonly orgId: string | null;
  readonly keyId: string | null;
  readonly reason: Reason;
  /** `null` when it was not known. */
  readonly clientAddress: string | null;
  /** Epoch milliseconds at which the hour began. */
  readonly hourMs: number;
  /** An integer, at least 1. */
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Of the last refusal counted here; kept to 20 characters. */
  readonly method: string;
  /** Of the last refusal counted here; kept without its query and to 200 characters. */
  readonly path: string;
}

/** A group as it was stored. */
export interface StoredDenial extends DenialGroup {
  readonly id: string;
}

export interface DenialQuery {
  readonly apiId?: string | undefined;
  /** `null`: those whose secret was nobody's. */
  readonly orgId?: string | null | undefined;
  readonly keyId?: string | undefined;
  /** Of keys of this environment alone. */
  readonly environment?: Environment | undefined;
  readonly reason?: Reason | undefined;
  /** Whose last refusal was then or later. */
  readonly sinceMs?: number | undefined;
  /** An integer, at least 1. */
  readonly limit: number;
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
   * after each flush the store is within its bounds. Rejects with a coded error when nothing was written; the batch may then
   * be flushed again. Costs the event loop no I/O.
   */
  flushDenials(groups: readonly DenialGroup[], nowMs: number): Promise<void>;
  /** Newest last refusal first. A group that is refused again while someone turns pages moves to the front. */
  listDenials(query: DenialQuery): Promise<DenialPage>;
}
