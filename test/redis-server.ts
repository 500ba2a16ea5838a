// A private Redis for a test, on a free loopback port and in a folder that is removed afterwards.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisServers } from '../src/coordination/redis.ts';
import { freePort } from './free-port.ts';

export interface RedisServer {
  readonly port: number;
  readonly servers: RedisServers;
  /** Sends one command on a connection of its own. Returns the reply as Redis writes it. */
  command(...words: string[]): Promise<string>;
  /** Signals the process. */
  signal(name: NodeJS.Signals): void;
  /** Kills the process. Its counts are lost unless `settings` keep them. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Stops the process and removes the folder. */
  stop(): Promise<void>;
}

/**
 * Starts `redis-server` and resolves when it answers.
 * @param settings lines of redis.conf, in addition to those that keep it private and off the disk
 * @param kind a Sentinel is the same program
 */
export async function startRedis(
  settings: readonly string[] = [],
  kind: 'server' | 'sentinel' = 'server',
): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-redis-'));
  const port = await freePort();
  const own = ['bind 127.0.0.1', `port ${port}`, `dir ${folder}`, 'daemonize no', 'logfile log'];
  const kept = kind === 'server' ? ['save ""', 'appendonly no', 'shutdown-timeout 0'] : [];
  await writeFile(join(folder, 'redis.conf'), `${[...own, ...kept, ...settings].join('\n')}\n`);

  const command = (...words: string[]) => sendCommand(port, words);
  let child: ChildProcess | undefined;
  async function start(): Promise<void> {
    const mode = kind === 'sentinel' ? ['--sentinel'] : [];
    const started = spawn('redis-server', [join(folder, 'redis.conf'), ...mode], { stdio: 'ignore' });
    child = started;
    const failure = Promise.withResolvers<never>();
    started.once('error', failure.reject);
    started.once('exit', (code) => failure.reject(new Error(`redis-server ended at once with ${code}`)));
    failure.promise.catch(() => undefined);
    const answers = async () => {
      while (started.exitCode === null) {
        const reply = await command('PING').catch(() => '');
        // Waits until Redis has read its data. A server that needs a password also answers.
        if (reply.startsWith('+PONG') || reply.startsWith('-NOAUTH')) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.race([answers(), failure.promise]);
  }
  async function kill(): Promise<void> {
    const ending = child;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill('SIGKILL');
    await ended;
  }

  async function stop(): Promise<void> {
    await kill();
    // A child that rewrites a file may outlive the server for a moment.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    servers: singleServer(port),
    command,
    signal: (name) => void child?.kill(name),
    kill,
    start,
    stop,
  };
}

export function singleServer(port: number): RedisServers {
  return {
    kind: 'single',
    hosts: [{ host: '127.0.0.1', port }],
    master: undefined,
    tls: false,
    user: undefined,
    password: undefined,
    database: 0,
  };
}

async function sendCommand(port: number, words: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  socket.once('error', reject);
  socket.once('close', () => reject(new Error('the connection was closed')));
  socket.once('data', (data) => resolve(String(data)));
  socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
