// Where the audit log is read.
import type { AuditRecord } from '../domain/audit-record.ts';

/** Every member given must hold. */
export interface AuditFilter {
  readonly orgId?: string | undefined;
  readonly targetId?: string | undefined;
  readonly actorId?: string | undefined;
  /** What people know the actor by: an e-mail address. */
  readonly actorLabel?: string | undefined;
  /** The whole action, or its first part: `key` for all of `key.…`. */
  readonly action?: string | undefined;
  /** Done at `fromMs` or later … */
  readonly fromMs?: number | undefined;
  /** … and before `toMs`. */
  readonly toMs?: number | undefined;
}

/** The log is written by the commands themselves, in the transaction of their change. */
export interface AuditStore {
  /**
   * Newest first; a page ends before `before` and `after` of its records have more than `maxBytes`, but has one record at
   * least. Without it only the number counts. Rejects with `cursor_invalid`.
   */
  listAudit(
    filter: AuditFilter,
    page: { readonly limit: number; readonly cursor?: string | undefined; readonly maxBytes?: number | undefined },
  ): Promise<{ readonly items: readonly AuditRecord[]; readonly nextCursor: string | null }>;
  /** Oldest first, from the record after `afterSeq` (0: from the beginning): for export and verification. `maxBytes` as in `listAudit`. */
  readAudit(afterSeq: number, limit: number, maxBytes?: number): Promise<readonly AuditRecord[]>;
}
