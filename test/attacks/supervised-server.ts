// A server in a process of its own, so that a test can see whether the process survives.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnCli } from '../cli/cli-process.ts';
import { fiveApis } from '../fixture.ts';

export interface SupervisedServer {
  readonly pid: number;
  readonly publicPort: number;
  readonly internalPort: number;
  readonly operatorToken: string;
  /** The token for creating the first person. */
  readonly setUpToken: string;
  /** Requests that reached the upstream, as method and target. */
  readonly upstreamRequests: readonly string[];
  /** The process's log so far. */
  log(): string;
  /** Whether the process still runs. */
  isAlive(): boolean;
  /** Calls the admin API as the operator and parses the answer. Rejects on an error status. */
  admin(method: string, path: string, body?: object): Promise<Record<string, string>>;
  /** Resident memory in bytes. */
  residentBytes(): number;
  /** A key of the API `classic` and a new organization. */
  createSecret(): Promise<string>;
  /** Stops the process in order and waits for its end. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const answerOk: RequestListener = (req, res) => void req.resume().on('end', () => res.end('ok'));

/**
 * Starts `miftah serve` with the five profiles, on free ports and in a private folder. `answer`: how the upstream
 * answers. Default: 200. `config`: more lines of the configuration.
 */
export async function startSupervised({
  answer = answerOk,
  config = '',
}: {
  readonly answer?: RequestListener;
  readonly config?: string;
} = {}): Promise<SupervisedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-attack-'));
  const upstreamRequests: string[] = [];
  const upstream = createServer((req, res) => {
    upstreamRequests.push(`${req.method} ${req.url}`);
    answer(req, res);
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  await writeFile(join(folder, 'miftah.yaml'), `${config}\napis:${fiveApis.replaceAll('UPSTREAM', origin)}`);
  const addresses = ['--public', '127.0.0.1:0', '--internal', '127.0.0.1:0', '--data', join(folder, 'data')];
  const child = spawnCli(['serve', '--config', 'miftah.yaml', '--json', ...addresses], { cwd: folder });
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('}\n')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${stdout}${stderr}`)));
  });
  const started = JSON.parse(stdout) as { readonly public: string; readonly internal: string };
  const readToken = async (name: string) => (await readFile(join(folder, 'data', name), 'utf8')).trim();
  const operatorToken = await readToken('operator-token');

  async function admin(method: string, path: string, body?: object): Promise<Record<string, string>> {
    const headers = { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' };
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const reply = await fetch(`${started.internal}${path}`, init);
    if (!reply.ok) throw new Error(`${method} ${path} answered ${reply.status}: ${await reply.text()}`);
    return (await reply.json()) as Record<string, string>;
  }

  async function stop(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  }

  return {
    pid: child.pid as number,
    publicPort: Number(new URL(started.public).port),
    internalPort: Number(new URL(started.internal).port),
    operatorToken,
    setUpToken: await readToken('setup-token'),
    upstreamRequests,
    log: () => stderr,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    admin,
    residentBytes() {
      const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      return Number(kibibytes) * 1024;
    },
    async createSecret() {
      const { id } = await admin('POST', '/v1/orgs', { name: 'Attacked' });
      return (await admin('POST', '/v1/keys', { api: 'classic', org: id, name: 'test key' })).secret as string;
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      upstream.closeAllConnections();
      upstream.close();
      await rm(folder, { recursive: true });
    },
  };
}
