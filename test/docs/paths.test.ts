// The pages of this repository name files, sections and commands that are there.
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const pages = globSync(['*.md', 'docs/**/*.md', '.github/**/*.md'], { cwd: root });
// Decisions and the changelog describe their own time: their files and commands may be gone.
const currentPages = pages.filter((page) => !/^(CHANGELOG\.md|docs\/decisions\/)/.test(page));

const readPage = (page: string): string => readFileSync(join(root, page), 'utf8');

/** Files and folders in backticks. A path with a placeholder such as `<vendor>` does not exist yet. */
function namedPaths(text: string): readonly string[] {
  const names = [...text.matchAll(/`((?:src|test|console|scripts|docs|bench|schema|examples)\/[^`\s<>…]*)`/g)];
  return names.map((match) => match[1] as string);
}

/** Where links inside of the repository lead: `page.md`, `page.md#section`, `#section`. */
function linksIn(text: string): readonly string[] {
  return [...text.matchAll(/\]\((?!https?:|mailto:|\.\.\/blob\/)([^)\s]+)\)/g)].map((match) => match[1] as string);
}

/** The anchors of a page, as GitHub makes them from its headings. */
function anchorsOf(text: string): readonly string[] {
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm);
  return Array.from(headings, ([, heading = '']) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(currentPages)('%s names files that are there', (page) => {
  const absent = namedPaths(readPage(page)).filter((name) => globSync(name, { cwd: root }).length === 0);
  expect(absent, `${page} names them: move the names with the files`).toEqual([]);
});

const vendorPages = globSync('docs/vendors/*.md', { cwd: root }).filter((page) => !page.endsWith('README.md'));

test.each(vendorPages)('every claim of %s has its test, or says why it has none', (page) => {
  const golden = readPage(page.replace('docs/vendors/', 'test/profiles/').replace(/\.md$/, '.golden.http'));
  const rows = [...readPage(page).matchAll(/^\| (?!the page|---)(.*) \| (.*) \| (.*) \|$/gm)];
  expect(rows.length).toBeGreaterThan(10);
  const without = rows.filter(([, , , held = '']) => {
    const [, cases = ''] = /wire: ([^;|]*)/.exec(held) ?? [];
    const absent = cases.split(', ').filter((name) => !golden.includes(`### ${name}`));
    return absent.length > 0 || !/\b(?:wire|rules|upstream|advice|later)\b|`(?:test|src)\/\S+\.test\.ts`/.test(held);
  });
  expect(without.map(([, claim]) => claim)).toEqual([]);
});

test.each([
  ['docs/architecture.md', 'src'],
  ['CONTRIBUTING.md', 'test'],
])('%s names every folder of %s', (page, parent) => {
  const folders = readdirSync(join(root, parent), { withFileTypes: true }).filter((each) => each.isDirectory());
  const text = readPage(page);
  const absent = folders.map(({ name }) => `\`${parent}/${name}/\``).filter((name) => !text.includes(name));
  expect(absent, `add them to the table of ${page}`).toEqual([]);
});

test.each(pages)('the links of %s lead somewhere', (page) => {
  const dead = linksIn(readPage(page)).filter((link) => {
    const [path = '', anchor] = link.split('#');
    const file = path === '' ? join(root, page) : join(root, dirname(page), path);
    if (!existsSync(file)) return true;
    return anchor !== undefined && file.endsWith('.md') && !anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
  });
  expect(dead, `correct these links of ${page}: the file or its heading is another`).toEqual([]);
});

test.each(currentPages)('%s names commands of package.json', (page) => {
  const { scripts } = JSON.parse(readPage('package.json')) as { scripts: object };
  const named = [...readPage(page).matchAll(/\bnpm run ([\w:]+)/g)].map((match) => match[1] as string);
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});

/** The help of each command by its words: `keys create`. docs/reference/cli.md has it, and a test of its own. */
function readHelp(): ReadonlyMap<string, string> {
  const sections = readPage('docs/reference/cli.md')
    .split(/^## `miftah /m)
    .slice(1);
  return new Map(sections.map((section) => [section.slice(0, section.indexOf('`')), section] as const));
}

/** Calls of the command line in code, and what is wrong with each: an unknown command or option. */
function wrongCalls(text: string, help: ReadonlyMap<string, string>): readonly string[] {
  const code = text.match(/^```[\s\S]*?^```|`[^`]+`/gm) ?? [];
  const calls = code.flatMap((each) => each.match(/(?<=^|[\s`(])miftah (?!miftah )[a-z][^\n`|;#]*/g) ?? []);
  return calls.filter((call) => {
    const [, first = '', second = ''] = call.split(/\s+/);
    const usage = help.get(`${first} ${second}`) ?? help.get(first);
    const options = call.match(/(?<=\s)--[a-z-]+/g) ?? [];
    // `miftah audit` in a sentence is a whole group.
    const isGroup = second === '' && [...help.keys()].some((name) => name.startsWith(`${first} `));
    return usage === undefined ? !isGroup : options.some((option) => !new RegExp(` ${option}(?![a-z-])`).test(usage));
  });
}

test.each(currentPages)('%s calls commands of miftah with options that they have', (page) => {
  expect(wrongCalls(readPage(page), readHelp())).toEqual([]);
});

test('what is gone is found', () => {
  expect(namedPaths('See `src/gone.ts`, `src/<vendor>.ts` and `npm test`.')).toEqual(['src/gone.ts']);
  expect(linksIn('[a](b.md#c) [d](https://e.example) [f](#g)')).toEqual(['b.md#c', '#g']);
  expect(anchorsOf('# A `b/c` d\n```\n# no\n```\n## Why: [x](y)')).toEqual(['a-bc-d', 'why-x']);
  const help = new Map([['keys create', 'Options:\n  --name <name>']]);
  const text = '`miftah keys create --name a`, `miftah keys`, `miftah keys create --nam a` and `miftah key create`';
  expect(wrongCalls(text, help)).toEqual(['miftah keys create --nam a', 'miftah key create']);
});
