// Several processes on one Redis: together they admit exactly the limit in each window, by Redis' clock.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../redis-server.ts';
import type { NodeDecision, NodeReport, NodeTask } from './limiter-redis-node.ts';

const program = fileURLToPath(new URL('./limiter-redis-node.ts', import.meta.url));

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** Runs the task on `task.nodes` processes, which begin together. */
async function runNodes(task: Omit<NodeTask, 'port'>): Promise<NodeReport[]> {
  await server.command('FLUSHALL');
  const argument = JSON.stringify({ ...task, port: server.port } satisfies NodeTask);
  const children = Array.from({ length: task.nodes }, () => fork(program, [argument]));
  try {
    await Promise.all(children.map((child) => once(child, 'message')));
    const reports = children.map(async (child) => (await once(child, 'message'))[0] as NodeReport);
    for (const child of children) child.send('go');
    return await Promise.all(reports);
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
}

function sumWindows(reports: readonly NodeReport[]): { admitted: number; refused: number }[] {
  const sums = new Map<string, { admitted: number; refused: number }>();
  for (const { windows } of reports) {
    for (const [name, { admitted, refused }] of Object.entries(windows)) {
      const sum = sums.get(name) ?? { admitted: 0, refused: 0 };
      sums.set(name, { admitted: sum.admitted + admitted, refused: sum.refused + refused });
    }
  }
  return [...sums.values()];
}

/** All decisions of each bucket, in the order in which they were sent. */
function joinDecisions(reports: readonly NodeReport[]): NodeDecision[][] {
  const joined = new Map<string, NodeDecision[]>();
  for (const { decisions } of reports) {
    for (const [id, made] of Object.entries(decisions)) joined.set(id, [...(joined.get(id) ?? []), ...made]);
  }
  return [...joined.values()].map((made) => made.toSorted((a, b) => a.sentMs - b.sentMs));
}

/** The most requests that were surely admitted within one sliding window. */
function mostInWindow(made: readonly NodeDecision[], lengthMs: number): number {
  const admitted = made.filter(({ isAdmitted }) => isAdmitted);
  const counts = admitted.map(
    ({ sentMs }, at) => admitted.slice(at).filter(({ decidedMs }) => decidedMs < sentMs + lengthMs).length,
  );
  return Math.max(0, ...counts);
}

/** The fewest requests that may have been admitted in a window before a refusal. `undefined`: nothing was refused. */
function leastBeforeRefusal(made: readonly NodeDecision[], lengthMs: number): number | undefined {
  const admitted = made.filter(({ isAdmitted }) => isAdmitted);
  const counts = made
    .filter(({ isAdmitted }) => !isAdmitted)
    .map((refused) => {
      const isBefore = (one: NodeDecision) =>
        one.decidedMs >= refused.sentMs - lengthMs && one.sentMs <= refused.decidedMs;
      return admitted.filter(isBefore).length;
    });
  return counts.length === 0 ? undefined : Math.min(...counts);
}

describe('4 processes on one Redis with sliding windows', () => {
  test('admit exactly the limit in any window', async () => {
    const task = { windows: 'sliding', nodes: 4, limit: 60, windowSeconds: 2, buckets: 40, requests: 400 } as const;
    const buckets = joinDecisions(await runNodes(task));
    expect(buckets.filter((made) => mostInWindow(made, 2_000) > 60)).toEqual([]);
    const least = buckets.flatMap((made) => leastBeforeRefusal(made, 2_000) ?? []);
    expect(least.length).toBeGreaterThanOrEqual(30);
    expect(Math.min(...least)).toBeGreaterThanOrEqual(60);
  });

  test('never exceed a high limit in blocks, and leave little of it unused', async () => {
    const limit = 2_000;
    const task = { windows: 'sliding', nodes: 4, limit, windowSeconds: 3, buckets: 6, requests: 4_000 } as const;
    const reports = await runNodes(task);
    const buckets = joinDecisions(reports);
    expect(buckets.filter((made) => mostInWindow(made, 3_000) > limit)).toEqual([]);
    const least = buckets.flatMap((made) => leastBeforeRefusal(made, 3_030) ?? []);
    expect(least.length).toBeGreaterThan(0);
    expect(Math.min(...least)).toBeGreaterThan(limit * 0.75);
    expect(reports.reduce((sum, { counts }) => sum + (counts.block ?? 0), 0)).toBeGreaterThan(limit);
  });
});

describe('4 processes on one Redis', () => {
  test('admit exactly the limit in each of hundreds of windows', async () => {
    const reports = await runNodes({
      windows: 'fixed',
      nodes: 4,
      limit: 60,
      windowSeconds: 2,
      buckets: 200,
      requests: 100,
    });
    const windows = sumWindows(reports);
    const refusing = windows.filter(({ refused }) => refused > 0);
    expect(windows.filter(({ admitted }) => admitted > 60)).toEqual([]);
    expect(refusing.filter(({ admitted }) => admitted !== 60)).toEqual([]);
    expect(refusing.length).toBeGreaterThanOrEqual(200);
  });

  test('never exceed a high limit in blocks, and leave little of it unused', async () => {
    const limit = 2_000;
    const reports = await runNodes({
      windows: 'fixed',
      nodes: 4,
      limit,
      windowSeconds: 3,
      buckets: 20,
      requests: 1_500,
    });
    const windows = sumWindows(reports);
    const refusing = windows.filter(({ refused }) => refused > 0);
    expect(windows.filter(({ admitted }) => admitted > limit)).toEqual([]);
    // When a window is used up, the other nodes hold blocks of less than a quarter of the limit.
    expect(refusing.filter(({ admitted }) => admitted <= limit * 0.75)).toEqual([]);
    expect(refusing.length).toBeGreaterThanOrEqual(20);
    const count = (name: string) => reports.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);
    const atOnce = count('block') + count('usedUp');
    expect(atOnce / (atOnce + count('roundTrip'))).toBeGreaterThan(0.9);
  });
});
