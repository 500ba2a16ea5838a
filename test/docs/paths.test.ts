// The pages of this repository name existing files and link to existing pages.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
// Decisions and the changelog describe their own time.
const pages = globSync(['*.md', 'docs/**/*.md', '.github/**/*.md'], { cwd: root }).filter(
  (page) => !/^(CHANGELOG\.md|docs\/decisions\/)/.test(page),
);

/** Files and folders in backticks. A path with a placeholder such as `<vendor>` does not exist yet. */
function namedPaths(text: string): readonly string[] {
  const names = [...text.matchAll(/`((?:src|test|console|scripts|docs|bench|schema|examples)\/[^`\s<>…]*)`/g)];
  return names.map((match) => match[1] as string);
}

function linkedPaths(text: string): readonly string[] {
  return [...text.matchAll(/\]\((?!https?:|#|mailto:|\.\.\/blob\/)([^)#\s]+)/g)].map((match) => match[1] as string);
}

test.each(pages)('%s names existing files', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const absent = namedPaths(text).filter((name) => globSync(name, { cwd: root }).length === 0);
  expect(absent, 'move the name with the file').toEqual([]);
  const broken = linkedPaths(text).filter((link) => !existsSync(join(root, dirname(page), link)));
  expect(broken, `links of ${relative(root, page)}`).toEqual([]);
});

test('a missing file is reported', () => {
  expect(namedPaths('See `src/gone.ts`, `src/<vendor>.ts` and `npm test`.')).toEqual(['src/gone.ts']);
  expect(linkedPaths('[a](b.md#c) [d](https://e.example) [f](#g)')).toEqual(['b.md']);
});

test.each(['README.md', 'CONTRIBUTING.md', 'docs/architecture.md', 'docs/extending/check.md'])(
  '%s names commands of package.json',
  (page) => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const text = readFileSync(join(root, page), 'utf8');
    const named = [...text.matchAll(/\bnpm run ([\w:]+)/g)].map((match) => match[1] as string);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  },
);
