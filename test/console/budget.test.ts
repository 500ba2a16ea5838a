// What a visit that begins with a page loads: little enough on every page, and nothing that only some need.
import { globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { partOf } from '../../console/src/i18n/parts.ts';
// @ts-expect-error: scripts run on Node.js without types
import { ensureConsole } from '../../scripts/console.mjs';
import { type LateImport, readLateImports, wordsOfEveryPage } from './sources.ts';

const folder = join(import.meta.dirname, '../../dist/console');
const budgetBytes = 250 * 1024;

interface Chunk {
  readonly file: string;
  readonly src?: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

let manifest: Readonly<Record<string, Chunk>>;

beforeAll(async () => {
  await ensureConsole(process.execPath, { quiet: true });
  manifest = JSON.parse(readFileSync(join(folder, '.vite', 'manifest.json'), 'utf8'));
});

/** The chunks that come with one, itself included. */
function withImports(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const each of manifest[name]?.imports ?? []) withImports(each, found);
  return found;
}

function gzipBytes(names: Iterable<string>): number {
  return [...names].reduce((sum, name) => sum + statSync(join(folder, `${(manifest[name] as Chunk).file}.gz`)).size, 0);
}

/** The first file, the page and its words in Arabic, which are the longer ones; around who is signed in the frame, too. */
function firstLoad(page: LateImport): Set<string> {
  const isSignedIn = !page.by.startsWith('src/features/auth/');
  const words = new Set(
    [...wordsOfEveryPage, ...(page.words ?? [])].map((name) => partOf[name as keyof typeof partOf]),
  );
  const chunks = withImports(Object.keys(manifest).find((name) => name.startsWith('_first-')) ?? 'first');
  const files = [...words].map((part) => `src/i18n/ar/words-of-${part}.ts`);
  for (const name of [page.file, ...files, ...(isSignedIn ? ['src/frame/shell.tsx'] : [])]) {
    expect(manifest).toHaveProperty([name]);
    withImports(name, chunks);
  }
  return chunks;
}

const pages = readLateImports().filter(({ by }) => /^src[/]features[/]\w+[/]routes[.]ts$/.test(by));

test.each(pages)('a first visit to $file loads at most 250 KB of JavaScript, gzipped', (page) => {
  const chunks = firstLoad(page);
  expect(chunks.size).toBeGreaterThan(5);
  expect(chunks.size).toBeLessThan(20);
  const bytes = gzipBytes(chunks);
  expect(bytes).toBeGreaterThan(150_000);
  expect(bytes).toBeLessThanOrEqual(budgetBytes);
});

test('all pages are among them', () => {
  const routes = globSync('features/*/routes.ts', { cwd: join(import.meta.dirname, '../../console/src') });
  expect(new Set(pages.map(({ by }) => by)).size).toBe(routes.length);
  expect(pages.length).toBeGreaterThan(15);
});

test('the palette, layers, toasts and passkeys are loaded when they are used', () => {
  const text = [...new Set(pages.flatMap((page) => [...firstLoad(page)]))]
    .map((name) => readFileSync(join(folder, (manifest[name] as Chunk).file), 'utf8'))
    .join('\n');
  expect(text).not.toContain('mantine-Spotlight');
  expect(text).not.toContain('Spotlight.Root');
  expect(text).not.toContain('WebAuthn is not supported in this browser');
  expect(text).not.toContain('mantine-Popover-');
  expect(text).not.toContain('Notifications-root');
  expect(manifest['src/frame/palette.tsx']?.file).toMatch(/^assets\//);
});

test('no two files import each other, which would run one before what it needs', () => {
  for (const [name, { imports = [] }] of Object.entries(manifest))
    for (const each of imports) expect([...withImports(each)], `${each} imports ${name}`).not.toContain(name);
});

test('the part of each namespace is the file that holds it', async () => {
  for (const part of new Set(Object.values(partOf))) {
    const { default: words } = await import(`../../console/src/i18n/ar/words-of-${part}.ts`);
    const named = Object.entries(partOf).flatMap(([namespace, of]) => (of === part ? [namespace] : []));
    expect(Object.keys(words).sort(), part).toEqual(named.sort());
  }
});

test('every text has compressed twins, and no source map is published', () => {
  const files = readdirSync(join(folder, 'assets'));
  const texts = files.filter((name) => /[.](js|css|svg)$/.test(name));
  expect(texts.length).toBeGreaterThan(5);
  for (const name of texts) expect(files).toEqual(expect.arrayContaining([`${name}.br`, `${name}.gz`]));
  expect(files.filter((name) => name.endsWith('.map'))).toEqual([]);
});
