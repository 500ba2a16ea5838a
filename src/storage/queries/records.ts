// Reads rows into domain types, strictly: a row that is not exactly as Miftah writes it is an error, never interpreted.
import { type Annotations, isMetadataName, noAnnotations } from '../../domain/annotations.ts';
import { type ApiKey, environments, type Organization, type Restrictions } from '../../domain/api-key.ts';
import type { RateLimit } from '../../domain/rate-limit.ts';
import { type Role, roles } from '../../domain/role.ts';
import { StorageError } from '../errors.ts';

/** A table's columns as a driver returns them: unchecked. */
export type Row<Table> = { readonly [Column in keyof Table]: unknown };

/** Runs `read`. Throws `record_corrupt` with the kind and id of the record if `read` throws. */
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

/** Throws a `TypeError` if `value` is not text. */
export function readText(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('not text');
  return value;
}

/** Throws a `TypeError` if `value` is not a safe integer. */
export function readInteger(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new TypeError('not an integer');
  return value as number;
}

/** `null`, or what `read` makes of the value. */
export function readNullable<Value>(value: unknown, read: (value: unknown) => Value): Value | null {
  return value === null ? null : read(value);
}

/** Throws a `TypeError` if `value` is not one of `choices`. */
export function readOneOf<const Choice extends string>(value: unknown, choices: readonly Choice[]): Choice {
  if (!choices.includes(value as Choice)) throw new TypeError('not one of the known words');
  return value as Choice;
}

/** Throws a `TypeError` if `value` is not an environment. */
export function readEnvironment(value: unknown): ApiKey['environment'] {
  return readOneOf(value, environments);
}

/** Throws a `TypeError` if `value` is not a status of an organization. */
export function readOrgStatus(value: unknown): Organization['status'] {
  return readOneOf(value, ['active', 'suspended']);
}

/**
 * Reads the JSON of restrictions. Throws for an unknown member: a newer Miftah set it, and ignoring it would widen the
 * key.
 */
export function readRestrictions(value: unknown): Restrictions {
  const json: unknown = JSON.parse(readText(value));
  if (typeof json !== 'object' || json === null) throw new TypeError('not restrictions');
  const { addresses, addressCheck, referrers, endpoints, scopes, ...unknown } = json as Record<string, unknown>;
  if (Object.keys(unknown).length > 0) throw new TypeError('not restrictions');
  return {
    addresses: readTexts(addresses),
    ...(addressCheck !== undefined && { addressCheck: readOneOf(addressCheck, ['report']) }),
    referrers: readTexts(referrers),
    endpoints: readTexts(endpoints),
    scopes: readTexts(scopes),
  };
}

/** Reads the JSON of a list of limits. Throws for an unknown member and for numbers below 1. */
export function readRateLimits(value: unknown): readonly RateLimit[] {
  const json: unknown = JSON.parse(readText(value));
  if (!Array.isArray(json)) throw new TypeError('not a list');
  return json.map((item: unknown) => {
    if (typeof item !== 'object' || item === null || Object.keys(item).length !== 2) throw new TypeError('not a limit');
    const { limit, windowSeconds } = item as Record<string, unknown>;
    return { limit: readCount(limit), windowSeconds: readCount(windowSeconds) };
  });
}

/** Reads granted limits. Throws for an empty list, which would mean no limit at all. */
export function readGrantedLimits(value: unknown): readonly RateLimit[] {
  const limits = readRateLimits(value);
  if (limits.length === 0) throw new TypeError('an empty grant');
  return limits;
}

const noGrants: ReadonlyMap<string, readonly RateLimit[]> = new Map();

/** Reads an organization's grants, by id of the API. NULL: none. */
export function readOrgGrants(value: unknown): ReadonlyMap<string, readonly RateLimit[]> {
  if (value === null) return noGrants;
  const json: unknown = JSON.parse(readText(value));
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new TypeError('not grants');
  return new Map(Object.entries(json).map(([apiId, limits]) => [apiId, readGrantedLimits(JSON.stringify(limits))]));
}

/** The JSON that `readOrgGrants` reads; `null` for no grants. */
export function writeOrgGrants(grants: ReadonlyMap<string, readonly RateLimit[]>): string | null {
  if (grants.size === 0) return null;
  const pick = ({ limit, windowSeconds }: RateLimit) => ({ limit, windowSeconds });
  return JSON.stringify(Object.fromEntries([...grants].map(([apiId, limits]) => [apiId, limits.map(pick)])));
}

const noApis: readonly string[] = [];

/** Reads a list of ids. NULL: none. */
export function readIds(value: unknown): readonly string[] {
  return value === null ? noApis : readTexts(JSON.parse(readText(value)));
}

/** The JSON that `readIds` reads; `null` for no ids. */
export function writeIds(ids: readonly string[]): string | null {
  return ids.length === 0 ? null : JSON.stringify(ids);
}

/** The columns of tags, metadata and external id. */
export interface AnnotationColumns {
  readonly tags: string | null;
  readonly metadata: string | null;
  readonly external_id: string | null;
}

/** Reads the columns that `writeAnnotations` returns. */
export function readAnnotations(row: Row<AnnotationColumns>): Annotations {
  return {
    tags: row.tags === null ? noAnnotations.tags : readText(row.tags).slice(1, -1).split(','),
    metadata: readMetadata(row.metadata),
    externalId: readNullable(row.external_id, readText),
  };
}

/** Reads the JSON of metadata. NULL: none. */
export function readMetadata(value: unknown): Annotations['metadata'] {
  if (value === null) return noAnnotations.metadata;
  const json: unknown = JSON.parse(readText(value));
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new TypeError('not metadata');
  for (const [name, text] of Object.entries(json)) {
    if (!isMetadataName(name) || !readText(text).isWellFormed()) throw new TypeError('not metadata');
  }
  return json as Annotations['metadata'];
}

/** The columns of the given members. */
export function writeAnnotations({ tags, metadata, externalId }: Partial<Annotations>): Partial<AnnotationColumns> {
  return {
    ...(tags !== undefined && { tags: tags.length === 0 ? null : betweenCommas(tags.join(',')) }),
    ...(metadata !== undefined && {
      metadata: Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata),
    }),
    ...(externalId !== undefined && { external_id: externalId }),
  };
}

/** The form of a tag, or of several, in the column of tags. */
export function betweenCommas(tags: string): string {
  return `,${tags},`;
}

/** Reads an integer of at least 1. Throws a `TypeError` for any other value. */
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

/** The JSON that `readRestrictions` reads. */
export function writeRestrictions(restrictions: Restrictions): string {
  const { addresses, addressCheck, referrers, endpoints, scopes } = restrictions;
  return JSON.stringify({ addresses, addressCheck, referrers, endpoints, scopes });
}

/** The JSON that `readRateLimits` reads. */
export function writeRateLimits(limits: readonly RateLimit[]): string {
  return JSON.stringify(limits.map(({ limit, windowSeconds }) => ({ limit, windowSeconds })));
}

/** Throws a `TypeError` if `value` is not a role. */
export function readRole(value: unknown): Role {
  return readOneOf(value, roles);
}
