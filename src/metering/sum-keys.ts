// Sums the records of a segment by key: the last use of each, and the addresses that its uses came from.
import { canonicalAddress, clientGroupOf } from '../domain/address.ts';
import { GrowingArray, PairPlaces } from './pairs.ts';
import { type AddressUses, type LastUses, maxAddresses, type UsageBatch } from './ports.ts';

/** The bytes of a segment. */
export interface SegmentBytes {
  readonly bytes: Uint8Array;
  /** The length of a record's head. */
  readonly headBytes: number;
}

/** The address of a record, as the carrier gave it. `undefined`: unknown. */
export function readAddress({ bytes, headBytes }: SegmentBytes, recordAt: number): string | undefined {
  const length = bytes[recordAt + 1] as number;
  if (length === 0) return undefined;
  const start = recordAt + headBytes;
  return String.fromCharCode(...bytes.subarray(start, start + length));
}

/** The number of no row. Rows count from 1. */
const none = 0;

/**
 * Sums the records of a segment by key, in their order. Only allowed and failed requests count as a last use, because
 * anyone may have sent a refused one. All count for their address.
 */
export class KeySums {
  readonly #texts: AddressTexts;
  readonly #keys = new PairPlaces();
  /** Of each key, by its place: when it was last used, 0 if it was not, and the address of that use. */
  readonly #lastMs = new GrowingArray(Float64Array);
  readonly #lastText = new GrowingArray(Uint32Array);
  /** Of each key: its first row, the first row of its hour, its newest row, and the row that last grew. */
  readonly #firstRow = new GrowingArray(Uint32Array);
  readonly #hourRow = new GrowingArray(Uint32Array);
  readonly #newestRow = new GrowingArray(Uint32Array);
  readonly #row = new GrowingArray(Uint32Array);
  /** Of each row: the next one of its key, and what it sums. */
  readonly #next = new GrowingArray(Uint32Array);
  readonly #orgSeqs = new GrowingArray(Uint32Array);
  readonly #hoursMs = new GrowingArray(Float64Array);
  readonly #groups = new GrowingArray(Uint32Array);
  readonly #counts = new GrowingArray(Uint32Array);
  readonly #refused = new GrowingArray(Uint32Array);
  #rows = 0;

  constructor(segment: SegmentBytes) {
    this.#texts = new AddressTexts(segment);
  }

  /** @param recordAt the position of the record in the segment */
  add(recordAt: number, keySeq: number, orgSeq: number, atMs: number, hourMs: number, hasPassed: boolean): void {
    const keys = this.#keys.size;
    const key = this.#keys.placeOf(0, keySeq);
    if (key === keys) this.#addKey(key);
    const text = this.#texts.find(recordAt);
    if (hasPassed && atMs >= (this.#lastMs.values[key] as number)) {
      this.#lastMs.values[key] = atMs;
      this.#lastText.values[key] = text;
    }
    const group = this.#texts.groupOf(text);
    if (group === 0) return;
    // Most requests of a key come from one address.
    let row = this.#row.values[key] as number;
    if (row === none || this.#groups.values[row] !== group || this.#hoursMs.values[row] !== hourMs) {
      row = this.#findRow(key, orgSeq, hourMs, group);
      this.#row.values[key] = row;
    }
    this.#counts.values[row] = (this.#counts.values[row] as number) + 1;
    if (!hasPassed) this.#refused.values[row] = (this.#refused.values[row] as number) + 1;
  }

  #addKey(key: number): void {
    for (const each of [this.#lastMs, this.#lastText, this.#firstRow, this.#hourRow, this.#newestRow, this.#row])
      each.set(key, 0);
  }

  /** The row of an address in the key's newest hour. Beyond `maxAddresses`, it is the row of all others. */
  #findRow(key: number, orgSeq: number, hourMs: number, group: number): number {
    const start = this.#hourRow.values[key] as number;
    if (start === none || this.#hoursMs.values[start] !== hourMs) {
      const row = this.#append(key, orgSeq, hourMs, group);
      this.#hourRow.values[key] = row;
      return row;
    }
    let others = none;
    let addresses = 0;
    for (let row = start; row !== none; row = this.#next.values[row] as number) {
      if (this.#groups.values[row] === group) return row;
      if (this.#groups.values[row] === 0) others = row;
      else addresses++;
    }
    if (addresses < maxAddresses) return this.#append(key, orgSeq, hourMs, group);
    return others === none ? this.#append(key, orgSeq, hourMs, 0) : others;
  }

  #append(key: number, orgSeq: number, hourMs: number, group: number): number {
    const row = ++this.#rows;
    this.#next.set(row, none);
    this.#orgSeqs.set(row, orgSeq);
    this.#hoursMs.set(row, hourMs);
    this.#groups.set(row, group);
    this.#counts.set(row, 0);
    this.#refused.set(row, 0);
    const newest = this.#newestRow.values[key] as number;
    if (newest === none) this.#firstRow.values[key] = row;
    else this.#next.values[newest] = row;
    this.#newestRow.values[key] = row;
    return row;
  }

  finish(): Pick<UsageBatch, 'lastUses' | 'addresses'> {
    const { seconds: keySeqs, places } = this.#keys.sort();
    const usedKeys = new Uint32Array(places.length);
    const lastMs = new Float64Array(places.length);
    const lastText = new Uint32Array(places.length);
    let used = 0;
    for (let at = 0; at < places.length; at++) {
      const key = places[at] as number;
      const atMs = this.#lastMs.values[key] as number;
      if (atMs === 0) continue;
      usedKeys[used] = keySeqs[at] as number;
      lastMs[used] = atMs;
      lastText[used++] = this.#lastText.values[key] as number;
    }
    return {
      lastUses: toLastUses(this.#texts, usedKeys.slice(0, used), lastMs.slice(0, used), lastText.slice(0, used)),
      addresses: this.#sumAddresses(keySeqs, places),
    };
  }

  #sumAddresses(keySeqs: Uint32Array, places: Uint32Array): AddressUses {
    const sums = {
      keySeqs: new Uint32Array(this.#rows),
      orgSeqs: new Uint32Array(this.#rows),
      hoursMs: new Float64Array(this.#rows),
      addressAt: new Uint32Array(this.#rows),
      counts: new Uint32Array(this.#rows),
      refused: new Uint32Array(this.#rows),
    };
    const names = ['', ...this.#texts.groups];
    let to = 0;
    const add = (row: number, keySeq: number, start: number): void => {
      const hourMs = this.#hoursMs.values[row] as number;
      const group = this.#groups.values[row] as number;
      // A clock that was set back may have begun an hour twice.
      if (to === start || sums.hoursMs[to - 1] !== hourMs || sums.addressAt[to - 1] !== group) {
        sums.keySeqs[to] = keySeq;
        sums.orgSeqs[to] = this.#orgSeqs.values[row] as number;
        sums.hoursMs[to] = hourMs;
        sums.addressAt[to] = group;
        to++;
      }
      sums.counts[to - 1] = (sums.counts[to - 1] as number) + (this.#counts.values[row] as number);
      sums.refused[to - 1] = (sums.refused[to - 1] as number) + (this.#refused.values[row] as number);
    };
    for (let at = 0; at < places.length; at++) {
      const keySeq = keySeqs[at] as number;
      const first = this.#firstRow.values[places[at] as number] as number;
      if (first === none) continue;
      const start = to;
      if (this.#next.values[first] === none) add(first, keySeq, start);
      else for (const row of this.#rowsFrom(first, names)) add(row, keySeq, start);
    }
    return {
      keySeqs: sums.keySeqs.slice(0, to),
      orgSeqs: sums.orgSeqs.slice(0, to),
      hoursMs: sums.hoursMs.slice(0, to),
      addressAt: sums.addressAt.slice(0, to),
      counts: sums.counts.slice(0, to),
      refused: sums.refused.slice(0, to),
      addresses: [...this.#texts.groups],
    };
  }

  /** The rows of a key in the order of the table: by hour, then address. */
  #rowsFrom(first: number, names: readonly string[]): readonly number[] {
    const rows: number[] = [];
    for (let row = first; row !== none; row = this.#next.values[row] as number) rows.push(row);
    const [hours, groups] = [this.#hoursMs.values, this.#groups.values];
    return rows.sort(
      (a, b) =>
        (hours[a] as number) - (hours[b] as number) || compare(names[groups[a] as number], names[groups[b] as number]),
    );
  }
}

/** Keeps only the addresses of last uses. */
function toLastUses(texts: AddressTexts, keySeqs: Uint32Array, atMs: Float64Array, textAt: Uint32Array): LastUses {
  const placeOf = new Uint32Array(texts.all.length + 1);
  const addresses: string[] = [];
  const addressAt = textAt.map((text) => {
    if (text === 0) return 0;
    if (placeOf[text] === 0) placeOf[text] = addresses.push(texts.all[text - 1] as string);
    return placeOf[text] as number;
  });
  return { keySeqs, atMs, addressAt, addresses };
}

const zero = 0x30;
const dot = 0x2e;

/** The addresses of records, each once. It makes a text for each address, not for each record. */
class AddressTexts {
  readonly #segment: SegmentBytes;
  /** As carriers gave them. */
  readonly all: string[] = [];
  readonly #byNumber = new Map<number, number>();
  readonly #byText = new Map<string, number>();

  /** The client group that each text counts for, by its position in `groups`, from 1. 0: it is no address. */
  readonly #groupAt: number[] = [];
  /** The addresses of clients, each once: an IPv4 address, or the network of an IPv6 address. */
  readonly groups: string[] = [];
  readonly #byGroup = new Map<string, number>();

  constructor(segment: SegmentBytes) {
    this.#segment = segment;
  }

  /** The position of a record's address in `all`, from 1. 0: unknown. */
  find(recordAt: number): number {
    const length = this.#segment.bytes[recordAt + 1] as number;
    if (length === 0) return 0;
    const number = this.#readIPv4(recordAt, length);
    if (number >= 0) {
      const known = this.#byNumber.get(number);
      if (known !== undefined) return known;
    }
    const text = readAddress(this.#segment, recordAt) as string;
    const place = this.#byText.get(text) ?? this.all.push(text);
    this.#byText.set(text, place);
    if (number >= 0) this.#byNumber.set(number, place);
    return place;
  }

  /** The position of a text's client in `groups`, from 1. 0: it is unknown, or no address. */
  groupOf(text: number): number {
    return text === 0 ? 0 : (this.#groupAt[text - 1] ?? this.#findGroup(text));
  }

  #findGroup(text: number): number {
    const address = canonicalAddress(this.all[text - 1] as string);
    const group = address === undefined ? undefined : clientGroupOf(address);
    const place = group === undefined ? 0 : (this.#byGroup.get(group) ?? this.groups.push(group));
    if (group !== undefined) this.#byGroup.set(group, place);
    this.#groupAt[text - 1] = place;
    return place;
  }

  /** An IPv4 address in its canonical spelling as a number. -1: it is another text. */
  #readIPv4(recordAt: number, length: number): number {
    const { bytes, headBytes } = this.#segment;
    if (length > 15) return -1;
    let number = 0;
    let part = 0;
    let digits = 0;
    let dots = 0;
    const start = recordAt + headBytes;
    for (let at = start; at < start + length; at++) {
      const byte = bytes[at] as number;
      if (byte === dot) {
        if (digits === 0 || ++dots > 3) return -1;
        number = number * 256 + part;
        part = 0;
        digits = 0;
        continue;
      }
      // A leading zero is another spelling.
      if (byte < zero || byte > zero + 9 || (digits > 0 && part === 0)) return -1;
      part = part * 10 + byte - zero;
      digits++;
      if (part > 255) return -1;
    }
    return dots === 3 && digits > 0 ? number * 256 + part : -1;
  }
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : Number(a > b);
}
