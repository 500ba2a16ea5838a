// How this program is called: in commands that it prints.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program itself. */
export const programFile = fileURLToPath(new URL('../../bin/miftah.mjs', import.meta.url));

/** Whether npx runs the program from its cache, which it may empty. */
export const isInNpxCache = /[\\/]_npx[\\/]/.test(programFile);

/** Whether a program in the folder can import a package. */
export function hasPackage(folder: string, name: string): boolean {
  const places = createRequire(join(folder, 'package.json')).resolve.paths(name) ?? [];
  return places.some((each) => existsSync(join(each, name, 'package.json')));
}

/** The command that runs this program in the folder: `npx miftah`, `miftah`, or in a checkout its path. */
export function commandName(folder: string): string {
  if (isInNpxCache || hasPackage(folder, 'miftah')) return 'npx miftah';
  return import.meta.filename.endsWith('.ts') ? `node ${relative(folder, programFile)}` : 'miftah';
}
