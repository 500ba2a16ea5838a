// The example of docs/how-to/test-your-application.md runs in node --test, and in Vitest with several files at once.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
// @ts-expect-error: scripts run on Node.js without types
import { toolPath } from '../../scripts/tool-path.mjs';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/how-to/test-your-application.md'), 'utf8');

/** The example in the file of this name, with the sources in place of the package. */
function exampleOf(file: string): string {
  const [, text = ''] = new RegExp(`\`\`\`js\\n// ${file}\\n(.*?)\`\`\``, 's').exec(page) ?? [];
  expect(text).not.toBe('');
  return text
    .replace("'miftah/node'", JSON.stringify(join(root, 'src/middleware/node.ts')))
    .replace("'miftah/testing'", JSON.stringify(join(root, 'src/testing.ts')));
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-testing-page-'));
  mkdirSync(join(folder, 'tmp'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'app.js'), exampleOf('app.js'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: readonly string[]): Promise<string> {
  // A runner inside of a runner would report to the outer one.
  const { NODE_TEST_CONTEXT: _, VITEST: __, ...inherited } = process.env;
  const env = { ...inherited, TMPDIR: join(folder, 'tmp'), NO_COLOR: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, env });
  return stdout;
}

function miftahFolders(): readonly string[] {
  return readdirSync(join(folder, 'tmp')).filter((name) => name.startsWith('miftah-'));
}

test('in node --test, three files at once', async () => {
  const files = ['one.test.js', 'two.test.js', 'three.test.js'];
  for (const file of files) writeFileSync(join(folder, file), exampleOf('app.test.js'));
  const printed = await run('--test', '--test-reporter=tap', '--test-concurrency=3', ...files);
  expect(printed).toContain('# pass 6\n# fail 0');
  expect(miftahFolders()).toEqual([]);
  expect(readdirSync(folder)).not.toContain('miftah-data');
});

test.each(['forks', 'threads'])('in Vitest, three files at once in %s', async (pool) => {
  const vitest: string = toolPath('vitest', 'vitest');
  const names = ['after', 'before', 'test'] as const;
  const imported = `import { afterAll as after, beforeAll as before, test } from ${JSON.stringify(join(root, 'node_modules/vitest/dist/index.js'))};`;
  const text = exampleOf('app.test.js').replace(`import { ${names.join(', ')} } from 'node:test';`, imported);
  expect(text).toContain('afterAll as after');
  for (const file of ['one.spec.js', 'two.spec.js', 'three.spec.js']) writeFileSync(join(folder, file), text);
  const args = ['run', '--root', folder, `--pool=${pool}`, '--maxWorkers=3', '--reporter=default'];
  // The limits of Vitest are for a machine that does nothing else.
  const printed = await run(vitest, ...args, '--hookTimeout=100000', '--testTimeout=100000', 'spec');
  expect(printed).toMatch(/Tests {2}6 passed/);
  expect(miftahFolders()).toEqual([]);
});
