// Where the tests are: units beside the source, suites over drivers, carriers, profiles and faults in test/.
import { defineConfig } from 'vitest/config';
import { compileCacheDir } from './test/compile-cache.ts';

/** They measure time, or stop, kill and starve processes while others must be in time. */
const alone = [
  'test/faults/**/*.test.ts',
  'test/nodes/**/*.test.ts',
  'test/contracts/**/*.test.ts',
  'test/browser/keys-many.test.ts',
];

export default defineConfig({
  test: {
    // Any order must do, so every run takes another; the seed is printed.
    sequence: { shuffle: true },
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'console/src/**/*.test.ts'],
          exclude: alone,
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'one by one', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
    globalSetup: ['test/compile-cache.ts'],
    env: { NODE_COMPILE_CACHE: compileCacheDir },
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
