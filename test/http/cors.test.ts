// Pages of other origins before the data plane: what the upstream says to browsers, and what no upstream hears of.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';

const page = 'https://shop.example.com';
const api = 'api.classic.localhost';

let server: TestServer;
let org: string;
let secret: string;
let upstreamRequests: string[] = [];

beforeAll(async () => {
  server = await startTestServer({
    apis: `
  - id: classic
    profile: classic
    hosts: [${api}]
    upstream: UPSTREAM
    cors: { origins: referrers }
  - id: panel
    profile: panel
    hosts: [panel.localhost]
    upstream: UPSTREAM`,
    upstream(req, res) {
      upstreamRequests.push(`${req.method} ${req.url}`);
      if (req.url === '/broken') res.destroy();
      res.writeHead(200, {
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Allow-Credentials': 'true',
        Vary: 'Accept',
        'Content-Length': 2,
      });
      res.end('ok');
    },
  });
  org = await server.createOrg();
  ({ secret } = await server.createKey({ api: 'classic', org, referrers: [page] }));
});
beforeEach(() => {
  upstreamRequests = [];
});
afterAll(() => server[Symbol.asyncDispose]());

type Headers = readonly (readonly [string, string])[];

function send(line: string, headers: Headers, host = api) {
  return sendRaw({ port: server.publicPort, text: requestText(`${line} HTTP/1.1`, [['Host', host], ...headers]) });
}

const authorization = (): Headers => [['Authorization', `Bearer ${secret}`]];
const preflight = (origin: string): Headers => [
  ['Origin', origin],
  ['Access-Control-Request-Method', 'DELETE'],
];

test('a preflight reaches no upstream, is no use of a key, and is no denial', async () => {
  const key = await server.createKey({ api: 'classic', org: await server.createOrg(), referrers: [page] });
  const withKey: Headers = [...preflight(page), ['Authorization', `Bearer ${key.secret}`]];
  for (const headers of [preflight(page), preflight('https://evil.com'), withKey]) {
    expect((await send('OPTIONS /v1/users/1', headers)).status).toBe(204);
    expect((await send('OPTIONS /v1/api-keys', headers)).status).toBe(204);
  }
  expect(upstreamRequests).toEqual([]);
  expect((await server.admin('GET', '/v1/denials')).body.data).toEqual([]);
  const { body: usage } = await server.admin('GET', `/v1/usage?key=${key.id}`);
  expect(usage.data).toEqual([]);
});

test('what the upstream tells browsers is dropped where Miftah tells them, and passes elsewhere', async () => {
  const allowed = await send('GET /v1/users/1', [...authorization(), ['Origin', page]]);
  expect(allowed.headers).toMatchObject({
    'access-control-allow-origin': page,
    vary: 'Accept\nauthorization, Origin',
  });
  expect(allowed.headers['access-control-allow-credentials']).toBeUndefined();
  const foreign = await send('GET /v1/users/1', [
    ...authorization(),
    ['Referer', page],
    ['Origin', 'https://evil.com'],
  ]);
  expect([foreign.status, foreign.text.match(/access-control/i)]).toEqual([200, null]);
  const { secret: account } = await server.createKey({ api: 'panel', org });
  const own = await send(
    'GET /a',
    [
      ['Authorization', `Bearer ${account}`],
      ['Origin', page],
    ],
    'panel.localhost',
  );
  expect(own.headers).toMatchObject({ 'access-control-allow-origin': '*', vary: 'Accept\nauthorization' });
});

test('a page reads what Miftah answers for the upstream, and the keys of its key', async () => {
  const headers: Headers = [...authorization(), ['Origin', page]];
  const broken = await send('GET /broken', headers);
  expect([broken.status, broken.headers['access-control-allow-origin'], broken.headers.vary]).toEqual([
    ...[502, page, 'Origin'],
  ]);
  const list = await send('GET /v1/api-keys', headers);
  expect([list.status, list.headers['access-control-allow-origin'], list.headers.vary]).toEqual([200, page, 'Origin']);
  const traced = await send('TRACE /v1/users', headers);
  expect([traced.status, traced.headers['access-control-allow-origin']]).toEqual([405, page]);
});
