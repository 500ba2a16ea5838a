// docs/reference/metrics.md has each metric that a running server exposes, with its type and labels, and no other.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';

interface Row {
  readonly type: string;
  readonly labels: readonly string[];
}

const page = readFileSync(new URL('../../docs/reference/metrics.md', import.meta.url), 'utf8');
const documented = new Map(
  Array.from(
    page.matchAll(/^\| `([a-z0-9_]+)` \| (\w+) \|\s*([^|]*?)\s*\|/gm),
    ([, name = '', type = '', labels = '']) => [
      name,
      { type, labels: Array.from(labels.matchAll(/`(\w+)`/g), ([, label = '']) => label) },
    ],
  ),
);

let server: TestServer;
let exposed: ReadonlyMap<string, Row>;
let text: string;

beforeAll(async () => {
  const apis = `
  - id: classic
    profile: classic
    hosts: [api.localhost]
    upstream: UPSTREAM
`;
  server = await startTestServer({ apis });
  const org = await server.createOrg();
  const { secret } = await server.createKey({ api: 'classic', org });
  await server.admin('POST', '/v1/tokens', { name: 'CI', may: 'metrics', expiresAt: '2999-01-01T00:00:00Z' });
  const send = (key: string) =>
    sendRaw({
      port: server.publicPort,
      text: requestText('GET /v1/users HTTP/1.1', [
        ['Host', 'api.localhost'],
        ['Authorization', `Bearer ${key}`],
      ]),
    });
  await send(secret);
  await send('nonsense');
  await server.admin('POST', '/v1/verify', { api: 'classic', secret });
  server.upstream.close();
  server.upstream.closeAllConnections();
  await send(secret);
  const scrape = async () => (await fetch(`http://127.0.0.1:${server.internalPort}/metrics`)).text();
  // The end of the next token is read beside a scrape, so the first one may not have it.
  do text = await scrape();
  while (!text.includes('\nmiftah_token_expiry_timestamp_seconds '));
  exposed = readExposed(text);
});

afterAll(() => server[Symbol.asyncDispose]());

function readExposed(scraped: string): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  for (const block of scraped.trim().split('\n\n')) {
    const [, name = '', type = ''] = /^# TYPE (\S+) (\S+)$/m.exec(block) ?? [];
    const lines = block.split('\n').filter((line) => !line.startsWith('#'));
    const labels = lines.flatMap((line) => Array.from(line.matchAll(/[{,](\w+)="/g), ([, label = '']) => label));
    rows.set(name, { type, labels: [...new Set(labels)].filter((label) => label !== 'le' && label !== 'quantile') });
  }
  return rows;
}

const typesOf = (rows: ReadonlyMap<string, Row>) =>
  Object.fromEntries([...rows].map(([name, { type }]) => [name, type]));

test('docs/reference/metrics.md has each metric with its type, and no other', () => {
  expect(documented.size).toBeGreaterThan(30);
  expect(typesOf(documented)).toEqual(typesOf(exposed));
});

test('docs/reference/metrics.md has the labels of each metric', () => {
  const labelled = [...exposed].filter(([, { labels }]) => labels.length > 0);
  expect(labelled.length).toBeGreaterThan(15);
  for (const [name, { labels }] of labelled)
    expect([name, documented.get(name)?.labels.toSorted()]).toEqual([name, labels.toSorted()]);
});

test('a running server counts decisions by carrier, exchanges and failures', () => {
  const lines = text.split('\n');
  expect(lines).toContain('miftah_decision_duration_seconds_count{api="classic",carrier="proxy"} 3');
  expect(lines).toContain('miftah_decision_duration_seconds_count{api="classic",carrier="verify"} 1');
  expect(lines).toContain('miftah_decision_duration_seconds_bucket{api="classic",carrier="proxy",le="+Inf"} 3');
  expect(lines).toContain('miftah_exchange_duration_seconds_count{api="classic"} 2');
  expect(lines).toContain('miftah_upstream_failures_total{api="classic",kind="connect"} 1');
  expect(text).toMatch(/^miftah_database_size_bytes\{file="database"\} [1-9]\d+$/m);
  expect(text).toMatch(/^miftah_data_disk_free_bytes [1-9]\d+$/m);
  expect(text).toMatch(/^miftah_database_writer_waiting \d+$/m);
  expect(lines).toContain('miftah_mails_total{result="sent"} 0');
  expect(lines).toContain(`miftah_token_expiry_timestamp_seconds ${Date.UTC(2999, 0, 1) / 1000}`);
});

test('what this server does not have has no series', () => {
  for (const name of ['miftah_limiter_outage', 'miftah_node_lease_remaining_seconds', 'miftah_clock_ahead_seconds']) {
    expect(text).toContain(`# TYPE ${name} `);
    expect(text).not.toMatch(new RegExp(`^${name}`, 'm'));
  }
});
