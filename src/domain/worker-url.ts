// Where the programs of our threads are: files beside ours, which a bundler leaves out.
import { existsSync } from 'node:fs';
import { OperationalError } from './operational-error.ts';

/**
 * The file of a thread's program: `name` beside the module whose `import.meta.url` is `base`, with the ending that this one has. Throws
 * `worker_missing` when there is none: Node.js would tell it late, as a module that can't be found in a folder of the user's.
 */
export function workerUrl(name: string, base: string | undefined): URL {
  const ending = base?.endsWith('.ts') ? 'ts' : 'js';
  // A bundle of the old format has no `import.meta.url`.
  const url = base === undefined ? undefined : new URL(`./${name}.${ending}`, base);
  if (url !== undefined && existsSync(url)) return url;
  throw new OperationalError(
    'worker_missing',
    `Miftah is bundled without ${name}.js, the program of one of its threads: leave it out of the bundle (esbuild: --external:miftah) and install it beside`,
  );
}
