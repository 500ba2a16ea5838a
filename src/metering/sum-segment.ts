// Adds up the uses in a segment of the journal, in the order in which the store writes them.
import { oneHourMs } from '../domain/durations.ts';
import { responseBuckets, type UsageRoute, type UseKind } from '../domain/use.ts';
import { digestBytes, digestFlag, measureRecord, readFrames, type SegmentHeader } from './journal-format.ts';
import { PairCounts } from './pairs.ts';
import type { CountedClass, RouteSeries, SupersededUse, UsageBatch, UsageSeries } from './ports.ts';
import { KeySums, readAddress } from './sum-keys.ts';

export interface SummedSegment {
  /** `undefined`: the segment is unreadable. */
  readonly batch: UsageBatch | undefined;
  /** The bytes after the readable part. */
  readonly damagedBytes: number;
}

/** The uses of one kind, scope and hour, or of one route among them. */
interface Uses {
  /** Of organization and key. */
  readonly counts: PairCounts;
  times: OrgTimes | undefined;
}

interface Group extends Uses {
  readonly kind: number;
  readonly scope: number;
  readonly hourMs: number;
  /** The uses that have a route, by its number. They are in `counts` too. */
  readonly routes: Map<number, Uses>;
}

/** The requests of organizations by the bucket of their response time. */
class OrgTimes {
  readonly #rows = new Map<number, number>();
  #counts = new Uint32Array(16 * responseBuckets);
  /** Uses of one organization often follow each other. */
  #last = { orgSeq: -1, row: 0 };

  add(orgSeq: number, bucket: number): void {
    const last = this.#last;
    if (last.orgSeq !== orgSeq) {
      last.orgSeq = orgSeq;
      last.row = this.#rows.get(orgSeq) ?? this.#append(orgSeq);
    }
    const at = last.row * responseBuckets + bucket - 1;
    this.#counts[at] = (this.#counts[at] as number) + 1;
  }

  #append(orgSeq: number): number {
    const row = this.#rows.size;
    this.#rows.set(orgSeq, row);
    if ((row + 1) * responseBuckets > this.#counts.length) {
      const larger = new Uint32Array(2 * this.#counts.length);
      larger.set(this.#counts);
      this.#counts = larger;
    }
    return row;
  }

  /** Adds the sums to `buckets`, at the place that `placeOf` gives each organization. */
  addTo(buckets: (Uint32Array | undefined)[], placeOf: ReadonlyMap<number, number>): void {
    for (const [orgSeq, row] of this.#rows) {
      const place = placeOf.get(orgSeq) as number;
      for (let bucket = 0; bucket < responseBuckets; bucket++) {
        const count = this.#counts[row * responseBuckets + bucket] as number;
        if (count === 0) continue;
        const sums = buckets[bucket] ?? new Uint32Array(placeOf.size);
        buckets[bucket] = sums;
        sums[place] = (sums[place] as number) + count;
      }
    }
  }
}

/**
 * Sums a segment up to its first damage. Never throws. A use counts for the hour of its instant. Only `allowed` and
 * `upstream_failed` count as a last use, because anyone may have sent a refused request.
 */
export function sumSegment(bytes: Uint8Array): SummedSegment {
  const { header, headBytes, payloads, damagedBytes: tornBytes } = readFrames(bytes);
  if (header === undefined) return { batch: undefined, damagedBytes: tornBytes };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const passed = header.kinds.map(({ outcome }) => outcome === 'allowed' || outcome === 'upstream_failed');
  const groups: Group[] = [];
  const groupsByHour = new Map<number, Map<number, Group>>();
  let damagedBytes = tornBytes;
  const segment = { bytes, headBytes };
  const keys = new KeySums(segment);
  const hasDetail = headBytes > 20;
  const superseded = new Map<string, SupersededUse>();
  let group: Group | undefined;

  reading: for (const { start, end } of payloads) {
    for (let at = start; at < end; ) {
      const length = measureRecord(view, at, end, header, headBytes);
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
          group = { kind, scope, hourMs, counts: new PairCounts(), times: undefined, routes: new Map() };
          byHour.set(hourMs, group);
          groups.push(group);
        }
      }
      const orgSeq = view.getUint32(at + 8, true);
      const bucket = hasDetail ? (bytes[at + 22] as number) : 0;
      addUse(group, orgSeq, keySeq, bucket);
      const route = hasDetail ? view.getUint16(at + 20, true) : 0;
      if (route !== 0) addUse(usesOf(group.routes, route), orgSeq, keySeq, bucket);
      keys.add(at, keySeq, orgSeq, atMs, hourMs, passed[kind] as boolean);
      if (kind !== flags) {
        const digestAt = at + headBytes + (bytes[at + 1] as number);
        const digest = Buffer.from(bytes.subarray(digestAt, digestAt + digestBytes)).toString('hex');
        addSuperseded(superseded, digest, atMs, readAddress(segment, at) ?? null);
      }
      at += length;
    }
  }
  return {
    batch: {
      run: header.run,
      sequence: header.sequence,
      ...toAllSeries(groups, header),
      ...keys.finish(),
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

function addUse(uses: Uses, orgSeq: number, keySeq: number, bucket: number): void {
  uses.counts.add(orgSeq, keySeq);
  if (bucket === 0) return;
  uses.times ??= new OrgTimes();
  uses.times.add(orgSeq, bucket);
}

function usesOf(routes: Map<number, Uses>, route: number): Uses {
  let uses = routes.get(route);
  if (uses === undefined) {
    uses = { counts: new PairCounts(), times: undefined };
    routes.set(route, uses);
  }
  return uses;
}

/**
 * Kinds with the same outcome are one series: they add to the same rows, which are then written once. Those with a
 * route are a series of their own too.
 */
function toAllSeries(groups: readonly Group[], header: SegmentHeader): Pick<UsageBatch, 'series' | 'routes'> {
  const series = new Map<string, { readonly parts: Part[]; readonly routed: RoutedPart[] }>();
  for (const { kind, scope, hourMs, counts, times, routes } of groups) {
    const common = { ...(header.kinds[kind] as UseKind), scope, hourMs };
    const name = `${common.outcome} ${scope} ${hourMs}`;
    const { parts, routed } = series.get(name) ?? { parts: [], routed: [] };
    series.set(name, { parts, routed });
    parts.push({ ...common, ...toRows(counts), times });
    for (const [number, uses] of routes) {
      const route = header.routes[number - 1] as UsageRoute;
      routed.push({ ...common, ...toRows(uses.counts), times: uses.times, route });
    }
  }
  return {
    series: Array.from(series.values(), ({ parts, routed }) => toSeries(parts, routed, header)),
    routes: Array.from(series.values(), ({ routed }) => toRouteSeries(routed, header)).flat(),
  };
}

function toRouteSeries(parts: readonly RoutedPart[], header: SegmentHeader): RouteSeries[] {
  const byRoute = Map.groupBy(parts, ({ route: { orgSeq, pattern } }) => `${orgSeq} ${pattern}`);
  return Array.from(byRoute.values(), (each) => {
    const [{ route }] = each as [RoutedPart];
    return { ...toSeries(each, each, header), route: { orgSeq: route.orgSeq, pattern: route.pattern } };
  });
}

/** The sums of one kind, scope and hour: rows in ascending order of organization, then key. */
interface Part extends UseKind, Rows {
  readonly scope: number;
  readonly hourMs: number;
  readonly times: OrgTimes | undefined;
}

/** The part of it that has this route. */
interface RoutedPart extends Part {
  readonly route: UsageRoute;
}

interface Rows {
  readonly orgSeqs: Uint32Array;
  readonly keySeqs: Uint32Array;
  readonly counts: Uint32Array;
}

function toRows(counts: PairCounts): Rows {
  const { firsts: orgSeqs, seconds: keySeqs, counts: sums } = counts.sort();
  return { orgSeqs, keySeqs, counts: sums };
}

/** `routed`: the parts of `parts` that have a route. */
function toSeries(parts: readonly Part[], routed: readonly RoutedPart[], header: SegmentHeader): UsageSeries {
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
  const weighed = routed.filter(({ route }) => route.units !== 1);
  const billed = weighed.filter(({ isBilled }) => isBilled);
  const times = sumTimes(parts, rows.orgSeqs);
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
    ...(weighed.length > 0 && { extraWeights: sumExtraWeights(weighed, rows) }),
    ...(billed.length > 0 && { billedExtraWeights: sumExtraWeights(billed, rows) }),
    ...(times !== undefined && { times }),
  };
}

/** The units beyond one for each request. Every part has only rows of `rows`, in the same order. */
function sumExtraWeights(parts: readonly RoutedPart[], rows: Rows): Float64Array {
  const sums = new Float64Array(rows.counts.length);
  for (const { orgSeqs, keySeqs, counts, route } of parts) {
    let row = 0;
    for (let at = 0; at < counts.length; at++) {
      while (rows.orgSeqs[row] !== orgSeqs[at] || rows.keySeqs[row] !== keySeqs[at]) row++;
      sums[row] = (sums[row] as number) + (route.units - 1) * (counts[at] as number);
    }
  }
  return sums;
}

function sumTimes(parts: readonly Part[], orgSeqs: Uint32Array): UsageSeries['times'] {
  if (parts.every(({ times }) => times === undefined)) return undefined;
  const placeOf = new Map<number, number>();
  for (let at = 0; at < orgSeqs.length; at++) {
    if (at === 0 || orgSeqs[at] !== orgSeqs[at - 1]) placeOf.set(orgSeqs[at] as number, placeOf.size);
  }
  const buckets: (Uint32Array | undefined)[] = Array(responseBuckets).fill(undefined);
  for (const { times } of parts) times?.addTo(buckets, placeOf);
  return buckets;
}

/** The rows of all parts, each pair of organization and key once. `places`: for each part, where its rows went. */
function merge(parts: readonly Rows[]): { rows: Rows; places: Uint32Array[] } {
  const sums = new PairCounts();
  for (const { orgSeqs, keySeqs, counts } of parts)
    for (let at = 0; at < orgSeqs.length; at++)
      sums.add(orgSeqs[at] as number, keySeqs[at] as number, counts[at] as number);
  const rows = toRows(sums);
  const places = parts.map(({ orgSeqs, keySeqs }) => {
    let row = 0;
    return orgSeqs.map((orgSeq, at) => {
      while (rows.orgSeqs[row] !== orgSeq || rows.keySeqs[row] !== keySeqs[at]) row++;
      return row;
    });
  });
  return { rows, places };
}
