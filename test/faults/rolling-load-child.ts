// A load at a fixed rate through balancers, in a process of its own, without retries: calls with keys, verifications,
// changes.
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { RollingLoadOptions, RollingReport } from './rolling-load.ts';

const options = JSON.parse(process.argv[2] ?? '') as RollingLoadOptions;
const { publicPort, internalPort, token, org, secrets, perSecond, changesPerSecond } = options;
// In turn, so that no connection is idle for long: a stopping node has had the chance to announce that it closes one.
const agent = new Agent({ keepAlive: true, maxSockets: 64, scheduling: 'fifo' });
let counts = { sent: 0, done: 0, changes: 0 };
let failures: string[] = [];
let undecided: string[] = [];
let latencies: number[] = [];

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function call(port: number, method: string, path: string, authorization: string, body?: object): Promise<Answer> {
  const payload = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    host: port === publicPort ? 'api.classic.localhost' : 'localhost',
    authorization: `Bearer ${authorization}`,
    ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
  };
  counts.sent++;
  const sentMs = performance.now();
  try {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const req = request({ host: '127.0.0.1', port, method, path, headers, agent }, (res) => {
      text(res).then((all) => resolve({ status: res.statusCode ?? 0, body: all }), reject);
    });
    req.setTimeout(10_000, () => req.destroy(new Error('no answer within 10 s')));
    req.on('error', reject).end(payload);
    return await promise;
  } catch (error) {
    return { status: 0, body: String(error) };
  } finally {
    latencies.push(performance.now() - sentMs);
    counts.done++;
  }
}

function expectAnswer(what: string, { status, body }: Answer, wanted: number, part: string): void {
  if (status === wanted && body.includes(part)) return;
  const isUndecided =
    status === 503
      ? /SERVICE_UNAVAILABLE|"storage_busy"|"transaction_timeout"/.test(body)
      : body.includes('"unavailable"');
  (isUndecided ? undecided : failures).push(`${what}: ${status} ${body.slice(0, 200)}`);
}

const verify = (secret: string) => call(internalPort, 'POST', '/v1/verify', token, { api: 'classic', secret });

async function ask(at: number): Promise<void> {
  const secret = secrets[at % secrets.length] as string;
  if (at % 2 === 0) expectAnswer('call', await call(publicPort, 'GET', '/v1/users/usr_123', secret), 200, '');
  else expectAnswer('verify', await verify(secret), 200, '"allowed"');
}

/** Each step goes to another node. */
async function change(): Promise<void> {
  const created = await call(internalPort, 'POST', '/v1/keys', token, { api: 'classic', org, name: 'rolling' });
  expectAnswer('create', created, 201, '"secret"');
  if (created.status !== 201) return;
  const { id, secret } = JSON.parse(created.body) as { id: string; secret: string };
  expectAnswer('verify what was created', await verify(secret), 200, '"allowed"');
  const revoked = await call(internalPort, 'DELETE', `/v1/keys/${id}`, token);
  expectAnswer('revoke', revoked, 200, id);
  if (revoked.status !== 200) return;
  expectAnswer('verify what was revoked', await verify(secret), 200, 'key_revoked');
  counts.changes++;
}

const startedMs = performance.now();
let asked = 0;
let changed = 0;
const ticking = setInterval(() => {
  const seconds = (performance.now() - startedMs) / 1000;
  while (asked < seconds * perSecond) void ask(asked++);
  while (changed < seconds * changesPerSecond) {
    changed++;
    void change();
  }
}, 5);

function report(): RollingReport {
  const sorted = latencies.toSorted((a, b) => a - b);
  const quantile = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  const { sent, changes } = counts;
  return { sent, changes, failures, undecided, p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs: quantile(1) };
}

process.on('message', async (message: 'report' | 'stop') => {
  if (message === 'stop') {
    clearInterval(ticking);
    while (counts.done < counts.sent) await new Promise((resolve) => setImmediate(resolve));
  }
  process.send?.(report());
  const underWay = counts.sent - counts.done;
  counts = { sent: underWay, done: 0, changes: 0 };
  failures = [];
  undecided = [];
  latencies = [];
  if (message === 'stop') process.disconnect?.();
});
process.send?.('ready');
process.once('disconnect', () => process.exit());
