// One word for each idea: no text for people has a word that docs/glossary.md lists as not used.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

interface Row {
  readonly word: string;
  readonly meaning: string;
  readonly arabic: string;
  /** The losing words. The winner is `word`, or `arabic` for an Arabic one. */
  readonly notUsed: readonly string[];
}

/** A text for people, and its place. */
interface Text {
  readonly file: string;
  /** Its place in the file: a key of messages, or a line. */
  readonly at: string;
  readonly text: string;
}

/** The places with texts for people. A new place is a line here: its name, and a function that finds its texts. */
const places: Readonly<Record<string, () => readonly Text[]>> = {
  'the console in English': () => readMessages('en'),
  'the console in Arabic': () => readMessages('ar'),
  'the pages': readPages,
  'the help of the command line': readHelp,
  'the descriptions of both APIs': readDescriptions,
  'the titles of tests': readTitles,
};

function readMessages(language: string): readonly Text[] {
  return globSync(`console/src/i18n/${language}/*.json`, { cwd: root }).flatMap((file) =>
    flatten(JSON.parse(readFileSync(join(root, file), 'utf8'))).map(([at, text]) => ({ file, at, text })),
  );
}

const fenced = /^```[\s\S]*?^```/gm;

/** What the pages say outside of code. The glossary itself names the words that lose. */
function readPages(): readonly Text[] {
  const files = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).filter(
    // The pages of the vendors are quoted in their words.
    (file) => file !== 'docs/glossary.md' && !file.startsWith('docs/vendors/'),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8').replaceAll(fenced, blank);
    return linesOf(file, text.replaceAll(/`[^`]*`|\]\([^)]*\)|\b[a-z]+(?:_[a-z]+)+\b/g, blank));
  });
}

/** docs/reference/cli.md has it in its code, and a test of its own. */
function readHelp(): readonly Text[] {
  const file = 'docs/reference/cli.md';
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(fenced)].flatMap(({ 0: block, index }) => linesOf(file, block, lineAt(text, index)));
}

/** Their generated types have the descriptions as comments, examples and values in code aside. */
function readDescriptions(): readonly Text[] {
  return ['src/client/schema.ts', 'console/src/api/schema.ts'].flatMap((file) =>
    linesOf(file, readFileSync(join(root, file), 'utf8').replaceAll(/`[^`\n]*`|@example .*/g, blank)).filter(
      ({ text }) => /^ *(?:\/\*\*|\*) /.test(text),
    ),
  );
}

/** What `test` and `describe` are called with, and the names of their cases: the first text of a row. */
function readTitles(): readonly Text[] {
  const title =
    /(?:\b(?:test|it|describe)(?:\.\w+)*\(|\)\()\s*(['"`])((?:(?!\1).)*)\1|^ *\[\s*(['"])((?:(?!\3).)* .*?)\3/gm;
  return globSync(['test/**/*.ts', 'src/**/*.test.ts', 'console/src/**/*.test.ts'], { cwd: root }).flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8');
    return Array.from(source.matchAll(title), ({ 2: called, 4: row = '', index }) => ({
      file,
      at: `line ${lineAt(source, index)}`,
      text: called ?? row,
    }));
  });
}

/** The lines of a text that begins at line `first` of the file. */
function linesOf(file: string, text: string, first = 1): readonly Text[] {
  return text.split('\n').map((line, at) => ({ file, at: `line ${first + at}`, text: line }));
}

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

const blank = (code: string): string => code.replaceAll(/[^\n]/g, '');

function flatten(tree: object, prefix = ''): readonly (readonly [at: string, text: string])[] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === 'string' ? [[`${prefix}${name}`, value] as const] : flatten(value, `${prefix}${name}.`),
  );
}

/** The rows of all tables of the glossary. */
function readGlossary(): readonly Row[] {
  const lines = readFileSync(join(root, 'docs/glossary.md'), 'utf8').split('\n');
  return lines
    .filter((line) => line.startsWith('| ') && !line.startsWith('| Word |'))
    .map((line) => line.slice(1, -1).split('|'))
    .map(([word = '', meaning = '', arabic = '', notUsed = '']) => ({
      word: word.trim(),
      meaning: meaning.trim(),
      arabic: arabic.trim(),
      notUsed: listWords(notUsed),
    }));
}

function listWords(cell: string): readonly string[] {
  return cell
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '–');
}

/**
 * Without placeholders, which name parts of the code, without the field `Referer`, whose spelling is HTTP's, and without the vowel signs
 * that Arabic may leave out.
 */
function plain(text: string): string {
  return text
    .replaceAll(/\{\{[^}]*\}\}|\bReferer\b/g, ' ')
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase();
}

/** A line for each losing word in the texts. */
function findLosers(rows: readonly Row[], texts: readonly Text[]): readonly string[] {
  const searches = rows.flatMap(({ word, arabic, notUsed }) =>
    notUsed.map((loser) => ({
      loser,
      winner: /\p{Script=Arabic}/u.test(loser) ? arabic : word,
      pattern: new RegExp(`(?<![\\p{L}\\p{N}.])${plain(loser)}(?![\\p{L}\\p{N}])`, 'u'),
    })),
  );
  return texts.flatMap(({ file, at, text }) => {
    const read = plain(text);
    return searches
      .filter(({ pattern }) => pattern.test(read))
      .map(({ loser, winner }) => `${file}, ${at}: "${winner}" in place of "${loser}"`);
  });
}

const glossary = readGlossary();

test('every word of the glossary has its meaning and its Arabic, once', () => {
  expect(glossary.length).toBeGreaterThan(30);
  for (const row of glossary) {
    expect(Object.values(row).flat(), row.word).not.toContain('');
    expect(row.arabic, row.word).toMatch(/\p{Script=Arabic}/u);
    for (const loser of row.notUsed) expect(loser).toMatch(/^[\p{L}\p{M} '-]+$/u);
  }
  const words = glossary.map(({ word }) => word);
  expect(words.filter((word, at) => words.indexOf(word) !== at)).toEqual([]);
});

test('the glossary itself uses no losing word', () => {
  const texts = glossary.map(({ word, meaning }) => ({
    file: 'docs/glossary.md',
    at: word,
    text: `${word}: ${meaning}`,
  }));
  expect(findLosers(glossary, texts)).toEqual([]);
});

test.each(Object.entries(places))('%s has only the words of the glossary', (_, read) => {
  const texts = read();
  expect(texts.length).toBeGreaterThan(0);
  expect(findLosers(glossary, texts)).toEqual([]);
});

test('the search finds losing words in any case, and no parts of words, file names or placeholders', () => {
  const rows = [
    { word: 'fix', meaning: '', arabic: 'إصلاح', notUsed: ['mend'] },
    { word: 'revoked', meaning: '', arabic: 'مُبطَل', notUsed: ['ملغى'] },
  ];
  const texts = ['Mend it', 'amend', 'notes.mend', '{{mend}}', 'مُلغًى', 'الملغى'].map((text) => ({
    file: 'en.json',
    at: 'a.b',
    text,
  }));
  expect(findLosers(rows, texts)).toEqual([
    'en.json, a.b: "fix" in place of "mend"',
    'en.json, a.b: "مُبطَل" in place of "ملغى"',
  ]);
});
