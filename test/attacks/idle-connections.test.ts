// Thousands of idle or very slow connections cost little memory and delay no one.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SupervisedServer, startSupervised } from './supervised-server.ts';

const connectionCount = Number(process.env.MIFTAH_IDLE_CONNECTIONS ?? 200);
const isLong = connectionCount >= 5_000;
const calls = isLong ? 4_000 : 160;
const maxResidentBytes = 150 * 1024 * 1024;
/** A few hundred requests on a busy machine say little about a percentile. The short form finds only what stalls. */
const maxExtraMs = isLong ? 50 : 1_000;

let server: SupervisedServer;
let secret: string;
beforeAll(async () => {
  server = await startSupervised();
  secret = await server.createSecret();
});
afterAll(() => server[Symbol.asyncDispose]());

/** The 99th percentile of `calls` requests of eight clients, in milliseconds; every one must be answered with 200. */
async function measureP99(port: number, host: string, path: string, token: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const times: number[] = [];
  const call = async (): Promise<void> => {
    const startedMs = performance.now();
    const headers = { host, authorization: `Bearer ${token}` };
    const req = request({ host: '127.0.0.1', port, path, headers, agent });
    req.end();
    const [res] = await once(req, 'response');
    res.resume();
    await once(res, 'end');
    expect(res.statusCode).toBe(200);
    times.push(performance.now() - startedMs);
  };
  const client = async (): Promise<void> => {
    while (times.length < calls) await call();
  };
  await Promise.all(Array.from({ length: 8 }, client));
  agent.destroy();
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] as number;
}

interface Crowd {
  /** Open connections of the crowd. */
  open(): Promise<number>;
  leave(): Promise<void>;
}

/** Resolves when the whole crowd is connected. */
async function gatherCrowd(port: number, host: string): Promise<Crowd> {
  const file = new URL('./idle-crowd.ts', import.meta.url);
  const crowd = fork(file, [String(port), host, String(connectionCount)], { execArgv: ['--no-warnings'] });
  await once(crowd, 'message');
  return {
    async open() {
      const answer = once(crowd, 'message');
      crowd.send('count');
      const [open] = await answer;
      return open as number;
    },
    async leave() {
      const left = once(crowd, 'exit');
      crowd.disconnect();
      await left;
    },
  };
}

test.each(['public', 'internal'] as const)(
  `${connectionCount} idle and slow connections delay no one on the %s listener`,
  async (listener) => {
    const { publicPort, internalPort, operatorToken } = server;
    const [port, host, path, token] =
      listener === 'public'
        ? [publicPort, 'api.classic.localhost', '/v1/users/1', secret]
        : [internalPort, 'localhost', '/v1/orgs', operatorToken];
    const measureOthers = () => measureP99(port, host, path, token);
    await measureOthers();
    const beforeMs = await measureOthers();
    const residentBefore = server.residentBytes();
    const crowd = await gatherCrowd(port, host);
    const duringMs = await measureOthers();
    const extraBytes = server.residentBytes() - residentBefore;
    const open = await crowd.open();
    await crowd.leave();
    const afterMs = await measureOthers();

    process.stdout.write(
      `${listener}: ${open} connections take ${(extraBytes / 2 ** 20).toFixed(0)} MB; others' p99 ` +
        `${beforeMs.toFixed(1)} ms before, ${duringMs.toFixed(1)} ms during, ${afterMs.toFixed(1)} ms after\n`,
    );
    expect(server.isAlive()).toBe(true);
    expect(open).toBeGreaterThan(connectionCount * 0.9);
    expect(extraBytes).toBeLessThan(maxResidentBytes);
    expect(duringMs - Math.max(beforeMs, afterMs)).toBeLessThan(maxExtraMs);
    expect(server.log()).not.toContain('request failed');
  },
  isLong ? 300_000 : 60_000,
);
