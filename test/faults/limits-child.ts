// limits.test.ts runs this as one of several nodes. It sends requests window after window and reports how many were
// admitted.
import { setTimeout as wait } from 'node:timers/promises';
import { openRedisLimiter } from '../../src/coordination/redis.ts';
import type { LimitBucket } from '../../src/engine/ports.ts';
import type { LimitNodeTask, LimitProgress, LimitReport, WindowSum } from './limits-nodes.ts';

const task = JSON.parse(process.argv[2] ?? '') as LimitNodeTask;
const { servers, nodes, onOutage, deadlineMs, groups } = task;
let outages = 0;
const outs: [number, number][] = [];
const limiter = await openRedisLimiter({
  servers,
  nodes,
  onOutage,
  deadlineMs,
  onChange(cause) {
    if (cause !== undefined) {
      outages++;
      outs.push([Date.now(), Number.MAX_SAFE_INTEGER]);
    } else (outs.at(-1) as [number, number])[1] = Date.now();
    tell();
  },
});
const buckets = groups.flatMap(({ name, limit, windowSeconds, buckets: count, requests }) => {
  const limits = [{ limit, windowSeconds }];
  return Array.from({ length: count }, (_, at) => {
    const bucket: LimitBucket = { id: `${name}${at}`, counter: undefined };
    return { name, bucket, limits, requests };
  });
});
const windows: Record<string, WindowSum> = {};
const admittedAt: Record<number, number> = {};
let rounds = 0;
let refusing = 0;
let undecided = 0;
let isStopped = false;

async function request({ name, bucket, limits }: (typeof buckets)[number]): Promise<void> {
  const { isAdmitted, state } = await limiter.fixed.take(bucket, limits, 0);
  const id = `${name} ${bucket.id} ${state.resetAtMs}`;
  windows[id] ??= { admitted: 0, refused: 0 };
  const sum = windows[id];
  if (!isAdmitted && sum.refused === 0) refusing++;
  sum[isAdmitted ? 'admitted' : 'refused']++;
  if (!isAdmitted) return;
  const nowMs = Date.now();
  admittedAt[nowMs] = (admittedAt[nowMs] ?? 0) + 1;
}

function tell(): void {
  process.send?.({ isOut: limiter.isOut, outages, rounds, refusing } satisfies LimitProgress);
}

const shortestMs = Math.min(...groups.map(({ windowSeconds }) => windowSeconds)) * 1000;
const { roundMs = shortestMs / 4 } = task;
process.send?.('ready');
process.once('message', async () => {
  process.once('message', () => {
    isStopped = true;
  });
  while (!isStopped) {
    const startedMs = performance.now();
    for (const entry of buckets) {
      const batch = Array.from({ length: Math.ceil(entry.requests / 4) }, () =>
        request(entry).catch(() => {
          undecided++;
        }),
      );
      await Promise.all(batch);
    }
    rounds++;
    tell();
    await wait(Math.max(0, startedMs + roundMs - performance.now()));
  }
  const report: LimitReport = { windows, counts: { ...limiter.counts }, outages, outs, undecided, admittedAt };
  limiter.close();
  // Exits only after the report, which is long, is written.
  process.send?.({ report }, () => process.disconnect?.());
});
process.once('disconnect', () => process.exit());
