// Pages of other origins in a real browser: a key works on the site that it is bound to, and the site's script can read
// why a request was refused.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { createManualClock } from '../../src/domain/clock.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { launchBrowser } from './browser.ts';

let server: TestServer;
let chromium: Awaited<ReturnType<typeof launchBrowser>>;
let org: string;
const pages = createServer((_req, res) => void res.setHeader('Content-Type', 'text/html').end('<!doctype html>'));
const originOf = (host: string) => `http://${host}:${(pages.address() as AddressInfo).port}`;

beforeAll(async () => {
  await once(pages.listen(0, '127.0.0.1'), 'listening');
  server = await startTestServer({
    // The middle of a minute, so that no window ends while requests are counted.
    clock: createManualClock(Math.floor(Date.now() / 60_000) * 60_000 + 30_000),
    apis: `
  - id: shop
    profile: classic
    hosts: [shop-api.localhost]
    upstream: UPSTREAM
    cors: { origins: referrers }
  - id: portal
    profile: palm
    hosts: [portal-api.localhost]
    upstream: UPSTREAM
    cors: { origins: ["${originOf('portal.localhost')}"], credentials: true }
  - id: closed
    profile: classic
    hosts: [closed-api.localhost]
    upstream: UPSTREAM
  - id: sockets
    profile: sockets
    hosts: [sockets-api.localhost]
    upstream: UPSTREAM
profiles:
  sockets: { extends: classic, source: { subprotocol: acme-key. } }
`,
  });
  org = await server.createOrg();
  chromium = await launchBrowser();
});

afterAll(async () => {
  await chromium?.close();
  await server?.[Symbol.asyncDispose]();
  pages.closeAllConnections();
  await new Promise((resolve) => pages.close(resolve));
});

interface Call {
  readonly method?: string;
  readonly credentials?: RequestCredentials;
  readonly path?: string;
}

/** What a script on a page of `host` reads from its call; a text if the browser lets it read nothing. */
async function callFrom(host: string, api: string, secret: string, call: Call = {}) {
  const page = await chromium.browser.newPage();
  try {
    await page.goto(originOf(host));
    return await page.evaluate(
      async ({ url, token, method, credentials }) => {
        try {
          const headers = { Authorization: `Bearer ${token}`, 'X-Of-Page': '1' };
          const reply = await fetch(url, { method, headers, credentials });
          const read = (name: string) => reply.headers.get(name);
          const { error, target } = await reply.json();
          return {
            status: reply.status,
            code: error?.code,
            target,
            remaining: read('X-RateLimit-Remaining'),
            retryAfter: read('Retry-After'),
            hasId: read('X-Request-Id') !== null,
          };
        } catch (fault) {
          return String(fault);
        }
      },
      {
        url: `http://${api}:${server.publicPort}${call.path ?? '/v1/users/1'}`,
        token: secret,
        method: call.method ?? 'GET',
        credentials: call.credentials ?? 'same-origin',
      },
    );
  } finally {
    await page.close();
  }
}

test('a key that is bound to a site works on its pages, and on those of no other', async () => {
  const site = originOf('shop.localhost');
  const { id, secret } = await server.createKey({ api: 'shop', org, referrers: [site], rateLimits: ['3/m'] });
  for (const [method, remaining] of [
    ['GET', '2'],
    ['DELETE', '1'],
  ] as const) {
    expect(await callFrom('shop.localhost', 'shop-api.localhost', secret, { method })).toEqual({
      ...{ status: 200, code: undefined, target: '/v1/users/1', remaining, retryAfter: null, hasId: true },
    });
  }
  expect(await callFrom('evil.localhost', 'shop-api.localhost', secret)).toMatchObject({
    ...{ status: 403, code: 'REFERRER_NOT_ALLOWED', hasId: true },
  });
  await callFrom('shop.localhost', 'shop-api.localhost', secret);
  const limited = await callFrom('shop.localhost', 'shop-api.localhost', secret);
  expect(limited).toMatchObject({ status: 429, code: 'RATE_LIMIT_EXCEEDED', remaining: '0' });
  expect(Number((limited as { retryAfter: string }).retryAfter)).toBeGreaterThan(0);
  await server.admin('DELETE', `/v1/keys/${id}`);
  expect(await callFrom('shop.localhost', 'shop-api.localhost', secret)).toMatchObject({ status: 401, hasId: true });
});

test('a page on the list may send cookies, and a page that is not on it reads nothing', async () => {
  const { secret } = await server.createKey({ api: 'portal', org });
  const call: Call = { method: 'POST', credentials: 'include' };
  expect(await callFrom('portal.localhost', 'portal-api.localhost', secret, call)).toMatchObject({ status: 200 });
  expect(await callFrom('evil.localhost', 'portal-api.localhost', secret)).toBe('TypeError: Failed to fetch');
});

test('without the setting no page of another origin calls the API', async () => {
  const { secret } = await server.createKey({ api: 'closed', org });
  expect(await callFrom('shop.localhost', 'closed-api.localhost', secret)).toBe('TypeError: Failed to fetch');
});

test('a page opens a WebSocket with its key as a subprotocol, beside one that the upstream chooses', async () => {
  const sockets = new WebSocketServer({ noServer: true });
  const offers: unknown[] = [];
  server.upstream.on('upgrade', (req, socket, head) => {
    offers.push(req.headers['sec-websocket-protocol']);
    sockets.handleUpgrade(req, socket, head, () => undefined);
  });
  const { secret } = await server.createKey({ api: 'sockets', org });
  const page = await chromium.browser.newPage();
  const open = (...protocols: string[]) =>
    page.evaluate(
      ({ url, offered }) =>
        new Promise((resolve) => {
          const socket = new WebSocket(url, offered);
          socket.onopen = () => resolve(socket.protocol);
          socket.onerror = () => resolve('failed');
        }),
      { url: `ws://sockets-api.localhost:${server.publicPort}/v1/stream`, offered: protocols },
    );
  await page.goto(originOf('shop.localhost'));
  expect(await open('graphql-ws', `acme-key.${secret}`)).toBe('graphql-ws');
  expect(await open(`acme-key.${secret}`, 'graphql-ws')).toBe('graphql-ws');
  // Allowed, but the upstream has nothing to choose, so the browser gives up.
  expect(await open(`acme-key.${secret}`)).toBe('failed');
  expect(await open('graphql-ws', 'acme-key.sk_live_wrong')).toBe('failed');
  expect(offers).toEqual(['graphql-ws', 'graphql-ws', undefined]);
  await page.close();
  for (const client of sockets.clients) client.terminate();
  sockets.close();
});
