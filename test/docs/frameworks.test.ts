// The examples of the frameworks run, and the pages in docs/how-to/frameworks show their own text.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { transformSync } from '@swc/core';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const frameworks = ['express', 'fastify', 'koa', 'hono', 'fetch', 'nest'] as const;

let folder: string;

beforeAll(() => {
  // Inside of the checkout, so that the frameworks are found in the node_modules above it.
  mkdirSync(join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(join(root, '.cache', 'examples-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The text with the sources in place of the package. */
const withSources = (text: string): string =>
  text.replaceAll(/(['"])miftah(?:\/(\w+))?\1/g, (_, _quote, name: string | undefined) =>
    JSON.stringify(join(root, name === undefined ? 'src/index.ts' : `src/middleware/${name}.ts`)),
  );

/** As `npm run build` of the example does, for Node.js has no decorators. */
const compile = (text: string): string =>
  transformSync(text, {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2023',
    },
    module: { type: 'es6' },
  }).code;

/** Copies an example, and returns the folder and its server's program. */
function install(framework: string): { readonly cwd: string; readonly program: string } {
  const cwd = join(folder, framework);
  cpSync(join(root, 'examples', framework), cwd, { recursive: true });
  const typed = join(cwd, 'src', 'server.ts');
  const text = existsSync(typed) ? compile(readFileSync(typed, 'utf8')) : readFileSync(join(cwd, 'server.mjs'), 'utf8');
  writeFileSync(join(cwd, 'server.mjs'), withSources(text));
  const keys = readFileSync(join(root, 'examples/create-key.mjs'), 'utf8');
  writeFileSync(join(folder, 'create-key.mjs'), withSources(keys));
  return { cwd, program: 'server.mjs' };
}

test.each(frameworks)('examples/%s runs: it guards its routes, and ends when it is told to', async (framework) => {
  const { cwd, program } = install(framework);
  const createKey = async (...scopes: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['../create-key.mjs', ...scopes], { cwd });
    return stdout.trim();
  };
  const plain = await createKey();
  const scoped = await createKey('payments:write', 'refunds:write');
  const child = spawn(process.execPath, [program, '0'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let printed = '';
  child.stderr.on('data', (chunk) => {
    printed += chunk;
  });
  let url: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    printed += `${line}\n`;
    url = /^Listening on (\S+)$/.exec(line)?.[1];
    if (url !== undefined) break;
  }
  expect(url, printed).toBeDefined();
  const ask = async (method: string, path: string, key?: string) => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const reply = await fetch(`${url}${path}`, { method, headers });
    const body = (await reply.json()) as Record<string, unknown>;
    return [reply.status, Object.keys(body)[0], String(Object.values(body)[0]).slice(0, 4)];
  };
  expect(await ask('GET', '/health')).toEqual([200, 'ok', 'true']);
  expect(await ask('GET', '/v1/orders', plain)).toEqual([200, 'ordersOf', 'org_']);
  for (const [method, path, key] of [
    ['GET', '/v1/orders', undefined],
    ['GET', '/v1/orders', `${plain}x`],
    ['POST', '/v1/payments', undefined],
    ['POST', '/v1/refunds', undefined],
  ] as const)
    expect((await ask(method, path, key))[0], `${method} ${path}`).toBe(401);
  expect((await ask('POST', '/v1/payments', plain))[0]).toBe(403);
  expect((await ask('POST', '/v1/refunds', plain))[0]).toBe(403);
  // Nest answers POST with 201.
  const created = framework === 'nest' ? 201 : 200;
  expect(await ask('POST', '/v1/payments', scoped)).toEqual([created, 'paidBy', 'key_']);
  expect(await ask('POST', '/v1/refunds', scoped)).toEqual([created, 'refundedBy', 'key_']);
  child.kill('SIGTERM');
  const [code, signal] = await ended;
  // Nest ends its process by the signal that it got.
  expect(framework === 'nest' ? signal : code, printed).toBe(framework === 'nest' ? 'SIGTERM' : 0);
});

/** The code in a page, by block, without what another language than the example's. */
const blocksOf = (text: string): readonly string[] =>
  [...text.matchAll(/^```(?:js|ts|yaml)\n([\s\S]*?)^```/gm)].map((match) => match[1] as string);

const pages = globSync('docs/how-to/frameworks/*.md', { cwd: root }).filter((page) => !page.endsWith('README.md'));

test.each(pages)('each snippet of %s is text of its example', (page) => {
  const name = /(\w+)\.md$/.exec(page)?.[1] as string;
  const files = globSync(['*.*', '{src,app,lib}/**/*.*'], { cwd: join(root, 'examples', name) });
  const texts = files.map((file) => readFileSync(join(root, 'examples', name, file), 'utf8'));
  const blocks = blocksOf(readFileSync(join(root, page), 'utf8'));
  expect(blocks.length).toBeGreaterThan(1);
  for (const block of blocks)
    expect(
      texts.some((text) => text.includes(block)),
      block,
    ).toBe(true);
});

test('each adapter has a page and an example', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, { readonly default?: string }>;
  };
  const adapters = Object.entries(exports).filter(([, target]) => target.default?.includes('/middleware/'));
  const names = adapters.map(([subpath]) => subpath.slice(2)).filter((name) => name !== 'node');
  const listed = pages.map((page) => /(\w+)\.md$/.exec(page)?.[1]);
  expect(listed.toSorted()).toEqual(names.toSorted());
});
