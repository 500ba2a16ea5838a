// `node bench/import.ts [ROWS]`: imports 1,000,000 keys into a running server while a client verifies keys, and prints
// how each affected the other.
import { type ChildProcess, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bed, cpuSecondsOf, residentBytesOf } from './bed.ts';
import { makeKeys, orgIdAt, secretAt } from './make-keys.ts';
import { startMiftah } from './miftah-server.ts';
import { describeKeys } from './setting.ts';

const rows = Number(process.argv[2] ?? 1_000_000);
const ownKeys = 1000;
/** Requests to start each second, whether earlier ones are answered or not. */
const requestsPerSecond = 200;
const quietSeconds = 15;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

await using bed = await Bed.open();
const folder = join(bed.folder, 'data');
const keySet = describeKeys();
await makeKeys(join(folder, 'miftah.db'), ownKeys, keySet);
const config = await bed.write(
  'miftah.yaml',
  `dataDir: ${folder}
apis:
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: http://127.0.0.1:9
    importedKeys: { algorithm: sha256, prefix: old_, minLength: 36, maxLength: 36 }
`,
);
const file = await writeRows(join(bed.folder, 'keys.csv'));
const { internalPort, program } = await startMiftah(bed, config);
const token = (await readFile(join(folder, 'operator-token'), 'utf8')).trim();
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

const client = startClient();
await sleep(3000);
client.take();
await sleep(quietSeconds * 1000);
const before = client.take();

const cpuBefore = cpuSecondsOf([program]);
const main = join(import.meta.dirname, '..', 'src', 'cli', 'main.ts');
const args = ['import', '--api', 'classic', '--format', 'csv', '--file', file, '--json'];
const environment = { PATH: process.env.PATH, MIFTAH_URL: `http://127.0.0.1:${internalPort}`, MIFTAH_TOKEN: token };
const importing: ChildProcess = spawn(process.execPath, [main, ...args], {
  env: environment,
  stdio: ['ignore', 'pipe', 'inherit'],
});
process.on('exit', () => importing.kill('SIGKILL'));
const ended = once(importing, 'close');
const result = JSON.parse(await text(importing.stdout as NodeJS.ReadableStream));
await ended;
const during = client.take();
const cpuSeconds = cpuSecondsOf([program]) - cpuBefore;
if (result.imported !== rows) throw new Error(`imported ${result.imported} of ${rows}`);
if ((await verify(oldSecretAt(Math.floor(rows / 2)))) !== 'allowed') throw new Error('an imported key is not accepted');
await sleep(quietSeconds * 1000);
const after = client.take();
client.stop();
agent.destroy();

const shown = (value: number): string => value.toFixed(value < 10 ? 2 : 0);
for (const [name, latencies] of Object.entries({ before, during, after })) {
  const quantiles = [0.5, 0.9, 0.99, 0.999, 1].map((share) => shown(quantile(latencies, share))).join(' / ');
  console.log(`verify ${name.padEnd(6)} p50 / p90 / p99 / p99.9 / max: ${quantiles} ms of ${latencies.length}`);
}
console.log(`p99 during over before: ${shown(quantile(during, 0.99) / quantile(before, 0.99))}`);
console.log(
  `${rows} rows in ${result.seconds} s, ${Math.round(rows / result.seconds)} a second; ` +
    `server ${shown(cpuSeconds)} s of CPU, ${Math.round(residentBytesOf(program) / 1e6)} MB resident`,
);

function oldSecretAt(index: number): string {
  return `old_${hash('sha256', `old/${index}`, 'hex').slice(0, 32)}`;
}

async function writeRows(path: string): Promise<string> {
  const output = createWriteStream(path);
  output.write('digest,name,org,addresses,created_at\n');
  for (let index = 0; index < rows; index++) {
    const digest = hash('sha256', oldSecretAt(index), 'hex');
    const line = `${digest},Key ${index},${orgIdAt(keySet, index % 1000)},127.0.0.1,2025-01-01T00:00:00Z\n`;
    if (!output.write(line)) await once(output, 'drain');
  }
  output.end();
  await once(output, 'close');
  return path;
}

/** Verifies at a fixed rate. A latency counts from when its request was due, so that a late start counts too. */
function startClient() {
  let latencies: number[] = [];
  let sent = 0;
  const startedMs = performance.now();
  const timer = setInterval(() => {
    for (; ; sent++) {
      const dueMs = startedMs + (sent * 1000) / requestsPerSecond;
      if (dueMs > performance.now()) break;
      verify(secretAt(keySet, Math.floor(Math.random() * ownKeys))).then((verdict) => {
        if (verdict !== 'allowed') throw new Error(`a good key was ${verdict}`);
        latencies.push(performance.now() - dueMs);
      });
    }
  }, 1);
  return {
    take(): number[] {
      const taken = latencies;
      latencies = [];
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}

async function verify(secret: string): Promise<string> {
  const body = JSON.stringify({ api: 'classic', secret, path: '/v1/users/1', clientIp: '127.0.0.1' });
  const req = request({
    host: '127.0.0.1',
    port: internalPort,
    path: '/v1/verify',
    method: 'POST',
    agent,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': body.length },
  }).end(body);
  const [reply] = await once(req, 'response');
  return JSON.parse(await text(reply)).verdict;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}
