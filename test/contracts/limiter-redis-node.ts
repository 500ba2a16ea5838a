// One node of a test: a process that sends requests to a limiter on Redis and prints how many were admitted.
import { openRedisLimiter } from '../../src/coordination/redis.ts';
import type { LimitWindows } from '../../src/domain/rate-limit.ts';
import type { LimitBucket } from '../../src/engine/ports.ts';
import { singleServer } from '../redis-server.ts';

/** The argument of the command line, as JSON. */
export interface NodeTask {
  readonly windows: LimitWindows;
  readonly port: number;
  readonly nodes: number;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly buckets: number;
  /** Requests of each bucket. */
  readonly requests: number;
}

/** Admitted and refused requests of this node, by bucket and window. */
export interface NodeReport {
  readonly windows: Readonly<Record<string, { admitted: number; refused: number }>>;
  readonly counts: Readonly<Record<string, number>>;
  /** Of sliding windows: each decision by bucket. It was made between `sentMs` and `decidedMs`, the machine's clock. */
  readonly decisions: Readonly<Record<string, NodeDecision[]>>;
}

export interface NodeDecision {
  readonly sentMs: number;
  readonly decidedMs: number;
  readonly isAdmitted: boolean;
}

const task = JSON.parse(process.argv[2] ?? '') as NodeTask;
const limiter = await openRedisLimiter({
  servers: singleServer(task.port),
  nodes: task.nodes,
  onOutage: 'closed',
  onChange: (cause) => {
    if (cause !== undefined) throw cause;
  },
  deadlineMs: 10_000,
});
const limits = [{ limit: task.limit, windowSeconds: task.windowSeconds }];
const windows: Record<string, { admitted: number; refused: number }> = {};
const decisions: Record<string, NodeDecision[]> = {};

async function request(bucket: LimitBucket): Promise<void> {
  const sentMs = Date.now();
  const { isAdmitted, state } = await limiter[task.windows].take(bucket, limits, 0);
  if (task.windows === 'sliding') {
    decisions[bucket.id] ??= [];
    decisions[bucket.id]?.push({ sentMs, decidedMs: Date.now(), isAdmitted });
    return;
  }
  const name = `${bucket.id} ${state.resetAtMs}`;
  windows[name] ??= { admitted: 0, refused: 0 };
  windows[name][isAdmitted ? 'admitted' : 'refused']++;
}

process.send?.('ready');
await new Promise((resolve) => process.once('message', resolve));
for (let at = 0; at < task.buckets; at++) {
  const bucket: LimitBucket = { id: `key${at}`, counter: undefined };
  // Staggered, so that the nodes meet in the middle of a window.
  for (let sent = 0; sent < task.requests; sent += 25) {
    const batch = Math.min(25, task.requests - sent);
    await Promise.all(Array.from({ length: batch }, () => request(bucket)));
  }
}
const report: NodeReport = { windows, counts: { ...limiter.counts }, decisions };
limiter.close();
// Exits only after the report, which is long, is written.
process.send?.(report, () => process.disconnect?.());
