// Measures the way to the first guarded request in each framework, from an empty folder: `node scripts/measure-start.mjs`
// prints the table of docs/how-to/frameworks/README.md. It creates a key, starts the server, and calls it. The fastest of
// five rounds counts, because other work on the machine only makes a round slower.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
  for (let round = 0; round < rounds; round++)
    for (const [at, row] of rows.entries()) fastest[at] = Math.min(fastest[at], await measure(row));
  console.log('| server | lines of the program | of which for keys | seconds |\n|---|---|---|---|');
  for (const [at, row] of rows.entries()) {
    const lines = row.files.flatMap((file) => linesOf(join(row.source, file)));
    console.log(`| ${row.name} | ${lines.length} | ${countGuards(row)} | ${fastest[at].toFixed(1)} |`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The package as `npm run build` makes it, without the console. */
async function installMiftah() {
  const target = join(folder, 'node_modules', 'miftah');
  mkdirSync(target, { recursive: true });
  cpSync(join(root, 'package.json'), join(target, 'package.json'));
  const compiler = [toolPath('typescript', 'tsc'), '-p', join(root, 'tsconfig.build.json'), '--outDir'];
  const { code, output } = await run(node, [...compiler, join(target, 'dist')]);
  if (code !== 0) throw new Error(`tsc ended with ${code}:\n${output}`);
  cpSync(join(root, 'src/profiles/bundled'), join(target, 'dist/profiles/bundled'), { recursive: true });
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
  const url = await new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      const [, found] = /Listening on (\S+)/.exec(chunk) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.stdout.on('end', () => reject(new Error(`the server in ${source} ended`)));
  });
  const { status } = await fetch(`${url}/v1/orders`, { headers: headers(key) });
  const seconds = (performance.now() - startedMs) / 1000;
  const refused = (await fetch(`${url}/v1/orders`)).status;
  child.kill('SIGTERM');
  await ended;
  if (status !== 200 || refused !== 401) throw new Error(`the server in ${source} answered ${status} and ${refused}`);
  return seconds;
}
