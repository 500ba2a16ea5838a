// The exporter: order, confirmation, pauses after failures, several nodes, the end.
import { expect, test } from 'vitest';
import { type AuditRecord, chainStart } from '../domain/audit-record.ts';
import { createManualClock } from '../domain/clock.ts';
import { OperationalError } from '../domain/operational-error.ts';
import type { Timer } from '../engine/flush-loop.ts';
import { type Deliver, DeliveryError } from './delivery.ts';
import { retryDelayMs, startExporter } from './exporter.ts';
import type { ExportFailure, ExportStore } from './ports.ts';

const startMs = Date.UTC(2027, 5, 15);

function recordOf(seq: number): AuditRecord {
  return {
    ...{ seq, atMs: startMs, actor: { kind: 'operator', id: null, label: 'token' }, via: 'admin_api', address: null },
    ...{ requestId: null, action: 'org.created', target: { kind: 'org', id: 'org_1' }, orgId: null, before: null },
    ...{ after: null, seals: null, previousHash: seq === 1 ? chainStart : `hash ${seq - 1}`, hash: `hash ${seq}` },
  };
}

/** One destination in one database, with any number of exporters. */
function createWorld(count: number) {
  const clock = createManualClock(startMs);
  const records = Array.from({ length: count }, (_, at) => recordOf(at + 1));
  const row = {
    confirmed: { seq: 0, hash: chainStart },
    failure: null as ExportFailure | null,
    holder: undefined as string | undefined,
    untilMs: 0,
  };
  const store: ExportStore = {
    async describeExports([destination = '']) {
      const waiting = records.filter(({ seq }) => seq > row.confirmed.seq).length;
      const { confirmed, failure } = row;
      return [
        { destination, confirmed, confirmedAtMs: null, waiting, waitingSinceMs: waiting ? startMs : null, failure },
      ];
    },
    async claimExport(_, holder, nowMs, untilMs) {
      if (row.holder !== undefined && row.holder !== holder && row.untilMs > nowMs) return undefined;
      if ((row.failure?.retryAtMs ?? 0) > nowMs) return undefined;
      Object.assign(row, { holder, untilMs });
      return row.confirmed;
    },
    async confirmExport(_, place) {
      if (place.seq > row.confirmed.seq) Object.assign(row, { confirmed: place, failure: null });
    },
    async noteExportFailure(_, failure) {
      row.failure = failure;
    },
    async releaseExport(_, holder) {
      if (row.holder === holder) row.holder = undefined;
    },
  };
  const audit = {
    readAudit: async (after: number, limit: number) => records.filter(({ seq }) => seq > after).slice(0, limit),
  };

  let nodes = 0;
  function start(deliver: Deliver) {
    let due: (() => void) | undefined;
    let scheduled = Promise.withResolvers<void>();
    const timer: Timer = {
      start(_, run) {
        due = run;
        scheduled.resolve();
        return () => {
          due = undefined;
        };
      },
    };
    const faults: string[] = [];
    let recoveries = 0;
    const exporter = startExporter({
      ...{ destination: 'siem', holder: `node ${++nodes}`, deliver, store, audit, clock, timer },
      sign: async (text) => `signed ${text}`,
      onFault: (error) => faults.push((error as Error).message),
      onRecovered: () => {
        recoveries++;
      },
    });
    return {
      exporter,
      faults,
      countRecoveries: () => recoveries,
      isDue: () => due !== undefined,
      /** Lets one look at the log begin, and resolves when the next one is due. */
      async look() {
        scheduled = Promise.withResolvers();
        due?.();
        await scheduled.promise;
      },
    };
  }
  return { clock, row, records, start };
}

/** Records what arrives. */
function createReceiver() {
  const seqs: number[][] = [];
  const ends: string[] = [];
  const state = { error: undefined as Error | undefined };
  const deliver: Deliver = async ({ records, end }) => {
    seqs.push(records.map(({ seq }) => seq));
    ends.push(end);
    if (state.error !== undefined) throw state.error;
  };
  return { seqs, ends, state, deliver };
}

test('sends all records in segments, and moves the place after each', async () => {
  const { row, records, start } = createWorld(1203);
  const { seqs, ends, deliver } = createReceiver();
  const { exporter, look } = start(deliver);
  await look();
  expect(seqs.map((each) => each.length)).toEqual([500, 500, 203]);
  expect(seqs.flat()).toEqual(records.map(({ seq }) => seq));
  expect(row.confirmed).toEqual({ seq: 1203, hash: 'hash 1203' });
  expect(row.holder).toBeUndefined();
  const segment = { firstSeq: 501, previousHash: 'hash 500', lastSeq: 1000, lastHash: 'hash 1000' };
  expect(JSON.parse(ends[1] as string)).toEqual({ segment, signature: `signed ${JSON.stringify(segment)}` });
  expect(exporter.counts).toEqual({ records: 1203, failures: 0 });
  await look();
  expect(seqs).toHaveLength(3);
  await exporter.close();
});

test('sends the same records again after a failure, not before the pause ends, and skips none', async () => {
  const { clock, row, start } = createWorld(3);
  const { seqs, state, deliver } = createReceiver();
  const { exporter, look, faults, countRecoveries } = start(deliver);
  state.error = new DeliveryError('it answered 400');
  await look();
  expect(row.failure).toEqual({ atMs: startMs, message: 'it answered 400', attempts: 1, retryAtMs: startMs + 1000 });
  clock.advance(999);
  await look();
  expect(seqs).toHaveLength(1);
  clock.advance(1);
  await look();
  expect(row.failure).toMatchObject({ attempts: 2, retryAtMs: startMs + 1000 + 2000 });
  // The same failure is reported once.
  expect(faults).toEqual(['it answered 400']);
  state.error = new DeliveryError('it answered 503', { retryAfterMs: 600_000 });
  clock.advance(2000);
  await look();
  expect(row.failure).toMatchObject({ attempts: 3, retryAtMs: clock.nowMs() + 600_000 });
  state.error = undefined;
  clock.advance(600_000);
  await look();
  expect(seqs).toEqual([
    [1, 2, 3],
    [1, 2, 3],
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect(row).toMatchObject({ confirmed: { seq: 3 }, failure: null });
  expect(faults).toEqual(['it answered 400', 'it answered 503']);
  expect(countRecoveries()).toBe(1);
  expect(exporter.counts).toEqual({ records: 3, failures: 3 });
  await exporter.close();
});

test('an error of another kind is not shown, because its text may have anything', async () => {
  const { row, clock, start } = createWorld(1);
  const { state, deliver } = createReceiver();
  const { exporter, look } = start(deliver);
  state.error = new TypeError('a defect with a secret');
  await look();
  expect(row.failure?.message).toBe('see the log of the server');
  state.error = new OperationalError('tls_file_unusable', 'Cannot use ca.pem');
  clock.advance(60_000);
  await look();
  expect(row.failure?.message).toBe('Cannot use ca.pem');
  await exporter.close();
});

test('one node sends, and another takes over from the confirmed place when its right ends', async () => {
  const { clock, row, start } = createWorld(2);
  const first = createReceiver();
  const stuck = Promise.withResolvers<void>();
  const one = start(async (segment, signal) => {
    await first.deliver(segment, signal);
    await stuck.promise;
  });
  const looking = one.look();
  await new Promise(setImmediate);
  expect(first.seqs).toEqual([[1, 2]]);
  const second = createReceiver();
  const two = start(second.deliver);
  await two.look();
  expect(second.seqs).toEqual([]);
  clock.advance(60_000);
  await two.look();
  expect(second.seqs).toEqual([[1, 2]]);
  expect(row.confirmed.seq).toBe(2);
  // The first node confirms late, which moves nothing.
  stuck.resolve();
  await looking;
  expect(row.confirmed.seq).toBe(2);
  await Promise.all([one.exporter.close(), two.exporter.close()]);
});

test('does not send over a gap, nor what does not follow', async () => {
  const { records, row, clock, start } = createWorld(5);
  const { seqs, deliver } = createReceiver();
  const { exporter, look } = start(deliver);
  row.confirmed = { seq: 2, hash: 'another hash' };
  await look();
  expect(row.failure?.message).toMatch(/^record 2 that this destination has is not in the log: .* another name/);
  records.splice(0, 3);
  clock.advance(60_000);
  await look();
  expect(row.failure?.message).toMatch(/^records 3 to 3 have left the database before .* another name/);
  expect(seqs).toEqual([]);
  await exporter.close();
});

test('a new destination gets what the database has', async () => {
  const { records, start } = createWorld(5);
  records.splice(0, 3);
  const { seqs, deliver } = createReceiver();
  const { exporter, look } = start(deliver);
  await look();
  expect(seqs).toEqual([[4, 5]]);
  await exporter.close();
});

test('the end cuts a delivery, returns the right, and is no failure', async () => {
  const { row, start } = createWorld(1);
  const began = Promise.withResolvers<void>();
  const { exporter, look, faults, isDue } = start((_, signal) => {
    began.resolve();
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new DeliveryError('cut'))));
  });
  look();
  await began.promise;
  await exporter.close();
  expect(row).toMatchObject({ confirmed: { seq: 0 }, failure: null, holder: undefined });
  expect(faults).toEqual([]);
  expect(isDue()).toBe(false);
});

test.for<[attempts: number, retryAfterMs: number | undefined, delayMs: number]>([
  [1, undefined, 1000],
  [2, undefined, 2000],
  [7, undefined, 60_000],
  [5000, undefined, 60_000],
  [1, 0, 1000],
  [1, 90_000, 90_000],
  [1, 10 ** 12, 3_600_000],
])('after %i failures and Retry-After %s, the pause is %i ms', ([attempts, retryAfterMs, delayMs]) => {
  expect(retryDelayMs(attempts, retryAfterMs)).toBe(delayMs);
});
