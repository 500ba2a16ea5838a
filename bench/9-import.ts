// Benchmark 9: what a program pays for `import 'miftah'`, beside what it would pay were the console loaded with it.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Ratio, ratioOf } from './measure.ts';
import type { Benchmark } from './report.ts';

/** What the import of a module cost in a process of its own. */
export interface ImportCost {
  /** Names of the packages that were loaded, and how many modules of each; ours under `miftah`. */
  readonly packages: Readonly<Record<string, number>>;
  readonly modules: number;
  readonly ms: number;
  readonly megabytes: number;
}

const program = join(import.meta.dirname, 'programs', 'import-cost.ts');
const source = (name: string) => join(import.meta.dirname, '..', 'src', name);

/** @param files of src, imported one after the other */
export async function measureImport(...files: readonly string[]): Promise<ImportCost> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...files.map(source)]);
  return JSON.parse(stdout) as ImportCost;
}

export const importCost: Benchmark = {
  title: "9. import 'miftah'",
  async run({ isQuick }) {
    const rounds = isQuick ? 1 : 7;
    const alone: ImportCost[] = [];
    const withConsole: ImportCost[] = [];
    for (let round = 0; round < rounds; round++) {
      alone.push(await measureImport('index.ts'));
      withConsole.push(await measureImport('index.ts', 'serve.ts', 'people/accounts.ts'));
    }
    const compare = (what: string, read: (cost: ImportCost) => number, unit: (value: number) => string) => {
      const ratio: Ratio = ratioOf(alone.map(read), withConsole.map(read));
      const middle = (costs: readonly ImportCost[]) => costs.map(read).toSorted((a, b) => a - b)[rounds >> 1] ?? 0;
      const note = `${unit(middle(alone))} and ${unit(middle(withConsole))}`;
      return { what: `${what} of import 'miftah' over that with the console`, ratio, goal: { atMost: 0.6 }, note };
    };
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
    ];
  },
};
