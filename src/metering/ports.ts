// Where usage is kept, as metering needs it.
import type { Environment } from '../domain/api-key.ts';
import type { UsageOutcome } from '../engine/ports.ts';

/** What one count stands for. */
export interface UsageGroup {
  readonly apiId: string;
  readonly orgId: string;
  readonly keyId: string;
  readonly environment: Environment;
  readonly outcome: UsageOutcome;
  /** Epoch milliseconds at which the hour began. */
  readonly hourMs: number;
}

/**
 * Counts of many keys that share everything else: three arrays of one length, because numbers in arrays cost a tenth of
 * what an object for each key costs to hand to another thread. Each key once.
 */
export interface UsageSeries extends Omit<UsageGroup, 'keyId' | 'orgId'> {
  readonly keySeqs: readonly number[];
  readonly orgSeqs: readonly number[];
  /** Requests to add; integers, at least 1. */
  readonly counts: readonly number[];
}

/** When and from where keys were last used: three arrays of one length. Each key once. */
export interface LastUses {
  readonly keySeqs: readonly number[];
  readonly atMs: readonly number[];
  /** `null` where the client's address was not known. */
  readonly addresses: readonly (string | null)[];
}

/** What was done with a secret that a rotation has superseded: so that its owner sees who has yet to change over. */
export interface SupersededUse {
  readonly digest: string;
  /** Requests to add, refused ones included. */
  readonly count: number;
  readonly atMs: number;
  readonly address: string | null;
}

/** What was noted since the last flush; each series and each superseded secret once. */
export interface UsageBatch {
  readonly series: readonly UsageSeries[];
  readonly lastUses: LastUses;
  readonly superseded: readonly SupersededUse[];
}

/** Which counts to add up, and along what. */
export interface UsageQuery {
  readonly apiId?: string | undefined;
  readonly orgId?: string | undefined;
  readonly keyId?: string | undefined;
  readonly environment?: Environment | undefined;
  /** Hours that began at `fromMs` or later … */
  readonly fromMs: number;
  /** … and before `toMs`. */
  readonly toMs: number;
  /** The members that the sums keep apart; empty: one grand total. */
  readonly groupBy: readonly (keyof UsageGroup)[];
}

/** A sum with the members it was grouped by. */
export type UsageSum = Partial<UsageGroup> & { readonly count: number };

export interface UsageStore {
  /**
   * Adds the batch's counts to those kept and moves last uses forward, all or nothing. Rejects with a coded error when
   * nothing was written; the batch may then be flushed again. Costs the event loop no I/O.
   */
  flushUsage(batch: UsageBatch): Promise<void>;
  /** The sums, oldest hour first where grouped by hour. */
  listUsage(query: UsageQuery): Promise<readonly UsageSum[]>;
}
