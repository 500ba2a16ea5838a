// What a program loads with the package: the engine, and nothing of the server, the console or the databases that it does not use.
import { expect, test } from 'vitest';
import { measureImport } from '../../bench/9-import.ts';

test("import 'miftah' loads the engine alone", async () => {
  const { modules, packages } = await measureImport('index.ts');
  expect(Object.keys(packages)).toEqual(expect.arrayContaining(['miftah', 'kysely', 'pino', 'yaml', 'zod']));
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
  expect(Object.keys(packages).filter((name) => [...ofTheServer, ...ofOthers].includes(name))).toEqual([]);
  // 653 when this was written, 255 of them kysely's: a new dependency of the engine shows here.
  expect(modules).toBeLessThan(690);
});

test("import 'miftah/node' and 'miftah/client' load little", async () => {
  expect((await measureImport('middleware/node.ts')).modules).toBeLessThan(36);
  expect((await measureImport('client/index.ts')).modules).toBeLessThan(10);
});

test('the console is loaded when a server starts', async () => {
  const { packages } = await measureImport('serve.ts', 'people/accounts.ts');
  expect(Object.keys(packages)).toEqual(expect.arrayContaining(['better-auth', 'hono', 'undici', 'jose']));
});
