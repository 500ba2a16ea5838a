// Pairs of numbers, each found once.

/** The platform's place for the higher half of a 64-bit integer: two numbers are sorted as one. */
const high = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;
const low = 1 - high;

/** Small at first, because each record of a damaged segment may have an hour of its own. */
const initialSlots = 4;
/** Of a slot: first, second, place + 1, and one that keeps a slot within a line of the processor's cache. */
const slotWords = 4;

/**
 * Gives each pair of 32-bit integers a place, from 0, when it first comes. A hash table: most pairs of a segment come
 * again and again, and to sort them all would take longer.
 */
export class PairPlaces {
  #words = new Uint32Array(initialSlots * slotWords);
  #mask = initialSlots - 1;
  size = 0;

  placeOf(first: number, second: number): number {
    const at = this.#find(first, second);
    const words = this.#words;
    const known = words[at + 2] as number;
    if (known !== 0) return known - 1;
    words[at] = first;
    words[at + 1] = second;
    words[at + 2] = ++this.size;
    // At most half full, so that a pair is found within a few slots.
    if (2 * this.size > this.#mask) this.#grow();
    return this.size - 1;
  }

  /** The slot of a pair, or the empty one where it belongs. */
  #find(first: number, second: number): number {
    const words = this.#words;
    const mask = this.#mask;
    const mixed = Math.imul(first, 0x85ebca6b) ^ Math.imul(second, 0x9e3779b1);
    for (let slot = (mixed ^ (mixed >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * slotWords;
      if (words[at + 2] === 0 || (words[at + 1] === second && words[at] === first)) return at;
    }
  }

  #grow(): void {
    const former = this.#words;
    this.#words = new Uint32Array(2 * former.length);
    this.#mask = 2 * this.#mask + 1;
    for (let at = 0; at < former.length; at += slotWords) {
      if (former[at + 2] === 0) continue;
      const to = this.#find(former[at] as number, former[at + 1] as number);
      for (let word = 0; word < 3; word++) this.#words[to + word] = former[at + word] as number;
    }
  }

  /** The pairs in the order of the first number, then the second, with their places. */
  sort(): SortedPairs {
    const pairs = new Uint32Array(2 * this.size);
    let length = 0;
    for (let at = 0; at < this.#words.length; at += slotWords) {
      if (this.#words[at + 2] === 0) continue;
      pairs[length + high] = this.#words[at] as number;
      pairs[length + low] = this.#words[at + 1] as number;
      length += 2;
    }
    // Without a comparison function, it takes some 80 ns a pair.
    new BigUint64Array(pairs.buffer).sort();
    const sorted = {
      firsts: new Uint32Array(this.size),
      seconds: new Uint32Array(this.size),
      places: new Uint32Array(this.size),
    };
    for (let row = 0; row < this.size; row++) {
      const [first, second] = [pairs[2 * row + high] as number, pairs[2 * row + low] as number];
      sorted.firsts[row] = first;
      sorted.seconds[row] = second;
      sorted.places[row] = (this.#words[this.#find(first, second) + 2] as number) - 1;
    }
    return sorted;
  }
}

interface SortedPairs {
  readonly firsts: Uint32Array;
  readonly seconds: Uint32Array;
  readonly places: Uint32Array;
}

/** How often each pair was added. */
export class PairCounts {
  readonly #places = new PairPlaces();
  readonly #counts = new GrowingArray(Uint32Array);

  add(first: number, second: number, count = 1): void {
    this.#counts.add(this.#places.placeOf(first, second), count);
  }

  sort(): { readonly firsts: Uint32Array; readonly seconds: Uint32Array; readonly counts: Uint32Array } {
    const { firsts, seconds, places } = this.#places.sort();
    return { firsts, seconds, counts: places.map((place) => this.#counts.values[place] as number) };
  }
}

/** Numbers that are 0 until they are set. */
export class GrowingArray<Values extends Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>> {
  readonly #type: new (
    length: number,
  ) => Values;
  values: Values;

  constructor(type: new (length: number) => Values) {
    this.#type = type;
    this.values = new type(initialSlots);
  }

  /** The first time at 0, then at most one place beyond the last. */
  set(at: number, value: number): void {
    if (at >= this.values.length) this.#grow();
    this.values[at] = value;
  }

  /** As `set`. */
  add(at: number, value: number): void {
    if (at >= this.values.length) this.#grow();
    this.values[at] = (this.values[at] as number) + value;
  }

  #grow(): void {
    const larger = new this.#type(2 * this.values.length);
    larger.set(this.values);
    this.values = larger;
  }
}
