// The signed line that ends each segment of records on its way to a destination.
import type { AuditRecord } from '../domain/audit-record.ts';
import type { ChainPlace } from './chain.ts';

/** The `typ` of the signatures (RFC 7515 §4.1.9). */
export const segmentType = 'miftah-audit-segment';

/** The records between two places of the chain. */
export interface SegmentBounds {
  readonly firstSeq: number;
  /** The hash of the record before the first one. */
  readonly previousHash: string;
  readonly lastSeq: number;
  readonly lastHash: string;
}

/** Signs text. Its result has no line breaks. */
export type Sign = (text: string) => Promise<string>;

/** The bounds of records in their order. `records` has at least one. */
export function boundsOf(records: readonly AuditRecord[]): SegmentBounds {
  const [first, last] = [records[0] as AuditRecord, records.at(-1) as AuditRecord];
  return { firstSeq: first.seq, previousHash: first.previousHash, lastSeq: last.seq, lastHash: last.hash };
}

/** The place after the last record. */
export function endOf({ lastSeq, lastHash }: SegmentBounds): ChainPlace {
  return { seq: lastSeq, hash: lastHash };
}

/** The line that ends a segment, without a line break. */
export async function formatSignedEnd(bounds: SegmentBounds, sign: Sign): Promise<string> {
  return JSON.stringify({ segment: inOrder(bounds), signature: await sign(textOf(bounds)) });
}

/** The signed text: the members in fixed order, as one JSON object. */
export function textOf(bounds: SegmentBounds): string {
  return JSON.stringify(inOrder(bounds));
}

function inOrder({ firstSeq, previousHash, lastSeq, lastHash }: SegmentBounds): SegmentBounds {
  return { firstSeq, previousHash, lastSeq, lastHash };
}

/** `undefined`: the line ends no segment. */
export function parseSignedEnd(
  line: string,
): { readonly bounds: SegmentBounds; readonly signature: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { segment, signature } = (value ?? {}) as Record<string, unknown>;
  if (typeof segment !== 'object' || segment === null || typeof signature !== 'string') return undefined;
  const { firstSeq, previousHash, lastSeq, lastHash } = segment as Record<string, unknown>;
  const isSound =
    Number.isSafeInteger(firstSeq) &&
    Number.isSafeInteger(lastSeq) &&
    typeof previousHash === 'string' &&
    typeof lastHash === 'string';
  return isSound ? { bounds: { firstSeq, previousHash, lastSeq, lastHash } as SegmentBounds, signature } : undefined;
}
