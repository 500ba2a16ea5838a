// Reads the console's sources: what each file imports, what it leaves for later, and which words it needs.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '../../console');

const namespaces: readonly string[] = globSync('src/i18n/en/*.json', { cwd: root }).map(
  (file) => /(\w+)[.]json$/.exec(file)?.[1] ?? '',
);

/** What every page has (i18n.ts). */
export const wordsOfEveryPage: readonly string[] = ['common', 'errors'];

/** A file that is loaded when it is needed: `import('./a.tsx'), 'A', ['words']`. */
export interface LateImport {
  /** As in the build's manifest: `src/features/keys/keys-page.tsx`. */
  readonly file: string;
  /** The file that names it. */
  readonly by: string;
  /** The namespaces that come with it; `undefined` when it is imported in some other way. */
  readonly words: readonly string[] | undefined;
}

export function readLateImports(): readonly LateImport[] {
  return globSync('src/**/*.{ts,tsx}', { cwd: root }).flatMap((by) =>
    [...read(by).matchAll(/[^f] import\('([.][^']+)'\)(?:, '\w+', \[([^\]]*)\])?/g)].map(([, target = '', words]) => ({
      file: resolve(by, target),
      by,
      words: words?.match(/\w+/g) ?? (words === undefined ? undefined : []),
    })),
  );
}

/** The namespaces that a file and all that comes with it use, beside those of every page. */
export function wordsNeededBy(file: string): readonly string[] {
  const used = new Set<string>();
  for (const each of withImports(file)) {
    const text = read(each);
    for (const [, named = ''] of text.matchAll(/(?:useTranslation|getFixedT)\(([^)]*)\)/g)) {
      for (const [, name = ''] of named.matchAll(/'(\w+)'/g)) used.add(name);
    }
    for (const [, name = ''] of text.matchAll(/['`](\w+):\w/g)) if (namespaces.includes(name)) used.add(name);
  }
  return [...used].filter((name) => !wordsOfEveryPage.includes(name)).sort();
}

function withImports(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, target = ''] of read(file).matchAll(/^(?:import|export) (?!type )[^;]*?from '([.][^']+[.]tsx?)'/gm))
    withImports(resolve(file, target), found);
  return found;
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function resolve(by: string, target: string): string {
  return relative(root, join(root, dirname(by), target));
}
