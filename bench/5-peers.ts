// Benchmark 5: another library's verification of an API key in process, over Miftah's whole decision.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { measureAuthorize } from './1-in-process.ts';
import { Bed } from './bed.ts';
import { median, ratioOf } from './measure.ts';
import { ensurePeer } from './peer-packages.ts';
import type { Benchmark, Row } from './report.ts';

const execute = promisify(execFile);

/**
 * `isLimited`: measures only the peer's settings that count a limit, as Miftah does here. Else measures the fastest,
 * which may do less.
 */
const peers = [
  {
    storage: 'memory',
    isLimited: true,
    what: 'its memory secondary storage, counting a limit as Miftah does',
    goal: undefined,
  },
  { storage: 'memory', isLimited: false, what: 'its memory secondary storage at its best setting', goal: 200 },
  { storage: 'sqlite', isLimited: true, what: 'SQLite', goal: 700 },
  { storage: 'defaults', isLimited: true, what: 'SQLite as it opens by default', goal: undefined },
] as const;

export const peerLibraries: Benchmark = {
  title: '5. Peers',
  async run({ isQuick }) {
    const folder = await ensurePeer('better-auth');
    const turns = isQuick ? 1 : 3;
    const figures = peers.map(() => ({ own: [] as number[], theirs: [] as number[], setting: '' }));
    for (let turn = 0; turn < turns; turn++) {
      for (const [at, { storage, isLimited }] of peers.entries()) {
        await using bed = await Bed.open();
        const { decision } = await measureAuthorize(1000, isQuick ? 20_000 : 200_000, 5);
        const args = ['--no-warnings', join(folder, 'verify-keys.mjs'), '--storage', storage, '--folder', bed.folder];
        args.push('--keys', isQuick ? '20' : '200', '--calls', isQuick ? '20' : storage === 'memory' ? '2000' : '500');
        const { stdout } = await execute(process.execPath, args);
        const settings = Object.entries(JSON.parse(stdout) as Record<string, number[]>);
        const comparable = settings.filter(([name]) => !isLimited || !name.includes('limit off'));
        const [best] = comparable.toSorted(([, a], [, b]) => median(a) - median(b));
        if (best === undefined) throw new Error('nothing was measured');
        const figure = figures[at] as (typeof figures)[number];
        figure.own.push(median(decision) / 1000);
        figure.theirs.push(median(best[1]));
        figure.setting = best[0];
      }
    }
    return peers.map(({ what, goal }, at): Row => {
      const { own, theirs, setting } = figures[at] as (typeof figures)[number];
      return {
        what: `better-auth's API-key plugin over Miftah, ${what} (${setting})`,
        ratio: ratioOf(theirs, own),
        ...(goal === undefined ? {} : { goal: { atLeast: goal } }),
        note: `Miftah ${median(own).toFixed(2)} µs, plugin ${Math.round(median(theirs))} µs`,
      };
    });
  },
};
