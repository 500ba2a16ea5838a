// The budget of look-ups that find nothing: when a client is refused, when it never is, how often that is reported.
import { describe, expect, test } from 'vitest';
import { createManualClock } from '../domain/clock.ts';
import { LookUpBudget } from './look-up-budget.ts';

const attacker = '203.0.113.7';
const other = '198.51.100.9';

function createBudget() {
  const clock = createManualClock(0);
  const reports: [string, number][] = [];
  const budget = new LookUpBudget({ clock, onSpent: (client, refusals) => reports.push([client, refusals]) });
  /** How many of `count` look-ups were allowed, one after the other, when none finds a key. */
  function countAllowed(client: string | undefined, count: number): number {
    let begun = 0;
    for (let at = 0; at < count; at++) {
      const end = budget.begin(client);
      end?.(true);
      if (end !== undefined) begun += 1;
    }
    return begun;
  }
  return { clock, budget, reports, countAllowed };
}

describe('LookUpBudget', () => {
  test('allows a client 1,000 look-ups that find nothing, then 100 a second', () => {
    const { clock, countAllowed } = createBudget();
    expect(countAllowed(attacker, 5_000)).toBe(1_000);
    let later = 0;
    for (let at = 0; at < 600; at++) {
      clock.advance(100);
      later += countAllowed(attacker, 50);
    }
    expect(later).toBe(6_000);
  });

  test('counts running look-ups, so concurrent ones get no more', () => {
    const { clock, budget, countAllowed } = createBudget();
    countAllowed(attacker, 990);
    const ends = Array.from({ length: 50 }, () => budget.begin(attacker)).filter((end) => end !== undefined);
    expect(ends).toHaveLength(10);
    for (const end of ends) end(true);
    clock.advance(1_000);
    expect(countAllowed(attacker, 500)).toBe(100);
  });

  test('charges nothing for keys that exist', () => {
    const { budget, countAllowed } = createBudget();
    countAllowed(attacker, 999);
    for (let at = 0; at < 5_000; at++) budget.begin(attacker)?.(false);
    expect(countAllowed(attacker, 5)).toBe(1);
  });

  test('never refuses a client without charges, whatever others do and however many look-ups it runs at once', () => {
    const { budget, countAllowed } = createBudget();
    for (let at = 0; at < 20; at++) countAllowed(`203.0.113.${at}`, 1_000);
    for (let at = 0; at < 5_000; at++) expect(budget.begin(other)).toBeDefined();
  });

  test('allows all clients with charges together 200 look-ups a second that find nothing', () => {
    const { clock, countAllowed } = createBudget();
    const clients = ['203.0.113.1', '203.0.113.2', '203.0.113.3'];
    const askInTurn = (times: number): number => {
      let sum = 0;
      for (let at = 0; at < times; at++) for (const client of clients) sum += countAllowed(client, 1);
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

  test('soon allows the other clients after a flood of new ones', () => {
    const { clock, countAllowed } = createBudget();
    for (let at = 0; at < 30_000; at++) countAllowed(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`, 1);
    expect(countAllowed(other, 100)).toBe(1);
    clock.advance(5_000);
    expect(countAllowed(other, 500)).toBe(500);
  });

  test('allows a client its full burst again after a while', () => {
    const { clock, countAllowed } = createBudget();
    countAllowed(attacker, 5_000);
    clock.advance(10_000);
    expect(countAllowed(attacker, 5_000)).toBe(1_000);
  });

  test('an IPv6 /64 is one client, and so are all clients with an unknown address', () => {
    const { countAllowed } = createBudget();
    expect(countAllowed('2001:db8::1', 700) + countAllowed('2001:db8::2:1', 700)).toBe(1_000);
    expect(countAllowed('2001:db8:0:1::1', 1)).toBe(1);
    expect(countAllowed(undefined, 1)).toBe(1);
  });

  test('reports a denied lookup at once, then at most once a minute with their number', () => {
    const { clock, reports, countAllowed } = createBudget();
    countAllowed(attacker, 1_000);
    expect(reports).toEqual([]);
    countAllowed(attacker, 1);
    countAllowed(attacker, 4);
    expect(reports).toEqual([[attacker, 1]]);
    clock.advance(60_000);
    countAllowed(attacker, 1_001);
    expect(reports).toEqual([
      [attacker, 1],
      [attacker, 5],
    ]);
  });
});
