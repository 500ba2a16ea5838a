// Checks that no audit record was changed, removed, inserted or moved.
import { type AuditRecord, chainStart, hashAuditEntry, isRefilled } from '../domain/audit-record.ts';
import { ErasedParts } from './erased-parts.ts';

/** A place in the chain that was noted earlier, and stored outside the reach of anyone who can write the log. */
export interface ChainHead {
  /** `undefined`: the hash may be anywhere in the chain. */
  readonly seq: number | undefined;
  /** 64 hex characters, lower case. */
  readonly hash: string;
}

/** The kinds of damage to a chain. */
export type ChainFaultKind =
  /** The record's members do not give its hash. */
  | 'changed'
  /** Records before this one are missing. */
  | 'missing'
  /** The record's number does not belong at its place. */
  | 'out_of_place'
  /** The record does not follow the previous one: one of the two was replaced, or one between them was removed. */
  | 'not_chained'
  /** A part of a record was emptied, and no later deletion accounts for it. */
  | 'emptied'
  /** The source has no readable record at this place. */
  | 'unreadable'
  /** The chain is intact, but the noted head is not in it: the log was truncated or rewritten. */
  | 'head_missing'
  /** The record at the anchor is not the one that the anchor names. */
  | 'anchor_differs'
  /** Records were removed up to the anchor, but no later record says so. */
  | 'not_announced'
  /** A segment of an archive is not there. */
  | 'segment_missing'
  /** A segment has other records than its name says, or records of another segment. */
  | 'segment_out_of_place'
  /** A segment ends before its last line. */
  | 'segment_incomplete'
  /** The ends or the seal of a segment don't match its records. */
  | 'segment_changed'
  /** A signature of a received segment is not one of the installation's keys. */
  | 'signature_invalid'
  /** Received records after the last signature. */
  | 'not_signed'
  /** Archive and database are not from one log. */
  | 'archive_differs';

/** The first fault of a chain. */
export interface ChainFault {
  readonly kind: ChainFaultKind;
  /** The number of the record at which the check found it. */
  readonly seq: number;
  /** One sentence for people, without a full stop. */
  readonly detail: string;
}

export interface ChainReport {
  /** Records without a fault. */
  readonly count: number;
  /** `undefined`: there are none. */
  readonly firstSeq: number | undefined;
  /** The last record without a fault. Without records: seq 0 and 64 zeros. */
  readonly head: ChainPlace;
  readonly fault: ChainFault | undefined;
  /** Records with parts that a deletion erased after the last record of the source. Only with `canEndEarlier`. */
  readonly erasedLater: number;
}

/** A record's number and hash. Number 0, with 64 zeros, is before the first record. */
export interface ChainPlace {
  readonly seq: number;
  readonly hash: string;
}

export interface ChainOptions {
  readonly head?: ChainHead | undefined;
  /**
   * The place up to which records were removed, or are being removed. The rest must follow it, and have a record that
   * announces it. Default: none were.
   */
  readonly anchor?: ChainPlace | undefined;
  /**
   * Whether the records may begin in the middle of the chain, like an export of the last month. The check then trusts
   * the first record's previous hash. Default: no.
   */
  readonly canBeginLater?: boolean;
  /**
   * Whether the records may end before the end of the chain. The check then trusts that a later deletion accounts for
   * erased parts. Default: no.
   */
  readonly canEndEarlier?: boolean;
}

const start: ChainPlace = { seq: 0, hash: chainStart };

/** A source of records throws it for a record that it can't read. */
export class UnreadableRecord extends Error {
  readonly kind: ChainFaultKind = 'unreadable';
}

/** An archive throws it for a segment that is damaged or out of place. */
export class SegmentFault extends UnreadableRecord {
  override readonly kind: ChainFaultKind;

  constructor(kind: ChainFaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/**
 * Checks `batches` in order, up to the first fault. It holds one batch in memory. `UnreadableRecord` from the source
 * counts as a fault; it passes on any other error. The chain alone can't show that the log was truncated at its end, or
 * rewritten from some record on. `head` can.
 */
export async function verifyChain(
  batches: AsyncIterable<readonly AuditRecord[]>,
  { head, anchor = start, canBeginLater = false, canEndEarlier = false }: ChainOptions = {},
): Promise<ChainReport> {
  let count = 0;
  let firstSeq: number | undefined;
  let last = start;
  let isAnnounced = anchor.seq === 0;
  let isHeadSeen = head === undefined || matches(head, last);
  let fault: ChainFault | undefined;
  const erased = new ErasedParts();
  try {
    reading: for await (const batch of batches) {
      for (const record of batch) {
        if (firstSeq === undefined && record.seq > 1) {
          last = beginBefore(record, anchor, canBeginLater);
          if (head !== undefined && matches(head, last)) isHeadSeen = true;
        }
        fault = checkRecord(record, last, head) ?? checkAnchor(record, anchor) ?? explainEmptied(erased.add(record));
        if (fault !== undefined) break reading;
        firstSeq ??= record.seq;
        last = { seq: record.seq, hash: record.hash };
        if (head !== undefined && matches(head, last)) isHeadSeen = true;
        isAnnounced ||= announces(record, anchor);
        count++;
      }
    }
  } catch (error) {
    if (!(error instanceof UnreadableRecord)) throw error;
    fault = { kind: error.kind, seq: last.seq + 1, detail: error.message };
  }
  if (fault === undefined && !isAnnounced) {
    const detail = `records up to ${anchor.seq} were removed, but no record says so`;
    fault = { kind: 'not_announced', seq: anchor.seq, detail };
  }
  if (fault === undefined && !isHeadSeen) fault = explainMissingHead(head as ChainHead, last.seq, firstSeq);
  if (fault === undefined && !canEndEarlier) fault = explainEmptied(erased.first());
  return {
    count,
    firstSeq,
    head: count === 0 ? start : last,
    fault,
    erasedLater: canEndEarlier ? erased.count() : 0,
  };
}

/** The place that the first record must follow. Records up to the anchor may be there or not. */
function beginBefore({ seq, previousHash }: AuditRecord, anchor: ChainPlace, canBeginLater: boolean): ChainPlace {
  if (canBeginLater || seq <= anchor.seq) return { seq: seq - 1, hash: previousHash };
  return anchor;
}

function checkAnchor({ seq, hash }: AuditRecord, anchor: ChainPlace): ChainFault | undefined {
  if (seq !== anchor.seq || hash === anchor.hash) return undefined;
  return { kind: 'anchor_differs', seq, detail: `record ${seq} differs from the noted place of the last removal` };
}

function announces({ action, after }: AuditRecord, anchor: ChainPlace): boolean {
  return action === 'audit.pruned' && after?.seq === anchor.seq && after.hash === anchor.hash;
}

function checkRecord(
  record: AuditRecord,
  last: ChainReport['head'],
  head: ChainHead | undefined,
): ChainFault | undefined {
  const { seq } = record;
  const wanted = last.seq + 1;
  if (seq > wanted) {
    const gone = seq - 1 === wanted ? `record ${wanted} is` : `records ${wanted} to ${seq - 1} are`;
    return { kind: 'missing', seq, detail: `${gone} missing` };
  }
  if (seq < wanted) {
    return { kind: 'out_of_place', seq, detail: `record ${seq} is in the place of record ${wanted}` };
  }
  if (record.previousHash !== last.hash) {
    const detail = `record ${seq} does not follow record ${last.seq}: a record was replaced, inserted, removed or moved here`;
    return { kind: 'not_chained', seq, detail };
  }
  if (isRefilled(record) || hashAuditEntry(record, seq, record.previousHash, record.seals) !== record.hash) {
    return { kind: 'changed', seq, detail: `record ${seq} was changed after it was written` };
  }
  if (head?.seq === seq && head.hash !== record.hash) {
    const detail = `record ${seq} differs from the given head: the log was rewritten up to this record or beyond`;
    return { kind: 'head_missing', seq, detail };
  }
  return undefined;
}

function explainEmptied(seq: number | undefined): ChainFault | undefined {
  if (seq === undefined) return undefined;
  return { kind: 'emptied', seq, detail: `record ${seq} was emptied, and no deletion in the log accounts for it` };
}

function matches(head: ChainHead, place: ChainReport['head']): boolean {
  return head.hash === place.hash && (head.seq === undefined || head.seq === place.seq);
}

function explainMissingHead({ seq }: ChainHead, lastSeq: number, firstSeq = 1): ChainFault {
  if (seq === undefined) {
    const detail = 'no record has the hash of the given head: the log was truncated, rewritten, or begins later';
    return { kind: 'head_missing', seq: lastSeq, detail };
  }
  const detail =
    seq < firstSeq
      ? `record ${seq} of the given head is not here: the records begin with ${firstSeq}, so give the archive of the earlier ones too`
      : `record ${seq} of the given head is missing: the log ends with record ${lastSeq}`;
  return { kind: 'head_missing', seq, detail };
}
