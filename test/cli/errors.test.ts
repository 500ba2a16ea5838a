// `miftah errors`: every code of the pages, with its fix and the path of its page.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasons } from '../../src/domain/verdict.ts';
import { runCli } from './cli-process.ts';

const cwd = import.meta.dirname;

test('a code is explained with its fix, without Markdown, and with a page that is there', async () => {
  const { code, stdout } = await runCli(['errors', 'unavailable'], { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^unavailable\n\nWhat happened\. .*\n\nCommon causes\. .*\n\nHow to fix it\. .*\n\n\/.*\n$/s);
  expect(stdout).not.toMatch(/\*\*|\]\(/);
  const paths = [...stdout.matchAll(/(\/\S+\.md)(?:#\S+?)?\)?(?=\s|$)/g)].map(([, path]) => path as string);
  expect(paths.length).toBeGreaterThan(2);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

test('a code of the server and of the command line has both explanations', async () => {
  const { stdout } = await runCli(['errors', 'not_found', '--json'], { cwd });
  const { codes } = JSON.parse(stdout) as { codes: { page: string }[] };
  expect(codes.map(({ page }) => page.replace(/^.*\/docs\//, ''))).toEqual([
    'reference/errors.md#not_found',
    'reference/cli.md',
  ]);
});

test('without a code, every one is listed on one line', async () => {
  const { stdout } = await runCli(['errors'], { cwd });
  const listed = stdout.split('\n').map((line) => line.split(' ', 1)[0]);
  expect(listed).toEqual(expect.arrayContaining([...reasons, 'port_in_use', 'server_unreachable']));
  const page = readFileSync(join(cwd, '../../docs/reference/errors.md'), 'utf8');
  expect(listed.length).toBeGreaterThan(page.split('\n### ').length);
});

test('an unknown code is refused with the nearest one', async () => {
  const { code, stderr } = await runCli(['errors', 'key_expird'], { cwd });
  expect(code).toBe(6);
  expect(stderr).toContain('no error has the code key_expird');
  expect(stderr).toContain('Did you mean key_expired?');
});
