// How this program is called: in commands that it prints.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program itself. */
export const programFile = fileURLToPath(new URL('../../bin/miftah.mjs', import.meta.url));

/** Whether npx runs the program from its cache, which it may empty. */
export const isInNpxCache = /[\\/]_npx[\\/]/.test(programFile);

/** Where a program in the folder finds a package: below it, or above as in a monorepo. `undefined`: nowhere. */
export function findPackage(folder: string, name: string): string | undefined {
  const places = createRequire(join(folder, 'package.json')).resolve.paths(name) ?? [];
  return places.map((each) => join(each, name)).find((each) => existsSync(join(each, 'package.json')));
}

/** The command that runs this program in the folder: `npx miftah`, `miftah`, or in a checkout its path. */
export function commandName(folder: string): string {
  if (isInNpxCache || findPackage(folder, 'miftah') !== undefined) return 'npx miftah';
  return import.meta.filename.endsWith('.ts') ? `node ${relative(folder, programFile)}` : 'miftah';
}
