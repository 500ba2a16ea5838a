// Lists of many pages, as a person or a script reads them from a real server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileCacheDir } from '../compile-cache.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { runHere } from './in-process.ts';

const total = 203;
let server: TestServer;
let env: Record<string, string>;
/** Newest first. */
let ids: readonly string[];

beforeAll(async () => {
  server = await startTestServer();
  env = { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_TOKEN: server.operatorToken };
  await Promise.all(Array.from({ length: total }, () => server.createOrg()));
  const read = async (query: string) => (await server.admin('GET', `/v1/orgs?limit=100${query}`)).body;
  const pages = [await read('')];
  while (pages.length < 3) pages.push(await read(`&cursor=${pages.at(-1)?.nextCursor}`));
  ids = pages.flatMap(({ data }) => (data as { id: string }[]).map(({ id }) => id));
  expect(ids.length).toBe(total);
});
afterAll(() => server[Symbol.asyncDispose]());

function list(...options: readonly string[]) {
  return runHere(['orgs', 'list', ...options], { cwd: server.folder, env });
}

test('a list has the first 100 rows, and says how to get the others', async () => {
  const { code, stdout, stderr } = await list('-q');
  expect([code, stdout]).toEqual([0, `${ids.slice(0, 100).join('\n')}\n`]);
  const [, cursor = ''] = /^There are more rows\. Add --all for all of them, or --cursor (\S+) for/.exec(stderr) ?? [];
  const next = await list('-q', '--cursor', cursor, '--limit', '150');
  expect(next).toEqual({ code: 0, stdout: `${ids.slice(100).join('\n')}\n`, stderr: '' });
});

test('--limit goes over pages, and --all to the end', async () => {
  expect((await list('-q', '--limit', '103')).stdout).toBe(`${ids.slice(0, 103).join('\n')}\n`);
  const all = await list('--all');
  const lines = all.stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^ID +NAME +KIND/);
  expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual(ids);
  expect(all.stderr).toBe('');
  const both = await list('--all', '--limit', '3');
  expect([both.code, both.stderr]).toEqual([
    2,
    "error: option '--all' cannot be used with option '--limit <n>'\nSee miftah orgs list --help.\n",
  ]);
});

test('--json is one document of all pages, with the cursor of what is left out', async () => {
  const whole = JSON.parse((await list('--all', '--json')).stdout);
  expect(whole.nextCursor).toBeNull();
  expect(whole.data.map(({ id }: { id: string }) => id)).toEqual(ids);
  const part = JSON.parse((await list('--limit', '101', '--json')).stdout);
  expect([part.data.length, typeof part.nextCursor]).toEqual([101, 'string']);
  // No row at all is a document too.
  expect((await list('--search', 'nothing', '--json')).stdout).toBe('{"data":[],"nextCursor":null}\n');
});

test('a list whose reader goes away ends quietly', async () => {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const line = `"$0" "$1" orgs list --all -q | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const child = spawn('bash', ['--norc', '-c', line, process.execPath, main], {
    cwd: server.folder,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCacheDir, XDG_CONFIG_HOME: server.folder, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  await once(child, 'close');
  expect(output).toBe(`${ids[0]}\n0\n`);
});
