// What key rules look at: one hour of one key, and its past.
import { networkOf } from '../domain/address.ts';
import type { AddressCount, RouteCount } from '../domain/alert.ts';
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

/** Requests from one address. */
export interface PlacedCount extends AddressCount {
  /** `undefined`: unknown, or no rule asks. */
  readonly country?: string | undefined;
}

/** An hour in which the key had requests. */
export interface KeyHour {
  readonly key: KeyFacts;
  /** The start of the hour. */
  readonly hourMs: number;
  readonly outcomes: Outcomes;
  /** Empty: unknown. */
  readonly addresses: readonly PlacedCount[];
  /** Empty: no allowed request matched a pattern, or no rule looks at routes. */
  readonly routes: readonly RouteCount[];
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
  /** The countries of the 30 days before. */
  readonly countries: ReadonlySet<string>;
  /** The routes of the 30 days before. */
  readonly routes: ReadonlySet<string>;
}

export const noPast: KeyPast = {
  ...{ day: [], sameHours: [], lastAllowedMs: null },
  ...{ networks: new Set(), countries: new Set(), routes: new Set() },
};

/** The parts that are known names, such as networks: those of the allowed requests of 30 days. */
export const namedParts = ['networks', 'countries', 'routes'] as const;
export type NamedPart = (typeof namedParts)[number];

/** The part of the past that a rule reads. */
export type PastPart = 'day' | 'sameHours' | 'lastAllowed' | NamedPart;

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

/** The names that the allowed requests of an hour leave to the hours after. */
export function namesIn(part: NamedPart, { addresses, routes }: Pick<KeyHour, 'addresses' | 'routes'>): string[] {
  switch (part) {
    case 'networks':
      return addresses.filter(isAllowedFrom).map(({ address }) => networkOf(address));
    case 'countries':
      return addresses.filter(isAllowedFrom).flatMap(({ country }) => country ?? []);
    case 'routes':
      return routes.map(({ route }) => route);
  }
}

/** Whether something was allowed from there. The rest of an hour's addresses is in no known network. */
export function isAllowedFrom({ address, count, refused }: AddressCount): boolean {
  return address !== '' && count > refused;
}
