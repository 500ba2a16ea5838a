// docs/reference/library.md names all that the package exports, and its example runs.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/reference/library.md'), 'utf8');

/** Import paths as a user writes them, with the source that each one is built from. */
function listImports(): readonly (readonly [name: string, source: string])[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object };
  return Object.entries(exports).map(([subpath, target]) => [
    `miftah${subpath.slice(1)}`,
    typeof target === 'string' ? target : target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts'),
  ]);
}

/** The names that a module exports, types too. */
function namesIn(source: string): readonly string[] {
  const declared = source.matchAll(/^export (?:async )?(?:function|class|const|interface|type) (\w+)/gm);
  const listed = source.matchAll(/^export (?:type )?\{([^}]*)\}/gm);
  return [
    ...Array.from(declared, (match) => match[1] as string),
    ...Array.from(listed, (match) => (match[1] as string).split(',')).flat(),
  ]
    .map((name) => name.replace(/^\s*type /, '').trim())
    .filter((name) => name !== '');
}

test.each(listImports())('docs/reference/library.md names %s and its exports', (name, source) => {
  expect(page, `add a row for ${name}`).toContain(`\`${name}\``);
  if (!source.endsWith('.ts')) return;
  const names = namesIn(readFileSync(join(root, source), 'utf8'));
  expect(names.length).toBeGreaterThan(4);
  const absent = names.filter((each) => !new RegExp(`\`${each}\\b`).test(page));
  expect(absent, `describe them in docs/reference/library.md, under ${name}`).toEqual([]);
});

test('the example of docs/reference/library.md runs', async () => {
  const [, example = ''] = /```ts\n(.*?)```/s.exec(page) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'miftah-library-'));
  try {
    const api = { id: 'acme', profile: 'classic', hosts: ['api.acme.test'], upstream: 'http://127.0.0.1:9' };
    writeFileSync(join(folder, 'miftah.yaml'), JSON.stringify({ apis: [api] }));
    writeFileSync(join(folder, 'example.ts'), example.replace("'miftah'", JSON.stringify(join(root, 'src/index.ts'))));
    const { stdout } = await promisify(execFile)(process.execPath, ['example.ts'], { cwd: folder });
    expect(stdout).toMatch(/^allowed: key_\w+\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('names are found however they are exported', () => {
  const source = 'export function a() {}\nexport type { B };\nexport { type C, d } from "./e.ts";\nconst f = 1;\n';
  expect(namesIn(source)).toEqual(['a', 'B', 'C', 'd']);
});
