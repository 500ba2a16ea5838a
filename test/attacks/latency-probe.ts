// console-load.test.ts runs this as a process of its own, so that the load does not delay the measurement. Arguments:
// PORT HOST SECRET PER_SECOND. Requests start at this rate, however late the replies are. `begin` clears the
// measurement. The answer to `end` is `Measured`.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

/** The probe's answer. */
export interface Measured {
  /** Duration of each request that began since `begin`, in milliseconds, shortest first. */
  readonly tookMs: readonly number[];
  /** Replies with a status other than 200, and requests without a reply. */
  readonly failures: readonly string[];
}

const [port, host, secret, perSecond] = process.argv.slice(2) as [string, string, string, string];
const agent = new Agent({ keepAlive: true });
const intervalMs = 1000 / Number(perSecond);

interface Period {
  readonly tookMs: number[];
  readonly failures: string[];
  readonly running: Set<Promise<void>>;
}

let period: Period | undefined;

async function call({ tookMs, failures }: Period): Promise<void> {
  const startedMs = performance.now();
  const headers = { host, authorization: `Bearer ${secret}` };
  try {
    const req = request({ host: '127.0.0.1', port, path: '/v1/users/1', headers, agent }).end();
    const [res] = await once(req, 'response');
    res.resume();
    await once(res, 'end');
    if (res.statusCode !== 200) failures.push(`status ${res.statusCode}`);
  } catch (error) {
    failures.push(String(error));
  }
  tookMs.push(performance.now() - startedMs);
}

let nextMs = performance.now();
setInterval(() => {
  for (; nextMs <= performance.now(); nextMs += intervalMs) {
    if (period === undefined) continue;
    const { running } = period;
    const calling: Promise<void> = call(period).then(() => void running.delete(calling));
    running.add(calling);
  }
}, 1);

process.on('message', async (message) => {
  const ended = period;
  period = undefined;
  if (message === 'begin') {
    period = { tookMs: [], failures: [], running: new Set() };
  } else if (ended !== undefined) {
    await Promise.all(ended.running);
    process.send?.({ tookMs: ended.tookMs.sort((a, b) => a - b), failures: ended.failures } satisfies Measured);
  }
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
