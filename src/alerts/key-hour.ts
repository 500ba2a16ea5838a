// What key rules look at: one hour of one key, and its past.
import type { AddressCount } from '../domain/alert.ts';
import type { Environment } from '../domain/api-key.ts';
import type { UsageOutcome } from '../domain/use.ts';

/** The present state of the key. Instants are epoch milliseconds. */
export interface KeyFacts {
  /** The store's short numbers of the key and its organization. */
  readonly seq: number;
  readonly orgSeq: number;
  readonly id: string;
  readonly orgId: string;
  readonly apiId: string;
  readonly environment: Environment;
  readonly createdAtMs: number;
  readonly secretCreatedAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

/** Requests by outcome. Absent: none. */
export type Outcomes = Readonly<Partial<Record<UsageOutcome, number>>>;

/** An hour in which the key had requests. */
export interface KeyHour {
  readonly key: KeyFacts;
  /** The start of the hour. */
  readonly hourMs: number;
  readonly outcomes: Outcomes;
  /** Empty: unknown. */
  readonly addresses: readonly AddressCount[];
}

/** The parts of a key's past. A rule gets only those that it reads; the others are empty. */
export interface KeyPast {
  /** Hours of the 24 before that had requests. */
  readonly day: readonly Outcomes[];
  /** Requests in the same hour one to four weeks before, in those weeks in which the key existed. */
  readonly sameHours: readonly number[];
  /** The start of the last hour before in which a request was allowed. `null`: there is none. */
  readonly lastAllowedMs: number | null;
  /** The networks of the 30 days before. */
  readonly networks: ReadonlySet<string>;
}

export const noPast: KeyPast = { day: [], sameHours: [], lastAllowedMs: null, networks: new Set() };

/** The part of the past that a rule reads. */
export type PastPart = 'counts' | 'lastAllowed' | 'networks';

export const knownDays = 30;
export const weeksCompared = 4;

const passed: readonly UsageOutcome[] = ['allowed', 'upstream_failed'];

export function sumOf(outcomes: Outcomes, names: readonly UsageOutcome[]): number {
  return names.reduce((sum, name) => sum + (outcomes[name] ?? 0), 0);
}

export function allowedOf(outcomes: Outcomes): number {
  return sumOf(outcomes, passed);
}

export function totalOf(outcomes: Outcomes): number {
  return Object.values(outcomes).reduce((sum, count) => sum + count, 0);
}
