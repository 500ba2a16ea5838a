// Where windows are counted around an outage: each in one place, from its start to its end.
import { describe, expect, test } from 'vitest';
import { createOutageLedger } from './redis-outage.ts';

/** The first millisecond of a window: minute 28,333,333 since the epoch. */
const startMs = 28_333_333 * 60_000;
const minute = (count: number): number => startMs + count * 60_000;

describe('the ledger of outages', () => {
  test('counts in Redis as long as it answers', () => {
    const ledger = createOutageLedger(false, startMs);
    expect(ledger.placeOf(60, minute(0))).toBe('shared');
    expect(ledger.placeOf(60, minute(1))).toBe('shared');
  });

  test('closes windows that began before the outage and shares out those that begin in it', () => {
    const ledger = createOutageLedger(false, startMs);
    ledger.fail(minute(0) + 20_000);
    expect(ledger.placeOf(60, minute(0) + 20_000)).toBe('closed');
    expect(ledger.placeOf(60, minute(0) + 59_999)).toBe('closed');
    expect(ledger.placeOf(60, minute(1))).toBe('local');
    expect(ledger.placeOf(3600, minute(1))).toBe('closed');
  });

  test('leaves windows where they began when Redis is back', () => {
    const ledger = createOutageLedger(false, startMs);
    ledger.fail(minute(0) + 20_000);
    ledger.recover(minute(1) + 30_000);
    expect(ledger.placeOf(60, minute(1) + 30_000)).toBe('local');
    expect(ledger.placeOf(3600, minute(1) + 30_000)).toBe('shared');
    expect(ledger.placeOf(60, minute(2))).toBe('shared');
  });

  test('resumes a window that Redis counted before a short outage', () => {
    const ledger = createOutageLedger(false, startMs);
    ledger.fail(minute(0) + 20_000);
    ledger.recover(minute(0) + 30_000);
    expect(ledger.placeOf(60, minute(0) + 30_000)).toBe('shared');
  });

  test('remembers through a second outage that a long window is counted here', () => {
    const ledger = createOutageLedger(false, startMs - 1);
    const hourMs = Math.ceil(startMs / 3_600_000) * 3_600_000;
    ledger.fail(hourMs - 5);
    expect(ledger.placeOf(3600, hourMs)).toBe('local');
    ledger.recover(hourMs + 60_000);
    ledger.fail(hourMs + 120_000);
    expect(ledger.placeOf(3600, hourMs + 120_000)).toBe('local');
    ledger.recover(hourMs + 180_000);
    expect(ledger.placeOf(3600, hourMs + 180_000)).toBe('local');
    expect(ledger.placeOf(3600, hourMs + 3_600_000)).toBe('shared');
  });

  test('remembers it through a second outage for lengths without a question', () => {
    const ledger = createOutageLedger(false, startMs);
    ledger.fail(minute(0) + 20_000);
    ledger.recover(minute(1) + 10_000);
    ledger.fail(minute(1) + 20_000);
    ledger.recover(minute(1) + 30_000);
    expect(ledger.placeOf(60, minute(1) + 40_000)).toBe('local');
    expect(ledger.placeOf(3600, minute(1) + 40_000)).toBe('shared');
  });

  test('counts nothing of a running window where there was no contact to begin with', () => {
    const ledger = createOutageLedger(true, minute(0) + 20_000);
    expect(ledger.placeOf(60, minute(0) + 20_001)).toBe('closed');
    expect(ledger.placeOf(60, minute(1))).toBe('local');
  });

  test('tells each change once', () => {
    const ledger = createOutageLedger(false, startMs);
    expect([ledger.fail(startMs + 1), ledger.fail(startMs + 2)]).toEqual([true, false]);
    expect([ledger.recover(startMs + 3), ledger.recover(startMs + 4)]).toEqual([true, false]);
  });
});
