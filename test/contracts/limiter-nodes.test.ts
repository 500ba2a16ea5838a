// Several processes on one Redis: together they admit exactly the limit in each window, by Redis' clock.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../redis-server.ts';
import type { NodeReport, NodeTask } from './limiter-redis-node.ts';

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

describe('4 processes on one Redis', () => {
  test('admit exactly the limit in each of hundreds of windows', async () => {
    const reports = await runNodes({ nodes: 4, limit: 60, windowSeconds: 2, buckets: 200, requests: 100 });
    const windows = sumWindows(reports);
    const refusing = windows.filter(({ refused }) => refused > 0);
    expect(windows.filter(({ admitted }) => admitted > 60)).toEqual([]);
    expect(refusing.filter(({ admitted }) => admitted !== 60)).toEqual([]);
    expect(refusing.length).toBeGreaterThanOrEqual(200);
  });

  test('never exceed a high limit in blocks, and leave little of it unused', async () => {
    const limit = 2_000;
    const reports = await runNodes({ nodes: 4, limit, windowSeconds: 3, buckets: 20, requests: 1_500 });
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
