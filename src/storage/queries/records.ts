// From rows to domain types, strictly: a row that is not exactly as we write it is refused, never interpreted.
import { type ApiKey, environments, type Organization, type Restrictions } from '../../domain/api-key.ts';
import type { RateLimit } from '../../domain/rate-limit.ts';
import { type Role, roles } from '../../domain/role.ts';
import { StorageError } from '../errors.ts';

/** Columns as they come from a driver, believed in nothing. */
export type Row<Table> = { readonly [Column in keyof Table]: unknown };

/** Runs `read`; what it finds unreadable becomes `record_corrupt`, naming the record. */
export function readRecord<Result>(kind: string, id: unknown, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    throw new StorageError(
      'record_corrupt',
      `the record of ${kind} ${typeof id === 'string' ? id : '(unreadable id)'} is damaged`,
      'restore it from a backup or create a new one; until then requests that need it are refused',
      { cause },
    );
  }
}

export function readText(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('not text');
  return value;
}

export function readInteger(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new TypeError('not an integer');
  return value as number;
}

export function readNullable<Value>(value: unknown, read: (value: unknown) => Value): Value | null {
  return value === null ? null : read(value);
}

export function readOneOf<const Choice extends string>(value: unknown, choices: readonly Choice[]): Choice {
  if (!choices.includes(value as Choice)) throw new TypeError('not one of the known words');
  return value as Choice;
}

export function readEnvironment(value: unknown): ApiKey['environment'] {
  return readOneOf(value, environments);
}

export function readOrgStatus(value: unknown): Organization['status'] {
  return readOneOf(value, ['active', 'suspended']);
}

/** A member we do not know is a restriction that a newer Miftah set: ignoring it would widen the key. */
export function readRestrictions(value: unknown): Restrictions {
  const json: unknown = JSON.parse(readText(value));
  if (typeof json !== 'object' || json === null || Object.keys(json).length !== 4)
    throw new TypeError('not restrictions');
  const { addresses, referrers, endpoints, scopes } = json as Record<string, unknown>;
  return {
    addresses: readTexts(addresses),
    referrers: readTexts(referrers),
    endpoints: readTexts(endpoints),
    scopes: readTexts(scopes),
  };
}

export function readRateLimits(value: unknown): readonly RateLimit[] {
  const json: unknown = JSON.parse(readText(value));
  if (!Array.isArray(json)) throw new TypeError('not a list');
  return json.map((item: unknown) => {
    if (typeof item !== 'object' || item === null || Object.keys(item).length !== 2) throw new TypeError('not a limit');
    const { limit, windowSeconds } = item as Record<string, unknown>;
    return { limit: readCount(limit), windowSeconds: readCount(windowSeconds) };
  });
}

/** Granted limits. Throws for an empty list, which would grant everything. */
export function readGrantedLimits(value: unknown): readonly RateLimit[] {
  const limits = readRateLimits(value);
  if (limits.length === 0) throw new TypeError('an empty grant');
  return limits;
}

const noGrants: ReadonlyMap<string, readonly RateLimit[]> = new Map();

/** What an organization is granted, by API. */
export function readOrgGrants(value: unknown): ReadonlyMap<string, readonly RateLimit[]> {
  if (value === null) return noGrants;
  const json: unknown = JSON.parse(readText(value));
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new TypeError('not grants');
  return new Map(Object.entries(json).map(([apiId, limits]) => [apiId, readGrantedLimits(JSON.stringify(limits))]));
}

export function writeOrgGrants(grants: ReadonlyMap<string, readonly RateLimit[]>): string | null {
  if (grants.size === 0) return null;
  const pick = ({ limit, windowSeconds }: RateLimit) => ({ limit, windowSeconds });
  return JSON.stringify(Object.fromEntries([...grants].map(([apiId, limits]) => [apiId, limits.map(pick)])));
}

/** An integer, at least 1. */
export function readCount(value: unknown): number {
  const count = readInteger(value);
  if (count < 1) throw new TypeError('not positive');
  return count;
}

function readTexts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError('not a list');
  for (const item of value) readText(item);
  return value as string[];
}

export function writeRestrictions({ addresses, referrers, endpoints, scopes }: Restrictions): string {
  return JSON.stringify({ addresses, referrers, endpoints, scopes });
}

export function writeRateLimits(limits: readonly RateLimit[]): string {
  return JSON.stringify(limits.map(({ limit, windowSeconds }) => ({ limit, windowSeconds })));
}

export function readRole(value: unknown): Role {
  return readOneOf(value, roles);
}
