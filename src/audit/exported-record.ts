// Exported audit records: every member that goes into their hashes, under names for people.
import type { AuditRecord, AuditSeal, AuditSeals, AuditState } from '../domain/audit-record.ts';

/** One line of an export. */
export interface ExportedRecord {
  readonly seq: number;
  /** ISO 8601, UTC, with milliseconds. */
  readonly at: string;
  readonly actor: AuditRecord['actor'];
  readonly via: string;
  readonly address: string | null;
  readonly requestId: string | null;
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string };
  readonly org: string | null;
  readonly before: AuditState | null;
  readonly after: AuditState | null;
  /** Absent in records of an older Miftah. */
  readonly seals?: AuditSeals;
  readonly previousHash: string;
  readonly hash: string;
}

/** The export of a record. `JSON.stringify` of it is one line of an export. */
export function exportRecord({ atMs, orgId, ...record }: AuditRecord): ExportedRecord {
  const { seq, actor, via, address, requestId, action, target, before, after, seals, previousHash, hash } = record;
  return {
    seq,
    at: new Date(atMs).toISOString(),
    actor,
    via,
    address,
    requestId,
    action,
    target,
    org: orgId,
    before,
    after,
    ...(seals !== null && { seals }),
    previousHash,
    hash,
  };
}

/** Reads one line of an export. `undefined`: the line is malformed. */
export function parseExportedRecord(line: string): AuditRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value) || !isObject(value.actor) || !isObject(value.target)) return undefined;
  const { seq, at, actor, via, address, requestId, action, target, org, before, after, previousHash, hash } = value;
  const { seals = null } = value;
  const atMs = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  const texts = [via, action, target.kind, target.id, actor.kind, previousHash, hash];
  if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(atMs) || !texts.every(isText)) return undefined;
  if (![address, requestId, org, actor.id, actor.label].every((each) => each === null || isText(each)))
    return undefined;
  if (![before, after].every((each) => each === null || isObject(each))) return undefined;
  if (seals !== null && !(isObject(seals) && isSeal(seals.author) && isSeal(seals.state))) return undefined;
  // The check of the hash finds a wrong kind.
  return {
    seq,
    atMs,
    actor,
    via,
    address,
    requestId,
    action,
    target,
    orgId: org,
    before,
    after,
    seals,
    previousHash,
    hash,
  } as unknown as AuditRecord;
}

function isSeal(value: unknown): value is AuditSeal {
  if (!isObject(value)) return false;
  return isText(value.salt) || (isText(value.digest) && Number.isSafeInteger(value.erasedBy));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
