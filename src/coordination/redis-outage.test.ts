// Where windows are counted around an outage.
import { describe, expect, test } from 'vitest';
import { createFixedPlaces, createOutageLedger, createSlidingPlaces } from './redis-outage.ts';

/** The first millisecond of a window: minute 28,333,333 since the epoch. */
const startMs = 28_333_333 * 60_000;
const minute = (count: number): number => startMs + count * 60_000;

describe('fixed windows', () => {
  test('counts in Redis as long as it answers', () => {
    const ledger = createOutageLedger(false, startMs);
    const { placeOf } = createFixedPlaces(ledger);
    expect(placeOf(60, minute(0))).toBe('shared');
    expect(placeOf(60, minute(1))).toBe('shared');
  });

  test('closes windows that began before the outage and shares out those that begin in it', () => {
    const ledger = createOutageLedger(false, startMs);
    const { placeOf } = createFixedPlaces(ledger);
    ledger.fail(minute(0) + 20_000);
    expect(placeOf(60, minute(0) + 20_000)).toBe('closed');
    expect(placeOf(60, minute(0) + 59_999)).toBe('closed');
    expect(placeOf(60, minute(1))).toBe('local');
    expect(placeOf(3600, minute(1))).toBe('closed');
  });

  test('leaves windows where they began when Redis is back', () => {
    const ledger = createOutageLedger(false, startMs);
    const { placeOf } = createFixedPlaces(ledger);
    ledger.fail(minute(0) + 20_000);
    ledger.recover(minute(1) + 30_000);
    expect(placeOf(60, minute(1) + 30_000)).toBe('local');
    expect(placeOf(3600, minute(1) + 30_000)).toBe('shared');
    expect(placeOf(60, minute(2))).toBe('shared');
  });

  test('resumes a window that Redis counted before a short outage', () => {
    const ledger = createOutageLedger(false, startMs);
    const { placeOf } = createFixedPlaces(ledger);
    ledger.fail(minute(0) + 20_000);
    ledger.recover(minute(0) + 30_000);
    expect(placeOf(60, minute(0) + 30_000)).toBe('shared');
  });

  test('remembers through a second outage that a long window is counted here', () => {
    const ledger = createOutageLedger(false, startMs - 1);
    const { placeOf } = createFixedPlaces(ledger);
    const hourMs = Math.ceil(startMs / 3_600_000) * 3_600_000;
    ledger.fail(hourMs - 5);
    expect(placeOf(3600, hourMs)).toBe('local');
    ledger.recover(hourMs + 60_000);
    ledger.fail(hourMs + 120_000);
    expect(placeOf(3600, hourMs + 120_000)).toBe('local');
    ledger.recover(hourMs + 180_000);
    expect(placeOf(3600, hourMs + 180_000)).toBe('local');
    expect(placeOf(3600, hourMs + 3_600_000)).toBe('shared');
  });

  test('remembers it through a second outage for lengths without a question', () => {
    const ledger = createOutageLedger(false, startMs);
    const { placeOf } = createFixedPlaces(ledger);
    ledger.fail(minute(0) + 20_000);
    ledger.recover(minute(1) + 10_000);
    ledger.fail(minute(1) + 20_000);
    ledger.recover(minute(1) + 30_000);
    expect(placeOf(60, minute(1) + 40_000)).toBe('local');
    expect(placeOf(3600, minute(1) + 40_000)).toBe('shared');
  });

  test('counts nothing of a running window where there was no contact to begin with', () => {
    const ledger = createOutageLedger(true, minute(0) + 20_000);
    const { placeOf } = createFixedPlaces(ledger);
    expect(placeOf(60, minute(0) + 20_001)).toBe('closed');
    expect(placeOf(60, minute(1))).toBe('local');
  });
});

describe('sliding windows', () => {
  test('wait for Redis until they have no more requests from before the outage, and are then shared out', () => {
    const ledger = createOutageLedger(false, startMs);
    const { placeOf, endsAtMs } = createSlidingPlaces(ledger);
    expect(placeOf(60, startMs)).toBe('shared');
    ledger.fail(startMs + 20_000);
    // A node may use a block for a hundredth of the window.
    expect(placeOf(60, startMs + 80_599)).toBe('closed');
    expect(endsAtMs(60, startMs + 20_000)).toBe(startMs + 80_600);
    expect(placeOf(60, startMs + 80_600)).toBe('local');
    expect(placeOf(3600, startMs + 80_600)).toBe('closed');
  });

  test('count in both places, once Redis is back, until every node has counted there for a window', () => {
    const ledger = createOutageLedger(false, startMs);
    const { placeOf, isNew } = createSlidingPlaces(ledger);
    ledger.fail(startMs);
    ledger.recover(startMs + 100_000);
    expect(placeOf(60, startMs + 100_000)).toBe('both');
    expect(isNew(60, startMs + 100_000)).toBe(true);
    expect(placeOf(60, startMs + 165_000)).toBe('both');
    expect(placeOf(60, startMs + 165_001)).toBe('shared');
    expect([placeOf(3600, startMs + 100_000), isNew(3600, startMs + 100_000)]).toEqual(['shared', false]);
  });

  test('continue in Redis after an outage that was too short to share them out', () => {
    const ledger = createOutageLedger(false, startMs);
    const { placeOf } = createSlidingPlaces(ledger);
    ledger.fail(startMs);
    ledger.recover(startMs + 60_599);
    expect(placeOf(60, startMs + 60_600)).toBe('shared');
  });

  test('wait again in a second outage, after which Redis may have lost what both counted', () => {
    const ledger = createOutageLedger(false, startMs);
    const { placeOf, isNew } = createSlidingPlaces(ledger);
    ledger.fail(startMs);
    ledger.recover(startMs + 100_000);
    ledger.fail(startMs + 110_000);
    expect(placeOf(60, startMs + 110_000)).toBe('closed');
    ledger.recover(startMs + 120_000);
    expect([placeOf(60, startMs + 120_000), isNew(60, startMs + 120_000)]).toEqual(['both', false]);
    ledger.fail(startMs + 121_000);
    expect(placeOf(60, startMs + 181_600)).toBe('local');
  });

  test('wait for a whole window where there was no contact to begin with', () => {
    const { placeOf } = createSlidingPlaces(createOutageLedger(true, startMs));
    expect(placeOf(60, startMs + 60_599)).toBe('closed');
    expect(placeOf(60, startMs + 60_600)).toBe('local');
  });
});

describe('the ledger of outages', () => {
  test('tells each change once', () => {
    const ledger = createOutageLedger(false, startMs);
    expect([ledger.fail(startMs + 1), ledger.fail(startMs + 2)]).toEqual([true, false]);
    expect([ledger.recover(startMs + 3), ledger.recover(startMs + 4)]).toEqual([true, false]);
  });
});
