// Adds up the uses in a segment of the journal, in the order in which the store writes them.
import { oneHourMs } from '../domain/durations.ts';
import type { UseKind } from '../domain/use.ts';
import {
  digestBytes,
  digestFlag,
  measureRecord,
  readFrames,
  recordHeadBytes,
  type SegmentHeader,
} from './journal-format.ts';
import type { CountedClass, LastUses, SupersededUse, UsageBatch, UsageSeries } from './ports.ts';

export interface SummedSegment {
  /** `undefined`: the segment is unreadable. */
  readonly batch: UsageBatch | undefined;
  /** The bytes after the readable part. */
  readonly damagedBytes: number;
}

/** The platform's place for the higher half of a 64-bit integer: two numbers are sorted as one. */
const high = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;
const low = 1 - high;

/** Pairs of 32-bit integers, sorted by the first, then the second: some 80 ns each, without a comparison function. */
class Pairs {
  /** Small at first, because each record of a damaged segment may have an hour of its own. */
  #words = new Uint32Array(16);
  #length = 0;

  push(first: number, second: number): void {
    const at = this.#length;
    if (at === this.#words.length) {
      const larger = new Uint32Array(2 * at);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words[at + high] = first;
    this.#words[at + low] = second;
    this.#length = at + 2;
  }

  sort(): { readonly count: number; first(at: number): number; second(at: number): number } {
    const words = this.#words;
    const count = this.#length / 2;
    new BigUint64Array(words.buffer, 0, count).sort();
    return {
      count,
      first: (at) => words[2 * at + high] as number,
      second: (at) => words[2 * at + low] as number,
    };
  }
}

/** The uses of one kind, scope and hour. */
interface Group {
  readonly kind: number;
  readonly scope: number;
  readonly hourMs: number;
  readonly pairs: Pairs;
}

/**
 * Sums a segment up to its first damage. Never throws. A use counts for the hour of its instant. Only `allowed` and
 * `upstream_failed` count as a last use, because anyone may have sent a refused request.
 */
export function sumSegment(bytes: Uint8Array): SummedSegment {
  const { header, payloads, damagedBytes: tornBytes } = readFrames(bytes);
  if (header === undefined) return { batch: undefined, damagedBytes: tornBytes };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const passed = header.kinds.map(({ outcome }) => outcome === 'allowed' || outcome === 'upstream_failed');
  const groups: Group[] = [];
  const groupsByHour = new Map<number, Map<number, Group>>();
  let damagedBytes = tornBytes;
  const uses = new Pairs();
  const superseded = new Map<string, SupersededUse>();
  let group: Group | undefined;

  reading: for (const { start, end } of payloads) {
    for (let at = start; at < end; ) {
      const length = measureRecord(view, at, end, header);
      if (length === 0) {
        // The rest is unreadable: only the length of a record determines where the next one begins.
        damagedBytes = bytes.length - at;
        break reading;
      }
      const flags = bytes[at] as number;
      const kind = flags & ~digestFlag;
      const scope = view.getUint16(at + 2, true);
      const keySeq = view.getUint32(at + 4, true);
      const atMs = view.getFloat64(at + 12, true);
      const hourMs = atMs - (atMs % oneHourMs);
      if (group === undefined || group.kind !== kind || group.scope !== scope || group.hourMs !== hourMs) {
        const name = (scope << 7) | kind;
        let byHour = groupsByHour.get(name);
        if (byHour === undefined) {
          byHour = new Map();
          groupsByHour.set(name, byHour);
        }
        group = byHour.get(hourMs);
        if (group === undefined) {
          group = { kind, scope, hourMs, pairs: new Pairs() };
          byHour.set(hourMs, group);
          groups.push(group);
        }
      }
      group.pairs.push(view.getUint32(at + 8, true), keySeq);
      if (passed[kind] === true) uses.push(keySeq, at);
      if (kind !== flags) {
        const digestAt = at + recordHeadBytes + (bytes[at + 1] as number);
        const digest = Buffer.from(bytes.subarray(digestAt, digestAt + digestBytes)).toString('hex');
        addSuperseded(superseded, digest, atMs, readAddress(bytes, at) ?? null);
      }
      at += length;
    }
  }
  return {
    batch: {
      run: header.run,
      sequence: header.sequence,
      series: toAllSeries(groups, header),
      lastUses: toLastUses(uses, bytes, view),
      superseded: [...superseded.values()],
    },
    damagedBytes,
  };
}

function addSuperseded(all: Map<string, SupersededUse>, digest: string, atMs: number, address: string | null): void {
  const before = all.get(digest);
  const last = before !== undefined && before.atMs > atMs ? before : { atMs, address };
  all.set(digest, { digest, count: (before?.count ?? 0) + 1, atMs: last.atMs, address: last.address });
}

function readAddress(bytes: Uint8Array, recordAt: number): string | undefined {
  const length = bytes[recordAt + 1] as number;
  if (length === 0) return undefined;
  const start = recordAt + recordHeadBytes;
  return String.fromCharCode(...bytes.subarray(start, start + length));
}

/** Kinds with the same outcome are one series: they add to the same rows, which are then written once. */
function toAllSeries(groups: readonly Group[], header: SegmentHeader): UsageSeries[] {
  const parts = new Map<string, Part[]>();
  for (const { kind, scope, hourMs, pairs } of groups) {
    const useKind = header.kinds[kind] as UseKind;
    const name = `${useKind.outcome} ${scope} ${hourMs}`;
    const part = { ...useKind, ...addUp(pairs), scope, hourMs };
    const others = parts.get(name);
    if (others === undefined) parts.set(name, [part]);
    else others.push(part);
  }
  return Array.from(parts.values(), (each) => toSeries(each, header));
}

/** The sums of one kind, scope and hour: rows in ascending order of organization, then key. */
interface Part extends UseKind, Rows {
  readonly scope: number;
  readonly hourMs: number;
}

interface Rows {
  readonly orgSeqs: Uint32Array;
  readonly keySeqs: Uint32Array;
  readonly counts: Uint32Array;
}

function addUp(pairs: Pairs): Rows {
  const sorted = pairs.sort();
  const keySeqs = new Uint32Array(sorted.count);
  const orgSeqs = new Uint32Array(sorted.count);
  const counts = new Uint32Array(sorted.count);
  let rows = 0;
  for (let at = 0; at < sorted.count; at++) {
    const orgSeq = sorted.first(at);
    const keySeq = sorted.second(at);
    if (rows === 0 || keySeqs[rows - 1] !== keySeq || orgSeqs[rows - 1] !== orgSeq) {
      orgSeqs[rows] = orgSeq;
      keySeqs[rows] = keySeq;
      rows++;
    }
    counts[rows - 1] = (counts[rows - 1] as number) + 1;
  }
  return { orgSeqs: orgSeqs.slice(0, rows), keySeqs: keySeqs.slice(0, rows), counts: counts.slice(0, rows) };
}

function toSeries(parts: readonly Part[], header: SegmentHeader): UsageSeries {
  const [first] = parts as readonly [Part];
  const { rows, places } = parts.length === 1 ? { rows: first, places: [] } : merge(parts);
  /** The sum of the parts that `isIn` chooses. */
  const sum = (isIn: (part: Part) => boolean): Uint32Array => {
    if (parts.every(isIn)) return rows.counts;
    const sums = new Uint32Array(rows.counts.length);
    for (const [number, part] of parts.entries()) {
      if (!isIn(part)) continue;
      for (const [at, count] of part.counts.entries()) {
        const row = (places[number] as Uint32Array)[at] as number;
        sums[row] = (sums[row] as number) + count;
      }
    }
    return sums;
  };
  const counted = new Set(parts.map(({ statusClass }) => statusClass));
  counted.delete('unknown');
  counted.delete(undefined);
  const { length } = header.environments;
  return {
    apiId: header.apis[Math.floor(first.scope / length)] as string,
    environment: header.environments[first.scope % length] as UsageSeries['environment'],
    outcome: first.outcome,
    hourMs: first.hourMs,
    orgSeqs: rows.orgSeqs,
    keySeqs: rows.keySeqs,
    counts: rows.counts,
    billed: parts.some(({ isBilled }) => isBilled) ? sum(({ isBilled }) => isBilled) : undefined,
    statuses: Object.fromEntries(
      Array.from(counted as Set<CountedClass>, (each) => [each, sum(({ statusClass }) => statusClass === each)]),
    ),
  };
}

/** The rows of all parts, each pair of organization and key once. `places`: for each part, where its rows went. */
function merge(parts: readonly Rows[]): { rows: Rows; places: Uint32Array[] } {
  const pairs = new Pairs();
  for (const { orgSeqs, keySeqs } of parts)
    for (const [at, orgSeq] of orgSeqs.entries()) pairs.push(orgSeq, keySeqs[at] as number);
  const rows = addUp(pairs);
  rows.counts.fill(0);
  const places = parts.map(({ orgSeqs, keySeqs, counts }) => {
    let row = 0;
    return orgSeqs.map((orgSeq, at) => {
      while (rows.orgSeqs[row] !== orgSeq || rows.keySeqs[row] !== keySeqs[at]) row++;
      rows.counts[row] = (rows.counts[row] as number) + (counts[at] as number);
      return row;
    });
  });
  return { rows, places };
}

/** `uses`: pairs of a key's number and the position of a record. */
function toLastUses(uses: Pairs, bytes: Uint8Array, view: DataView): LastUses {
  const sorted = uses.sort();
  const keySeqs = new Uint32Array(sorted.count);
  const recordAt = new Uint32Array(sorted.count);
  let rows = 0;
  for (let at = 0; at < sorted.count; at++) {
    const keySeq = sorted.first(at);
    const record = sorted.second(at);
    if (rows === 0 || keySeqs[rows - 1] !== keySeq) {
      keySeqs[rows] = keySeq;
      recordAt[rows] = record;
      rows++;
    } else if (view.getFloat64(record + 12, true) >= view.getFloat64((recordAt[rows - 1] as number) + 12, true)) {
      recordAt[rows - 1] = record;
    }
  }
  const atMs = new Float64Array(rows);
  const addressAt = new Uint32Array(rows);
  const places = new Map<string, number>();
  for (let row = 0; row < rows; row++) {
    const record = recordAt[row] as number;
    atMs[row] = view.getFloat64(record + 12, true);
    const address = readAddress(bytes, record);
    if (address === undefined) continue;
    if (!places.has(address)) places.set(address, places.size + 1);
    addressAt[row] = places.get(address) as number;
  }
  return { keySeqs: keySeqs.slice(0, rows), atMs, addressAt, addresses: [...places.keys()] };
}
