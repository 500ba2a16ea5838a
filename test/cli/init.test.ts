// `miftah init`: what it writes into folders of every kind, and what it refuses. What the files do is in init-runs.test.ts.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { CliError } from '../../src/cli/cli-error.ts';
import type { GatewayId } from '../../src/cli/gateways/index.ts';
import { renderSnippet } from '../../src/cli/gateways/render.ts';
import { type InitOptions, type InitOutcome, initialize } from '../../src/cli/init/run.ts';
import type { ApiConfig } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { compileCacheDir } from '../compile-cache.ts';
import { runCli } from './cli-process.ts';
import { runHere } from './in-process.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'miftah-init-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
let count = 0;
beforeEach(() => {
  folder = makeFolder(`project-${count++}`);
});

function makeFolder(name: string): string {
  const path = join(root, name);
  mkdirSync(path);
  return path;
}

function put(files: Readonly<Record<string, string>>, into = folder): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(into, name)), { recursive: true });
    writeFileSync(join(into, name), text);
  }
}

const read = (name: string, from = folder) => readFileSync(join(from, name), 'utf8');
const init = (options: InitOptions, into = folder) => initialize(into, options);
const run = (...args: string[]) => runCli(['init', ...args], { cwd: folder });

const statuses = ({ files }: InitOutcome) => Object.fromEntries(files.map(({ path, status }) => [path, status]));

test('an empty folder gets a configuration that loads, and the commands after it', async () => {
  const { code, stdout } = await run('--yes', '--name', 'My Shop');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^created {4}miftah\.yaml\ncreated {4}miftah\.service\ncreated {4}\.env\.example\n\nThen run:\n/,
  );
  expect(stdout).toMatch(
    /\n {2}.+ serve --config miftah\.yaml\n {2}.+ keys create --api my-shop .*\n\nMore: \/.*\.md\n$/,
  );
  const { apis, dataDir } = loadConfig({ file: join(folder, 'miftah.yaml'), environment: {}, workingFolder: folder });
  expect(dataDir).toBe(join(folder, 'miftah-data'));
  expect([...(apis[0]?.hosts.keys() ?? [])]).toEqual(['api.my-shop.localhost']);
  expect(apis[0]?.profile.secret.prefixes).toEqual({ live: 'myshop_live_', test: 'myshop_test_' });
  expect(apis[0]?.product.en).toBe('My Shop');
});

test('the commands reach the new server, also if a context of another one is current', async () => {
  const env = { XDG_CONFIG_HOME: join(folder, 'xdg'), TOKEN: 'mft_x' };
  const inContext = (...args: string[]) => runHere(args, { cwd: folder, env });
  await inContext('context', 'add', 'prod', '--url', 'https://prod.example.com', '--token-env', 'TOKEN');
  expect((await inContext('context', 'use', 'prod')).code).toBe(0);
  const before = process.env.XDG_CONFIG_HOME;
  process.env.XDG_CONFIG_HOME = env.XDG_CONFIG_HOME;
  try {
    const { commands } = await init({ gateway: 'nginx' });
    expect(commands.slice(1).every((command) => command.includes(' --context default'))).toBe(true);
  } finally {
    if (before === undefined) delete process.env.XDG_CONFIG_HOME;
    else process.env.XDG_CONFIG_HOME = before;
  }
});

test('a second run changes nothing, and keeps what someone changed', async () => {
  await init({ proxy: true });
  const before = read('miftah.yaml');
  expect(statuses(await init({ proxy: true }))).toEqual({
    'miftah.yaml': 'kept',
    'miftah.service': 'unchanged',
    '.env.example': 'unchanged',
  });
  put({ 'miftah.service': 'mine\n', 'miftah.yaml': before.replace(/id: .*/, 'id: renamed') });
  const again = await init({ framework: 'express' });
  expect(read('miftah.yaml')).toContain('id: renamed');
  // The guard names the API that the configuration has.
  expect(read('api-keys.mjs')).toContain("miftah.api('renamed')");
  expect(again.commands.at(-1)).toContain('keys create --api renamed ');
  expect(statuses(await init({ proxy: true }))['miftah.service']).toBe('kept');
  expect(read('miftah.service')).toBe('mine\n');
  expect(statuses(await init({ proxy: true, force: true }))).toMatchObject({
    'miftah.yaml': 'replaced',
    'miftah.service': 'replaced',
  });
});

test('--dry-run prints each file and writes none', async () => {
  const { stdout } = await run('--gateway', 'nginx', '--host', 'api.acme.test', '--name', 'acme', '--dry-run');
  expect(stdout).toContain('--- miftah.yaml: created\n');
  expect(stdout).toContain('--- acme.nginx.conf: created\n');
  expect(stdout).toContain('server_name api.acme.test;');
  expect(readdirSync(folder)).toEqual([]);
});

test('--json has the files, the commands and the page', async () => {
  const { stdout } = await run('--language', 'go', '--name', 'acme', '--json');
  const { files, commands, page } = JSON.parse(stdout) as InitOutcome;
  expect(files.map(({ path }) => path)).toEqual(['miftah.yaml', 'miftah.service', '.env.example']);
  expect(commands[1]).toMatch(/ tokens create --name service --may decide --api acme$/);
  expect(page).toMatch(/\/docs\/how-to\/services\/go\.md$/);
});

test.each<[GatewayId, string]>([
  ['nginx', 'acme.nginx.conf'],
  ['caddy', 'acme.Caddyfile'],
  ['traefik', 'acme.traefik.yaml'],
  ['envoy', 'acme.envoy.yaml'],
  ['haproxy', 'acme.haproxy.cfg'],
  ['apache', 'acme.apache.conf'],
])('%s gets what `gateway snippet` prints for the written configuration', async (gateway, path) => {
  await init({ gateway, name: 'acme', upstream: 'https://shop.internal:8443/base' });
  const config = loadConfig({ file: join(folder, 'miftah.yaml'), environment: {} });
  const options = { environment: 'live', address: undefined } as const;
  expect(read(path)).toBe(await renderSnippet(gateway, config, config.apis[0] as ApiConfig, options));
});

test('a unit has the paths of its folder, however it is called', async () => {
  const named = makeFolder('my shop 100% "new"');
  await init({ proxy: true }, named);
  const lines = read('miftah.service', named).split('\n');
  expect(lines).toContain(`WorkingDirectory=${root}/my shop 100%% "new"`);
  expect(lines).toContain(`ReadWritePaths="${root}/my shop 100%% \\"new\\""`);
  expect(lines.find((line) => line.startsWith('ExecStart='))).toMatch(
    /\/bin\/miftah\.mjs serve --config miftah\.yaml$/,
  );
  // The rest is that of the unit for servers, without its user and folders.
  expect(lines).toContain('PrivateUsers=yes');
  expect(lines.join('\n')).not.toMatch(/=(?:-?\/etc|\/var|miftah)|^(?:ProtectHome|RemoveIPC)=/m);
  expect(spawnSync('systemd-analyze', ['verify', '--man=no', 'miftah.service'], { cwd: named }).status).toBe(0);
});

test('an installed Miftah gives editors its schema', async () => {
  put({ 'node_modules/miftah/package.json': '{}' });
  await init({ proxy: true });
  expect(read('miftah.yaml')).toMatch(
    /^# yaml-language-server: \$schema=\.\/node_modules\/miftah\/schema\/miftah\.schema\.json\n/,
  );
});

test('in a package of a monorepo, the installed Miftah may be above', async () => {
  put({ 'node_modules/miftah/package.json': '{}', 'packages/api/package.json': '{}' });
  const inside = join(folder, 'packages/api');
  const { commands } = await init({ proxy: true }, inside);
  expect(commands[0]).toBe('npx miftah serve --config miftah.yaml');
  const program = join(folder, 'node_modules/miftah/bin/miftah.mjs');
  expect(read('miftah.service', inside)).toContain(` ${program} serve --config miftah.yaml\n`);
  const schema = '../../node_modules/miftah/schema/miftah.schema.json';
  expect(read('miftah.yaml', inside)).toContain(`# yaml-language-server: $schema=${schema}\n`);
});

test('a checkout ignores the secrets, once', async () => {
  put({ '.gitignore': 'node_modules/\r\n/.env', '.git/HEAD': 'ref: refs/heads/main\n' });
  expect(statuses(await init({ proxy: true }))['.gitignore']).toBe('extended');
  expect(read('.gitignore')).toBe('node_modules/\r\n/.env\r\nmiftah-data/\r\n');
  expect(statuses(await init({ proxy: true }))['.gitignore']).toBe('unchanged');
  // A package of a monorepo has its own.
  const inside = join(folder, 'packages/api');
  mkdirSync(inside, { recursive: true });
  await init({ yes: true }, inside);
  expect(read('.gitignore', inside)).toBe('.env\nmiftah-data/\n');
});

test('an .env.example of the application gets what it lacks', async () => {
  put({ '.env.example': 'PORT=3000\nexport MIFTAH_LOG__LEVEL=warn' });
  await init({ language: 'python', storage: 'postgres' });
  const text = read('.env.example');
  expect(text.startsWith('PORT=3000\nexport MIFTAH_LOG__LEVEL=warn\nDATABASE_URL=')).toBe(true);
  expect(text.match(/MIFTAH_LOG__LEVEL/g)).toHaveLength(1);
  expect(text).toContain('\nMIFTAH_TOKEN=\n');
});

test('with PostgreSQL, its address comes from the environment, and a missing one is an error', async () => {
  const { commands, advice } = await init({ proxy: true, storage: 'postgres' });
  expect(advice.join()).toContain('set DATABASE_URL');
  expect(commands[0]).toMatch(/^\(set -a; \. \.\/\.env; .* serve --config miftah\.yaml\)$/);
  const file = join(folder, 'miftah.yaml');
  expect(() => loadConfig({ file, environment: {} })).toThrow('DATABASE_URL');
  const environment = { DATABASE_URL: 'postgres://a:b@127.0.0.1:5432/c' };
  expect(loadConfig({ file, environment }).database.kind).toBe('postgres');
  expect(statuses(await init({ proxy: true }))['miftah.yaml']).toBe('kept');
});

describe('the guard fits the project', () => {
  test.each<[string, Readonly<Record<string, string>>, string, string]>([
    ['ES modules', { 'package.json': '{"type":"module"}', 'server.js': '' }, 'api-keys.js', "'./api-keys.js'"],
    ['CommonJS', { 'package.json': '{"main":"app.js"}', 'app.js': '' }, 'api-keys.js', "require('./api-keys.js')"],
    [
      'ES modules without a type',
      { 'package.json': '{}', 'index.js': "import a from 'b';\n" },
      'api-keys.mjs',
      "from './api-keys.mjs'",
    ],
    [
      'a CommonJS file among ES modules',
      { 'package.json': '{"type":"module"}', 'server.cjs': '' },
      'api-keys.cjs',
      "require('./api-keys.cjs')",
    ],
    [
      'TypeScript that is built',
      {
        'package.json': '{"type":"module","scripts":{"start":"node dist/server.js"}}',
        'tsconfig.json': '{ // built\n "compilerOptions": { "module": "nodenext" } }',
        'src/server.ts': '',
      },
      'src/api-keys.ts',
      "'./api-keys.js'",
    ],
    [
      'TypeScript that Node.js runs',
      { 'package.json': '{"type":"module","devDependencies":{"typescript":"1"}}', 'server.ts': '' },
      'api-keys.ts',
      "'./api-keys.ts'",
    ],
    [
      'TypeScript for a bundler, configured above',
      {
        '.git/HEAD': '',
        'tsconfig.json': '{"compilerOptions":{"moduleResolution":"Bundler"}}',
        'packages/api/package.json': '{"type":"module"}',
        'packages/api/src/index.ts': '',
      },
      'packages/api/src/api-keys.ts',
      "'./api-keys'",
    ],
  ])('%s', async (_, files, path, imported) => {
    put(files);
    const { advice } = await init(
      { framework: 'express' },
      path.startsWith('packages') ? join(folder, 'packages/api') : folder,
    );
    expect(advice.join()).toContain(imported);
    const text = read(path);
    expect(/^export const miftah = await/m.test(text)).toBe(!imported.startsWith('require'));
    expect(text.includes("require('miftah')")).toBe(imported.startsWith('require'));
  });
});

test('Next.js is started for development, and its first request comes before the first key', async () => {
  const scripts = { build: 'next build', start: 'next start', dev: 'next dev' };
  put({ 'package.json': JSON.stringify({ scripts, dependencies: { next: '16' } }), 'tsconfig.json': '{}' });
  const { commands, advice } = await init({ yes: true });
  expect(commands).toContain('npm run dev');
  expect(advice[0]).toContain(
    "  import { openGate } from '../../lib/api-keys';\n  import { withApiKey } from 'miftah/next';\n",
  );
  expect(advice.at(-1)).toContain('first request');
});

test.each([
  ['express', { express: '5' }, 'miftah/express'],
  ['fastify', { fastify: '5' }, 'miftah/fastify'],
  ['koa', { koa: '3' }, 'miftah/koa'],
  ['hono', { hono: '4' }, 'miftah/hono'],
  ['nest', { '@nestjs/core': '12', express: '5' }, 'miftah/nest'],
  ['next', { next: '16' }, 'openGate'],
])('%s is found among the dependencies', async (_, dependencies, shown) => {
  put({
    'package.json': JSON.stringify({ name: '@acme/orders', dependencies }),
    'src/main.ts': '',
    'tsconfig.json': '{}',
  });
  const { files } = await init({ yes: true, dryRun: true });
  expect(files.map(({ text }) => text).join()).toContain(shown);
  expect(files[0]?.text).toContain('  - id: orders\n');
});

test.each([
  ['مفتاح', 'api', 'product: "مفتاح"'],
  ['my api (new) 2', 'my-api-new-2', 'product: "my api (new) 2"'],
  ['123', 'api', 'product: "123"'],
  ['$' + '{HOME}', 'home', 'product: "$$' + '{HOME}"'],
  ['x', 'x', '  - id: x\n    hosts'],
])('a folder called %s gets an id and keeps its name', async (name, id, shown) => {
  const named = makeFolder(name);
  await init({ proxy: true }, named);
  expect(read('miftah.yaml', named)).toContain(shown);
  const { apis } = loadConfig({ file: join(named, 'miftah.yaml'), environment: {} });
  expect(apis[0]?.id).toBe(id);
  if (id !== name) expect(apis[0]?.product.ar).toBe(name);
});

test.each<[string, InitOptions, string]>([
  ['no answer and no terminal', {}, '--framework, --gateway, --language or --proxy'],
  ['an upstream that is no URL', { proxy: true, upstream: 'localhost' }, '--upstream: '],
  ['a host that is none', { proxy: true, host: 'a b!c' }, '--host: '],
  ['a prefix that is too long', { proxy: true, prefix: 'a-very-long-product-name' }, '--prefix: '],
  ['an upstream without a proxy', { framework: 'koa', upstream: 'http://127.0.0.1:1' }, '--upstream is for'],
])('%s is refused with the fix, and nothing is written', async (_, options, message) => {
  const error: unknown = await init(options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CliError);
  const { message: said, fix, exitCode } = error as CliError;
  expect(`${said} ${fix}`).toContain(message);
  expect(exitCode).toBe(2);
  expect(readdirSync(folder)).toEqual([]);
});

test.each<[string, readonly string[], string]>([
  ['no answer and no terminal', [], 'take the defaults with --yes'],
  ['an unknown framework', ['--framework', 'expres'], 'did you mean express?'],
  ['two places', ['--framework', 'koa', '--proxy'], 'cannot be used with'],
])('%s: the command says so', async (_, args, message) => {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

test('a package.json or miftah.yaml that is broken, and options that its file overrules, are refused', async () => {
  put({ 'package.json': '{ "name": }' });
  await expect(init({ yes: true })).rejects.toThrow('package.json is not a JSON object');
  put({ 'package.json': '{}', 'miftah.yaml': 'apis: [{ id: acme, hots: [] }]\n' });
  await expect(init({ proxy: true })).rejects.toThrow('did you mean hosts?');
  put({ 'miftah.yaml': 'apis: [{ id: acme }]\n' });
  await expect(init({ proxy: true, prefix: 'x' })).rejects.toThrow('--prefix would have no effect');
  await expect(init({ proxy: true, name: 'amce' })).rejects.toThrow('no API with the id amce');
  await expect(init({ gateway: 'nginx' })).rejects.toThrow('has no upstream');
  expect(readdirSync(folder).toSorted()).toEqual(['miftah.yaml', 'package.json']);
});

test('a file that cannot be written leaves the others unwritten', async () => {
  // As for root, who may write everywhere: a file where a folder must be.
  put({ 'package.json': '{"type":"module","dependencies":{"next":"16"}}', lib: '' });
  await expect(init({ yes: true })).rejects.toThrow(/^lib\/api-keys\.js .*nothing was written$/);
  expect(readdirSync(folder).toSorted()).toEqual(['lib', 'package.json']);
});

describe('on a terminal', () => {
  /** Runs it on a pseudo-terminal, and types each answer when its question is there. */
  async function answer(answers: readonly (readonly [question: string, text: string])[], ...args: string[]) {
    const main = join(import.meta.dirname, '../../src/cli/main.ts');
    const command = [process.execPath, main, 'init', ...args];
    const program = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
    const env = { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: compileCacheDir, NO_COLOR: '1', TERM: 'dumb' };
    const child = spawn('/usr/bin/python3', ['-c', program, ...command], { cwd: folder, env, stdio: 'pipe' });
    const waiting = [...answers];
    let shown = '';
    let seen = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        const at = shown.indexOf(next[0], seen);
        if (at < 0) break;
        seen = at + next[0].length;
        waiting.shift();
        child.stdin.write(next[1]);
      }
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    return { code, shown: shown.replaceAll('\r\n', '\n'), unasked: waiting };
  }

  test('it asks, repeats a question whose answer is wrong, and writes what was said', async () => {
    const { code, shown, unasked } = await answer([
      ['Number [4]: ', '2\n'],
      ['Number [1]: ', '9\n'],
      ['Type a number from 1 to 6.', ''],
      ['Number [1]: ', 'haproxy\n'],
      ['Name of the API', 'Acme Shop\n'],
      ['Its host names [api.acme-shop.localhost]: ', 'api.acme.test, acme.test\n'],
      ['Where it listens', 'nowhere\n'],
      ['must be', ''],
      ['Where it listens', '\n'],
      ['What keys begin with', 'acme\n'],
      ['Number [1]: ', '\n'],
    ]);
    expect(unasked, shown).toEqual([]);
    expect(code, shown).toBe(0);
    expect(shown).toContain('created    acme-shop.haproxy.cfg\n');
    expect(read('miftah.yaml')).toContain('    hosts: [api.acme.test, acme.test]\n');
    expect(read('miftah.yaml')).toContain('{ live: acme_live_, test: acme_test_ }');
  });

  test('it asks only what the options leave open', async () => {
    put({ 'package.json': '{"name":"orders","type":"module"}' });
    const options = ['--framework', 'express', '--prefix', 'ord', '--storage', 'folder'];
    const { code, shown } = await answer([['Name of the API [orders]: ', '\n']], ...options);
    expect(code, shown).toBe(0);
    expect(read('miftah.yaml')).toContain('{ live: ord_live_, test: ord_test_ }');
  });

  test.each([
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ])('%s in the middle writes nothing', async (_, key) => {
    const { code, shown } = await answer([
      ['Number [4]: ', '\n'],
      ['Name of the API', key],
    ]);
    expect(code, shown).toBe(1);
    expect(shown).toContain('stopped: nothing was written');
    expect(readdirSync(folder)).toEqual([]);
  });
});
