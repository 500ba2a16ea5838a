// Benchmark 9: what a program pays for `import 'miftah'`, beside what it would pay were the console loaded with it. With
// `--before COMMIT`, beside what that version cost, both compiled.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
// @ts-expect-error: scripts run on Node.js without types
import { toolPath } from '../scripts/tool-path.mjs';
import { type Ratio, ratioOf } from './measure.ts';
import type { Benchmark, Row } from './report.ts';

/** What the import of a module cost in a process of its own. */
export interface ImportCost {
  /** Names of the packages that were loaded, and how many modules of each; ours under `miftah`. Only with `--count`. */
  readonly packages: Readonly<Record<string, number>>;
  readonly modules: number;
  readonly ms: number;
  /** CPU time of the process, its threads included. */
  readonly cpuMs: number;
  readonly megabytes: number;
}

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const program = join(import.meta.dirname, 'programs', 'import-cost.ts');
const source = (name: string) => join(root, 'src', name);

async function measure(...args: readonly string[]): Promise<ImportCost> {
  const { stdout } = await run(process.execPath, [program, ...args]);
  return JSON.parse(stdout) as ImportCost;
}

/** @param files of src, imported one after the other */
export function measureImport(...files: readonly string[]): Promise<ImportCost> {
  return measure('--count', ...files.map(source));
}

export const importCost: Benchmark = {
  title: "9. import 'miftah'",
  async run({ isQuick, before }) {
    const rounds = isQuick ? 1 : 7;
    const alone: ImportCost[] = [];
    const withConsole: ImportCost[] = [];
    for (let round = 0; round < rounds; round++) {
      alone.push(await measureImport('index.ts'));
      withConsole.push(await measureImport('index.ts', 'serve.ts', 'people/accounts.ts'));
    }
    const compare = (what: string, read: (cost: ImportCost) => number, unit: (value: number) => string) => ({
      ...compareCosts(`${what} of import 'miftah' over that with the console`, [alone, withConsole], read, unit),
      goal: { atMost: 0.6 },
    });
    return [
      compare('modules', ({ modules }) => modules, String),
      compare(
        'time',
        ({ ms }) => ms,
        (ms) => `${(ms / 1000).toFixed(2)} s`,
      ),
      {
        ...compare(
          'memory',
          ({ megabytes }) => megabytes,
          (mb) => `${mb.toFixed(0)} MB`,
        ),
        goal: { atMost: 0.8 },
      },
      ...(before === undefined ? [] : await compareWithBefore(before, isQuick ? 1 : 15)),
    ];
  },
};

function compareCosts(
  what: string,
  [these, those]: readonly [readonly ImportCost[], readonly ImportCost[]],
  read: (cost: ImportCost) => number,
  unit: (value: number) => string,
): Row {
  const ratio: Ratio = ratioOf(these.map(read), those.map(read));
  const middle = (costs: readonly ImportCost[]) => costs.map(read).toSorted((a, b) => a - b)[costs.length >> 1] ?? 0;
  return { what, ratio, note: `${unit(middle(these))} and ${unit(middle(those))}` };
}

/** Compiles both versions, because that is what users load, and measures them in turn. */
async function compareWithBefore(commit: string, rounds: number): Promise<readonly Row[]> {
  mkdirSync(join(root, '.cache'), { recursive: true });
  // Inside of the checkout, so that both find the same dependencies in the node_modules above them.
  const folder = mkdtempSync(join(root, '.cache', 'import-'));
  try {
    const [now, then] = [await compile(root, join(folder, 'now')), await compileCommit(commit, join(folder, 'then'))];
    const config = join(folder, 'miftah.yaml');
    writeFileSync(
      config,
      `dataDir: ${join(folder, 'data')}\napis: [{ id: a, hosts: [a.test], upstream: "http://127.0.0.1:1" }]\n`,
    );
    const costs: Record<'counted' | 'imported' | 'opened', [ImportCost[], ImportCost[]]> = {
      counted: [[], []],
      imported: [[], []],
      opened: [[], []],
    };
    for (let round = 0; round < rounds; round++) {
      for (const [at, dist] of [now, then].entries()) {
        const index = join(dist, 'index.js');
        costs.counted[at]?.push(await measure('--count', index));
        costs.imported[at]?.push(await measure(index));
        rmSync(join(folder, 'data'), { recursive: true, force: true });
        costs.opened[at]?.push(await measure('--open', config, index));
      }
    }
    const ms = (value: number) => `${value.toFixed(0)} ms`;
    const named = `over that of ${commit}`;
    return [
      compareCosts(`modules of import 'miftah' ${named}`, costs.counted, ({ modules }) => modules, String),
      {
        ...compareCosts(`CPU time of import 'miftah' ${named}`, costs.imported, ({ cpuMs }) => cpuMs, ms),
        goal: { atMost: 0.65 },
      },
      compareCosts(`CPU time of import and openMiftah ${named}`, costs.opened, ({ cpuMs }) => cpuMs, ms),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compileCommit(commit: string, target: string): Promise<string> {
  const sources = `${target}-sources`;
  mkdirSync(sources);
  const archive = `${sources}.tar`;
  const wanted = ['src', 'tsconfig.json', 'tsconfig.build.json', 'package.json'];
  await run('git', ['archive', `--output=${archive}`, commit, ...wanted], { cwd: root });
  await run('tar', ['-xf', archive, '-C', sources]);
  return compile(sources, target);
}

async function compile(sources: string, target: string): Promise<string> {
  const tsc: string = toolPath('typescript', 'tsc');
  await run(process.execPath, [tsc, '-p', join(sources, 'tsconfig.build.json'), '--outDir', target]);
  cpSync(join(sources, 'src/profiles/bundled'), join(target, 'profiles/bundled'), { recursive: true });
  return target;
}
