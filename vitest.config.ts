// Where the tests are: units beside the source, suites over drivers, carriers, profiles and faults in test/.
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { compileCacheDir } from './test/compile-cache.ts';
import { temporaryFolder } from './test/temporary-folder.ts';

/**
 * Several nodes, which must answer each other in time. They wait some of the time, so three files run at once, and
 * nothing else.
 */
const nodes = [
  'test/contracts/{limiter-redis,postgres}.test.ts',
  'test/faults/{clock,cold-start,limits,nodes,partition,postgres,redis,rolling,store-outage,upgrade}.test.ts',
  'test/nodes/{restored-dump,serve-cached,two-servers}.test.ts',
];

/** Tests that measure time: another file beside them would disturb the measurement. */
const serial = ['test/contracts/limiter-nodes.test.ts', 'test/faults/{herd,nodes-*}.test.ts'];

const globalSetup = ['test/compile-cache.ts'];

/** A minute each on two processors. */
const longest = /[\\/]test[\\/](contracts[\\/]postgres|faults[\\/](limits|rolling|store-outage|upgrade))\.test\.ts$/;
const longFolders = /[\\/]test[\\/](browser|contracts|faults)[\\/]/;

/**
 * Any order must do, so every run takes another. The longest files come first, then the folders with long files, so that
 * none runs alone at the end while the other workers have nothing to do.
 */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) =>
      longest.test(moduleId) ? 0 : longFolders.test(moduleId) ? 1 : 2;
    const placeOf = (file: TestSpecification) =>
      createHash('sha256').update(`${this.ctx.config.sequence.seed} ${file.moduleId}`).digest('hex');
    const order = (file: TestSpecification) => `${rankOf(file)} ${placeOf(file)}`;
    return files.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  }
}

// `isolate: false`: the files of a worker share its modules. Loading those anew for each file took half of the time of
// the units, and one or two seconds for each file that starts a server.
export default defineConfig({
  test: {
    // The seed is printed.
    sequence: { shuffle: true, sequencer: LongFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'units',
          include: ['src/**/*.test.ts', 'console/src/**/*.test.ts'],
          isolate: false,
          maxWorkers: '100%',
          // Apart from the others: a worker between two of whose files another kind comes would start anew.
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'parallel',
          include: ['test/**/*.test.ts'],
          exclude: [...nodes, ...serial],
          globalSetup,
          isolate: false,
          // More than processors, because tests also wait for browsers, servers and the disk.
          maxWorkers: Math.ceil(1.5 * availableParallelism()),
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: 'nodes', include: nodes, globalSetup, maxWorkers: 3, sequence: { groupOrder: 2 } },
      },
      {
        extends: true,
        test: { name: 'serial', include: serial, globalSetup, maxWorkers: 1, sequence: { groupOrder: 3 } },
      },
    ],
    env: { NODE_COMPILE_CACHE: compileCacheDir, TMPDIR: temporaryFolder() },
    // Only what hangs is cut short: browsers and other processes take their time on a busy machine. Where that matters,
    // a test measures it.
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
