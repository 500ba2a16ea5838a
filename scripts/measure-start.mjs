// Measures the way to the first guarded request in each framework, from an empty folder: `node scripts/measure-start.mjs`
// prints the table of docs/how-to/frameworks/README.md. It creates a key, starts the server, and calls it. The fastest of
// five rounds counts, because other work on the machine only makes a round slower.
import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePeer } from '../bench/peer-packages.ts';
import { root, run } from './setup.mjs';
import { toolPath } from './tool-path.mjs';

const node = process.execPath;
const rounds = 5;
/** better-auth writes what it refuses to its log. */
const quiet = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };

mkdirSync(join(root, '.cache'), { recursive: true });
const folder = mkdtempSync(join(root, '.cache', 'start-'));
try {
  await installMiftah();
  const peer = join(await ensurePeer('better-auth'), 'start');
  const bearer = (key) => ({ authorization: `Bearer ${key}` });
  const miftah = { keys: '../create-key.mjs', headers: bearer, guards: /miftah|apiKeyAuth|requireScopes|needRefunds/i };
  const rows = [
    ...['express', 'fastify', 'koa', 'hono', 'fetch'].map((name) => ({
      name: `Miftah in ${name}`,
      source: join(folder, name),
      files: ['server.mjs'],
      ...miftah,
    })),
    {
      name: "better-auth's plugin in express",
      source: peer,
      files: ['server.mjs', 'auth.mjs'],
      keys: 'create-key.mjs',
      headers: (key) => ({ 'x-api-key': key }),
    },
  ];
  const fastest = rows.map(() => Number.POSITIVE_INFINITY);
  const begun = { seconds: Number.POSITIVE_INFINITY };
  for (let round = 0; round < rounds; round++) {
    for (const [at, row] of rows.entries()) fastest[at] = Math.min(fastest[at], await measure(row));
    const { seconds, lines } = await measureInit();
    Object.assign(begun, { seconds: Math.min(begun.seconds, seconds), lines });
  }
  console.log('| server | lines of the program | of which for keys | seconds |\n|---|---|---|---|');
  for (const [at, row] of rows.entries()) {
    const lines = row.files.flatMap((file) => linesOf(join(row.source, file)));
    console.log(`| ${row.name} | ${lines.length} | ${countGuards(row)} | ${fastest[at].toFixed(1)} |`);
  }
  console.log(
    `| \`miftah init --framework express\` | 0; it writes ${begun.lines} | 0 | ${begun.seconds.toFixed(1)} |`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The package as `npm run build` makes it, without the console. */
async function installMiftah() {
  const target = join(folder, 'node_modules', 'miftah');
  mkdirSync(target, { recursive: true });
  for (const name of ['package.json', 'bin']) cpSync(join(root, name), join(target, name), { recursive: true });
  const compiler = [toolPath('typescript', 'tsc'), '-p', join(root, 'tsconfig.build.json'), '--outDir'];
  const { code, output } = await run(node, [...compiler, join(target, 'dist')]);
  if (code !== 0) throw new Error(`tsc ended with ${code}:\n${output}`);
  cpSync(join(root, 'src/profiles/bundled'), join(target, 'dist/profiles/bundled'), { recursive: true });
  // As npm does for `npx miftah`.
  mkdirSync(join(folder, 'node_modules', '.bin'));
  symlinkSync('../miftah/bin/miftah.mjs', join(folder, 'node_modules', '.bin', 'miftah'));
  const isInstalled = (path) => path.includes('node_modules') || path.includes('miftah-data');
  cpSync(join(root, 'examples'), folder, { recursive: true, filter: (path) => !isInstalled(path.slice(root.length)) });
}

/** Without blank lines and comments. */
function linesOf(file) {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('//'));
}

/** Of better-auth, the lines of its settings and of the middleware, which an application writes by itself. */
function countGuards({ source, guards }) {
  if (guards !== undefined) return linesOf(join(source, 'server.mjs')).filter((line) => guards.test(line)).length;
  const server = readFileSync(join(source, 'server.mjs'), 'utf8');
  const middleware = /app\.use\([\s\S]*?\n\}\);\n/.exec(server)[0].trim().split('\n');
  return linesOf(join(source, 'auth.mjs')).length + middleware.length + 1;
}

/** Seconds from the empty folder to the reply of the first guarded request. */
async function measure({ source, keys, headers }) {
  for (const left of ['miftah-data', 'auth.db']) rmSync(join(source, left), { recursive: true, force: true });
  const startedMs = performance.now();
  const key = execFileSync(node, [keys], { cwd: source, ...quiet })
    .trim()
    .split('\n')
    .at(-1);
  const child = spawn(node, ['server.mjs', '0'], { cwd: source, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  const url = await readUrl(child);
  const { status } = await fetch(`${url}/v1/orders`, { headers: headers(key) });
  const seconds = (performance.now() - startedMs) / 1000;
  const refused = (await fetch(`${url}/v1/orders`)).status;
  child.kill('SIGTERM');
  await ended;
  if (status !== 200 || refused !== 401) throw new Error(`the server in ${source} answered ${status} and ${refused}`);
  return seconds;
}

/** The way by `miftah init`: seconds from the empty folder to the reply, and the lines of the programs that it writes. */
async function measureInit() {
  const cwd = join(folder, 'begun');
  rmSync(cwd, { recursive: true, force: true });
  mkdirSync(cwd);
  const internal = `127.0.0.1:${randomInt(11_000, 30_000)}`;
  const listeners = { MIFTAH_PUBLIC__LISTEN: '127.0.0.1:0', MIFTAH_INTERNAL__LISTEN: internal };
  const env = { ...process.env, ...listeners, PORT: '0', MIFTAH_URL: `http://${internal}` };
  const startedMs = performance.now();
  const args = ['--no-install', 'miftah', 'init', '--framework', 'express', '--name', 'acme', '--json'];
  const { commands } = JSON.parse(execFileSync('npx', args, { cwd, env, ...quiet }));
  const child = spawn(node, ['server.mjs'], { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  const url = await readUrl(child);
  const printed = execFileSync('sh', ['-c', commands.at(-1)], { cwd, env, ...quiet });
  const [, key] = /^ +(acme_live_\w+)$/m.exec(printed);
  const { status } = await fetch(`${url}/hello`, { headers: { authorization: `Bearer ${key}` } });
  const seconds = (performance.now() - startedMs) / 1000;
  const refused = (await fetch(`${url}/hello`)).status;
  child.kill('SIGTERM');
  await ended;
  if (status !== 200 || refused !== 401) throw new Error(`the server of init answered ${status} and ${refused}`);
  return { seconds, lines: ['server.mjs', 'api-keys.mjs'].flatMap((name) => linesOf(join(cwd, name))).length };
}

/** The address that a server prints. */
function readUrl(child) {
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      printed += chunk;
      const [, found] = /Listening on (\S+)/.exec(printed) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.stdout.on('end', () => reject(new Error(`the server ended: ${printed}`)));
  });
}
