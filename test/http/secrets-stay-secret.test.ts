// A key is sent in every place, right and wrong. Afterwards it is in no log, reply, metric or file.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { configOfOwn, ownApis } from '../carriers/carrier-contract.ts';
import { fiveApis, startTestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';

type Headers = readonly (readonly [string, string])[];

/** Requests with a key in each of the places, in spellings of them, and in two at once. */
function placesOf(key: string): readonly (readonly [target: string, headers: Headers])[] {
  const path = '/v1/users/1';
  const pair = (text: string) => Buffer.from(text).toString('base64');
  return [
    [path, [['Authorization', `Token token="${key}", nonce="x"`]]],
    [path, [['X-Auth', `Token ${key}`]]],
    [path, [['Authorization', `Basic ${pair(`api:${key}`)}`]]],
    [path, [['Authorization', `Bearer ${key}`]]],
    [path, [['Sec-WebSocket-Protocol', `mqtt, acme-key.${key}`]]],
    [`${path}?a=1&api_key=${key}`, []],
    [`${path}?api%5Fkey=${key.replaceAll('_', '%5F')}&a=1`, []],
    [`${path}?API_KEY=${key}`, []],
    [`${path}?api_key=${key}`, [['Authorization', `Bearer ${key}`]]],
  ];
}

test('secrets are in no log line, reply, metric, listing or file of the data folder', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const folder = await mkdtemp(join(tmpdir(), 'miftah-access-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const accessLog = join(folder, 'access.log');
  const extra = `accessLog: { output: ${accessLog} }`;
  await using server = await startTestServer({ log, extra, apis: `${fiveApis}${configOfOwn}` });
  const org = await server.createOrg();
  const { id, secret } = await server.createKey({ api: 'classic', org, addresses: ['127.0.0.1'] });
  const seen: string[] = [];
  const sendTo = async (host: string, line: string, headers: Headers, from?: string): Promise<number> => {
    const text = requestText(line, [['Host', host], ...headers]);
    const reply = await sendRaw({ port: server.publicPort, text, ...(from !== undefined && { from }) });
    seen.push(reply.text);
    return reply.status;
  };
  const send = (line: string, headers: Headers, from?: string) => sendTo('api.classic.localhost', line, headers, from);
  const bearer: Headers = [['Authorization', `Bearer ${secret}`]];

  await send('GET /v1/users/1 HTTP/1.1', bearer);
  await send('GET /v1/users/1 HTTP/1.1', bearer, '127.0.0.2');
  await send(`GET /v1/users/1?key=${secret} HTTP/1.1`, []);
  await send(`GET /v1/users/${secret}/cards HTTP/1.1`, []);
  const encode = (text: string) => text.replace(/./g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  const foreign = (await server.createKey({ api: 'panel', org })).secret;
  const token = String((await server.admin('POST', '/v1/tokens', { name: 'CI', may: 'admin' })).body.token);
  for (const each of [secret, foreign, token]) {
    for (const spelling of [each, encode(each), encode(encode(each)), each.replace('_', '%5F')]) {
      await send(`GET /v1/users/${spelling}/cards HTTP/1.1`, []);
      await send(`GET /v1/users/${spelling} HTTP/1.1`, [['Authorization', 'Bearer nothing']]);
    }
  }
  await send('GET /v1/users/1 HTTP/1.1', [['x-api-key', secret]]);
  await send('GET /v1/users/1 HTTP/1.1', [...bearer, ...bearer]);
  await send('GET /v1/users/1 HTTP/1.1', [['Authorization', `Basic ${Buffer.from(`${secret}:`).toString('base64')}`]]);
  await send('GET /v1/%2e%2e HTTP/1.1', bearer);
  await send('TRACE / HTTP/1.1', bearer);
  // Each place of each API, allowed and not: the upstream answers with all that it gets.
  const own: string[] = [];
  const statuses: Record<string, number> = {};
  const sendOwn = async (api: string, key: string): Promise<void> => {
    const page = `http://${api}.localhost/page?api_key=${key}&b=1`;
    for (const [target, headers] of placesOf(key)) {
      const status = await sendTo(`${api}.localhost`, `GET ${target} HTTP/1.1`, headers);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (api === 'queries')
        await sendTo(`${api}.localhost`, `GET ${target} HTTP/1.1`, [...headers, ['Referer', page]]);
    }
  };
  for (const api of ownApis) {
    const { id: keyId, secret: key } = await server.createKey({ api, org });
    own.push(key);
    await sendOwn(api, key);
    await server.admin('DELETE', `/v1/keys/${keyId}`);
    await sendOwn(api, key);
  }
  expect(statuses).toEqual({ 200: 10, 401: 98 });
  server.upstream.close();
  server.upstream.closeAllConnections();
  await send('GET /v1/users/1 HTTP/1.1', bearer);
  await server.admin('DELETE', `/v1/keys/${id}`);
  await send('GET /v1/users/1 HTTP/1.1', bearer);
  for (const body of [
    { api: 'classic', secret, surprise: true },
    { api: 'nowhere', secret },
    { api: 'classic', secret, explain: true },
    { api: 'classic', secret: [secret] },
    secret,
  ]) {
    seen.push(JSON.stringify(await server.admin('POST', '/v1/verify', body)));
  }
  for (const path of ['/v1/keys', `/v1/keys/${id}`, '/v1/denials', '/v1/usage', `/v1/keys/${secret}`]) {
    seen.push(JSON.stringify(await server.admin('GET', path)));
  }
  // In every field that is stored or repeated: each request is refused, or answered as unknown, without an echo.
  const key = { api: 'classic', org, name: 'a key' };
  const living = await server.createKey(key);
  for (const each of [secret, foreign, token]) {
    for (const [method, path, body] of [
      ['GET', `/v1/keys?search=${each}`],
      ['GET', `/v1/keys?search=${encode(each)}`],
      ['GET', `/v1/keys?${each}=1`],
      ['GET', `/v1/denials?key=${each}`],
      ['GET', `/v1/usage?from=${each}`],
      ['GET', `/v1/audit?actor=${each}`],
      ['GET', `/v1/orgs?cursor=${each}`],
      ['DELETE', `/v1/keys/${encode(each)}`],
      ['POST', '/v1/keys', { ...key, endpoints: ['GET /v1/ping', `GET /v1/users/${each}`] }],
      ['POST', '/v1/keys', { ...key, endpoints: [`get ${each}`] }],
      ['POST', '/v1/keys', { ...key, referrers: [`https://${each}.example.com`] }],
      ['POST', '/v1/keys', { ...key, scopes: [each] }],
      ['POST', '/v1/keys', { ...key, addresses: [each] }],
      ['POST', '/v1/keys', { ...key, addresses: [`${each}/24`] }],
      ['POST', '/v1/keys', { ...key, rateLimits: [each] }],
      ['POST', '/v1/keys', { ...key, expiresAt: each }],
      ['POST', '/v1/keys', { ...key, environment: each }],
      ['POST', '/v1/keys', { ...key, api: each }],
      ['POST', '/v1/keys', { ...key, [each]: 1 }],
      ['PATCH', `/v1/keys/${living.id}`, { endpoints: [`GET /${encode(each)}`] }],
      ['POST', `/v1/keys/${living.id}/rotate`, { overlap: each }],
      ['POST', '/v1/orgs', { name: 'Org', kind: each }],
      ['PATCH', `/v1/orgs/${org}`, { grantedLimits: { [each]: ['60/m'] } }],
      ['PATCH', `/v1/orgs/${org}`, { grantedLimits: { classic: [each] } }],
      ['POST', '/v1/tokens', { name: each, may: 'decide' }],
      ['POST', '/v1/tokens', { name: 'CI', may: each }],
      ['POST', '/v1/tokens', { name: 'CI', may: 'admin', org: each }],
      ['POST', '/v1/tokens', { name: 'CI', may: 'admin', apis: [each] }],
      ['POST', '/v1/tokens', { name: 'CI', may: 'admin', expiresAt: each }],
      ['DELETE', `/v1/tokens/${each}`],
      ['POST', '/v1/import', { api: each, rows: [{ digest: '0a'.repeat(32), org }] }],
      ['POST', '/v1/verify', { api: 'classic', secret, [each]: 1 }],
    ] as const) {
      const reply = await server.admin(method, path, body);
      expect([method, path, reply.status, JSON.stringify(reply.body)]).toEqual([
        method,
        path,
        400,
        expect.stringContaining('"field":'),
      ]);
      seen.push(JSON.stringify(reply.body));
    }
  }
  for (const headers of [
    { 'x-miftah-token': token },
    { authorization: `Bearer ${token}` },
    { 'x-miftah-token': token, authorization: `Bearer ${token}` },
    { 'x-miftah-token': token, host: token },
    { 'x-miftah-token': `${token}x`, origin: `https://${token}.example.com` },
  ]) {
    for (const path of ['/v1/keys', `/v1/${token}`]) {
      seen.push(await (await fetch(`http://127.0.0.1:${server.internalPort}${path}`, { headers })).text());
    }
  }
  const metrics = await fetch(`http://127.0.0.1:${server.internalPort}/metrics`);
  seen.push(await metrics.text(), ...lines);

  await server.server.close();
  const accesses = await readFile(accessLog, 'utf8');
  expect(accesses.split('\n').length).toBeGreaterThan(130);
  seen.push(accesses);
  const data = join(server.folder, 'data');
  for (const entry of await readdir(data, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) seen.push(await readFile(join(entry.parentPath, entry.name), 'latin1'));
  }

  expect(lines.length).toBeGreaterThan(0);
  // The hint shows 4 characters at each end. Any longer part of a secret is a leak, and so is its base64.
  const needles = [secret, foreign, token, ...own].flatMap((each) => [
    ...Array.from({ length: each.length - 20 }, (_, at) => each.slice(at + 8, at + 20)),
    encode(each.slice(12, 20)),
    encode(encode(each.slice(12, 16))),
    Buffer.from(each).toString('base64').slice(12, 28),
    Buffer.from(each).toString('hex').slice(24, 48),
  ]);
  for (const needle of needles) {
    for (const text of seen) expect(text.includes(needle), `${needle} in ${text.slice(0, 300)}`).toBe(false);
  }
});
