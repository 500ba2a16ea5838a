// Checks that audit records are the ones that were written: none changed, removed, inserted or moved.
import { type AuditRecord, chainStart, hashAuditEntry } from '../domain/audit-record.ts';

/** A place in the chain that was seen before, and kept where whoever can write the log can't. */
export interface ChainHead {
  /** `undefined`: anywhere in the chain. */
  readonly seq: number | undefined;
  /** 64 hex characters, lower case. */
  readonly hash: string;
}

export type ChainFaultKind =
  /** The record's members are not those that its hash was made of. */
  | 'changed'
  /** Records before this one are gone. */
  | 'missing'
  /** A record stands where its number does not belong. */
  | 'out_of_place'
  /** The record does not go with the one before it: one of the two was replaced, or one between them removed. */
  | 'not_chained'
  | 'unreadable'
  /** The chain is whole, but not the one that was seen before: it was cut off or written anew. */
  | 'head_missing';

/** The first thing that is wrong. */
export interface ChainFault {
  readonly kind: ChainFaultKind;
  /** The record at which it shows. */
  readonly seq: number;
  readonly detail: string;
}

export interface ChainReport {
  /** Records that were checked and found right. */
  readonly count: number;
  /** `undefined` when there is none. */
  readonly firstSeq: number | undefined;
  /** The last record found right; seq 0 and 64 zeros when there is none. */
  readonly head: { readonly seq: number; readonly hash: string };
  readonly fault: ChainFault | undefined;
}

export interface ChainOptions {
  readonly head?: ChainHead | undefined;
  /**
   * Whether the records may begin in the middle of the chain, as an export of the last month does. The first one is then taken at its word
   * for what came before. Default: no.
   */
  readonly canBeginLater?: boolean;
}

/** Told of what a source of records can't read. */
export class UnreadableRecord extends Error {}

/**
 * Reads `batches` in their order up to the first fault; memory stays that of one batch. A batch source that throws
 * `UnreadableRecord` has met a fault; all else it throws is passed on. What no check of the chain alone can see, a log cut off at its end
 * or written anew from some record on, `head` finds.
 */
export async function verifyChain(
  batches: AsyncIterable<readonly AuditRecord[]>,
  { head, canBeginLater = false }: ChainOptions = {},
): Promise<ChainReport> {
  let count = 0;
  let firstSeq: number | undefined;
  let last = { seq: 0, hash: chainStart };
  let isHeadSeen = head === undefined || matches(head, last);
  let fault: ChainFault | undefined;
  try {
    reading: for await (const batch of batches) {
      for (const record of batch) {
        if (firstSeq === undefined && canBeginLater && record.seq > 1) {
          last = { seq: record.seq - 1, hash: record.previousHash };
          if (head !== undefined && matches(head, last)) isHeadSeen = true;
        }
        fault = checkRecord(record, last, head);
        if (fault !== undefined) break reading;
        firstSeq ??= record.seq;
        last = { seq: record.seq, hash: record.hash };
        if (head !== undefined && matches(head, last)) isHeadSeen = true;
        count++;
      }
    }
  } catch (error) {
    if (!(error instanceof UnreadableRecord)) throw error;
    fault = { kind: 'unreadable', seq: last.seq + 1, detail: error.message };
  }
  if (fault === undefined && !isHeadSeen) fault = explainMissingHead(head as ChainHead, last.seq);
  return { count, firstSeq, head: count === 0 ? { seq: 0, hash: chainStart } : last, fault };
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
  if (hashAuditEntry(record, seq, record.previousHash) !== record.hash) {
    return { kind: 'changed', seq, detail: `record ${seq} was changed after it was written` };
  }
  if (head?.seq === seq && head.hash !== record.hash) {
    const detail = `record ${seq} differs from the given head: the log was rewritten up to this record or beyond`;
    return { kind: 'head_missing', seq, detail };
  }
  return undefined;
}

function matches(head: ChainHead, place: ChainReport['head']): boolean {
  return head.hash === place.hash && (head.seq === undefined || head.seq === place.seq);
}

function explainMissingHead({ seq }: ChainHead, lastSeq: number): ChainFault {
  const detail =
    seq === undefined
      ? `no record has the hash of the given head: the log was truncated or rewritten`
      : `record ${seq} of the given head is missing: the log ends with record ${lastSeq}`;
  return { kind: 'head_missing', seq: seq ?? lastSeq, detail };
}
