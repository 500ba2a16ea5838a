// What `miftah init` writes runs: each program guards its route, and the printed commands work as printed.
// `npm run test:init` runs all of them, `npm test` a few.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transformSync } from '@swc/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FrameworkId, frameworkIds } from '../../src/cli/init/frameworks.ts';
import { type InitOptions, type InitOutcome, initialize } from '../../src/cli/init/run.ts';
import { compileCacheDir } from '../compile-cache.ts';
import { freePort } from '../free-port.ts';
import { startPostgres } from '../postgres-server.ts';

const root = join(import.meta.dirname, '../..');
const isWhole = process.env.MIFTAH_INIT === 'all';

/** A test that `npm test` goes without. A skipped one would count as failed. */
const later = (): void => undefined;

let base: string;
let count = 0;

beforeAll(() => {
  // Inside of the checkout, so that the frameworks are found in the node_modules above it.
  mkdirSync(join(root, '.cache'), { recursive: true });
  base = mkdtempSync(join(root, '.cache', 'init-'));
  // `npx miftah` as after an installation.
  mkdirSync(join(base, 'bin'));
  writeFileSync(join(base, 'bin/npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${root}/src/cli/main.ts" "$@"\n`);
  chmodSync(join(base, 'bin/npx'), 0o755);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A project with the files, after `miftah init`. */
async function prepare(options: InitOptions, files: Readonly<Record<string, string>> = {}) {
  const folder = join(base, `project-${count++}`);
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  // It finds an installed package by its folder.
  mkdirSync(join(folder, 'node_modules/miftah'), { recursive: true });
  // It does not look above a checkout, so it does not find the settings of TypeScript here.
  mkdirSync(join(folder, '.git'));
  writeFileSync(join(folder, 'node_modules/miftah/package.json'), '{}');
  const outcome = await initialize(folder, { name: 'acme', ...options });
  rmSync(join(folder, 'node_modules'), { recursive: true });
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((each) =>
    /\.[mc]?[jt]s$/.test(each),
  );
  for (const name of sources) writeFileSync(join(folder, name), withSources(readFileSync(join(folder, name), 'utf8')));
  return { folder, outcome };
}

/** The text with the sources in place of the package. */
const withSources = (text: string): string =>
  text.replaceAll(/(['"])miftah(?:\/(\w+))?\1/g, (_, _quote, name: string | undefined) =>
    JSON.stringify(join(root, name === undefined ? 'src/index.ts' : `src/middleware/${name}.ts`)),
  );

/** The environment of all commands: free ports, and where to find the server. */
async function environmentOf(): Promise<Record<string, string>> {
  const [open, internal] = [await freePort(), await freePort()];
  return {
    PATH: `${join(base, 'bin')}:${process.env.PATH ?? ''}`,
    NODE_COMPILE_CACHE: compileCacheDir,
    NO_COLOR: '1',
    PORT: '0',
    MIFTAH_PUBLIC__LISTEN: `127.0.0.1:${open}`,
    MIFTAH_INTERNAL__LISTEN: `127.0.0.1:${internal}`,
    MIFTAH_URL: `http://127.0.0.1:${internal}`,
  };
}

const runShell = async (command: string, cwd: string, env: Record<string, string>): Promise<string> =>
  (await promisify(execFile)('/bin/sh', ['-c', command], { cwd, env })).stdout;

/** Starts a command, and resolves to the part of its output that matches. */
async function start(command: string, cwd: string, env: Record<string, string>, ready: RegExp) {
  const child: ChildProcess = spawn('/bin/sh', ['-c', command], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, because the shell may start the server in a shell below it.
    detached: true,
  });
  const ended = once(child, 'close');
  let printed = '';
  const found = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        const match = ready.exec(printed);
        if (match !== null) resolve((match[1] ?? match[2]) as string);
      });
    void ended.then(() => reject(new Error(`${command} ended:\n${printed}`)));
  });
  return {
    found,
    printed: () => printed,
    async stop(): Promise<void> {
      process.kill(-(child.pid as number), 'SIGTERM');
      await ended;
    },
  };
}

const secretIn = (printed: string): string => /^ +(\w+_live_\w+)$/m.exec(printed)?.[1] ?? '';

/** Calls without a key, with a wrong one and with a right one. */
async function expectGuarded(url: string, secret: string, headers: Record<string, string> = {}): Promise<void> {
  const ask = async (key?: string) =>
    (await fetch(url, { headers: { ...headers, ...(key !== undefined && { authorization: `Bearer ${key}` }) } }))
      .status;
  expect([await ask(), await ask(`${secret}x`), await ask(secret)]).toEqual([401, 401, 200]);
}

/** Runs the printed commands in their order. The first one starts the server. */
async function follow({ commands }: InitOutcome, folder: string, path: string): Promise<void> {
  expect(commands.length).toBeLessThanOrEqual(3);
  const env = await environmentOf();
  const [first, ...others] = commands as [string, ...string[]];
  const server = await start(first, folder, env, /Listening on (\S+)|is ready: public (\S+),/);
  try {
    // A reply shows that Miftah is open: in CommonJS, an application listens before.
    await fetch(`${server.found}${path}`);
    let printed = '';
    for (const command of others) printed = await runShell(command, folder, env);
    await expectGuarded(`${server.found}${path}`, secretIn(printed));
  } finally {
    await server.stop();
  }
}

test.each<FrameworkId>(isWhole ? ['express', 'fastify', 'koa', 'hono', 'node'] : ['express'])(
  'in an empty folder, the printed commands start a guarded program with %s and create a key',
  async (framework) => {
    const { folder, outcome } = await prepare({ framework });
    expect(outcome.commands[0]).toBe('node server.mjs');
    await follow(outcome, folder, '/hello');
  },
);

/** Applications as people have them, before their guard. GUARD stands for the lines that were printed. */
const programs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  express: {
    'server.js': `const express = require('express');
const app = express();
GUARD
app.get('/hello', (req, res) => res.json({ hello: req.auth.orgId }));
const server = app.listen(0, '127.0.0.1', () => console.log('Listening on http://127.0.0.1:' + server.address().port));
process.on('SIGTERM', () => process.exit());
`,
  },
  fastify: {
    'server.js': `const app = require('fastify')();
async function main() {
GUARD
  app.get('/hello', async ({ auth }) => ({ hello: auth.orgId }));
  console.log('Listening on ' + (await app.listen({ port: 0, host: '127.0.0.1' })));
}
main();
process.on('SIGTERM', () => process.exit());
`,
  },
  koa: {
    'server.js': `const Koa = require('koa');
const app = new Koa();
GUARD
app.use((ctx) => { ctx.body = { hello: ctx.state.auth.orgId }; });
const server = app.listen(0, '127.0.0.1', () => console.log('Listening on http://127.0.0.1:' + server.address().port));
process.on('SIGTERM', () => process.exit());
`,
  },
  hono: {
    'server.js': `const { serve } = require('@hono/node-server');
const { Hono } = require('hono');
const app = new Hono();
GUARD
app.get('/hello', (c) => c.json({ hello: c.var.auth.orgId }));
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log('Listening on http://127.0.0.1:' + port));
process.on('SIGTERM', () => process.exit());
`,
  },
  node: {
    'server.js': `const { createServer } = require('node:http');
GUARD
const server = createServer(protect((req, res) => res.end(req.auth.orgId)));
server.listen(0, '127.0.0.1', () => console.log('Listening on http://127.0.0.1:' + server.address().port));
process.on('SIGTERM', () => process.exit());
`,
  },
};

/** The lines after the sentence. node:http has no more than its import. */
function guardLines({ advice }: InitOutcome, framework: string): string {
  const lines = (advice[0] ?? '').split('\n').slice(2);
  return (framework === 'node' ? lines.slice(0, 1) : lines).join('\n');
}

test.each<FrameworkId>(isWhole ? ['express', 'fastify', 'koa', 'hono', 'node'] : [])(
  'a CommonJS application with %s is guarded by the printed lines',
  async (framework) => {
    const files = { 'package.json': '{"name":"acme","scripts":{"start":"node server.js"}}', ...programs[framework] };
    const { folder, outcome } = await prepare({ framework }, files);
    const program = readFileSync(join(folder, 'server.js'), 'utf8');
    writeFileSync(join(folder, 'server.js'), program.replace('GUARD', guardLines(outcome, framework)));
    expect(outcome.commands[0]).toBe('npm start');
    const commands = ['node server.js', ...outcome.commands.slice(1)];
    await follow({ ...outcome, commands }, folder, '/hello');
  },
);

(isWhole ? test : later)('a module for NestJS guards its routes', async () => {
  const files = {
    'package.json': '{"type":"module","dependencies":{"@nestjs/core":"12"}}',
    'tsconfig.json': '{"compilerOptions":{"module":"nodenext"}}',
    'server.ts': '',
  };
  const { folder, outcome } = await prepare({ yes: true }, files);
  const server = `import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Auth } from 'miftah/nest';
import { ApiKeysModule } from './api-keys.module.js';
@Controller()
class Hello {
  @Get('hello')
  hello(@Auth() auth: Auth) {
    return { hello: auth.orgId };
  }
}
@Module({ imports: [ApiKeysModule], controllers: [Hello] })
class AppModule {}
const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
console.log('Listening on ' + (await app.getUrl()));
`;
  expect(outcome.advice.join()).toContain("import { ApiKeysModule } from './api-keys.module.js';");
  const written = readFileSync(join(folder, 'api-keys.module.ts'), 'utf8');
  for (const [name, text] of [
    ['api-keys.module.js', written],
    ['server.js', withSources(server)],
  ] as const) {
    const { code } = transformSync(text, {
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        target: 'es2023',
      },
      module: { type: 'es6' },
    });
    writeFileSync(join(folder, name), code);
  }
  await follow({ ...outcome, commands: ['node server.js', ...outcome.commands.slice(-1)] }, folder, '/hello');
});

(isWhole ? test : later)('the guards of TypeScript compile strictly, as ES modules and as CommonJS', async () => {
  const guards: string[] = [];
  for (const type of ['module', 'commonjs']) {
    const files = { 'package.json': JSON.stringify({ type }), 'tsconfig.json': '{}', 'server.ts': '' };
    for (const framework of frameworkIds) {
      const { folder, outcome } = await prepare({ framework }, files);
      guards.push(...outcome.files.filter(({ path }) => path.endsWith('.ts')).map(({ path }) => join(folder, path)));
    }
  }
  expect(guards).toHaveLength(2 * frameworkIds.length);
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2024', strict: true, noEmit: true, skipLibCheck: true, types: ['node'] },
    ...{ allowImportingTsExtensions: true, experimentalDecorators: true },
  };
  writeFileSync(join(base, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: guards }));
  const { stdout } = await promisify(execFile)('tsc', ['-p', base]).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});

(isWhole ? test : later)('as a proxy, the printed commands start it and create a key', async () => {
  const upstream = createServer((_req, res) => res.end('ok')).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const address = upstream.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { folder, outcome } = await prepare({ proxy: true, host: '127.0.0.1', upstream: `http://127.0.0.1:${port}` });
  try {
    await follow(outcome, folder, '/');
  } finally {
    upstream.close();
  }
});

(isWhole ? test : later)('with PostgreSQL, the printed commands take its address from .env', async () => {
  const postgres = await startPostgres();
  try {
    const url = postgres.urlOf(await postgres.createDatabase());
    const { folder, outcome } = await prepare({ framework: 'node', storage: 'postgres' });
    const example = readFileSync(join(folder, '.env.example'), 'utf8');
    writeFileSync(join(folder, '.env'), example.replace(/^DATABASE_URL='.*'$/m, `DATABASE_URL='${url}'`));
    await follow(outcome, folder, '/hello');
  } finally {
    await postgres.dispose();
  }
});

(isWhole ? test : later)('beside a gateway and a service, the printed commands create a token and a key', async () => {
  for (const options of [{ gateway: 'nginx' }, { language: 'python' }] as const) {
    const { folder, outcome } = await prepare(options);
    const env = await environmentOf();
    const server = await start(outcome.commands[0] as string, folder, env, /internal (\S+),/);
    try {
      const token = /\bmft_\w+/.exec(await runShell(outcome.commands[1] as string, folder, env))?.[0];
      const secret = secretIn(await runShell(outcome.commands[2] as string, folder, env));
      const body = {
        api: 'acme',
        environment: 'live',
        method: 'GET',
        path: '/',
        headers: [['authorization', `Bearer ${secret}`]],
      };
      const reply = await fetch(`${env.MIFTAH_URL}/v1/verify`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, clientIp: '127.0.0.1' }),
      });
      expect(await reply.json()).toMatchObject({ verdict: 'allowed' });
    } finally {
      await server.stop();
    }
  }
});
