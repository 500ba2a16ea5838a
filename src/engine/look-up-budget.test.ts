// The budget of look-ups in vain: what is refused to whom, what never is, how often that is told.
import { describe, expect, test } from 'vitest';
import { createManualClock } from '../domain/clock.ts';
import { LookUpBudget } from './look-up-budget.ts';

const attacker = '203.0.113.7';
const other = '198.51.100.9';

function createBudget() {
  const clock = createManualClock(0);
  const reports: [string, number][] = [];
  const budget = new LookUpBudget({ clock, onSpent: (client, refusals) => reports.push([client, refusals]) });
  /** How many of `count` look-ups, one after the other and all in vain, were let through. */
  function askInVain(client: string | undefined, count: number): number {
    let begun = 0;
    for (let at = 0; at < count; at++) {
      const end = budget.begin(client);
      end?.(true);
      if (end !== undefined) begun += 1;
    }
    return begun;
  }
  return { clock, budget, reports, askInVain };
}

describe('LookUpBudget', () => {
  test('lets a client ask in vain 1,000 times, then 100 times a second', () => {
    const { clock, askInVain } = createBudget();
    expect(askInVain(attacker, 5_000)).toBe(1_000);
    let later = 0;
    for (let at = 0; at < 600; at++) {
      clock.advance(100);
      later += askInVain(attacker, 50);
    }
    expect(later).toBe(6_000);
  });

  test('counts what is under way, so that asking for many at once gains nothing', () => {
    const { clock, budget, askInVain } = createBudget();
    askInVain(attacker, 990);
    const ends = Array.from({ length: 50 }, () => budget.begin(attacker)).filter((end) => end !== undefined);
    expect(ends).toHaveLength(10);
    for (const end of ends) end(true);
    clock.advance(1_000);
    expect(askInVain(attacker, 500)).toBe(100);
  });

  test('charges nothing for keys that exist', () => {
    const { budget, askInVain } = createBudget();
    askInVain(attacker, 999);
    for (let at = 0; at < 5_000; at++) budget.begin(attacker)?.(false);
    expect(askInVain(attacker, 5)).toBe(1);
  });

  test('never refuses a client with nothing to its charge, whatever others do and however many it asks for at once', () => {
    const { budget, askInVain } = createBudget();
    for (let at = 0; at < 20; at++) askInVain(`203.0.113.${at}`, 1_000);
    for (let at = 0; at < 5_000; at++) expect(budget.begin(other)).toBeDefined();
  });

  test('lets those who have some to their charge ask in vain 200 times a second together', () => {
    const { clock, askInVain } = createBudget();
    const clients = ['203.0.113.1', '203.0.113.2', '203.0.113.3'];
    const askInTurn = (times: number): number => {
      let sum = 0;
      for (let at = 0; at < times; at++) for (const client of clients) sum += askInVain(client, 1);
      return sum;
    };
    expect(askInTurn(1_000)).toBe(1_000);
    let later = 0;
    for (let at = 0; at < 600; at++) {
      clock.advance(5);
      later += askInTurn(2);
    }
    expect(later).toBe(3 * 200);
  });

  test('does not hold a flood of ever new clients against the others for long', () => {
    const { clock, askInVain } = createBudget();
    for (let at = 0; at < 30_000; at++) askInVain(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`, 1);
    expect(askInVain(other, 100)).toBe(1);
    clock.advance(5_000);
    expect(askInVain(other, 500)).toBe(500);
  });

  test('forgives a client in time', () => {
    const { clock, askInVain } = createBudget();
    askInVain(attacker, 5_000);
    clock.advance(10_000);
    expect(askInVain(attacker, 5_000)).toBe(1_000);
  });

  test('takes an IPv6 network of 64 bits for one client, and all whose address is unknown', () => {
    const { askInVain } = createBudget();
    expect(askInVain('2001:db8::1', 700) + askInVain('2001:db8::2:1', 700)).toBe(1_000);
    expect(askInVain('2001:db8:0:1::1', 1)).toBe(1);
    expect(askInVain(undefined, 1)).toBe(1);
  });

  test('tells of refusals at once, and then no more than once a minute with their number', () => {
    const { clock, reports, askInVain } = createBudget();
    askInVain(attacker, 1_000);
    expect(reports).toEqual([]);
    askInVain(attacker, 1);
    askInVain(attacker, 4);
    expect(reports).toEqual([[attacker, 1]]);
    clock.advance(60_000);
    askInVain(attacker, 1_001);
    expect(reports).toEqual([
      [attacker, 1],
      [attacker, 5],
    ]);
  });
});
