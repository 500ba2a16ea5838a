// Pseudo-random numbers, the same for the same seed.

export interface Random {
  /** At least 0 and less than 1. */
  next(): number;
  /** At least `from` and less than `to`. */
  between(from: number, to: number): number;
  /** An integer, at least 0 and less than `count`. */
  below(count: number): number;
  chance(probability: number): boolean;
  /** An item of a list, which must not be empty. */
  pick<Item>(items: readonly Item[]): Item;
}

/** Mulberry32 (Tommy Ettinger, public domain). `seed` is a 32-bit integer. */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  const below = (count: number) => Math.floor(next() * count);
  return {
    next,
    between: (from, to) => from + next() * (to - from),
    below,
    chance: (probability) => next() < probability,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
  };
}
