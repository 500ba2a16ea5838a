// The store of the audit log, for reading.
import type { AuditRecord } from '../domain/audit-record.ts';
import type { ChainPlace } from './chain.ts';

export type { ChainPlace } from './chain.ts';

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

/** How far a destination is. Instants are epoch milliseconds; `null`: there was none. */
export interface ExportState {
  readonly destination: string;
  /** The last record that the destination has confirmed. Number 0: none. */
  readonly confirmed: ChainPlace;
  readonly confirmedAtMs: number | null;
  /** Records that the destination does not have. */
  readonly waiting: number;
  /** The instant of the oldest of them. */
  readonly waitingSinceMs: number | null;
  /** The last failed delivery. `null`: the last one succeeded. */
  readonly failure: ExportFailure | null;
}

/** A delivery that failed. */
export interface ExportFailure {
  readonly atMs: number;
  /** One sentence for people, without a secret. */
  readonly message: string;
  /** Failed deliveries since the last confirmation. */
  readonly attempts: number;
  /** No node tries again before. */
  readonly retryAtMs: number;
}

/** The places up to which destinations have the log. All nodes share them. */
export interface ExportStore {
  /** The states of these destinations, in their order. Does not block the event loop. */
  describeExports(destinations: readonly string[]): Promise<readonly ExportState[]>;
  /**
   * Takes the right to send to the destination until `untilMs`, or prolongs it, and returns the confirmed place.
   * `undefined`: another holder has the right, or it is before the time of the next attempt. Two holders at once would
   * send records twice, and lose none.
   */
  claimExport(destination: string, holder: string, nowMs: number, untilMs: number): Promise<ChainPlace | undefined>;
  /** Moves the confirmed place forward, never back, and forgets the failure. */
  confirmExport(destination: string, place: ChainPlace, nowMs: number): Promise<void>;
  /** Notes a failure. */
  noteExportFailure(destination: string, failure: ExportFailure): Promise<void>;
  /** Returns the right. Does nothing if another holder has it. */
  releaseExport(destination: string, holder: string): Promise<void>;
}
