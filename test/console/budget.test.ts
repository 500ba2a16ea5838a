// What a first visit loads: little enough, and nothing that only some pages need.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
// @ts-expect-error: scripts run on Node.js without types
import { ensureConsole } from '../../scripts/console.mjs';

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
}, 120_000);

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

/** The page, the words of one language, and the page that is opened first. */
function firstLoad(...pages: readonly string[]): Set<string> {
  const chunks = withImports('index.html');
  for (const name of ['src/i18n/ar/index.ts', ...pages]) withImports(name, chunks);
  return chunks;
}

test('a first visit loads at most 250 KB of JavaScript, gzipped', () => {
  const bytes = gzipBytes(firstLoad('src/features/auth/sign-in-page.tsx'));
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(budgetBytes);
});

test('so does a first visit of somebody who is signed in already, to the keys', () => {
  const chunks = firstLoad('src/app/shell.tsx', 'src/features/keys/keys-page.tsx');
  expect(chunks.size).toBeGreaterThan(20);
  expect(gzipBytes(chunks)).toBeLessThanOrEqual(budgetBytes);
});

test('charts, the palette and passkeys are loaded when they are used', () => {
  const text = [...firstLoad('src/features/auth/sign-in-page.tsx')]
    .map((name) => readFileSync(join(folder, (manifest[name] as Chunk).file), 'utf8'))
    .join('\n');
  expect(text).not.toContain('recharts-');
  expect(text).not.toContain('mantine-Spotlight');
  expect(text).not.toContain('Spotlight.Root');
  expect(text).not.toContain('WebAuthn is not supported in this browser');
  expect(manifest['src/app/palette.tsx']?.file).toMatch(/^assets\//);
});

test('every text has compressed twins, and no source map is published', () => {
  const files = readdirSync(join(folder, 'assets'));
  const texts = files.filter((name) => /[.](js|css|svg)$/.test(name));
  expect(texts.length).toBeGreaterThan(5);
  for (const name of texts) expect(files).toEqual(expect.arrayContaining([`${name}.br`, `${name}.gz`]));
  expect(files.filter((name) => name.endsWith('.map'))).toEqual([]);
});
