// What a program loads with the package: nothing of the engine before it opens, and nothing of the server, the console or
// the databases that it does not use.
import { expect, test } from 'vitest';
import { measureImport } from '../../bench/9-import.ts';

const ofTheServer = [
  'better-auth',
  '@better-auth/core',
  '@better-auth/passkey',
  'hono',
  'undici',
  'nodemailer',
  'jose',
];
const ofOthers = ['pg', 'ioredis', 'commander', '@prometheus-io/client'];

test("import 'miftah' loads what reads a configuration", async () => {
  const { modules, packages } = await measureImport('index.ts');
  // A new name here is a new cost for every program: load it where it is used.
  expect(Object.keys(packages).sort()).toEqual(['ipaddr.js', 'miftah', 'node', 'yaml', 'zod']);
  // 241 when this was written, 95 of them zod's.
  expect(modules).toBeLessThan(260);
});

test('openMiftah loads the engine, and nothing of the server', async () => {
  const { modules, packages } = await measureImport('index.ts', 'compose.ts');
  expect(Object.keys(packages)).toEqual(expect.arrayContaining(['miftah', 'kysely', 'pino', 'yaml', 'zod']));
  expect(Object.keys(packages).filter((name) => [...ofTheServer, ...ofOthers].includes(name))).toEqual([]);
  // 691 when this was written, 255 of them kysely's.
  expect(modules).toBeLessThan(720);
});

test("import 'miftah/node' and 'miftah/client' load little", async () => {
  expect((await measureImport('middleware/node.ts')).modules).toBeLessThan(44);
  expect((await measureImport('client/index.ts')).modules).toBeLessThan(10);
});

test.each(['express', 'fastify', 'fetch', 'hono', 'koa', 'next'])(
  "import 'miftah/%s' loads no framework",
  async (name) => {
    const { modules, packages } = await measureImport(`middleware/${name}.ts`);
    expect(Object.keys(packages)).toEqual(expect.not.arrayContaining(['express', 'fastify', 'hono', 'koa', 'next']));
    expect(modules).toBeLessThan(46);
  },
);

test('the console is loaded when a server starts', async () => {
  const { packages } = await measureImport('serve.ts', 'people/accounts.ts');
  expect(Object.keys(packages)).toEqual(expect.arrayContaining(['better-auth', 'hono', 'undici', 'jose']));
});
