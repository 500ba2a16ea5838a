// Runs three nodes on a private PostgreSQL and a private Redis behind a balancer, to try by hand, until it is
// interrupted.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateSigningKey } from '../../src/gateway/assertion.ts';
import { freePort } from '../free-port.ts';
import { startPostgres } from '../postgres-server.ts';
import { startRedis } from '../redis-server.ts';
import { type BalancedNode, startBalancer } from './balancer.ts';

const help = `npm run cluster [-- --port PORT]

Starts a private PostgreSQL, a private Redis, a sample API and three nodes behind a balancer on 127.0.0.1, and prints
calls to try. Ctrl-C stops everything and removes its folder.

  --port PORT   of the balancer (default 4100)
  --help        this text`;

const { values } = parseArgs({
  options: { port: { type: 'string', default: '4100' }, help: { type: 'boolean', default: false } },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}

const folder = await mkdtemp(join(tmpdir(), 'miftah-cluster-'));
const children: ChildProcess[] = [];
console.log('Starting PostgreSQL and Redis …');
const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
let isStopping = false;

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  console.log('Stopping …');
  const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  for (const child of running) child.kill('SIGTERM');
  await Promise.all(ended.filter((_, at) => running.includes(children[at] as ChildProcess)));
  await Promise.all([postgres.dispose(), redis.stop()]);
  await rm(folder, { recursive: true, force: true });
  process.exit(0);
}
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

const samplePort = await freePort();
run(['examples/sample-api/server.mjs', '--port', String(samplePort)]);
const config = join(folder, 'miftah.yaml');
await writeFile(
  config,
  `database: "${postgres.urlOf(await postgres.createDatabase())}"
coordination: redis://127.0.0.1:${redis.port}
nodes: 3
drainSeconds: 1
apis:
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: http://127.0.0.1:${samplePort}
    policy: { rateLimit: 600/m }
`,
);
// The secrets that all nodes must share beside the database: the operator token, sessions, assertions.
const secrets = {
  'operator-token': `mft_${randomBytes(30).toString('hex')}`,
  'session-secret': randomBytes(32).toString('hex'),
  'signing-key.json': JSON.stringify(await generateSigningKey()),
};

const nodes: (BalancedNode & { readonly pid: number | undefined; readonly data: string })[] = [];
for (let at = 1; at <= 3; at++) {
  const [publicPort, internalPort] = [await freePort(), await freePort()];
  const data = join(folder, `node-${at}`);
  await mkdir(data, { mode: 0o700 });
  for (const [name, text] of Object.entries(secrets)) await writeFile(join(data, name), `${text}\n`, { mode: 0o600 });
  const listen = ['--public', `127.0.0.1:${publicPort}`, '--internal', `127.0.0.1:${internalPort}`];
  const child = run(['src/cli/main.ts', 'serve', '--config', config, '--data', data, ...listen]);
  nodes.push({ publicPort, internalPort, pid: child.pid, data });
  await waitUntilReady(child, internalPort);
}

const port = Number(values.port);
const balancer = await startBalancer(port, nodes).catch(async (error: NodeJS.ErrnoException) => {
  console.error(`The balancer can't listen on 127.0.0.1:${port} (${error.code}): choose another with -- --port PORT`);
  process.exitCode = 1;
  await stop();
  throw error;
});
balancer.server.unref();

const [first] = nodes;
if (first === undefined) throw new TypeError('no node was started');
const admin = async (path: string, body: object): Promise<Record<string, string>> => {
  const headers = { authorization: `Bearer ${secrets['operator-token']}`, 'content-type': 'application/json' };
  const url = `http://127.0.0.1:${first.internalPort}${path}`;
  const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await reply.json()) as Record<string, string>;
};
const org = await admin('/v1/orgs', { name: 'Demo' });
const key = await admin('/v1/keys', { api: 'classic', org: org.id, name: 'Demo key' });

console.log(`
Three nodes share one PostgreSQL and one Redis; the balancer is on http://127.0.0.1:${port}. Ctrl-C stops everything.
${nodes.map(describeNode).join('')}

A call to paste, which works on each node:

  curl -i http://api.classic.localhost:${port}/v1/users/usr_123 -H "Authorization: Bearer ${key.secret}"

The command line calls one node. When it returns, the change holds on all of them:

  export MIFTAH_URL=http://127.0.0.1:${first.internalPort} MIFTAH_DATA=${first.data}
  npx miftah nodes list
  npx miftah keys revoke ${key.id}

Kill a node, and see that requests still work:

  kill -9 ${nodes[2]?.pid}
`);

function describeNode({ pid, internalPort, data }: (typeof nodes)[number], at: number): string {
  return `\n  node ${at + 1}   process ${pid}   internal http://127.0.0.1:${internalPort}   data ${data}`;
}

function run(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, ['--no-warnings', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    // Ctrl-C reaches all processes of a terminal. These are stopped by this program.
    detached: true,
  });
  children.push(child);
  return child;
}

async function waitUntilReady(child: ChildProcess, internalPort: number): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) {
      await stop();
      throw new Error('a node did not start');
    }
    const reply = await fetch(`http://127.0.0.1:${internalPort}/readyz`).catch(() => undefined);
    if (reply?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
