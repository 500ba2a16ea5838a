import { describe, expect, test } from 'vitest';
import { type Holder, type Holding, Shares } from './shares.ts';

/** Takes for `holders` in turn until none of them may; what each holds. */
function fill(shares: Shares, holders: readonly Holder[]): number[] {
  const held = holders.map(() => 0);
  for (let hasTaken = true; hasTaken; ) {
    hasTaken = false;
    for (const [at, holder] of holders.entries()) {
      const holding = shares.holdingOf(holder);
      if (!shares.mayTake(holding)) continue;
      shares.take(holding);
      held[at] = (held[at] as number) + 1;
      hasTaken = true;
    }
  }
  return held;
}

const key = (orgId: string, at: number): Holder => ({ orgId, keyId: `${orgId}-key-${at}` });
const newcomer: Holder = { orgId: 'new', keyId: 'new-key' };
const mayTake = (shares: Shares, holder: Holder) => shares.mayTake(shares.holdingOf(holder));

describe('shares', () => {
  test.each([
    [256, 64],
    [16, 4],
    [2, 1],
    [1, 1],
    [0, 0],
  ])('of %i, a key alone holds %i', (capacity, held) => {
    expect(fill(new Shares(capacity), [key('a', 0)])).toEqual([held]);
  });

  test('an organization holds half, however many keys it has, and another one gets through', () => {
    const shares = new Shares(256);
    const held = fill(
      shares,
      Array.from({ length: 50 }, (_, at) => key('a', at)),
    );
    expect(held.reduce((sum, each) => sum + each)).toBe(128);
    expect(mayTake(shares, key('a', 51))).toBe(false);
    expect(mayTake(shares, newcomer)).toBe(true);
  });

  test.each([2, 3, 10, 100, 255])('%i organizations that take all they can leave room for another', (organizations) => {
    const shares = new Shares(256);
    const holders = Array.from({ length: organizations * 20 }, (_, at) => key(`org-${at % organizations}`, at));
    fill(shares, holders);
    expect(mayTake(shares, newcomer)).toBe(true);
    // Nobody pays for the room with more than one share.
    expect(shares.inUse).toBeGreaterThanOrEqual(
      Math.floor((256 * organizations) / (organizations + 1)) - organizations,
    );
  });

  test('what is given back can be taken again, by the same key and by others', () => {
    const shares = new Shares(2);
    const holding = shares.holdingOf(key('a', 0));
    shares.take(holding);
    expect([mayTake(shares, key('a', 0)), mayTake(shares, key('a', 1)), mayTake(shares, key('b', 0))]).toEqual([
      false,
      false,
      true,
    ]);
    shares.give(holding);
    expect([shares.inUse, mayTake(shares, key('a', 0))]).toEqual([0, true]);
  });

  test('a key that changes its organization is counted with the new one', () => {
    const shares = new Shares(2);
    const before = shares.holdingOf({ keyId: 'key', orgId: 'a' });
    shares.take(before);
    const after = shares.holdingOf({ keyId: 'key', orgId: 'b' });
    shares.take(after);
    expect([before.org.inUse, after.org.inUse, shares.inUse]).toEqual([1, 1, 2]);
    shares.give(before);
    expect([before.org.inUse, after.org.inUse, shares.inUse]).toEqual([0, 1, 1]);
  });

  test('idle keys are forgotten, those that hold something are not', () => {
    const shares = new Shares(64);
    const held: Holding = shares.holdingOf(key('a', 0));
    shares.take(held);
    for (let at = 0; at < 25_000; at++) shares.holdingOf(key('b', at));
    expect(shares.holdingOf(key('a', 0))).toBe(held);
    expect(shares.holdingOf(key('a', 1)).org).toBe(held.org);
  });
});
