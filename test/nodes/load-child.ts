// load.ts runs this as a process of its own. It keeps nodes busy: it verifies secrets as fast as they answer, and
// counts.
import { Pool } from 'undici';
import { profiles } from '../../src/config/bundled-profiles.ts';
import { generateSecret } from '../../src/domain/secret.ts';
import type { LoadOptions, LoadReport } from './load.ts';

const { ports, token, secrets, connections } = JSON.parse(process.argv[2] as string) as LoadOptions;
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
let outcomes: Record<string, number> = {};
let latencies: number[] = [];
let isCounting = true;

async function ask(pool: Pool, turn: number): Promise<string> {
  const secret = secrets[turn % secrets.length] ?? generateSecret(profiles.classic.secret, 'live');
  const body = JSON.stringify({ api: 'classic', secret });
  const reply = await pool.request({ method: 'POST', path: '/v1/verify', headers, body });
  const answer = (await reply.body.json()) as { verdict?: string; reason?: string };
  return answer.verdict === 'allowed' ? 'allowed' : (answer.reason ?? `status ${reply.statusCode}`);
}

async function keepAsking(pool: Pool): Promise<void> {
  for (let turn = 0; ; turn++) {
    const startedMs = performance.now();
    const outcome = await ask(pool, turn).catch(() => 'no answer');
    // A port without a listener fails at once.
    if (outcome === 'no answer') await new Promise((resolve) => setTimeout(resolve, 5));
    if (!isCounting) continue;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    latencies.push(performance.now() - startedMs);
  }
}

const pools = ports.map((port) => new Pool(`http://127.0.0.1:${port}`, { connections }));
for (const pool of pools) for (let at = 0; at < connections; at++) void keepAsking(pool);

process.on('message', (message) => {
  if (message === 'begin') {
    outcomes = {};
    latencies = [];
    isCounting = true;
    process.send?.('begun');
  } else {
    isCounting = false;
    const sorted = latencies.toSorted((a, b) => a - b);
    const part = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    const report: LoadReport = { outcomes, p50Ms: part(0.5), p99Ms: part(0.99), maxMs: part(1) };
    process.send?.(report);
  }
});
// The parent process is gone.
process.on('disconnect', () => process.exit());
process.send?.('ready');
