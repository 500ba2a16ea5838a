// The compiler checks every link of the console: no link goes around it.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '../../console/src');

/** As `component`, the router's link loses the type of its target. So does a target with a cast. */
const unchecked = /component=\{Link\}|\b(?:to|params|search)[=:] ?\{?[^,\n]*\bas\b/;

test('no target of a link has a cast, and links of Mantine come from ui/links.tsx', () => {
  const files = globSync('**/*.{ts,tsx}', { cwd: source }).filter((file) => !file.endsWith('.test.ts'));
  const found = files.flatMap((file) =>
    readFileSync(join(source, file), 'utf8')
      .split('\n')
      .flatMap((line, at) => (unchecked.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
  );
  expect(files.length).toBeGreaterThan(150);
  expect(found).toEqual([]);
});

test.each([
  '<Anchor component={Link} to="/account">',
  'to={path as string}',
  "to: path as '/orgs/$org',",
  'params={{ org } as never}',
  'search: next as never,',
])('the search finds %s', (line) => {
  expect(line).toMatch(unchecked);
});
