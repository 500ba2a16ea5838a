// Millions of inputs to the parsers of untrusted text: no wrong one is accepted, and none causes a crash or a leak.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import type { ParserReport, ParserTask } from './parser-worker.ts';
import { attackedParsers } from './parsers.ts';

const inputs = Number(process.env.MIFTAH_PARSER_INPUTS ?? 60_000);
const seed = Number(process.env.MIFTAH_SEED ?? randomInt(2 ** 31));
/** Allows for caches that fill once, such as those of regular expressions. */
const maxHeapGrowthBytes = 4 * 1024 * 1024;

/** Runs tasks in a thread until none is left. */
async function work(tasks: ParserTask[], reports: ParserReport[]): Promise<void> {
  const worker = new Worker(new URL('./parser-worker.ts', import.meta.url));
  try {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      worker.postMessage(task);
      const [report] = (await once(worker, 'message')) as [ParserReport];
      reports.push(report);
    }
  } finally {
    await worker.terminate();
  }
}

test(`${inputs} inputs to the parsers: 0 crashes, 0 wrong accepts, memory flat`, {
  timeout: 4 * 3_600_000,
}, async () => {
  const shares = attackedParsers.reduce((sum, { share }) => sum + share, 0);
  expect(shares).toBe(1000);
  const tasks = attackedParsers.map(({ name, share }, at) => ({
    name,
    inputs: Math.ceil((inputs * share) / 1000),
    seed: seed + at,
  }));
  const reports: ParserReport[] = [];
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, () => work(tasks, reports)));

  const lines = reports.map(
    ({ name, inputs: tried, accepted, found, heapGrowthBytes, tookMs }) =>
      `${name}: ${tried} inputs, ${accepted} valid ones accepted, ${found} reached new code, ` +
      `heap ${Math.round(heapGrowthBytes / 1024)} KiB, ${tookMs} ms`,
  );
  process.stdout.write(`${[`seed ${seed} (MIFTAH_SEED)`, ...lines].join('\n')}\n`);
  for (const { name, crashes, wrongAccepts, heapGrowthBytes, accepted } of reports) {
    expect(crashes, `${name}, seed ${seed}`).toEqual([]);
    expect(wrongAccepts, `${name}, seed ${seed}`).toEqual([]);
    expect(heapGrowthBytes, `${name}, seed ${seed}`).toBeLessThan(maxHeapGrowthBytes);
    // An attack that is always refused early would prove nothing.
    expect(accepted, `${name}, seed ${seed}`).toBeGreaterThan(0);
  }
  expect(reports.reduce((sum, each) => sum + each.inputs, 0)).toBeGreaterThanOrEqual(inputs);
});
