// The usage recorder: sums by hour and outcome, last uses, failed flushes, the bound.
import { describe, expect, test } from 'vitest';
import type { AuthorizedKey } from '../domain/api-key.ts';
import { createManualClock } from '../domain/clock.ts';
import type { UsageBatch } from './ports.ts';
import { createUsageRecorder } from './usage-recorder.ts';

const hourMs = 3_600_000;
const startMs = 480_000 * hourMs;
const group = { apiId: 'classic', environment: 'live', hourMs: startMs, keySeqs: [1], orgSeqs: [9] };

function keyOf(seq: number, environment: 'live' | 'test' = 'live'): AuthorizedKey {
  return {
    id: `key_${seq}`,
    seq,
    orgSeq: 9,
    supersededDigest: undefined,
    apiId: 'classic',
    orgId: 'org_1',
    environment,
    scopes: [],
  };
}

function createFixture(maxKeys?: number) {
  const clock = createManualClock(startMs);
  const batches: UsageBatch[] = [];
  const store = { isDown: false };
  let wakes = 0;
  const recorder = createUsageRecorder({
    store: {
      async flushUsage(batch) {
        if (store.isDown) throw new Error('down');
        batches.push(batch);
      },
    },
    clock,
    onFault: () => undefined,
    timer: {
      start() {
        wakes++;
        return () => undefined;
      },
    },
    ...(maxKeys !== undefined && { maxKeys }),
  });
  return { clock, batches, store, recorder, wakes: () => wakes };
}

describe('createUsageRecorder', () => {
  test('adds up uses by outcome and asks for one flush', async () => {
    const { batches, recorder, wakes } = createFixture();
    for (let at = 0; at < 3; at++) recorder.recordUse(keyOf(1), 'allowed', '203.0.113.9');
    recorder.recordUse(keyOf(1), 'rate_limited', undefined);
    recorder.recordUse(keyOf(1), 'upstream_failed', undefined);
    expect(wakes()).toBe(1);
    await recorder.flush();
    expect(batches).toEqual([
      {
        series: [
          { ...group, outcome: 'allowed', counts: [3] },
          { ...group, outcome: 'rate_limited', counts: [1] },
          { ...group, outcome: 'upstream_failed', counts: [1] },
        ],
        lastUses: { keySeqs: [1], atMs: [startMs], addresses: [null] },
        superseded: [],
      },
    ]);
  });

  test('a refusal is not the key being used', async () => {
    const { batches, recorder } = createFixture();
    recorder.recordUse(keyOf(1), 'address_not_allowed', '198.51.100.1');
    await recorder.flush();
    expect(batches[0]?.lastUses).toEqual({ keySeqs: [], atMs: [], addresses: [] });
  });

  test('gives each hour its own count and keeps the newest last use', async () => {
    const { clock, batches, recorder } = createFixture();
    clock.set(startMs + hourMs - 1);
    recorder.recordUse(keyOf(1), 'allowed', '203.0.113.1');
    clock.advance(1);
    recorder.recordUse(keyOf(1), 'allowed', '203.0.113.2');
    await recorder.flush();
    expect(batches[0]).toEqual({
      series: [
        { ...group, outcome: 'allowed', counts: [1] },
        { ...group, outcome: 'allowed', hourMs: startMs + hourMs, counts: [1] },
      ],
      lastUses: { keySeqs: [1], atMs: [startMs + hourMs], addresses: ['203.0.113.2'] },
      superseded: [],
    });
  });

  test('names a group once even when the clock was set back an hour and forth', async () => {
    const { clock, batches, recorder } = createFixture();
    for (const at of [startMs + 5, startMs - 1, startMs]) {
      clock.set(at);
      recorder.recordUse(keyOf(1), 'allowed', String(at - startMs));
    }
    await recorder.flush();
    expect(batches[0]?.series).toEqual([
      { ...group, outcome: 'allowed', counts: [2] },
      { ...group, outcome: 'allowed', hourMs: startMs - hourMs, counts: [1] },
    ]);
    expect(batches[0]?.lastUses).toEqual({ keySeqs: [1], atMs: [startMs + 5], addresses: ['5'] });
  });

  test('a failed flush loses nothing and counts nothing twice', async () => {
    const { batches, store, recorder } = createFixture();
    store.isDown = true;
    recorder.recordUse(keyOf(1), 'allowed', undefined);
    await expect(recorder.flush()).rejects.toThrow('down');
    recorder.recordUse(keyOf(1), 'allowed', undefined);
    store.isDown = false;
    await recorder.close();
    expect(batches.flatMap(({ series }) => series).map(({ counts }) => counts)).toEqual([[1], [1]]);
  });

  test('drops uses of further keys beyond the bound, keeps counting those it holds, and says how many it dropped', async () => {
    const { batches, recorder } = createFixture(2);
    for (const seq of [1, 2, 3, 1]) recorder.recordUse(keyOf(seq), 'allowed', undefined);
    expect(recorder.counts).toEqual({ recorded: 4, dropped: 1 });
    await recorder.flush();
    expect(batches[0]?.series).toMatchObject([{ keySeqs: [1, 2], counts: [2, 1] }]);
  });

  test('totals outlive flushes and know no key', async () => {
    const { recorder } = createFixture();
    recorder.recordUse(keyOf(1), 'allowed', undefined);
    await recorder.flush();
    recorder.recordUse(keyOf(2), 'allowed', undefined);
    recorder.recordUse(keyOf(3, 'test'), 'key_expired', undefined);
    expect(recorder.totals()).toEqual([
      { apiId: 'classic', environment: 'live', outcome: 'allowed', count: 2 },
      { apiId: 'classic', environment: 'test', outcome: 'key_expired', count: 1 },
    ]);
  });
});
