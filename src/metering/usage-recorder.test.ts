// The usage recorder: sums by hour and outcome, last uses, failed flushes, the bound.
import { describe, expect, test } from 'vitest';
import type { AuthorizedKey } from '../domain/api-key.ts';
import { createManualClock } from '../domain/clock.ts';
import type { UsageBatch } from './ports.ts';
import { createUsageRecorder } from './usage-recorder.ts';

const hourMs = 3_600_000;
const startMs = 480_000 * hourMs;
const group = { apiId: 'classic', orgId: 'org_1', keyId: 'key_1', environment: 'live', hourMs: startMs };

function keyOf(id: string, environment: 'live' | 'test' = 'live'): AuthorizedKey {
  return { id, apiId: 'classic', orgId: 'org_1', environment, scopes: [] };
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
    for (let at = 0; at < 3; at++) recorder.recordUse(keyOf('key_1'), 'allowed', '203.0.113.9');
    recorder.recordUse(keyOf('key_1'), 'rate_limited', undefined);
    recorder.recordUse(keyOf('key_1'), 'upstream_failed', undefined);
    expect(wakes()).toBe(1);
    await recorder.flush();
    expect(batches).toEqual([
      {
        counts: [
          { ...group, outcome: 'allowed', count: 3 },
          { ...group, outcome: 'rate_limited', count: 1 },
          { ...group, outcome: 'upstream_failed', count: 1 },
        ],
        lastUses: [{ keyId: 'key_1', atMs: startMs, address: null }],
      },
    ]);
  });

  test('a refusal is not the key being used', async () => {
    const { batches, recorder } = createFixture();
    recorder.recordUse(keyOf('key_1'), 'address_not_allowed', '198.51.100.1');
    await recorder.flush();
    expect(batches[0]?.lastUses).toEqual([]);
  });

  test('gives each hour its own count and keeps the newest last use', async () => {
    const { clock, batches, recorder } = createFixture();
    clock.set(startMs + hourMs - 1);
    recorder.recordUse(keyOf('key_1'), 'allowed', '203.0.113.1');
    clock.advance(1);
    recorder.recordUse(keyOf('key_1'), 'allowed', '203.0.113.2');
    await recorder.flush();
    expect(batches[0]).toEqual({
      counts: [
        { ...group, outcome: 'allowed', count: 1 },
        { ...group, outcome: 'allowed', hourMs: startMs + hourMs, count: 1 },
      ],
      lastUses: [{ keyId: 'key_1', atMs: startMs + hourMs, address: '203.0.113.2' }],
    });
  });

  test('names a group once even when the clock was set back an hour and forth', async () => {
    const { clock, batches, recorder } = createFixture();
    for (const at of [startMs, startMs - 1, startMs]) {
      clock.set(at);
      recorder.recordUse(keyOf('key_1'), 'allowed', undefined);
    }
    await recorder.flush();
    expect(batches[0]?.counts.map(({ hourMs: hour, count }) => [hour, count])).toEqual([
      [startMs, 2],
      [startMs - hourMs, 1],
    ]);
  });

  test('a failed flush loses nothing and counts nothing twice', async () => {
    const { batches, store, recorder } = createFixture();
    store.isDown = true;
    recorder.recordUse(keyOf('key_1'), 'allowed', undefined);
    await expect(recorder.flush()).rejects.toThrow('down');
    recorder.recordUse(keyOf('key_1'), 'allowed', undefined);
    store.isDown = false;
    await recorder.close();
    expect(batches.flatMap((batch) => batch.counts).map(({ count }) => count)).toEqual([1, 1]);
  });

  test('drops uses of further keys beyond the bound, keeps counting those it holds, and says how many it dropped', async () => {
    const { batches, recorder } = createFixture(2);
    for (const id of ['key_1', 'key_2', 'key_3', 'key_1']) recorder.recordUse(keyOf(id), 'allowed', undefined);
    expect(recorder.counts).toEqual({ recorded: 4, dropped: 1 });
    await recorder.flush();
    expect(batches[0]?.counts.map(({ keyId, count }) => [keyId, count])).toEqual([
      ['key_1', 2],
      ['key_2', 1],
    ]);
  });

  test('totals outlive flushes and know no key', async () => {
    const { recorder } = createFixture();
    recorder.recordUse(keyOf('key_1'), 'allowed', undefined);
    await recorder.flush();
    recorder.recordUse(keyOf('key_2'), 'allowed', undefined);
    recorder.recordUse(keyOf('key_3', 'test'), 'key_expired', undefined);
    expect(recorder.totals()).toEqual([
      { apiId: 'classic', environment: 'live', outcome: 'allowed', count: 2 },
      { apiId: 'classic', environment: 'test', outcome: 'key_expired', count: 1 },
    ]);
  });
});
