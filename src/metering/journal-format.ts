// The format of the usage journal: a segment is a list of frames, and the first one explains the numbers in the others.
import { crc32 } from 'node:zlib';
import { type Environment, environments } from '../domain/api-key.ts';
import { responseBuckets, statusClasses, type UsageRoute, type UseKind, uses } from '../domain/use.ts';

/** The payload of the first frame. It explains the numbers in the records of its segment. */
export interface SegmentHeader {
  readonly run: string;
  readonly sequence: number;
  readonly apis: readonly string[];
  readonly environments: readonly Environment[];
  /** Records refer to them by position. */
  readonly kinds: readonly UseKind[];
  /** Records refer to them by position, from 1. */
  readonly routes: readonly UsageRoute[];
}

/**
 * The header as JSON. Its `format` tells the version. Format 2 had no `routes`, and the head of its records ended after
 * the instant. Format 1 also had `outcomes` in place of `kinds`: it kept neither the status class nor what is billed.
 */
interface WrittenHeader extends SegmentHeader {
  readonly format: 'miftah-usage-3';
}

/** The payload of a frame that adds routes to the header. `first`: the position of the first one, from 1. */
interface WrittenRoutes {
  readonly first: number;
  readonly routes: readonly UsageRoute[];
}

/** The first byte of such a payload. No kind of use has this number. */
const routesMark = 0x7b;

/**
 * A frame: the payload's length (4 bytes) and CRC-32 seeded with it (4 bytes), both little-endian, then the payload.
 */
const frameHeadBytes = 8;

/**
 * A record: kind of use (1 byte; the highest bit: a digest follows), length of the address (1), API and environment (2),
 * numbers of key and organization (4 each), instant (8, epoch milliseconds as a double), route (2; 0: none), bucket of
 * the response time (1; 0: unknown); then the address in Latin-1 and the 32 bytes of the digest. Little-endian.
 */
const recordHeadBytes = 23;
/** In formats 1 and 2: without route and bucket. */
const formerHeadBytes = 20;
export const digestFlag = 0x80;
export const digestBytes = 32;
const maxAddressLength = 255;

/** Collects records into one frame. One writer serves for all frames, so that a use allocates nothing. */
export class FrameWriter {
  #bytes = new Uint8Array(16_384);
  #view = new DataView(this.#bytes.buffer);
  #end = frameHeadBytes;

  /** Whether nothing was appended since the last `finish`. */
  get isEmpty(): boolean {
    return this.#end === frameHeadBytes;
  }

  /**
   * Appends one record. `kind`: its position in the header's `kinds`. `scope`: the API's position times the number of
   * environments, plus the environment's position. `digest`: 64 hex digits, only of a superseded secret. `route`: its
   * position in the header's `routes`, from 1; 0: none. `bucket`: see `responseBucketOf`. Addresses are cut after 255
   * characters.
   */
  append(
    kind: number,
    scope: number,
    keySeq: number,
    orgSeq: number,
    atMs: number,
    address: string | undefined,
    digest: string | undefined,
    route = 0,
    bucket = 0,
  ): void {
    const length = address === undefined ? 0 : Math.min(address.length, maxAddressLength);
    const at = this.#end;
    if (at + recordHeadBytes + maxAddressLength + digestBytes > this.#bytes.length) this.#grow();
    const bytes = this.#bytes;
    const view = this.#view;
    bytes[at] = digest === undefined ? kind : kind | digestFlag;
    bytes[at + 1] = length;
    view.setUint16(at + 2, scope, true);
    view.setUint32(at + 4, keySeq, true);
    view.setUint32(at + 8, orgSeq, true);
    view.setFloat64(at + 12, atMs, true);
    view.setUint16(at + 20, route, true);
    bytes[at + 22] = bucket;
    let end = at + recordHeadBytes;
    // Addresses are short, so a loop is faster than a call into the runtime.
    for (let index = 0; index < length; index++) bytes[end++] = (address as string).charCodeAt(index);
    if (digest !== undefined) {
      bytes.set(Buffer.from(digest, 'hex').subarray(0, digestBytes), end);
      end += digestBytes;
    }
    this.#end = end;
  }

  /** The frame of all records since the last call. It is valid until the next `append`. */
  finish(): Uint8Array {
    const frame = this.#bytes.subarray(0, this.#end);
    sealFrame(frame, this.#view);
    this.#end = frameHeadBytes;
    return frame;
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function sealFrame(frame: Uint8Array, view: DataView): void {
  const length = frame.length - frameHeadBytes;
  view.setUint32(0, length, true);
  view.setUint32(4, crc32(frame.subarray(frameHeadBytes), length), true);
}

/** The first frame of a segment. */
export function headerFrame(header: SegmentHeader): Uint8Array {
  return frameOf({ format: 'miftah-usage-3', ...header });
}

/** A frame that adds a route to the header, at the position `number`, from 1. It may repeat what the header has. */
export function routeFrame(number: number, route: UsageRoute): Uint8Array {
  return frameOf({ first: number, routes: [route] });
}

function frameOf(written: WrittenHeader | WrittenRoutes): Uint8Array {
  const payload = Buffer.from(JSON.stringify(written));
  const frame = new Uint8Array(frameHeadBytes + payload.length);
  frame.set(payload, frameHeadBytes);
  sealFrame(frame, new DataView(frame.buffer));
  return frame;
}

/** The undamaged part of a segment. */
export interface SegmentFrames {
  /** `undefined`: the header is unreadable. */
  readonly header: SegmentHeader | undefined;
  /** The length of a record's head in this format. */
  readonly headBytes: number;
  /** The places of the payloads after the header, in bytes. */
  readonly payloads: readonly { readonly start: number; readonly end: number }[];
  /** The bytes after the last complete frame. 0 unless a write was interrupted or the disk is faulty. */
  readonly damagedBytes: number;
}

/**
 * Reads up to the first frame that is incomplete or has a wrong checksum. Never throws. Each frame is one write, and
 * the replies to its requests leave after it. So no reply left for a request in a torn frame.
 */
export function readFrames(bytes: Uint8Array): SegmentFrames {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const payloads: { start: number; end: number }[] = [];
  let header: ParsedHeader | undefined;
  let at = 0;
  while (at + frameHeadBytes <= bytes.length) {
    const length = view.getUint32(at, true);
    const start = at + frameHeadBytes;
    const end = start + length;
    if (length === 0 || end > bytes.length) break;
    const payload = bytes.subarray(start, end);
    if (crc32(payload, length) !== view.getUint32(at + 4, true)) break;
    if (header === undefined) {
      header = parseHeader(payload);
      if (header === undefined) break;
    } else if (payload[0] === routesMark) {
      if (!addRoutes(payload, header.routes)) break;
    } else {
      payloads.push({ start, end });
    }
    at = end;
  }
  const { headBytes = recordHeadBytes, ...rest } = header ?? {};
  return {
    header: header && (rest as SegmentHeader),
    headBytes,
    payloads,
    damagedBytes: bytes.length - at,
  };
}

interface ParsedHeader extends SegmentHeader {
  readonly headBytes: number;
  /** Grows with the frames that add to it. */
  readonly routes: UsageRoute[];
}

function parseObject(payload: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** `undefined` for anything but a header, even with a right checksum: the store would refuse it on every attempt. */
function parseHeader(payload: Uint8Array): ParsedHeader | undefined {
  const header = parseObject(payload);
  if (header === undefined) return undefined;
  const { run, sequence, apis, environments: known } = header;
  if (typeof run !== 'string' || !/^[0-9a-f]{16}$/.test(run)) return undefined;
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 1) return undefined;
  if (!isListOf(apis, isApiId)) return undefined;
  if (!isListOf(known, (name) => (environments as readonly string[]).includes(name))) return undefined;
  const kinds = parseKinds(header);
  const isFormer = header.format !== 'miftah-usage-3';
  const routes = isFormer ? [] : header.routes;
  if (kinds === undefined || kinds.length >= routesMark) return undefined;
  if (!Array.isArray(routes) || routes.length > maxSegmentRoutes || !routes.every(isRoute)) return undefined;
  const headBytes = isFormer ? formerHeadBytes : recordHeadBytes;
  return { run, sequence, apis, environments: known as readonly Environment[], kinds, routes: [...routes], headBytes };
}

/** What two bytes count. */
const maxSegmentRoutes = 0xffff;

/** Adds the routes of a frame to those of the header. `false`: it is no such frame. */
function addRoutes(payload: Uint8Array, routes: UsageRoute[]): boolean {
  const { first, routes: added } = parseObject(payload) ?? {};
  if (typeof first !== 'number' || !Number.isInteger(first) || first < 1 || first > routes.length + 1) return false;
  if (!Array.isArray(added) || first + added.length - 1 > maxSegmentRoutes || !added.every(isRoute)) return false;
  for (const [at, route] of added.entries()) routes[first - 1 + at] = route;
  return true;
}

function isRoute(value: unknown): value is UsageRoute {
  if (typeof value !== 'object' || value === null) return false;
  const { apiId, orgSeq, pattern, units } = value as Readonly<Record<keyof UsageRoute, unknown>>;
  // PostgreSQL stores no U+0000.
  const isPattern = typeof pattern === 'string' && /^.{1,600}$/su.test(pattern) && !pattern.includes('\0');
  return (
    typeof apiId === 'string' && isApiId(apiId) && isPattern && isWhole(orgSeq, 2 ** 32 - 1) && isWhole(units, maxUnits)
  );
}

/** More than any policy can have. Sums of a segment stay exact. */
const maxUnits = 2 ** 24;

function isWhole(value: unknown, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
}

function parseKinds({ format, kinds, outcomes }: Readonly<Record<string, unknown>>): readonly UseKind[] | undefined {
  if (format === 'miftah-usage-3' || format === 'miftah-usage-2')
    return Array.isArray(kinds) && kinds.every(isKind) ? kinds : undefined;
  if (format !== 'miftah-usage-1' || !isListOf(outcomes, isOutcome)) return undefined;
  return outcomes.map((outcome) => ({
    outcome: outcome as UseKind['outcome'],
    statusClass: outcome === 'allowed' || outcome === 'upstream_failed' ? 'unknown' : undefined,
    isBilled: false,
  }));
}

/** A repeated kind is harmless: the sums of equal kinds are added up. */
function isKind(value: unknown): value is UseKind {
  if (typeof value !== 'object' || value === null) return false;
  const { outcome, statusClass, isBilled } = value as Readonly<Record<keyof UseKind, unknown>>;
  const isClass = statusClass === undefined || (statusClasses as readonly unknown[]).includes(statusClass);
  return isOutcome(outcome) && isClass && typeof isBilled === 'boolean';
}

function isOutcome(name: unknown): name is string {
  return typeof name === 'string' && /^[a-z_]{1,60}$/.test(name);
}

function isApiId(name: string): boolean {
  return /^[a-z][a-z0-9-]{0,39}$/.test(name);
}

/** Requires each name once, because a repeated name would write the same row twice. */
function isListOf(value: unknown, isName: (name: string) => boolean): value is readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || new Set(value).size < value.length) return false;
  return value.every((each) => typeof each === 'string' && isName(each));
}

/** The last instant of a `Date`. */
const lastInstantMs = 8.64e15;

/**
 * The length in bytes of the record at `at`, in a payload that ends at `end`. 0: the bytes there are no record that
 * fits the header and that the store accepts, although the checksum of the frame is right. Never throws.
 */
export function measureRecord(
  view: DataView,
  at: number,
  end: number,
  header: SegmentHeader,
  headBytes: number,
): number {
  if (at + headBytes > end) return 0;
  const flags = view.getUint8(at);
  const addressEnd = at + headBytes + view.getUint8(at + 1);
  const recordEnd = (flags & digestFlag) === 0 ? addressEnd : addressEnd + digestBytes;
  if (recordEnd > end) return 0;
  if ((flags & ~digestFlag) >= header.kinds.length) return 0;
  if (view.getUint16(at + 2, true) >= header.apis.length * header.environments.length) return 0;
  const atMs = view.getFloat64(at + 12, true);
  if (!Number.isInteger(atMs) || atMs < 0 || atMs > lastInstantMs) return 0;
  if (headBytes === recordHeadBytes) {
    if (view.getUint16(at + 20, true) > header.routes.length || view.getUint8(at + 22) > responseBuckets) return 0;
  }
  for (let place = at + headBytes; place < addressEnd; place++) {
    const byte = view.getUint8(place);
    if (byte < 0x21 || byte > 0x7e) return 0;
  }
  return recordEnd - at;
}

/** The kinds of a new segment: `uses`, without their numbers. */
const writtenKinds: readonly UseKind[] = uses.map(({ number: _, ...kind }) => kind);

/** The header of a new segment. */
export function describeSegment(
  run: string,
  sequence: number,
  apis: readonly string[],
  routes: readonly UsageRoute[] = [],
): SegmentHeader {
  return { run, sequence, apis, environments, kinds: writtenKinds, routes };
}
