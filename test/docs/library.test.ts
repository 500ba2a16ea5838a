// docs/reference/library.md names all that the package exports, and the examples of the package and the client run.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startTestServer } from '../fixture.ts';

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
  expect(names.length).toBeGreaterThan(1);
  const absent = names.filter((each) => !new RegExp(`\`${each}\\b`).test(page));
  expect(absent, `describe them in docs/reference/library.md, under ${name}`).toEqual([]);
});

/** Runs the first example of a page in a folder of its own, with the sources in place of the package, and resolves to what it prints. */
async function runExample(
  text: string,
  imported: readonly [name: string, source: string],
  { files = {}, environment = {} }: { files?: Record<string, string>; environment?: Record<string, string> },
): Promise<string> {
  const [, example = ''] = /```ts\n(.*?)```/s.exec(text) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'miftah-example-'));
  try {
    const source = example.replace(`'${imported[0]}'`, JSON.stringify(join(root, imported[1])));
    for (const [name, content] of Object.entries({ ...files, 'example.ts': source }))
      writeFileSync(join(folder, name), content);
    // A data folder or a token of the person who runs the tests stays untouched.
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('MIFTAH_'));
    const env = { ...Object.fromEntries(inherited), ...environment };
    const { stdout } = await promisify(execFile)(process.execPath, ['example.ts'], { cwd: folder, env });
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the example of docs/reference/library.md runs', async () => {
  const api = { id: 'acme', profile: 'classic', hosts: ['api.acme.test'], upstream: 'http://127.0.0.1:9' };
  const files = { 'miftah.yaml': JSON.stringify({ apis: [api] }) };
  expect(await runExample(page, ['miftah', 'src/index.ts'], { files })).toMatch(/^allowed: key_\w+\n$/);
});

test('the example of docs/how-to/use-the-client.md runs', async () => {
  await using server = await startTestServer();
  const environment = { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_TOKEN: server.operatorToken };
  const text = readFileSync(join(root, 'docs/how-to/use-the-client.md'), 'utf8');
  const printed = await runExample(text, ['miftah/client', 'src/client/index.ts'], { environment });
  expect(printed).toMatch(/^(key_\w+) sk_prod_\S+\n\1 active\n$/);
});

test('names are found however they are exported', () => {
  const source = 'export function a() {}\nexport type { B };\nexport { type C, d } from "./e.ts";\nconst f = 1;\n';
  expect(namesIn(source)).toEqual(['a', 'B', 'C', 'd']);
});
