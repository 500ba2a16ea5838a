// Benchmark 10: what a year of usage costs, and decisions while old usage is removed.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { Bed } from './bed.ts';
import { secretAt } from './make-keys.ts';
import { makeUsage } from './make-usage.ts';
import { interleave, median, ratioOf } from './measure.ts';
import type { Benchmark } from './report.ts';
import { describeKeys, measuredPath, prepareMiftah } from './setting.ts';

const oneDayMs = 86_400_000;
/** The organizations that share the keys. */
const organizations = 200;
/** Days of usage that the removal finds. It must not finish while it is measured. */
const oldDays = 10;

interface Sample {
  readonly p99Ms: number;
  readonly p50Ms: number;
  /** Rows that were removed meanwhile, and how long that went on. */
  readonly removed: number;
  readonly seconds: number;
}

export const growth: Benchmark = {
  title: '10. Growth',
  async run({ isQuick }) {
    await using bed = await Bed.open();
    const sizes = isQuick ? { keys: 1_000, days: 20 } : { keys: 10_000, days: 365 };
    const load = isQuick ? { rounds: 1, seconds: 1, rate: 100 } : { rounds: 15, seconds: 4, rate: 400 };
    const keySet = { ...describeKeys(), organizations };
    const config = await prepareMiftah(bed, { name: 'growth', keys: sizes.keys, keySet });
    const file = join(bed.folder, 'growth-data', 'miftah.db');
    const emptyBytes = statSync(file).size;
    const today = Date.now() - (Date.now() % oneDayMs);
    const fromMs = today - sizes.days * oneDayMs;
    const rows = makeUsage(file, fromMs, today);
    const bytes = statSync(file).size - emptyBytes;

    const args = ['--config', config, '--warm', String(sizes.keys)];
    const { port } = await bed.startNode('programs/pruning-server.ts', args);
    const origin = `http://127.0.0.1:${port}`;
    const agent = new Agent({ connections: 64 });
    const headers = Array.from({ length: Math.min(sizes.keys, 2_000) }, (_, at) => ({
      authorization: `Bearer ${secretAt(keySet, at)}`,
    }));
    let known = 0;

    async function measure(isPruning: boolean): Promise<Sample> {
      const startedMs = performance.now();
      if (isPruning) await request(`${origin}/prune?before=${fromMs + oldDays * oneDayMs}`, { dispatcher: agent });
      const latencies = await ask(load.seconds * load.rate);
      const { statusCode, body } = await request(`${origin}/rest`, { dispatcher: agent });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`the removal failed: ${text}`);
      const removed = Number(text) - known;
      known += removed;
      if (isPruning && removed === 0) throw new Error('the removal has finished: add days to remove');
      const sorted = latencies.toSorted((a, b) => a - b);
      const at = (share: number) => sorted[Math.floor(sorted.length * share)] as number;
      return { p99Ms: at(0.99), p50Ms: at(0.5), removed, seconds: (performance.now() - startedMs) / 1000 };
    }

    /** Sends requests at the rate, whether earlier ones are answered or not. Each counts from when it was due. */
    async function ask(count: number): Promise<number[]> {
      const startedMs = performance.now();
      const answers: Promise<number>[] = [];
      for (let sent = 0; sent < count; ) {
        const due = Math.min(count, Math.floor(((performance.now() - startedMs) / 1000) * load.rate) + 1);
        for (; sent < due; sent++) answers.push(askOnce(sent, startedMs + (sent / load.rate) * 1000));
        await new Promise((wake) => setTimeout(wake, 1));
      }
      return Promise.all(answers);
    }

    async function askOnce(number: number, dueMs: number): Promise<number> {
      const { statusCode, body } = await request(origin + measuredPath, {
        dispatcher: agent,
        headers: headers[number % headers.length] as Record<string, string>,
      });
      await body.dump();
      if (statusCode !== 200) throw new Error(`a decision was answered ${statusCode}`);
      return performance.now() - dueMs;
    }

    try {
      const [alone = [], pruning = []] = await interleave([() => measure(false), () => measure(true)], load.rounds);
      const of = (samples: readonly Sample[], read: (sample: Sample) => number) => samples.map(read);
      const pace = median(of(pruning, ({ removed, seconds }) => removed / seconds));
      const aDay = rows / sizes.days;
      const count = (value: number) => Math.round(value).toLocaleString('en');
      return [
        {
          what: `99th percentile of a decision while usage is removed over without, ${count(sizes.keys)} keys, ${sizes.days} days`,
          ratio: ratioOf(
            of(pruning, ({ p99Ms }) => p99Ms),
            of(alone, ({ p99Ms }) => p99Ms),
          ),
          goal: { atMost: 1.2 },
          note: `without ${median(of(alone, ({ p99Ms }) => p99Ms)).toFixed(1)} ms at ${load.rate} requests/s; a day (${count(aDay)} rows) leaves in ${count(aDay / pace)} s`,
        },
        {
          what: 'median of the same',
          ratio: ratioOf(
            of(pruning, ({ p50Ms }) => p50Ms),
            of(alone, ({ p50Ms }) => p50Ms),
          ),
          note: `${count(rows)} rows of usage are ${count(bytes / 1e6)} MB, ${(bytes / rows).toFixed(0)} bytes each`,
        },
      ];
    } finally {
      await agent.close();
    }
  },
};
