import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const { engines } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { engines: { node: string } };
const [, oldest = ''] = /^>=([\d.]+)$/.exec(engines.node) ?? [];

test('an import on an older Node.js fails with one line, before anything else is loaded', () => {
  const older = "{ ...process.versions, node: '22.17.1' }";
  const preload = `data:text/javascript,Object.defineProperty(process, 'versions', { value: ${older} })`;
  const program = `await import(${JSON.stringify(new URL('src/index.ts', root).href)}).catch((error) => console.log(error.message));`;
  const { stdout } = spawnSync(process.execPath, ['--import', preload, '--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(stdout).toBe(
    `miftah needs Node.js ${oldest} or newer and this is 22.17.1: install one from https://nodejs.org.\n`,
  );
});
