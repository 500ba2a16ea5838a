// What a destination has received: records and signed lines in their order of arrival, some of them twice.
import type { AuditRecord } from '../domain/audit-record.ts';
import { SegmentFault, UnreadableRecord } from './chain.ts';
import { parseExportedRecord } from './exported-record.ts';
import { parseSignedEnd, type SegmentBounds, textOf } from './signed-segment.ts';

/** What a check of received lines counts. */
export interface ReceivedCount {
  /** Signatures that hold. */
  segments: number;
  /** Records that arrived again. */
  repeated: number;
}

/**
 * The records of received lines, each once. A record that arrives again must have the same number and hash. Throws an
 * `UnreadableRecord` or a `SegmentFault` for a line that Miftah did not write, a signature that does not hold, and at
 * the end for records that no signature covers. It holds the hash of every record in memory.
 *
 * @param verify whether the signature of the text holds
 */
export async function* readReceived(
  lines: AsyncIterable<string>,
  verify: (signature: string, text: string) => Promise<boolean>,
  count: ReceivedCount,
): AsyncGenerator<readonly AuditRecord[]> {
  const hashes = new Map<number, string>();
  let last = 0;
  let signedTo = 0;
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line === '') continue;
    const end = parseSignedEnd(line);
    if (end !== undefined) {
      const { bounds, signature } = end;
      if (!(await verify(signature, textOf(bounds)))) {
        throw new SegmentFault('signature_invalid', `the signature in line ${number} is not of the given keys`);
      }
      checkBounds(bounds, hashes, number);
      count.segments++;
      signedTo = Math.max(signedTo, bounds.lastSeq);
      continue;
    }
    const record = parseExportedRecord(line);
    if (record === undefined) throw new UnreadableRecord(`line ${number} is neither a record nor a signed line`);
    const known = hashes.get(record.seq);
    if (known === undefined) {
      hashes.set(record.seq, record.hash);
      last = record.seq;
      yield [record];
    } else if (known === record.hash) count.repeated++;
    else {
      const detail = `record ${record.seq} arrived twice with different content: one is not of this log`;
      throw new SegmentFault('not_chained', detail);
    }
  }
  if (signedTo < last) {
    const detail = `records ${signedTo + 1} to ${last} are not signed: the end of their segment did not arrive`;
    throw new SegmentFault('not_signed', detail);
  }
}

/** A signed line must come after its records. */
function checkBounds(
  { firstSeq, previousHash, lastSeq, lastHash }: SegmentBounds,
  hashes: ReadonlyMap<number, string>,
  line: number,
): void {
  const before = hashes.get(firstSeq - 1) ?? previousHash;
  if (hashes.get(lastSeq) === lastHash && hashes.has(firstSeq) && before === previousHash) return;
  throw new SegmentFault('segment_changed', `line ${line} signs records ${firstSeq} to ${lastSeq}, which are not here`);
}
