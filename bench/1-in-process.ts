// Benchmark 1: a whole decision in process, over the minimum of any key check.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, ratioOf } from './measure.ts';
import type { Benchmark, Row } from './report.ts';

const execute = promisify(execFile);
const program = join(import.meta.dirname, 'programs', 'authorize-over-floor.ts');

/** Nanoseconds a call, for each round. */
export interface AuthorizeFigures {
  readonly floor: readonly number[];
  readonly decision: readonly number[];
}

/** Runs the measurement in a process of its own, with enough heap for the keys. */
export async function measureAuthorize(keys: number, calls: number, rounds: number): Promise<AuthorizeFigures> {
  const args = ['--max-old-space-size=6000', program];
  args.push('--keys', String(keys), '--calls', String(calls), '--rounds', String(rounds));
  const { stdout } = await execute(process.execPath, args);
  return JSON.parse(stdout) as AuthorizeFigures;
}

export const inProcess: Benchmark = {
  title: '1. In process',
  async run({ isQuick }) {
    const rows: Row[] = [];
    for (const keys of isQuick ? [1000, 20_000] : [1000, 1_000_000]) {
      const { floor, decision } = await measureAuthorize(keys, isQuick ? 20_000 : 100_000, isQuick ? 5 : 41);
      rows.push({
        what: `authorize() over one hash and one look-up, ${keys.toLocaleString('en')} keys`,
        ratio: ratioOf(decision, floor),
        goal: { atMost: 2 },
        note: `floor ${Math.round(median(floor))} ns`,
      });
    }
    return rows;
  },
};
