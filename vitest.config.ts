// Where the tests are: units beside the source, suites over drivers, carriers, profiles and faults in test/.
import { defineConfig } from 'vitest/config';
import { compileCacheDir } from './test/compile-cache.ts';

/** They measure time, or keep processes waiting for others that must be in time: beside other files they would measure those. */
const alone = [
  'test/browser/keys-many.test.ts',
  'test/contracts/{limiter-*,postgres}.test.ts',
  'test/faults/{clock,cold-start,herd,limits,metering,nodes,nodes-*,partition,postgres,redis,rolling,store-outage,upgrade}.test.ts',
  'test/nodes/*.test.ts',
];

/** A real browser takes its time on a busy machine. */
const browser = 'test/browser/**/*.test.ts';

/** Other work on the machine may starve them once, and `npm test` tells of it; what fails twice in a row fails. */
const retry = 1;

const together = { maxWorkers: '100%', sequence: { groupOrder: 0 } };

export default defineConfig({
  test: {
    // Any order must do, so every run takes another; the seed is printed.
    sequence: { shuffle: true },
    projects: [
      {
        extends: true,
        test: {
          ...together,
          name: 'together',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'console/src/**/*.test.ts'],
          exclude: [...alone, browser],
        },
      },
      { extends: true, test: { ...together, name: 'browser', include: [browser], exclude: alone, retry } },
      {
        extends: true,
        test: { name: 'one by one', include: alone, retry, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
    globalSetup: ['test/compile-cache.ts'],
    env: { NODE_COMPILE_CACHE: compileCacheDir },
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
