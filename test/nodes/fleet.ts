// Several nodes, each a `miftah serve` process of its own, for tests of faults.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { generateSigningKey } from '../../src/gateway/assertion.ts';
import { compileCacheDir } from '../compile-cache.ts';
import { freePort } from '../free-port.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface FleetOptions {
  /** The database URL of each node. There are as many nodes as entries. */
  readonly databases: readonly string[];
  readonly redisPort: number;
  /** More lines of configuration. Default: none. */
  readonly extra?: string;
  /** The upstream. Default: none. */
  readonly upstream?: string;
  /** `src/cli/main.ts` of another version, which all nodes start with. Default: this version's. */
  readonly program?: string;
  /** Environment variables of the nodes, by index. */
  readonly env?: (at: number) => Readonly<Record<string, string>>;
}

export interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface FleetNode {
  readonly at: number;
  readonly process: ChildProcess;
  readonly publicPort: number;
  readonly internalPort: number;
  /**
   * Calls the admin API as the operator. Returns the parsed answer, whatever its status. Rejects if the node does not
   * answer.
   */
  admin(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Reply>;
  /** `allowed` or the reason, from `/v1/verify`. */
  decide(secret: string): Promise<string>;
  /** Its standard error since it was started: log lines as JSON. */
  log(): string;
  /** Kills it, and resolves when it has ended. */
  kill(): Promise<void>;
  /** Sends SIGTERM, and resolves to its exit code when it has ended. */
  stop(): Promise<number | null>;
  /**
   * Starts it again after `kill` or `stop`, on the same ports, and resolves when it is ready. Default of `program`:
   * this version.
   */
  start(program?: string): Promise<void>;
}

export interface Fleet extends AsyncDisposable {
  readonly nodes: readonly FleetNode[];
  readonly token: string;
  node(at: number): FleetNode;
  createOrg(): Promise<string>;
}

export interface CreatedKey {
  readonly id: string;
  readonly secret: string;
}

/** Starts the nodes, each with one API (`classic`), and resolves when all are ready. */
export async function startFleet({
  databases,
  redisPort,
  extra = '',
  upstream = 'http://127.0.0.1:9',
  program = main,
  env = () => ({}),
}: FleetOptions): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-fleet-'));
  const token = `mft_${randomBytes(30).toString('hex')}`;
  // The secrets that all nodes must share beside the database.
  const secrets = {
    'operator-token': token,
    'session-secret': randomBytes(32).toString('hex'),
    'signing-key.json': JSON.stringify(await generateSigningKey()),
  };
  const nodes: FleetNode[] = [];
  const fleet: Fleet = {
    nodes,
    token,
    node: (at) => nodes[at % nodes.length] as FleetNode,
    createOrg: async () => (await created(fleet.node(0), '/v1/orgs', { name: 'Fleet' })).id as string,
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node.kill()));
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    for (const [at, database] of databases.entries()) {
      const data = join(folder, `node-${at}`);
      const config = join(folder, `node-${at}.yaml`);
      await mkdir(data, { mode: 0o700 });
      for (const [name, text] of Object.entries(secrets)) {
        await writeFile(join(data, name), `${text}\n`, { mode: 0o600 });
      }
      await writeFile(
        config,
        `database: "${database}"
coordination: redis://127.0.0.1:${redisPort}
nodes: ${databases.length}
${extra}
apis:
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: ${upstream}
    policy: { disable: true }
`,
      );
      nodes.push(await createNode({ at, config, data, token, env: env(at) }));
    }
    // The first brings the schema.
    const [first, ...others] = nodes;
    await first?.start(program);
    await Promise.all(others.map((node) => node.start(program)));
  } catch (error) {
    await fleet[Symbol.asyncDispose]();
    throw error;
  }
  return fleet;
}

/** Creates a key through this node. Throws unless it was created. */
export async function createKey(node: FleetNode, org: string, fields: object = {}): Promise<CreatedKey> {
  const { id, secret } = await created(node, '/v1/keys', { api: 'classic', org, name: 'key', ...fields });
  return { id: id as string, secret: secret as string };
}

/**
 * Creates so many keys, on each node in turn. One after the other: on a busy machine, many at once wait too long for
 * each other.
 */
export async function createKeys({ node }: Fleet, org: string, count: number): Promise<CreatedKey[]> {
  const keys: CreatedKey[] = [];
  while (keys.length < count) keys.push(await createKey(node(keys.length), org));
  return keys;
}

/** Revokes a key by this node and returns how many milliseconds the call took. Throws unless it was revoked. */
export async function revokeKey(node: FleetNode, keyId: string): Promise<number> {
  const startedMs = performance.now();
  const { status, body } = await node.admin('DELETE', `/v1/keys/${keyId}`);
  if (status !== 200) throw new Error(`revoking ${keyId} answered ${status}: ${JSON.stringify(body)}`);
  return performance.now() - startedMs;
}

async function created(node: FleetNode, path: string, fields: object): Promise<Reply['body']> {
  const { status, body } = await node.admin('POST', path, fields);
  if (status !== 201) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

interface NodeOptions {
  readonly at: number;
  readonly config: string;
  readonly data: string;
  readonly token: string;
  readonly env: Readonly<Record<string, string>>;
}

async function createNode({ at, config, data, token, env }: NodeOptions): Promise<FleetNode> {
  const [publicPort, internalPort] = [await freePort(), await freePort()];
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  let child: ChildProcess | undefined;
  let pool: Pool | undefined;
  let log = '';

  async function admin(method: string, path: string, body?: unknown): Promise<Reply> {
    if (pool === undefined) throw new Error(`node ${at} does not run`);
    const text = body === undefined ? null : JSON.stringify(body);
    const reply = await pool.request({ method: method as 'GET', path, headers, body: text });
    return { status: reply.statusCode, body: (await reply.body.json()) as Record<string, unknown> };
  }

  async function start(program = main): Promise<void> {
    const listen = ['--public', `127.0.0.1:${publicPort}`, '--internal', `127.0.0.1:${internalPort}`];
    const started = spawn(
      process.execPath,
      ['--no-warnings', program, 'serve', '--config', config, '--data', data, ...listen],
      {
        env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: compileCacheDir, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    child = started;
    log = '';
    started.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    const onExit = () => started.kill('SIGKILL');
    process.once('exit', onExit);
    started.once('exit', () => process.removeListener('exit', onExit));
    pool = new Pool(`http://127.0.0.1:${internalPort}`, { connections: 32 });
    while ((await admin('GET', '/readyz').catch(() => undefined))?.status !== 200) {
      if (started.exitCode !== null) throw new Error(`node ${at} ended with ${started.exitCode}:\n${log}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  return {
    at,
    publicPort,
    internalPort,
    get process() {
      if (child === undefined) throw new Error(`node ${at} was not started`);
      return child;
    },
    admin,
    async decide(secret) {
      const { status, body } = await admin('POST', '/v1/verify', { api: 'classic', secret });
      if (status !== 200) return `status ${status}`;
      return body.verdict === 'allowed' ? 'allowed' : (body.reason as string);
    },
    log: () => log,
    async kill() {
      const closing = pool;
      pool = undefined;
      await closing?.destroy();
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      if (child === undefined) throw new Error(`node ${at} does not run`);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await ended;
      const closing = pool;
      pool = undefined;
      await closing?.destroy();
      return code as number | null;
    },
    start,
  };
}
