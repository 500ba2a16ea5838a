// Where the tests are: units beside the source, suites over drivers, carriers, profiles and faults in test/.
import { defineConfig } from 'vitest/config';
import { compileCacheDir } from './test/compile-cache.ts';

/** Tests that measure time, or wait for processes that must be in time: another file beside them would disturb the measurement. */
const serial = [
  'test/browser/keys-many.test.ts',
  'test/contracts/{limiter-*,postgres}.test.ts',
  'test/faults/{clock,cold-start,herd,limits,metering,nodes,nodes-*,partition,postgres,redis,rolling,store-outage,upgrade}.test.ts',
  'test/nodes/*.test.ts',
];

const globalSetup = ['test/compile-cache.ts'];

export default defineConfig({
  test: {
    // Any order must do, so every run takes another; the seed is printed.
    sequence: { shuffle: true },
    projects: [
      {
        extends: true,
        test: {
          name: 'units',
          include: ['src/**/*.test.ts', 'console/src/**/*.test.ts'],
          // They share the modules of a worker: loading those anew for each file took half of the time.
          isolate: false,
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'parallel',
          include: ['test/**/*.test.ts'],
          exclude: serial,
          globalSetup,
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'serial', include: serial, globalSetup, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
    env: { NODE_COMPILE_CACHE: compileCacheDir },
    // Browsers and other processes take their time; where that matters, a test measures it.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
