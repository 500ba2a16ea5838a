// Sums the records of a segment by key: the last use of each, and the addresses that its uses came from.
import { canonicalAddress, clientGroupOf } from '../domain/address.ts';
import { oneHourMs } from '../domain/durations.ts';
import { digestFlag } from './journal-format.ts';
import type { Pairs } from './pairs.ts';
import { type AddressUses, type LastUses, maxAddresses, type UsageBatch } from './ports.ts';

/** The records of a segment. */
export interface Records {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The length of a record's head. */
  readonly headBytes: number;
  /** Whether the requests of each kind were allowed or failed. */
  readonly passed: readonly boolean[];
  /** Pairs of a key's number and the position of a record. */
  readonly byKey: Pairs;
}

/** The address of a record, as the carrier gave it. `undefined`: unknown. */
export function readAddress({ bytes, headBytes }: Records, recordAt: number): string | undefined {
  const length = bytes[recordAt + 1] as number;
  if (length === 0) return undefined;
  const start = recordAt + headBytes;
  return String.fromCharCode(...bytes.subarray(start, start + length));
}

/**
 * Goes through the records in the order of keys, once. Only allowed and failed requests count as a last use, because
 * anyone may have sent a refused one. All count for their address.
 */
export function sumKeys(records: Records): Pick<UsageBatch, 'lastUses' | 'addresses'> {
  const { bytes, view, passed, byKey } = records;
  const sorted = byKey.sort();
  const texts = new AddressTexts(records);
  const sums = new AddressSums(texts, sorted.count);
  const keySeqs = new Uint32Array(sorted.count);
  const atMs = new Float64Array(sorted.count);
  const textAt = new Uint32Array(sorted.count);
  let rows = 0;
  for (let at = 0; at < sorted.count; at++) {
    const keySeq = sorted.first(at);
    const record = sorted.second(at);
    const recordMs = view.getFloat64(record + 12, true);
    const text = texts.find(record);
    const hasPassed = passed[(bytes[record] as number) & ~digestFlag] === true;
    sums.add(keySeq, view.getUint32(record + 8, true), recordMs - (recordMs % oneHourMs), text, !hasPassed);
    if (!hasPassed) continue;
    if (rows === 0 || keySeqs[rows - 1] !== keySeq) keySeqs[rows++] = keySeq;
    else if (recordMs < (atMs[rows - 1] as number)) continue;
    atMs[rows - 1] = recordMs;
    textAt[rows - 1] = text;
  }
  return {
    lastUses: toLastUses(texts, keySeqs.slice(0, rows), atMs.slice(0, rows), textAt.slice(0, rows)),
    addresses: sums.finish(),
  };
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
  readonly #records: Records;
  /** As carriers gave them. */
  readonly all: string[] = [];
  readonly #byNumber = new Map<number, number>();
  readonly #byText = new Map<string, number>();

  constructor(records: Records) {
    this.#records = records;
  }

  /** The position of a record's address in `all`, from 1. 0: unknown. */
  find(recordAt: number): number {
    const length = this.#records.bytes[recordAt + 1] as number;
    if (length === 0) return 0;
    const number = this.#readIPv4(recordAt, length);
    if (number >= 0) {
      const known = this.#byNumber.get(number);
      if (known !== undefined) return known;
    }
    const text = readAddress(this.#records, recordAt) as string;
    const place = this.#byText.get(text) ?? this.all.push(text);
    this.#byText.set(text, place);
    if (number >= 0) this.#byNumber.set(number, place);
    return place;
  }

  /** An IPv4 address in its canonical spelling as a number. -1: it is another text. */
  #readIPv4(recordAt: number, length: number): number {
    const { bytes, headBytes } = this.#records;
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

/** Adds up the records of one key after the other. */
class AddressSums {
  readonly #texts: AddressTexts;
  /** The address that each text counts for, by its position in `#addresses`, from 1. 0: it is no address. */
  readonly #groups: number[] = [];
  readonly #addresses = new Map<string, number>();
  readonly #keySeqs: Uint32Array;
  readonly #orgSeqs: Uint32Array;
  readonly #hoursMs: Float64Array;
  readonly #addressAt: Uint32Array;
  readonly #counts: Uint32Array;
  readonly #refused: Uint32Array;
  #rows = 0;
  /** Where the rows of the current key begin, and those of its current hour. */
  #keyStart = 0;
  #hourStart = 0;
  /** The last row that was added to. Most requests of a key come from one address. */
  #row = -1;

  /** @param capacity the most records */
  constructor(texts: AddressTexts, capacity: number) {
    this.#texts = texts;
    this.#keySeqs = new Uint32Array(capacity);
    this.#orgSeqs = new Uint32Array(capacity);
    this.#hoursMs = new Float64Array(capacity);
    this.#addressAt = new Uint32Array(capacity);
    this.#counts = new Uint32Array(capacity);
    this.#refused = new Uint32Array(capacity);
  }

  /** @param text the position of the address in the texts; 0: unknown */
  add(keySeq: number, orgSeq: number, hourMs: number, text: number, isRefused: boolean): void {
    const group = text === 0 ? 0 : (this.#groups[text - 1] ?? this.#findGroup(text));
    if (group === 0) return;
    if (this.#row < 0 || this.#keySeqs[this.#row] !== keySeq) {
      this.#endKey();
      this.#row = this.#append(keySeq, orgSeq, hourMs, group);
    } else if (this.#hoursMs[this.#row] !== hourMs) {
      this.#hourStart = this.#rows;
      this.#row = this.#append(keySeq, orgSeq, hourMs, group);
    } else if (this.#addressAt[this.#row] !== group) {
      this.#row = this.#findRow(keySeq, orgSeq, hourMs, group);
    }
    const row = this.#row;
    this.#counts[row] = (this.#counts[row] as number) + 1;
    if (isRefused) this.#refused[row] = (this.#refused[row] as number) + 1;
  }

  #append(keySeq: number, orgSeq: number, hourMs: number, group: number): number {
    const row = this.#rows++;
    this.#keySeqs[row] = keySeq;
    this.#orgSeqs[row] = orgSeq;
    this.#hoursMs[row] = hourMs;
    this.#addressAt[row] = group;
    return row;
  }

  #findRow(keySeq: number, orgSeq: number, hourMs: number, group: number): number {
    for (let row = this.#hourStart; row < this.#rows; row++) if (this.#addressAt[row] === group) return row;
    const isBeyond = this.#rows - this.#hourStart >= maxAddresses;
    if (!isBeyond) return this.#append(keySeq, orgSeq, hourMs, group);
    // The sum of the others comes after the addresses until the key ends.
    const others = this.#hourStart + maxAddresses;
    return others < this.#rows ? others : this.#append(keySeq, orgSeq, hourMs, 0);
  }

  #findGroup(text: number): number {
    const address = canonicalAddress(this.#texts.all[text - 1] as string);
    const group = address === undefined ? undefined : clientGroupOf(address);
    const place = group === undefined ? 0 : (this.#addresses.get(group) ?? this.#addresses.size + 1);
    if (group !== undefined) this.#addresses.set(group, place);
    this.#groups[text - 1] = place;
    return place;
  }

  /** Brings the rows of a key into the order of the table. A clock that was set back may have begun an hour twice. */
  #endKey(): void {
    const start = this.#keyStart;
    if (this.#rows - start > 1) {
      const names = ['', ...this.#addresses.keys()];
      const order = Array.from({ length: this.#rows - start }, (_, at) => start + at).sort(
        (a, b) =>
          (this.#hoursMs[a] as number) - (this.#hoursMs[b] as number) ||
          compare(names[this.#addressAt[a] as number], names[this.#addressAt[b] as number]),
      );
      const rows = order.map((row) => ({
        orgSeq: this.#orgSeqs[row] as number,
        hourMs: this.#hoursMs[row] as number,
        group: this.#addressAt[row] as number,
        count: this.#counts[row] as number,
        refused: this.#refused[row] as number,
      }));
      const keySeq = this.#keySeqs[start] as number;
      this.#counts.fill(0, start, this.#rows);
      this.#refused.fill(0, start, this.#rows);
      this.#rows = start;
      for (const { orgSeq, hourMs, group, count, refused } of rows) {
        let row = this.#rows - 1;
        if (row < start || this.#hoursMs[row] !== hourMs || this.#addressAt[row] !== group)
          row = this.#append(keySeq, orgSeq, hourMs, group);
        this.#counts[row] = (this.#counts[row] as number) + count;
        this.#refused[row] = (this.#refused[row] as number) + refused;
      }
    }
    this.#keyStart = this.#rows;
    this.#hourStart = this.#rows;
  }

  finish(): AddressUses {
    this.#endKey();
    const rows = this.#rows;
    return {
      keySeqs: this.#keySeqs.slice(0, rows),
      orgSeqs: this.#orgSeqs.slice(0, rows),
      hoursMs: this.#hoursMs.slice(0, rows),
      addressAt: this.#addressAt.slice(0, rows),
      counts: this.#counts.slice(0, rows),
      refused: this.#refused.slice(0, rows),
      addresses: [...this.#addresses.keys()],
    };
  }
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : Number(a > b);
}
