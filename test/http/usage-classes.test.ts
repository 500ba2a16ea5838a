// Usage of allowed requests keeps the status class of the upstream's reply, and what is billed by the policy.
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { startTestServer, type TestServer } from '../fixture.ts';
import { closeAll, RawClient } from '../gateway/gateway-harness.ts';
import { requestText, sendRaw } from '../raw-http.ts';

let server: TestServer;
let sockets: WebSocketServer;
/** Called when a request for `/silent` has reached the upstream. */
let onSilent: () => void = () => undefined;

function handle(req: IncomingMessage, res: ServerResponse): void {
  req.resume();
  const [, status] = /^\/status\/(\d+)$/.exec(req.url ?? '') ?? [];
  if (status !== undefined) res.writeHead(Number(status)).end();
  else if (req.url === '/gone') res.destroy();
  else if (req.url === '/torn') res.write('begun', () => res.destroy());
  else if (req.url === '/begun') res.write('begun');
  else onSilent();
}

const apis = `
  - id: classic
    profile: classic
    hosts: [api.localhost]
    upstream: UPSTREAM
    maxBodyBytes: 10
    policy: { rateLimit: off }
  - id: failures
    profile: classic
    hosts: [failures.localhost]
    upstream: UPSTREAM
    policy: { rateLimit: off, billing: { replies: [4xx, 5xx, upstream_failed], headAndOptions: true, test: true } }
`;

beforeAll(async () => {
  server = await startTestServer({ apis, upstream: handle });
  sockets = new WebSocketServer({ server: server.upstream });
});
afterAll(async () => {
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
  await server[Symbol.asyncDispose]();
});
afterEach(closeAll);

interface Place {
  readonly secret: string;
  readonly host: string;
}

const headersOf = ({ secret, host }: Place) =>
  [
    ['Host', host],
    ['Authorization', `Bearer ${secret}`],
    ['Connection', 'close'],
  ] as const;

const send = (place: Place, line: string, more: readonly (readonly [string, string])[] = []) =>
  sendRaw({ port: server.publicPort, text: requestText(`${line} HTTP/1.1`, [...headersOf(place), ...more]) });

/** Leaves as soon as `isTime` resolves. */
async function leave(place: Place, path: string, isTime: (client: RawClient) => Promise<unknown>): Promise<void> {
  const client = new RawClient(server.publicPort).send(requestText(`GET ${path} HTTP/1.1`, headersOf(place)));
  await isTime(client);
  client.socket.resetAndDestroy();
}

/** The key's uses of all outcomes, once there are any. */
async function usageOf(keyId: string) {
  for (;;) {
    const { body } = await server.admin('GET', `/v1/usage?key=${keyId}`);
    const rows = body.data as {
      readonly outcome: string;
      readonly count: number;
      readonly billed: number;
      readonly statuses: Readonly<Record<string, number>>;
    }[];
    if (rows.length === 0) continue;
    return rows.map(({ outcome, count, billed, statuses }) => ({
      outcome,
      count,
      billed,
      statuses: Object.fromEntries(Object.entries(statuses).filter(([, each]) => each > 0)),
    }));
  }
}

interface Way {
  readonly name: string;
  readonly go: (place: Place) => Promise<unknown>;
  readonly outcome?: string;
  readonly status: string;
  /** Whether it is billed by the default, and by the policy of the API `failures`. */
  readonly billed: readonly [byDefault: boolean, byFailures: boolean];
}

const ways: readonly Way[] = [
  { name: '200', go: (place) => send(place, 'GET /status/200'), status: '2xx', billed: [true, false] },
  { name: '204', go: (place) => send(place, 'DELETE /status/204'), status: '2xx', billed: [true, false] },
  { name: '304', go: (place) => send(place, 'GET /status/304'), status: '3xx', billed: [true, false] },
  { name: '404', go: (place) => send(place, 'GET /status/404'), status: '4xx', billed: [true, true] },
  { name: '500', go: (place) => send(place, 'GET /status/500'), status: '5xx', billed: [false, true] },
  { name: '999', go: (place) => send(place, 'GET /status/999'), status: '5xx', billed: [false, true] },
  { name: 'HEAD', go: (place) => send(place, 'HEAD /status/404'), status: '4xx', billed: [false, true] },
  { name: 'OPTIONS', go: (place) => send(place, 'OPTIONS /status/404'), status: '4xx', billed: [false, true] },
  {
    name: 'an upstream that hangs up',
    go: (place) => send(place, 'POST /gone'),
    outcome: 'upstream_failed',
    status: 'none',
    billed: [false, true],
  },
  {
    name: 'an upstream that cuts its reply',
    go: (place) => new RawClient(server.publicPort).send(requestText('GET /torn HTTP/1.1', headersOf(place))).closed(),
    outcome: 'upstream_failed',
    status: 'none',
    billed: [false, true],
  },
  {
    name: 'a client that leaves before a reply',
    go: (place) =>
      leave(place, '/silent', () => {
        const arrived = Promise.withResolvers<void>();
        onSilent = arrived.resolve;
        return arrived.promise;
      }),
    status: 'none',
    billed: [true, false],
  },
  {
    name: 'a client that leaves during a reply',
    go: (place) => leave(place, '/begun', (client) => client.until((text) => text.includes('begun'))),
    status: '2xx',
    billed: [true, false],
  },
  {
    name: 'a WebSocket',
    async go({ host, secret }) {
      const headers = { host, authorization: `Bearer ${secret}` };
      const socket = new WebSocket(`ws://127.0.0.1:${server.publicPort}/`, { headers });
      await once(socket, 'open');
      socket.terminate();
    },
    status: '1xx',
    billed: [true, false],
  },
  {
    name: 'a management route',
    go: (place) => send(place, 'GET /v1/api-keys'),
    status: 'none',
    billed: [false, false],
  },
  {
    name: '/v1/verify',
    go: ({ secret, host }) =>
      server.admin('POST', '/v1/verify', { api: host === 'api.localhost' ? 'classic' : 'failures', secret }),
    status: 'unknown',
    billed: [true, false],
  },
];

describe.each(ways)('$name', ({ go, outcome = 'allowed', status, billed }) => {
  test.each([
    { api: 'classic', host: 'api.localhost', isBilled: billed[0] },
    { api: 'failures', host: 'failures.localhost', isBilled: billed[1] },
  ])('of the API $api', async ({ api, host, isBilled }) => {
    const key = await server.createKey({ api, org: await server.createOrg() });
    await go({ secret: key.secret, host });
    expect(await usageOf(key.id)).toEqual([{ outcome, count: 1, billed: Number(isBilled), statuses: { [status]: 1 } }]);
  });
});

test('a body over the limit, and a denial, are not billed', async () => {
  const key = await server.createKey({ api: 'classic', org: await server.createOrg() });
  const place = { secret: key.secret, host: 'api.localhost' };
  expect((await send(place, 'POST /status/200', [['Content-Length', '11']])).status).toBe(413);
  await server.admin('DELETE', `/v1/keys/${key.id}`);
  expect((await send(place, 'GET /status/200')).status).toBe(401);
  expect(await usageOf(key.id)).toEqual([
    { outcome: 'allowed', count: 1, billed: 0, statuses: { none: 1 } },
    { outcome: 'key_revoked', count: 1, billed: 0, statuses: {} },
  ]);
});

test('test keys are billed only where the policy says so', async () => {
  const org = await server.createOrg();
  const made = async (api: string) => server.createKey({ api, org, environment: 'test' });
  const [free, paid] = [await made('classic'), await made('failures')];
  await send({ secret: free.secret, host: 'api.localhost' }, 'GET /status/404');
  await send({ secret: paid.secret, host: 'failures.localhost' }, 'GET /status/404');
  expect(await usageOf(free.id)).toMatchObject([{ count: 1, billed: 0, statuses: { '4xx': 1 } }]);
  expect(await usageOf(paid.id)).toMatchObject([{ count: 1, billed: 1, statuses: { '4xx': 1 } }]);
});

test('metrics count classes and what is billed, by API and environment', async () => {
  await using other = await startTestServer({ apis, upstream: handle });
  const key = await other.createKey({ api: 'classic', org: await other.createOrg() });
  for (const line of ['GET /status/200', 'GET /status/500', 'GET /gone']) {
    const text = requestText(`${line} HTTP/1.1`, headersOf({ secret: key.secret, host: 'api.localhost' }));
    await sendRaw({ port: other.publicPort, text });
  }
  const metrics = await (await fetch(`http://127.0.0.1:${other.internalPort}/metrics`)).text();
  for (const line of [
    'miftah_replies_total{api="classic",environment="live",status="2xx"} 1',
    'miftah_replies_total{api="classic",environment="live",status="5xx"} 1',
    'miftah_replies_total{api="classic",environment="live",status="none"} 1',
    'miftah_billed_requests_total{api="classic",environment="live"} 1',
    'miftah_verifications_total{api="classic",outcome="allowed",environment="live"} 2',
  ])
    expect(metrics.split('\n')).toContain(line);
});

test('a change of the policy counts for later requests only', async () => {
  await using other = await startTestServer({ apis, upstream: handle });
  const key = await other.createKey({ api: 'classic', org: await other.createOrg() });
  const text = requestText('GET /status/200 HTTP/1.1', headersOf({ secret: key.secret, host: 'api.localhost' }));
  const billed = async () => {
    await sendRaw({ port: other.publicPort, text });
    const { body } = await other.admin('GET', `/v1/usage?key=${key.id}`);
    return (body.data as { billed: number; count: number }[]).reduce(
      (sum, row) => ({ billed: sum.billed + row.billed, count: sum.count + row.count }),
      { billed: 0, count: 0 },
    );
  };
  expect(await billed()).toEqual({ billed: 1, count: 1 });
  await other.restart(async () => {
    const file = join(other.folder, 'miftah.yaml');
    const changed = (await readFile(file, 'utf8')).replace('{ rateLimit: off }', '{ billing: { replies: [] } }');
    await writeFile(file, changed);
  });
  expect(await billed()).toEqual({ billed: 1, count: 2 });
});
