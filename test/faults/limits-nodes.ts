// Runs several processes that count the same limits in one Redis, and sums what they admitted in each window.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LimiterOutagePolicy, RedisServers } from '../../src/coordination/redis.ts';

/** A number of keys with the same limit. */
export interface LimitGroup {
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly buckets: number;
  /** Approximate requests of each node for each bucket in each window. */
  readonly requests: number;
}

export interface LimitNodeTask {
  readonly servers: RedisServers;
  readonly nodes: number;
  readonly onOutage: LimiterOutagePolicy;
  readonly deadlineMs: number;
  readonly groups: readonly LimitGroup[];
  /**
   * Time between rounds through all buckets, each with a quarter of their requests. Default: a quarter of the shortest
   * window.
   */
  readonly roundMs?: number;
}

export interface WindowSum {
  admitted: number;
  refused: number;
}

export interface LimitProgress {
  readonly isOut: boolean;
  /** How often the node has lost Redis. */
  readonly outages: number;
  readonly rounds: number;
  /** Windows in which this node refused a request. */
  readonly refusing: number;
}

export interface LimitReport {
  /** Sums by group, bucket and end of the window. */
  readonly windows: Readonly<Record<string, WindowSum>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly outages: number;
  /** From when to when the node was without Redis, in epoch milliseconds. */
  readonly outs: readonly (readonly [fromMs: number, toMs: number])[];
  /** Requests that the policy `closed` left undecided. */
  readonly undecided: number;
  /** Epoch milliseconds. */
  readonly admittedAt: Readonly<Record<number, number>>;
}

export interface LimitNodes {
  /** Resolves when each node has reported this. */
  all(holds: (progress: LimitProgress) => boolean): Promise<void>;
  /** Resolves after each node has made this many more rounds through all buckets. */
  rounds(count: number): Promise<void>;
  stop(): Promise<LimitReport[]>;
}

const program = fileURLToPath(new URL('./limits-child.ts', import.meta.url));

/** Resolves when all nodes have started. */
export async function startLimitNodes(task: LimitNodeTask): Promise<LimitNodes> {
  const children = Array.from({ length: task.nodes }, () =>
    fork(program, [JSON.stringify(task)], { execArgv: ['--no-warnings'] }),
  );
  const latest = new Map<ChildProcess, LimitProgress>();
  const reports: Promise<LimitReport>[] = [];
  const watchers = new Set<() => void>();
  await Promise.all(children.map((child) => once(child, 'message')));
  for (const child of children) {
    const { promise, resolve, reject } = Promise.withResolvers<LimitReport>();
    reports.push(promise);
    child.once('exit', (code) => code !== 0 && reject(new Error(`a node ended with ${code}`)));
    child.on('message', (message: LimitProgress | { readonly report: LimitReport }) => {
      if ('report' in message) resolve(message.report);
      else latest.set(child, message);
      for (const watch of watchers) watch();
    });
    child.send('go');
  }
  const all = (holds: (progress: LimitProgress, child: ChildProcess) => boolean): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const watch = () => {
      const isHeld = children.every((child) => {
        const progress = latest.get(child);
        return progress !== undefined && holds(progress, child);
      });
      if (isHeld) resolve();
    };
    watchers.add(watch);
    watch();
    return promise.finally(() => watchers.delete(watch));
  };
  return {
    all,
    async rounds(count) {
      const from = new Map(children.map((child) => [child, latest.get(child)?.rounds ?? 0]));
      await all(({ rounds }, child) => rounds >= (from.get(child) ?? 0) + count);
    },
    async stop() {
      for (const child of children) child.send('stop');
      return Promise.all(reports);
    },
  };
}

/** What all nodes did together in each window of a group. `endMs`: when the window ended, in epoch milliseconds. */
export function sumWindows(
  reports: readonly LimitReport[],
  { name }: LimitGroup,
): (WindowSum & { readonly endMs: number })[] {
  const sums = new Map<string, WindowSum & { readonly endMs: number }>();
  for (const { windows } of reports) {
    for (const [id, { admitted, refused }] of Object.entries(windows)) {
      if (!id.startsWith(`${name} `)) continue;
      const sum = sums.get(id) ?? { admitted: 0, refused: 0, endMs: Number(id.split(' ')[2]) };
      sums.set(id, { ...sum, admitted: sum.admitted + admitted, refused: sum.refused + refused });
    }
  }
  return [...sums.values()];
}

/** A node tells of a change of its state a little later than it changed. */
const toleranceMs = 50;

/**
 * How many nodes were without Redis at an instant at which others had it: only some had lost it, or had not found it
 * again. 0: all nodes were in the same state.
 */
export function countAlone(reports: readonly LimitReport[], atMs: number): number {
  const [early, late] = [atMs - toleranceMs, atMs + toleranceMs];
  const out = reports.filter(({ outs }) => outs.some(([fromMs, toMs]) => fromMs <= late && toMs >= early));
  const areAllOut = reports.every(({ outs }) => outs.some(([fromMs, toMs]) => fromMs <= early && toMs >= late));
  return areAllOut ? 0 : out.length;
}
