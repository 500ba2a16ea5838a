// What `miftah init` finds in a folder: its package, its language, its framework.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CliError, exitCodes } from '../cli-error.ts';
import { findPackage } from '../command-name.ts';
import { type FrameworkId, frameworkIds, frameworks, type ModuleKind } from './frameworks.ts';

export interface Project {
  readonly folder: string;
  /** The name of the package without its scope, or that of the folder. */
  readonly name: string;
  readonly modules: ModuleKind;
  readonly isTypeScript: boolean;
  /** The extension of a new source file of this kind: `.js`, `.mjs`, `.cjs`, `.ts`, `.mts` or `.cts`. */
  readonly extension: string;
  /** How an import of such a file ends: with its extension, that of the compiled file, or nothing for bundlers. */
  readonly importEnd: string;
  /** The framework among the dependencies. */
  readonly framework: FrameworkId | undefined;
  /** Whether there is a program already, to which a guard can be added. */
  readonly hasProgram: boolean;
  /** The command that starts the program: `npm start`. */
  readonly start: string | undefined;
  /** The folder of sources, relative: `src`, or empty. */
  readonly sources: string;
  readonly isInGit: boolean;
  /** The folder of a package that can be imported from here. */
  find(packageName: string): string | undefined;
}

interface Manifest {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly main?: unknown;
  readonly scripts?: Readonly<Record<string, unknown>>;
  readonly dependencies?: object;
  readonly devDependencies?: object;
}

/** Reads what is there. Throws a `CliError` if package.json is no JSON object. */
export function readProject(folder: string): Project {
  const manifest = readManifest(folder);
  const packages = { ...manifest?.dependencies, ...manifest?.devDependencies };
  const tsconfig = findTsconfig(manifest === undefined ? [folder] : ancestorsOf(folder));
  const isTypeScript = tsconfig !== undefined || Object.hasOwn(packages, 'typescript');
  const program = findProgram(folder, manifest);
  const framework = frameworkIds.find((id) => frameworks[id].found.some((name) => Object.hasOwn(packages, name)));
  const kind = manifest?.type === 'module' ? 'esm' : 'cjs';
  const modules = manifest === undefined ? 'esm' : modulesOf(folder, program, kind);
  // The extension says the kind where package.json says another one.
  const extension = `.${modules === kind ? '' : modules === 'esm' ? 'm' : 'c'}${isTypeScript ? 'ts' : 'js'}`;
  return {
    folder,
    name: typeof manifest?.name === 'string' ? manifest.name.replace(/^@[^/]*\//, '') : basename(folder),
    modules,
    isTypeScript,
    extension,
    importEnd: isTypeScript ? importEndOf(tsconfig, extension, modules) : extension,
    framework,
    hasProgram: program !== undefined || startOf(manifest) !== undefined,
    start: startOf(manifest, framework) ?? (program && `node ${program}`),
    sources: existsSync(join(folder, 'src')) ? 'src' : '',
    isInGit: ancestorsOf(folder).some((each) => existsSync(join(each, '.git'))),
    find: (packageName) => findPackage(folder, packageName),
  };
}

function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
    if (typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest)) return manifest;
  } catch {
    // Reported below.
  }
  throw new CliError(
    exitCodes.usage,
    'package_unreadable',
    'package.json is not a JSON object, or cannot be read',
    'Correct package.json, then run the command again.',
  );
}

/** In production, Next.js starts only what was built. */
function startOf(manifest: Manifest | undefined, framework?: FrameworkId): string | undefined {
  const { start, dev } = manifest?.scripts ?? {};
  const names = [...(typeof dev === 'string' ? ['run dev'] : []), ...(typeof start === 'string' ? ['start'] : [])];
  const name = framework === 'next' ? names[0] : names.at(-1);
  return name && `npm ${name}`;
}

/** The folder and those above it, up to the checkout. */
function ancestorsOf(folder: string): readonly string[] {
  const found = [folder];
  for (let at = folder; dirname(at) !== at && !existsSync(join(at, '.git')); at = dirname(at)) found.push(dirname(at));
  return found;
}

/** The text of the nearest tsconfig.json. A package of a monorepo may have it above, in the same checkout. */
function findTsconfig(places: readonly string[]): string | undefined {
  const isInGit = existsSync(join(places.at(-1) as string, '.git'));
  const files = (isInGit ? places : places.slice(0, 1)).map((each) => join(each, 'tsconfig.json'));
  const file = files.find((each) => existsSync(each));
  return file === undefined ? undefined : readFileSync(file, 'utf8');
}

/** A file that is probably the application's program. */
function findProgram(folder: string, manifest: Manifest | undefined): string | undefined {
  const names = ['server', 'app', 'index', 'main'].flatMap((name) =>
    ['', 'src/'].flatMap((parent) =>
      ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts'].map((extension) => `${parent}${name}.${extension}`),
    ),
  );
  const { main } = manifest ?? {};
  return [...(typeof main === 'string' ? [main] : []), ...names].find((name) => existsSync(join(folder, name)));
}

/** The modules of a program. Without a type in package.json, Node.js finds them by the syntax. */
function modulesOf(folder: string, program: string | undefined, kind: ModuleKind): ModuleKind {
  const [, mark] = /\.([mc]?)[jt]s$/.exec(program ?? '') ?? [];
  if (mark === 'm') return 'esm';
  if (mark === 'c') return 'cjs';
  if (program === undefined || !program.endsWith('.js') || kind === 'esm') return kind;
  return /^(?:import|export)\s/m.test(readFileSync(join(folder, program), 'utf8')) ? 'esm' : 'cjs';
}

/** By the settings of TypeScript. The file may have comments, so it is no JSON to parse. */
function importEndOf(tsconfig: string | undefined, extension: string, modules: ModuleKind): string {
  const has = (pattern: RegExp) => pattern.test(tsconfig ?? '');
  // Without settings, Node.js itself runs the sources.
  if (tsconfig === undefined || has(/"(?:allowImportingTs|rewriteRelativeImport)Extensions"\s*:\s*true/))
    return extension;
  if (has(/"moduleResolution"\s*:\s*"bundler"/i)) return '';
  const isByNode = modules === 'esm' || has(/"module(?:Resolution)?"\s*:\s*"node(?:16|18|20|next)"/i);
  return isByNode ? extension.replace('ts', 'js') : '';
}
