// The files of threads: found beside the module, and where a bundler left them out, told with what to do.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { workerUrl } from './worker-url.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-worker-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each(['ts', 'js'])('a module that ends with .%s has a thread that does', (ending) => {
  writeFileSync(join(folder, `sum-worker.${ending}`), '');
  const base = pathToFileURL(join(folder, `module.${ending}`)).href;
  expect(workerUrl('sum-worker', base).pathname).toBe(join(folder, `sum-worker.${ending}`));
});

test.each(['a bundle without the file', 'a bundle without import.meta.url'])('%s says what to do', (what) => {
  const base = what.endsWith('file') ? pathToFileURL(join(folder, 'bundle.js')).href : undefined;
  expect(() => workerUrl('sum-worker', base)).toThrow(
    expect.objectContaining({
      code: 'worker_missing',
      message: expect.stringMatching(
        /without sum-worker\.js, .*leave it out of the bundle \(esbuild: --external:miftah\)/,
      ),
    }),
  );
});
