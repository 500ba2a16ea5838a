// The store of what pruning removes, and of what was removed.
import type { AuditEntry } from '../domain/audit-record.ts';

/** A place between two keys of the usage table. */
export interface UsagePlace {
  readonly orgSeq: number;
  readonly keySeq: number;
}

/** One bounded piece of pruning. Instants are epoch milliseconds. */
export type PruneStep =
  | {
      readonly kind: 'usage';
      /** Removes usage of hours that began before. The start of a UTC hour. */
      readonly beforeMs: number;
      /** Absent: begin with the first key. `sums`: all keys are done, and the sums over keys follow. */
      readonly after?: UsagePlace | 'sums';
    }
  | {
      readonly kind: 'addresses';
      /** Removes addresses of hours that began before. The start of a UTC hour. */
      readonly beforeMs: number;
      /** The number of the last key that is done. Absent: begin with the first one. */
      readonly afterKeySeq?: number;
    }
  | { readonly kind: 'denials'; readonly beforeMs: number }
  | {
      readonly kind: 'audit';
      readonly beforeMs: number;
      /** Whether an entry may leave that no archive has. */
      readonly removesUnarchived: boolean;
      /** An entry stays until all these destinations have it. Default: none. */
      readonly destinations?: readonly string[];
      /** The instant of the entry that announces the removal. */
      readonly nowMs: number;
    };

/** What pruning removes from the database. */
export type PrunedKind = PruneStep['kind'];

/** The kinds whose oldest record is found at once. Addresses lie by key. */
export type DatedKind = Exclude<PrunedKind, 'addresses'>;

export interface Pruned {
  /** Removed rows. */
  readonly removed: number;
  /** `undefined`: nothing of this kind is left to remove. */
  readonly next: PruneStep | undefined;
}

/** The place in the audit log's chain after an entry: its number and hash. 0 and 64 zeros: before the first entry. */
export interface ChainPlace {
  readonly seq: number;
  readonly hash: string;
}

/** What the database has. Instants are epoch milliseconds; `null`: nothing of this kind. */
export interface Kept {
  readonly oldestMs: Readonly<Record<DatedKind, number | null>>;
  /** Usage of hours before this was removed. `null`: none was. */
  readonly usageFromMs: number | null;
  /** Whether a Miftah that removed no usage made the database. */
  readonly predatesRemoval: boolean;
  /** The last audit entry that was removed, or will be. */
  readonly auditAnchor: ChainPlace;
  /** The last audit entry that an archive has. */
  readonly auditArchived: ChainPlace;
}

export interface RetentionStore {
  /**
   * Takes the right to prune until `untilMs`, or prolongs it. `false`: another holder has it at `nowMs`. It keeps nodes
   * from pruning at once, which would be wasteful but not wrong.
   */
  claim(holder: string, nowMs: number, untilMs: number): Promise<boolean>;
  /** Returns the right. Does nothing if another holder has it. */
  release(holder: string): Promise<void>;
  /**
   * Carries out one step in one transaction: a few hundred rows, or a hundred keys without any. A step that is
   * interrupted, or repeated, removes nothing else. Before usage is removed, `usageFromMs` moves. Before audit entries
   * are removed, `auditAnchor` moves and an entry announces it. The newest audit entry always stays.
   */
  prune(step: PruneStep): Promise<Pruned>;
  /** What is kept. Does not block the event loop. */
  describe(): Promise<Kept>;
  /**
   * Notes that an archive has all entries up to `place`, and appends `entry`. `false`, and nothing changes: the log has
   * no such entry. If that place or a later one is noted already, nothing changes and it is `true`.
   */
  noteArchived(place: ChainPlace, entry: AuditEntry): Promise<boolean>;
}
