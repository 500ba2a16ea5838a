// The pages of docs/how-to/services hold the programs of examples/services, which test/services runs.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listPrograms } from '../services/programs.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const pages = globSync('docs/how-to/services/*.md', { cwd: root });
const blocks = pages.flatMap((page) =>
  [...read(page).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind = '', text = '']) => ({ page, kind, text })),
);

test.each(listPrograms())('a page shows examples/services/%s and no other text', (program) => {
  const text = read(`examples/services/${program}`);
  const shown = blocks.filter((block) => block.text === text);
  expect(shown.map(({ page }) => page)).toHaveLength(1);
});

test('every program is run, and every longer one on a page is a program', () => {
  const files = globSync('examples/services/*/*', { cwd: root });
  expect(files.map((file) => file.replace('examples/services/', '')).toSorted()).toEqual(listPrograms().toSorted());
  const programs = blocks.filter(({ kind }) => kind !== 'sh' && kind !== 'yaml');
  expect(programs).toHaveLength(files.length);
});
