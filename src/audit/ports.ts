// The store of the audit log, for reading.
import type { AuditRecord } from '../domain/audit-record.ts';

/** Which records to list. Every given member must match. */
export interface AuditFilter {
  readonly orgId?: string | undefined;
  readonly targetId?: string | undefined;
  readonly actorId?: string | undefined;
  /** The actor's name for people, such as an e-mail address. */
  readonly actorLabel?: string | undefined;
  /** The whole action, or its first part: `key` for all of `key.…`. */
  readonly action?: string | undefined;
  /** At `fromMs` or later … */
  readonly fromMs?: number | undefined;
  /** … and before `toMs`. */
  readonly toMs?: number | undefined;
}

/** Reads of the log. Each command writes its own entry, in the transaction of its change. */
export interface AuditStore {
  /**
   * Newest first. A page ends before `before` and `after` of its records exceed `maxBytes`, but has at least one
   * record. Without `maxBytes`, only `limit` counts. Rejects with `cursor_invalid`.
   */
  listAudit(
    filter: AuditFilter,
    page: { readonly limit: number; readonly cursor?: string | undefined; readonly maxBytes?: number | undefined },
  ): Promise<{ readonly items: readonly AuditRecord[]; readonly nextCursor: string | null }>;
  /**
   * Oldest first, from the record after `afterSeq` (0: the first), for export and verification. `maxBytes` as in
   * `listAudit`.
   */
  readAudit(afterSeq: number, limit: number, maxBytes?: number): Promise<readonly AuditRecord[]>;
  /** Where the log begins. `null`: no record has left the database. */
  findAuditStart(): Promise<AuditStart | null>;
}

/** The start of a log whose older records have left the database. */
export interface AuditStart {
  /** The instant of the first record, in epoch milliseconds. */
  readonly keptFromMs: number;
  /** Whether an archive has all older records. */
  readonly isOlderArchived: boolean;
}
