// The usage recorder: each use once in the store, through failed flushes, killed processes and full disks.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuthorizedKey } from '../domain/api-key.ts';
import { createManualClock } from '../domain/clock.ts';
import { findUse, refusedUses, type StatusClass } from '../domain/use.ts';
import { buffersOf, type FlushResult, type RouteSeries, type UsageBatch, type UsageSeries } from './ports.ts';
import { openUsageRecorder, type UsageRecorderOptions } from './usage-recorder.ts';

const hourMs = 3_600_000;
const startMs = 480_000 * hourMs;
const allowed = findUse('allowed', 'unknown', false);
const failed = findUse('upstream_failed', 'none', false);
const group = { apiId: 'classic', environment: 'live', hourMs: startMs, keySeqs: [1], orgSeqs: [9] };

function keyOf(seq: number, fields: Partial<AuthorizedKey> = {}): AuthorizedKey {
  return {
    id: `key_${seq}`,
    seq,
    orgSeq: 9,
    supersededDigest: undefined,
    metadata: {},
    apiId: 'classic',
    orgId: 'org_1',
    environment: 'live',
    scopes: [],
    endpoints: [],
    ...fields,
  };
}

function plainSeries({
  keySeqs,
  orgSeqs,
  counts,
  billed,
  statuses,
  times,
  ...kind
}: UsageSeries & Partial<RouteSeries>) {
  const { extraWeights, billedExtraWeights, ...rest } = kind;
  return {
    ...rest,
    keySeqs: [...keySeqs],
    orgSeqs: [...orgSeqs],
    counts: [...counts],
    ...(billed !== undefined && { billed: [...billed] }),
    ...(extraWeights !== undefined && { extraWeights: [...extraWeights] }),
    ...(billedExtraWeights !== undefined && { billedExtraWeights: [...billedExtraWeights] }),
    ...(times !== undefined && { times: times.map((bucket) => bucket && [...bucket]) }),
    ...Object.fromEntries(Object.entries(statuses).map(([name, numbers]) => [name, [...numbers]])),
  };
}

/** A batch as plain data. */
function plain({ series, routes, addresses: sources, lastUses, superseded }: UsageBatch) {
  const { addresses } = lastUses;
  return {
    series: series.map(plainSeries),
    ...(routes.length > 0 && { routes: routes.map(plainSeries) }),
    sources: Array.from(
      sources.keySeqs,
      (keySeq, at) =>
        `${keySeq} ${sources.addresses[(sources.addressAt[at] as number) - 1] ?? 'others'} ${sources.counts[at]}`,
    ),
    lastUses: Array.from(lastUses.keySeqs, (keySeq, at) => ({
      keySeq,
      atMs: lastUses.atMs[at],
      address: addresses[(lastUses.addressAt[at] as number) - 1] ?? null,
    })),
    superseded,
  };
}

/** A store in memory that keeps the contract. */
function createStore() {
  const runs = new Map<string, number>();
  const batches: ReturnType<typeof plain>[] = [];
  const state = { isDown: false, isAnswerLost: false };
  return {
    runs,
    batches,
    state,
    count: () => batches.flatMap(({ series }) => series.flatMap(({ counts }) => counts)).reduce((a, b) => a + b, 0),
    async beginRun(run: string) {
      if (!runs.has(run)) runs.set(run, 0);
    },
    async endRun(run: string) {
      runs.delete(run);
    },
    async flushUsage(batch: UsageBatch): Promise<FlushResult> {
      if (state.isDown) throw new Error('down');
      const last = runs.get(batch.run);
      if (last === undefined) return 'unknown_run';
      if (last >= batch.sequence) return 'repeated';
      runs.set(batch.run, batch.sequence);
      batches.push(plain(batch));
      if (state.isAnswerLost) throw new Error('no answer');
      return 'added';
    },
  };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-usage-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Opens a recorder. To simulate a kill, a test leaves it open. */
async function open(store = createStore(), options: Partial<UsageRecorderOptions> = {}) {
  const clock = createManualClock(startMs);
  const faults: { code?: string }[] = [];
  let wakes = 0;
  const recorder = await openUsageRecorder({
    store,
    clock,
    folder,
    apis: ['palm', 'classic'],
    onFault: (error) => faults.push(error as { code?: string }),
    timer: {
      start() {
        wakes++;
        return () => undefined;
      },
    },
    ...options,
  });
  return { store, clock, recorder, faults, wakes: () => wakes };
}

const segments = () => readdirSync(folder).filter((name) => /^[0-9a-f]{16}-\d+$/.test(name));

describe('a use', () => {
  test('is added up by outcome, and schedules one flush', async () => {
    const { store, recorder, wakes } = await open();
    for (let at = 0; at < 3; at++) recorder.recordUse(keyOf(1), allowed, '203.0.113.9');
    recorder.recordUse(keyOf(1), refusedUses.rate_limited, undefined);
    recorder.recordUse(keyOf(1), failed, undefined);
    expect(wakes()).toBe(1);
    await recorder.flush();
    expect(store.batches).toEqual([
      {
        series: [
          { ...group, outcome: 'allowed', counts: [3] },
          { ...group, outcome: 'rate_limited', counts: [1] },
          { ...group, outcome: 'upstream_failed', counts: [1], none: [1] },
        ],
        sources: ['1 203.0.113.9 3'],
        lastUses: [{ keySeq: 1, atMs: startMs, address: null }],
        superseded: [],
      },
    ]);
  });

  test('is added up by route, weight, response time and address too', async () => {
    const { store, recorder } = await open();
    const paid = findUse('allowed', '2xx', true);
    const route = { apiId: 'classic', orgSeq: 0, pattern: 'POST /v1/payments', units: 5 };
    recorder.recordUse(keyOf(1), paid, '203.0.113.9', route, 7);
    recorder.recordUse(keyOf(2), paid, '2001:db8:1:2::7', undefined, 20_000);
    recorder.recordUse(keyOf(2), paid, '2001:db8:1:2::8');
    recorder.recordUse(keyOf(1), refusedUses.rate_limited, '203.0.113.10', route);
    await recorder.flush();
    const [batch] = store.batches;
    const buckets = (counts: Readonly<Record<number, number>>) =>
      Array.from({ length: 14 }, (_, at) => (counts[at + 1] === undefined ? undefined : [counts[at + 1]]));
    const weighed = { ...group, billed: [1], '2xx': [1] };
    expect(batch?.series).toEqual([
      {
        ...{ ...group, outcome: 'allowed', keySeqs: [1, 2], orgSeqs: [9, 9], counts: [1, 2], billed: [1, 2] },
        ...{ '2xx': [1, 2], extraWeights: [4, 0], billedExtraWeights: [4, 0], times: buckets({ 4: 1, 14: 1 }) },
      },
      { ...group, outcome: 'rate_limited', counts: [1], extraWeights: [4] },
    ]);
    expect(batch?.routes).toEqual([
      {
        ...{ ...weighed, outcome: 'allowed', counts: [1], extraWeights: [4], billedExtraWeights: [4] },
        ...{ times: buckets({ 4: 1 }), route: { orgSeq: 0, pattern: 'POST /v1/payments' } },
      },
      {
        ...{ ...group, outcome: 'rate_limited', counts: [1], extraWeights: [4] },
        route: { orgSeq: 0, pattern: 'POST /v1/payments' },
      },
    ]);
    expect(batch?.sources).toEqual(['1 203.0.113.10 1', '1 203.0.113.9 1', '2 2001:db8:1:2::/64 2']);
  });

  test('keeps its route in segments that were open before, and in later ones', async () => {
    const { store, recorder } = await open(createStore(), { journal: { maxSegmentBytes: 4_000 } });
    const routeOf = (at: number) => ({ apiId: 'classic', orgSeq: 9, pattern: `GET /v1/${at}`, units: 1 });
    const routes = Array.from({ length: 100 }, (_, at) => routeOf(at));
    for (let round = 0; round < 3; round++)
      for (const route of routes) recorder.recordUse(keyOf(1), allowed, undefined, route);
    await recorder.flush();
    const counts = new Map<string, number>();
    for (const { route, counts: added } of store.batches.flatMap((batch) => batch.routes ?? []))
      counts.set(String(route?.pattern), (counts.get(String(route?.pattern)) ?? 0) + (added[0] as number));
    expect(store.batches.length).toBeGreaterThan(1);
    expect([...counts.values()]).toEqual(Array(100).fill(3));
  });

  test('counts as other beyond the routes of a segment, except for those of policies', async () => {
    const { store, recorder } = await open();
    const use = (orgSeq: number, at: number) =>
      recorder.recordUse(keyOf(1), allowed, undefined, { apiId: 'classic', orgSeq, pattern: `GET /${at}`, units: 1 });
    for (let at = 0; at < 2_003; at++) use(9, at);
    use(0, 1);
    await recorder.flush();
    use(9, 2_002);
    await recorder.flush();
    const [first, second] = store.batches;
    const countOf = (pattern: string, orgSeq: number) =>
      first?.routes?.find(({ route }) => route?.pattern === pattern && route.orgSeq === orgSeq)?.counts;
    expect([countOf('other', 0), countOf('GET /1', 0), countOf('GET /2002', 9)]).toEqual([[3], [1], undefined]);
    expect(second?.routes).toMatchObject([{ route: { orgSeq: 9, pattern: 'GET /2002' }, counts: [1] }]);
  });

  test('is added up by status class and by what is billed, each key once', async () => {
    const { store, recorder } = await open();
    const record = (seq: number, status: StatusClass, isBilled: boolean, times = 1) => {
      for (let at = 0; at < times; at++)
        recorder.recordUse(keyOf(seq), findUse('allowed', status, isBilled), undefined);
    };
    record(3, '2xx', true, 2);
    record(1, '2xx', true);
    record(2, '5xx', false);
    record(1, '5xx', false, 3);
    record(3, 'unknown', true);
    record(1, '2xx', false);
    await recorder.flush();
    expect(store.batches[0]?.series).toEqual([
      {
        ...group,
        outcome: 'allowed',
        orgSeqs: [9, 9, 9],
        keySeqs: [1, 2, 3],
        counts: [5, 1, 3],
        billed: [1, 0, 3],
        '2xx': [2, 0, 2],
        '5xx': [3, 1, 0],
      },
    ]);
  });

  test('sends what is alike once', async () => {
    const { store, recorder } = await open();
    const sent: UsageBatch[] = [];
    const { flushUsage } = store;
    store.flushUsage = (batch) => {
      sent.push(batch);
      return flushUsage(batch);
    };
    recorder.recordUse(keyOf(1), findUse('allowed', '2xx', true), undefined);
    await recorder.flush();
    const [series] = sent[0]?.series ?? [];
    expect(series?.billed).toBe(series?.counts);
    expect(series?.statuses['2xx']).toBe(series?.counts);
    expect(buffersOf(sent[0] as UsageBatch)).toHaveLength(12);
  });

  test('is in the order of the tables: by organization, then by key', async () => {
    const { store, recorder } = await open();
    for (const [seq, orgSeq] of [
      [4_000_000_000, 2],
      [3, 9],
      [5, 2],
      [3, 9],
      [70_000, 1],
    ] as const)
      recorder.recordUse(keyOf(seq, { orgSeq }), allowed, `203.0.113.${orgSeq}`);
    await recorder.flush();
    const [batch] = store.batches;
    const rows = { orgSeqs: [1, 2, 2, 9], keySeqs: [70_000, 5, 4_000_000_000, 3], counts: [1, 1, 1, 2] };
    expect(batch?.series).toEqual([{ ...group, outcome: 'allowed', ...rows }]);
    expect(batch?.lastUses.map(({ keySeq, address }) => [keySeq, address])).toEqual([
      [3, '203.0.113.9'],
      [5, '203.0.113.2'],
      [70_000, '203.0.113.1'],
      [4_000_000_000, '203.0.113.2'],
    ]);
  });

  test('is the last use of the key only if it was allowed', async () => {
    const { store, recorder } = await open();
    recorder.recordUse(keyOf(1), refusedUses.address_not_allowed, '198.51.100.1');
    await recorder.flush();
    expect(store.batches[0]?.lastUses).toEqual([]);
  });

  test('counts for its own hour, also when the clock is set back, and the newest use is the last', async () => {
    const { store, clock, recorder } = await open();
    for (const at of [startMs + 5, startMs - 1, startMs]) {
      clock.set(at);
      recorder.recordUse(keyOf(1), allowed, String(at - startMs));
    }
    await recorder.flush();
    expect(store.batches[0]).toMatchObject({
      series: [
        { ...group, outcome: 'allowed', counts: [2] },
        { ...group, outcome: 'allowed', hourMs: startMs - hourMs, counts: [1] },
      ],
      lastUses: [{ keySeq: 1, atMs: startMs + 5, address: '5' }],
    });
  });

  test('of a superseded secret is also counted for that secret', async () => {
    const { store, clock, recorder } = await open();
    const [a, b] = ['ab'.repeat(32), '0f'.repeat(32)];
    for (const supersededDigest of [a, b, a]) {
      clock.advance(1);
      recorder.recordUse(keyOf(1, { supersededDigest }), allowed, supersededDigest === a ? '203.0.113.1' : undefined);
    }
    await recorder.flush();
    expect(store.batches[0]?.superseded).toEqual([
      { digest: a, count: 2, atMs: startMs + 3, address: '203.0.113.1' },
      { digest: b, count: 1, atMs: startMs + 2, address: null },
    ]);
    expect(store.batches[0]?.series[0]?.counts).toEqual([3]);
  });

  test('is summed in a thread if there are many', async () => {
    const { store, recorder } = await open();
    for (let at = 0; at < 10_000; at++) recorder.recordUse(keyOf(1 + (at % 5000)), allowed, '203.0.113.1');
    await recorder.flush();
    recorder.recordUse(keyOf(1), allowed, undefined);
    for (let at = 0; at < 5000; at++) recorder.recordUse(keyOf(1), refusedUses.rate_limited, undefined);
    await recorder.close();
    expect(store.batches.map(({ series }) => series.length)).toEqual([1, 2]);
    expect(store.count()).toBe(15_001);
  });

  test('is in the totals for metrics, without its key, also after a flush', async () => {
    const { recorder } = await open();
    recorder.recordUse(keyOf(1), allowed, undefined);
    await recorder.flush();
    recorder.recordUse(keyOf(2), allowed, undefined);
    recorder.recordUse(keyOf(3, { environment: 'test' }), refusedUses.key_expired, undefined);
    expect(recorder.totals()).toEqual([
      {
        apiId: 'classic',
        environment: 'live',
        outcome: 'allowed',
        statusClass: 'unknown',
        isBilled: false,
        count: 2,
      },
      {
        apiId: 'classic',
        environment: 'test',
        outcome: 'key_expired',
        statusClass: undefined,
        isBilled: false,
        count: 1,
      },
    ]);
  });
});

describe('a turn of the loop', () => {
  test('is written at its end, and then its replies leave', async () => {
    const { recorder } = await open();
    const size = () => segments().map((name) => statSync(join(folder, name)).size);
    const first = recorder.recordUseInTurn(keyOf(1), allowed, undefined);
    const second = recorder.recordUseInTurn(keyOf(2), allowed, undefined);
    expect([first === second, size()]).toEqual([true, []]);
    await first;
    const [written] = size();
    expect(written).toBeGreaterThan(0);
    recorder.recordUse(keyOf(1), allowed, undefined);
    expect(size()).toEqual([(written as number) + 31]);
  });

  test('is written with a use that must be written at once', async () => {
    const { store, recorder } = await open();
    const held = recorder.recordUseInTurn(keyOf(1), allowed, undefined);
    recorder.recordUse(keyOf(1), allowed, undefined);
    const next = recorder.recordUseInTurn(keyOf(1), allowed, undefined);
    expect(next).not.toBe(held);
    await Promise.all([held, next]);
    await recorder.flush();
    expect(store.count()).toBe(3);
  });
});

describe('a store that fails', () => {
  test('gets the same batch again: nothing is lost, nothing is counted twice', async () => {
    const { store, recorder } = await open();
    store.state.isDown = true;
    recorder.recordUse(keyOf(1), allowed, undefined);
    await expect(recorder.flush()).rejects.toThrow('down');
    recorder.recordUse(keyOf(1), allowed, undefined);
    store.state.isDown = false;
    store.state.isAnswerLost = true;
    await expect(recorder.flush()).rejects.toThrow('no answer');
    store.state.isAnswerLost = false;
    await recorder.close();
    expect(store.batches.map(({ series }) => series[0]?.counts)).toEqual([[1], [1]]);
    expect(segments()).toEqual([]);
  });

  test('leaves the rest to the next start, and close does not fail', async () => {
    const { store, recorder } = await open();
    store.state.isDown = true;
    recorder.recordUse(keyOf(1), allowed, undefined);
    await recorder.close();
    store.state.isDown = false;
    await (await open(store)).recorder.flush();
    expect(store.count()).toBe(1);
  });

  test('gets segments of bounded size', async () => {
    const { store, recorder } = await open(createStore(), { journal: { maxSegmentBytes: 1000 } });
    store.state.isDown = true;
    for (let at = 0; at < 100; at++) recorder.recordUse(keyOf(1), allowed, undefined);
    expect(recorder.journal.segments).toBeGreaterThan(2);
    store.state.isDown = false;
    await recorder.flush();
    expect([store.count(), recorder.journal, segments()]).toEqual([100, { segments: 0, bytes: 0, failures: 0 }, []]);
  });
});

describe('a process that is killed', () => {
  test('leaves its uses in the journal, and the next one stores them once', async () => {
    const { store, recorder } = await open();
    recorder.recordUse(keyOf(1), allowed, '203.0.113.9');
    await recorder.flush();
    for (let at = 0; at < 5; at++) recorder.recordUse(keyOf(2), allowed, undefined);
    const next = await open(store);
    expect(next.wakes()).toBe(1);
    next.recorder.recordUse(keyOf(2), allowed, undefined);
    await next.recorder.flush();
    expect(store.batches.map(({ series }) => series.map(({ counts }) => counts))).toEqual([[[1]], [[5]], [[1]]]);
    // The store has forgotten the dead run.
    expect(store.runs.size).toBe(1);
    await (await open(store)).recorder.flush();
    expect([store.count(), store.runs.size]).toEqual([7, 1]);
  });

  test('between commit and removal of the file is counted once', async () => {
    const { store, recorder } = await open();
    recorder.recordUse(keyOf(1), allowed, undefined);
    const [name] = segments() as [string];
    const bytes = readFileSync(join(folder, name));
    await recorder.flush();
    writeFileSync(join(folder, name), bytes);
    const next = await open(store);
    await next.recorder.flush();
    expect([store.count(), segments(), next.faults]).toEqual([1, [], []]);
  });

  test('in the middle of a write loses only unanswered requests, and the file is kept', async () => {
    const { store, recorder } = await open();
    recorder.recordUse(keyOf(1), allowed, undefined);
    recorder.recordUse(keyOf(1), allowed, undefined);
    const [name] = segments() as [string];
    truncateSync(join(folder, name), statSync(join(folder, name)).size - 3);
    const next = await open(store);
    await next.recorder.flush();
    expect([store.count(), next.faults]).toMatchObject([1, [{ code: 'usage_journal_damaged' }]]);
    expect(readdirSync(folder)).toContain(`${name}.damaged`);
    const later = await open(store);
    await later.recorder.flush();
    expect([store.count(), later.faults]).toEqual([1, []]);
  });

  test('with a malformed segment is reported, and delays no other segment', async () => {
    const name = `${'0'.repeat(16)}-0000000001`;
    writeFileSync(join(folder, name), 'not a segment');
    const { store, recorder, faults } = await open();
    recorder.recordUse(keyOf(1), allowed, undefined);
    await recorder.flush();
    expect([store.count(), faults]).toMatchObject([1, [{ code: 'usage_journal_damaged' }]]);
    expect(readdirSync(folder)).toContain(`${name}.damaged`);
  });

  test('with a segment that is cut in a record or has the wrong name delays no later segment', async () => {
    const { store, recorder } = await open();
    recorder.recordUse(keyOf(1), allowed, '10.0.0.1');
    const [name] = segments() as [string];
    const bytes = readFileSync(join(folder, name));
    // A second frame. Its record ends before the end of its address.
    const payload = bytes.subarray(bytes.length - 28, bytes.length - 4);
    const head = Buffer.alloc(8);
    head.writeUInt32LE(payload.length, 0);
    head.writeUInt32LE(crc32(payload, payload.length), 4);
    writeFileSync(join(folder, name), Buffer.concat([bytes, head, payload]));
    const swapped = `${name.slice(0, -1)}2`;
    writeFileSync(join(folder, swapped), bytes);
    const next = await open(store);
    next.recorder.recordUse(keyOf(2), allowed, undefined);
    await next.recorder.flush();
    expect([store.count(), next.faults]).toMatchObject([
      2,
      [{ code: 'usage_journal_damaged' }, { code: 'usage_journal_damaged' }],
    ]);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining([`${name}.damaged`, `${swapped}.damaged`]));
    next.recorder.recordUse(keyOf(2), allowed, undefined);
    await next.recorder.flush();
    expect([store.count(), next.faults.length, segments()]).toEqual([3, 2, []]);
  });

  test('that wrote for another database is not counted in this one', async () => {
    const { recorder } = await open();
    recorder.recordUse(keyOf(1), allowed, undefined);
    const other = await open(createStore());
    await other.recorder.flush();
    expect([other.store.count(), other.faults]).toMatchObject([0, [{ code: 'usage_journal_unknown' }]]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.unknown'))).toHaveLength(1);
  });

  test('differs from this one, whose run the database lost', async () => {
    const { store, recorder, faults } = await open();
    recorder.recordUse(keyOf(1), allowed, undefined);
    store.runs.clear();
    await recorder.flush();
    expect([store.count(), faults]).toEqual([1, []]);
  });
});

describe('a full disk', () => {
  test('keeps uses in memory up to the bound, and counts the dropped ones', async () => {
    const journal = { maxFileBytes: 0, maxMemoryBytes: 31 * 3 };
    const { store, recorder } = await open(createStore(), { journal });
    for (let at = 0; at < 5; at++) recorder.recordUse(keyOf(1), allowed, undefined);
    expect(recorder.counts).toEqual({ recorded: 5, dropped: 2 });
    store.state.isDown = true;
    await expect(recorder.flush()).rejects.toThrow('down');
    recorder.recordUse(keyOf(1), allowed, undefined);
    expect(recorder.counts.dropped).toBe(3);
    await expect(recorder.close()).rejects.toThrow('down');
    store.state.isDown = false;
    await recorder.flush();
    expect([store.count(), segments()]).toEqual([3, []]);
  });
});
