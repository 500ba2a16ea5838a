// `npm run test:next`: builds examples/next with Next.js and Miftah, runs it, and sends it requests. Next.js is 370 MB,
// so it is no package of this repository: it is installed from the example's own lock file, in .cache.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { ensureSetUp, exitWith, root, run, runNpm } from './setup.mjs';
import { toolPath } from './tool-path.mjs';

const node = await ensureSetUp().catch(exitWith);
const source = join(root, 'examples/next');
const digest = createHash('sha256')
  .update(readFileSync(join(source, 'package-lock.json')))
  .digest('hex')
  .slice(0, 12);
const folder = join(root, '.cache', `next-${digest}`);

/** Routes that only this test needs, beside those of the example. */
const routes = {
  'app/v1/echo/route.ts': `import { withApiKey } from 'miftah/next';
import { acme } from '../../../lib/acme.ts';
export const GET = withApiKey(acme, ({ headers }) => Response.json([...headers.keys()]));
`,
  'app/v1/throw/route.ts': `import { withApiKey } from 'miftah/next';
import { acme } from '../../../lib/acme.ts';
export const GET = withApiKey(acme, () => { throw new Error('the route’s own'); });
`,
  'app/v1/stream/route.ts': `import { withApiKey } from 'miftah/next';
import { acme } from '../../../lib/acme.ts';
const begin = { start: (controller: ReadableStreamDefaultController) => controller.enqueue(new TextEncoder().encode('begun')) };
export const GET = withApiKey(acme, () => new Response(new ReadableStream(begin)));
`,
  'app/revoke/[id]/route.ts': `import { libraryOperator, type Miftah } from 'miftah';
export async function POST(_request: Request, { params }: RouteContext<'/revoke/[id]'>) {
  const miftah = await (globalThis as unknown as { miftah: Promise<Miftah> }).miftah;
  await miftah.keys.revokeKey(libraryOperator, (await params).id);
  return Response.json({ revoked: true });
}
`,
};

await install();
process.stderr.write('Building the example … ');
must(await runNext('build'), 'next build');
process.stderr.write('done\n');
const plain = createKey();
const scoped = createKey('payments:write', 'refunds:write');
const server = spawn(node, [nextProgram(), 'start', '--hostname', '127.0.0.1', '--port', '0'], {
  cwd: folder,
  env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const url = await readUrl(server);
  await checkReplies(url);
  await checkCut(url);
  console.log('Next.js: every request got its right reply.');
} finally {
  server.kill('SIGTERM');
  await once(server, 'close');
}

async function install() {
  if (!existsSync(join(folder, 'node_modules', 'next'))) {
    mkdirSync(folder, { recursive: true });
    for (const name of ['package.json', 'package-lock.json']) cpSync(join(source, name), join(folder, name));
    process.stderr.write('Setting up: installing Next.js … ');
    must(await runNpm(['ci', `--prefix=${folder}`, '--ignore-scripts', '--no-audit', '--no-fund']), 'npm ci');
    process.stderr.write('done\n');
  }
  for (const name of ['app', 'lib', 'miftah-data', '.next'])
    rmSync(join(folder, name), { recursive: true, force: true });
  cpSync(source, folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
  cpSync(join(root, 'examples/create-key.mjs'), join(folder, 'create-key.mjs'));
  for (const [file, text] of Object.entries(routes)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const miftah = join(folder, 'node_modules', 'miftah');
  rmSync(miftah, { recursive: true, force: true });
  mkdirSync(miftah, { recursive: true });
  cpSync(join(root, 'package.json'), join(miftah, 'package.json'));
  const compiler = [toolPath('typescript', 'tsc'), '-p', join(root, 'tsconfig.build.json'), '--outDir'];
  must(await run(node, [...compiler, join(miftah, 'dist')]), 'tsc');
  cpSync(join(root, 'src/profiles/bundled'), join(miftah, 'dist/profiles/bundled'), { recursive: true });
}

function nextProgram() {
  return join(folder, 'node_modules', 'next', 'dist', 'bin', 'next');
}

function runNext(command) {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
  return run(node, [nextProgram(), command, folder], { env });
}

function createKey(...scopes) {
  return execFileSync(node, ['create-key.mjs', ...scopes], { cwd: folder, encoding: 'utf8' }).trim();
}

function readUrl({ stdout }) {
  return new Promise((resolve, reject) => {
    let printed = '';
    // It is read to the end: Next.js ends when it can't print.
    stdout.setEncoding('utf8').on('data', (chunk) => {
      printed += chunk;
      const [, url] = /Local:\s+(http:\S+)/.exec(printed) ?? [];
      if (url !== undefined) resolve(url.replace('localhost', '127.0.0.1'));
    });
    stdout.on('end', () => reject(new Error(`next start ended:\n${printed}`)));
  });
}

async function checkReplies(url) {
  const ask = (method, path, key, headers = {}) =>
    fetch(url + path, { method, headers: { ...headers, ...(key && { authorization: `Bearer ${key}` }) } });
  assert.equal((await ask('GET', '/health')).status, 200);
  const missing = await ask('GET', '/v1/orders');
  assert.deepEqual(
    [missing.status, missing.headers.get('www-authenticate')],
    [401, 'Bearer realm="acme", ApiKey realm="acme"'],
  );
  assert.match(missing.headers.get('content-type'), /problem\+json/);
  assert.equal((await ask('GET', '/v1/orders', `${plain}x`)).status, 401);
  const orders = await ask('GET', '/v1/orders', plain);
  assert.equal(orders.status, 200);
  assert.match((await orders.json()).ordersOf, /^org_/);
  assert.match(orders.headers.get('x-request-id'), /^[\da-f-]{36}$/);
  assert.match(orders.headers.get('ratelimit') ?? orders.headers.get('x-ratelimit-remaining'), /\d/);
  const order = await (await ask('GET', '/v1/orders/7?page=2', plain)).json();
  assert.deepEqual([order.order, order.page], ['7', '2']);
  // The first scope by a rule of the configuration, the second by the option of the route.
  for (const [path, name] of [
    ['/v1/payments', 'paidBy'],
    ['/v1/refunds', 'refundedBy'],
  ]) {
    assert.equal((await ask('POST', path)).status, 401);
    assert.equal((await ask('POST', path, plain)).status, 403);
    assert.match((await (await ask('POST', path, scoped)).json())[name], /^key_/);
  }
  const spoofed = { 'X-Miftah-Org': 'org_evil', x_miftah_key_id: 'key_evil', 'X-HTTP-Method-Override': 'DELETE' };
  const names = await (await ask('GET', '/v1/echo', plain, { ...spoofed, 'X-Custom': 'kept' })).json();
  assert.deepEqual(
    names.filter((name) => /miftah|override|custom/.test(name)),
    ['x-custom'],
  );
  const thrown = await ask('GET', '/v1/throw', plain);
  assert.deepEqual([thrown.status, /problem/.test(thrown.headers.get('content-type') ?? '')], [500, false]);
}

/** A reply that is open when its key is revoked breaks off: its last chunk never comes. */
async function checkCut(url) {
  const { port } = new URL(url);
  const reply = await fetch(`${url}/v1/payments`, { method: 'POST', headers: { authorization: `Bearer ${scoped}` } });
  const { paidBy } = await reply.json();
  const socket = connect(Number(port), '127.0.0.1').setEncoding('latin1');
  socket.on('error', () => undefined);
  socket.write(`GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${scoped}\r\n\r\n`);
  let text = '';
  const begun = Promise.withResolvers();
  const closed = once(socket, 'close');
  socket.on('data', (chunk) => {
    text += chunk;
    if (text.includes('begun')) begun.resolve();
  });
  await begun.promise;
  assert.equal((await fetch(`${url}/revoke/${paidBy}`, { method: 'POST' })).status, 200);
  await closed;
  assert.doesNotMatch(text, /\r\n0\r\n\r\n$/);
}

function must({ code, output }, name) {
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${output}`);
}
