// What is loaded when it is needed comes with the words that it needs, and with no others.
import { expect, test } from 'vitest';
import { readLateImports, wordsNeededBy } from './sources.ts';

test('the first file needs the words of every page alone', () => {
  expect(wordsNeededBy('src/main.tsx')).toEqual([]);
});

test('every file that is loaded later names the words that it needs', () => {
  const imports = readLateImports();
  expect(imports.length).toBeGreaterThan(25);
  const named = imports.map(({ by, file, words }) => ({ by, file, words: words?.toSorted() }));
  expect(named).toEqual(imports.map(({ by, file }) => ({ by, file, words: wordsNeededBy(file) })));
});

test('words are found where they are used: by a component, in a sentence, in what is imported', () => {
  expect(wordsNeededBy('src/entities/keys/reveal/refused-request.tsx')).toContain('denials');
  expect(wordsNeededBy('src/features/operator/orgs/org-dialog.tsx')).toContain('auth');
  expect(wordsNeededBy('src/features/key/key-page.tsx')).toContain('usage');
});
