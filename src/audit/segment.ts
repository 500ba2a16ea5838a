// An archive of the audit log: a folder of segments, closed files that follow each other in one chain.
import { createHash } from 'node:crypto';
import { type AuditRecord, chainStart } from '../domain/audit-record.ts';
import { type ChainPlace, SegmentFault } from './chain.ts';
import { parseExportedRecord } from './exported-record.ts';

/** The first line of a segment. */
export interface SegmentHead {
  readonly firstSeq: number;
  /** The hash of the record before the first one. For record 1: 64 zeros. */
  readonly previousHash: string;
  /** The file name of the segment before. `null`: the archive begins here. */
  readonly follows: string | null;
}

const format = 'miftah-audit-1';

/** The name of a segment says which records it has, in the order of their numbers: `audit-000000000001-000000000420.jsonl`. */
export function nameSegment(firstSeq: number, lastSeq: number): string {
  const pad = (seq: number) => String(seq).padStart(12, '0');
  return `audit-${pad(firstSeq)}-${pad(lastSeq)}.jsonl`;
}

/** The numbers of the first and last record in a segment's name. `undefined`: another file. */
export function parseSegmentName(name: string): { readonly firstSeq: number; readonly lastSeq: number } | undefined {
  const parts = /^audit-(\d{12})-(\d{12})\.jsonl$/.exec(name);
  return parts === null ? undefined : { firstSeq: Number(parts[1]), lastSeq: Number(parts[2]) };
}

export function formatSegmentHead({ firstSeq, previousHash, follows }: SegmentHead): string {
  return `${JSON.stringify({ segment: format, firstSeq, previousHash, follows })}\n`;
}

/** The last line: the place after the last record, and a seal over both ends. */
export function formatSegmentEnd(head: SegmentHead, last: ChainPlace): string {
  return `${JSON.stringify({ lastSeq: last.seq, lastHash: last.hash, seal: sealOf(head, last) })}\n`;
}

/** SHA-256 (hex) over the hash before the segment and its members in fixed order, as a record's own hash. */
function sealOf({ firstSeq, previousHash, follows }: SegmentHead, last: ChainPlace): string {
  const text = JSON.stringify([previousHash, format, firstSeq, follows, last.seq, last.hash]);
  return createHash('sha256').update(text).digest('hex');
}

/** `undefined`: the line begins no segment. */
export function parseSegmentHead(line: string): SegmentHead | undefined {
  const value = parseObject(line);
  if (value?.segment !== format) return undefined;
  const { firstSeq, previousHash, follows } = value;
  const isSound =
    Number.isSafeInteger(firstSeq) &&
    typeof previousHash === 'string' &&
    (follows === null || typeof follows === 'string');
  return isSound ? { firstSeq: firstSeq as number, previousHash, follows } : undefined;
}

function parseSegmentEnd(line: string): (ChainPlace & { readonly seal: string }) | undefined {
  const { lastSeq, lastHash, seal } = parseObject(line) ?? {};
  if (!Number.isSafeInteger(lastSeq) || typeof lastHash !== 'string' || typeof seal !== 'string') return undefined;
  return { seq: lastSeq as number, hash: lastHash, seal };
}

/** A segment with its lines, one after the other. */
export interface SegmentSource {
  readonly name: string;
  readonly lines: AsyncIterable<string>;
}

/**
 * The records of one segment. Throws a `SegmentFault` for a file that is not a whole segment: without its first or last
 * line, with more after the last one, or with other ends than its records have.
 *
 * @param onEnd called at the end, with the first line and the place after the last record
 */
export async function* readSegment(
  { name, lines }: SegmentSource,
  onEnd: (head: SegmentHead, last: ChainPlace) => void = () => undefined,
): AsyncGenerator<readonly AuditRecord[]> {
  let head: SegmentHead | undefined;
  let last: ChainPlace | undefined;
  let end: ReturnType<typeof parseSegmentEnd>;
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line === '') continue;
    if (head === undefined) {
      head = parseSegmentHead(line);
      if (head === undefined) throw new SegmentFault('segment_changed', `the first line of ${name} is not a segment's`);
      last = { seq: head.firstSeq - 1, hash: head.previousHash };
      continue;
    }
    if (end !== undefined) throw new SegmentFault('segment_changed', `line ${number} of ${name} follows its last line`);
    end = parseSegmentEnd(line);
    if (end !== undefined) continue;
    const record = parseExportedRecord(line);
    if (record === undefined) throw new SegmentFault('unreadable', `line ${number} of ${name} is not a record`);
    last = { seq: record.seq, hash: record.hash };
    yield [record];
  }
  if (head === undefined || last === undefined || end === undefined) {
    throw new SegmentFault('segment_incomplete', `the last line of ${name} is missing: the file was truncated`);
  }
  if (end.seq !== last.seq || end.hash !== last.hash || end.seal !== sealOf(head, end)) {
    throw new SegmentFault('segment_changed', `the seal of ${name} does not match its records`);
  }
  onEnd(head, last);
}

/**
 * The records of an archive in one chain. Throws a `SegmentFault` if a segment is missing, has another name than its
 * records, or has records that another segment has too.
 *
 * @param names the segments' file names in any order; other files are skipped
 */
export async function* readArchive(
  names: readonly string[],
  open: (name: string) => AsyncIterable<string>,
): AsyncGenerator<readonly AuditRecord[]> {
  let before: { readonly name: string; readonly place: ChainPlace } | undefined;
  for (const name of names.filter((each) => parseSegmentName(each) !== undefined).toSorted()) {
    const { firstSeq = 0, lastSeq = 0 } = parseSegmentName(name) ?? {};
    const wanted = before === undefined ? firstSeq : before.place.seq + 1;
    if (firstSeq > wanted) {
      const gone = `no segment has the records ${wanted} to ${firstSeq - 1}, between ${before?.name} and ${name}`;
      throw new SegmentFault('segment_missing', gone);
    }
    if (firstSeq < wanted) {
      throw new SegmentFault('segment_out_of_place', `${name} has records that ${before?.name} has too`);
    }
    let found: { readonly head: SegmentHead; readonly last: ChainPlace } | undefined;
    const lines = checkHead(name, open(name), firstSeq, before);
    yield* readSegment({ name, lines }, (head, last) => {
      found = { head, last };
    });
    if (found === undefined || found.last.seq !== lastSeq) {
      const detail = `${name} ends with record ${found?.last.seq}, not with the record of its name`;
      throw new SegmentFault('segment_out_of_place', detail);
    }
    before = { name, place: found.last };
  }
}

/** Checks the first line before any record is read. */
async function* checkHead(
  name: string,
  lines: AsyncIterable<string>,
  firstSeq: number,
  before: { readonly name: string; readonly place: ChainPlace } | undefined,
): AsyncGenerator<string> {
  let isFirst = true;
  for await (const line of lines) {
    const head = isFirst ? parseSegmentHead(line) : undefined;
    isFirst = false;
    if (head !== undefined) {
      if (head.firstSeq !== firstSeq) {
        const detail = `${name} begins with record ${head.firstSeq}, not with the record of its name: it was renamed`;
        throw new SegmentFault('segment_out_of_place', detail);
      }
      if (head.follows !== null && before === undefined) {
        throw new SegmentFault('segment_missing', `${name} follows ${head.follows}, which is not in the archive`);
      }
      const previousHash = before?.place.hash ?? (firstSeq === 1 ? chainStart : head.previousHash);
      if (head.previousHash !== previousHash) {
        throw new SegmentFault('not_chained', `${name} does not follow ${before?.name ?? 'the start of the log'}`);
      }
    }
    yield line;
  }
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
