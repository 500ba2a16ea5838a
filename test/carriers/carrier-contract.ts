// The suite for every carrier: the same requests get the same verdicts and the same replies.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';

/** Together they have every place in which a key can ride. */
const apis = ['palcards', 'palpluss', 'panel', 'classic', 'palm'] as const;

export type CarriedApi = (typeof apis)[number];

export interface CarriedRequest {
  readonly api: CarriedApi;
  /** Default `GET`. */
  readonly method?: string;
  /** Default `/v1/users/usr_123`. */
  readonly path?: string;
  /** In order, with duplicates. The carrier adds Host. */
  readonly headers: readonly (readonly [string, string])[];
  /** The address the request comes from. Default 127.0.0.1. */
  readonly from?: string;
}

export interface CarriedReply {
  /** 200 if the request was allowed and the handler behind the carrier answered. */
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An open carrier. Each has its own Miftah with the five profiles. */
export interface OpenCarrier {
  send(request: CarriedRequest): Promise<CarriedReply>;
  createOrg(): Promise<string>;
  suspendOrg(id: string): Promise<void>;
  createKey(fields: Record<string, unknown>): Promise<{ id: string; secret: string }>;
  revokeKey(id: string): Promise<void>;
  close(): Promise<void>;
}

/** In the middle of a minute, so that no window ends while requests are counted. */
export const clockOfCarriers = createManualClock(Math.floor(Date.now() / 60_000) * 60_000 + 30_000);

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

type Headers = readonly (readonly [string, string])[];

/** Rows of the conformance table: the headers for a live key, and the reply that the vendor's clients must get. */
const rows: readonly (readonly [name: string, api: CarriedApi, headers: (key: string) => Headers, status: number])[] = [
  ['no credential', 'palcards', () => [], 401],
  ['an empty header', 'palcards', () => [['x-api-key', '']], 401],
  ['the key', 'palcards', (key) => [['x-api-key', key]], 200],
  ['the key under another case of the name', 'palcards', (key) => [['X-API-KEY', key]], 200],
  [
    'the same key twice',
    'palcards',
    (key) => [
      ['x-api-key', key],
      ['X-Api-Key', key],
    ],
    401,
  ],
  ['the key only as Bearer', 'palcards', (key) => [['Authorization', `Bearer ${key}`]], 401],
  [
    'the key in both headers',
    'palcards',
    (key) => [
      ['x-api-key', key],
      ['Authorization', `Bearer ${key}`],
    ],
    401,
  ],
  [
    "the key beside the end user's own token",
    'palcards',
    (key) => [
      ['x-api-key', key],
      ['Authorization', 'Bearer ey.user.token'],
    ],
    200,
  ],
  ['an underscore for the hyphen', 'palcards', (key) => [['x_api_key', key]], 401],
  ['two keys in one line', 'palcards', (key) => [['x-api-key', `${key}, ${key}`]], 401],
  ['an environment reference', 'palcards', () => [['x-api-key', '$env://KEY']], 401],
  ['Bearer', 'classic', (key) => [['Authorization', `Bearer ${key}`]], 200],
  ['bEaReR and several spaces', 'classic', (key) => [['authorization', `bEaReR   ${key}`]], 200],
  [
    'two Authorization lines',
    'classic',
    (key) => [
      ['Authorization', `Bearer ${key}`],
      ['authorization', `Bearer ${key}`],
    ],
    401,
  ],
  ['a scheme and nothing else', 'classic', () => [['Authorization', 'Bearer']], 401],
  ['no scheme', 'classic', (key) => [['Authorization', key]], 401],
  ['Proxy-Authorization', 'classic', (key) => [['Proxy-Authorization', `Bearer ${key}`]], 401],
  ['Basic', 'palpluss', (key) => [['Authorization', basic(`${key}:`)]], 200],
  ['BASIC', 'palpluss', (key) => [['Authorization', basic(`${key}:`).replace('Basic', 'BASIC')]], 200],
  ['Basic without a colon', 'palpluss', (key) => [['Authorization', basic(key)]], 401],
  ['Basic with a password', 'palpluss', (key) => [['Authorization', basic(`${key}:x`)]], 401],
  ['Basic with the key as password', 'palpluss', (key) => [['Authorization', basic(`:${key}`)]], 401],
  ['Basic that is not base64', 'palpluss', () => [['Authorization', 'Basic adXNlcj…'.replace('…', '!!')]], 401],
  ['Basic without its padding', 'palpluss', (key) => [['Authorization', basic(`${key}:`).replace(/=+$/, '')]], 401],
  ['a foreign scheme', 'palpluss', () => [['Authorization', 'foobar']], 401],
];

export function describeCarrier(name: string, open: () => Promise<OpenCarrier>): void {
  describe(name, () => {
    let carrier: OpenCarrier;
    let org: string;
    const keys = new Map<CarriedApi, string>();

    beforeAll(async () => {
      carrier = await open();
      org = await carrier.createOrg();
      for (const api of apis) {
        const fields = api === 'palcards' ? { addresses: ['127.0.0.1'] } : {};
        keys.set(api, (await carrier.createKey({ api, org, ...fields })).secret);
      }
    });

    afterAll(() => carrier.close());

    const keyOf = (api: CarriedApi): string => keys.get(api) as string;
    const bearer = (secret: string): Headers => [['Authorization', `Bearer ${secret}`]];

    test.each(rows)('%s (%s)', async (_name, api, headers, status) => {
      const reply = await carrier.send({ api, headers: headers(keyOf(api)) });
      expect(reply.status).toBe(status);
      if (status === 401) expect(reply.headers['www-authenticate']).toMatch(/realm="/);
    });

    test('a key in the query is ignored', async () => {
      const key = keyOf('classic');
      for (const query of [`?apikey=${key}`, `?access_token=${key}`, `?x-api-key=${key}`]) {
        const reply = await carrier.send({ api: 'classic', path: `/v1/users/usr_123${query}`, headers: [] });
        expect(reply.status).toBe(401);
        expect(reply.body).not.toContain(key);
      }
    });

    test('a key of one API is unknown to another', async () => {
      expect((await carrier.send({ api: 'palm', headers: bearer(keyOf('classic')) })).status).toBe(401);
    });

    test('a revoked key is refused at the next request', async () => {
      const { id, secret } = await carrier.createKey({ api: 'classic', org });
      expect((await carrier.send({ api: 'classic', headers: bearer(secret) })).status).toBe(200);
      await carrier.revokeKey(id);
      expect((await carrier.send({ api: 'classic', headers: bearer(secret) })).status).toBe(401);
    });

    test('a suspended organization is refused at the next request, in PalPluss with its own code', async () => {
      const suspended = await carrier.createOrg();
      const { secret } = await carrier.createKey({ api: 'palpluss', org: suspended });
      const headers: Headers = [['Authorization', basic(`${secret}:`)]];
      expect((await carrier.send({ api: 'palpluss', headers })).status).toBe(200);
      await carrier.suspendOrg(suspended);
      const reply = await carrier.send({ api: 'palpluss', headers });
      expect(reply.status).toBe(401);
      expect(JSON.parse(reply.body).error.code).toBe('TENANT_INACTIVE');
    });

    test('a key works only from its addresses and referrers, and for its endpoints', async () => {
      const { secret } = await carrier.createKey({
        api: 'classic',
        org,
        addresses: ['127.0.0.0/30'],
        endpoints: ['GET /v1/users/*'],
        referrers: ['*.example.com'],
      });
      const page = (referrer: string): Headers => [...bearer(secret), ['Referer', referrer]];
      const good = page('https://shop.example.com/cart');
      const status = async (request: Omit<CarriedRequest, 'api'>) =>
        (await carrier.send({ api: 'classic', ...request })).status;
      expect(await status({ headers: good })).toBe(200);
      expect(await status({ headers: good, from: '127.0.0.9' })).toBe(403);
      expect(await status({ headers: good, path: '/v1/cards/1' })).toBe(403);
      expect(await status({ headers: good, method: 'DELETE' })).toBe(403);
      expect(await status({ headers: [...good, ['X-HTTP-Method-Override', 'DELETE']] })).toBe(200);
      expect(await status({ headers: bearer(secret) })).toBe(403);
      for (const referrer of [
        'https://example.com.evil.com/',
        'https://shop.example.com@evil.com/',
        'https://shop.example.com\\@evil.com/',
        'null',
      ]) {
        expect(await status({ headers: page(referrer) }), referrer).toBe(403);
      }
    });

    test('a scope that the policy requires applies to every spelling of its endpoint', async () => {
      const without = await carrier.createKey({ api: 'palm', org });
      const holder = await carrier.createKey({ api: 'palm', org, scopes: ['verifications:write'] });
      const post = async (path: string, secret: string, method = 'POST') =>
        (await carrier.send({ api: 'palm', method, path, headers: [...bearer(secret), ['Content-Length', '0']] }))
          .status;
      const path = '/v1/verifications';
      expect(await post(path, without.secret, 'GET')).toBe(200);
      for (const spelled of [
        path,
        `${path}?a=1`,
        `${path}/`,
        '/V1/Verifications',
        '/v1/verif%69cations',
        `${path}.json`,
      ]) {
        expect(await post(spelled, without.secret), spelled).toBe(403);
        expect(await post(spelled, holder.secret), spelled).toBe(200);
      }
    });

    test('a forwarded address is ignored unless a trusted proxy sends it', async () => {
      const { secret } = await carrier.createKey({ api: 'classic', org, addresses: ['203.0.113.7'] });
      for (const name of ['X-Forwarded-For', 'X-Real-IP', 'True-Client-IP', 'CF-Connecting-IP', 'X_Forwarded_For']) {
        const reply = await carrier.send({ api: 'classic', headers: [...bearer(secret), [name, '203.0.113.7']] });
        expect(reply.status, name).toBe(403);
      }
      const forwarded: Headers = [...bearer(secret), ['Forwarded', 'for=203.0.113.7']];
      expect((await carrier.send({ api: 'classic', headers: forwarded })).status).toBe(403);
    });

    test('paths with two readings are refused before the key is read', async () => {
      for (const path of [
        '//v1/users/1',
        '/v1/./users/1',
        '/v1/%2e%2e/users/1',
        '/v1/users%2f1',
        '/v1/users/1;x',
        '/v1/users/%00',
        '/v1/users/%252e',
      ]) {
        expect((await carrier.send({ api: 'classic', path, headers: bearer(keyOf('classic')) })).status, path).toBe(
          400,
        );
      }
    });

    test('of 200 parallel requests at 60 a minute exactly 60 are allowed, and the rest get Retry-After', async () => {
      const { secret } = await carrier.createKey({ api: 'palpluss', org });
      const headers: Headers = [['Authorization', basic(`${secret}:`)]];
      const replies = await Promise.all(Array.from({ length: 200 }, () => carrier.send({ api: 'palpluss', headers })));
      expect(replies.filter(({ status }) => status === 200)).toHaveLength(60);
      const limited = replies.filter(({ status }) => status === 429);
      expect(limited).toHaveLength(140);
      for (const reply of limited) {
        expect(reply.headers['x-ratelimit-remaining']).toBe('0');
        expect(Number(reply.headers['x-ratelimit-reset']) % 60).toBe(0);
        expect(Number(reply.headers['retry-after'])).toBeGreaterThanOrEqual(1);
        expect(JSON.parse(reply.body).error.code).toBe('RATE_LIMIT_EXCEEDED');
      }
    });

    test('PalPluss limits guesses by address, and a real key keeps its whole limit', async () => {
      const { secret } = await carrier.createKey({ api: 'palpluss', org });
      const guess = () => carrier.send({ api: 'palpluss', headers: [], from: '127.0.0.77' });
      const replies = await Promise.all(Array.from({ length: 100 }, guess));
      expect(replies.filter(({ status }) => status === 401)).toHaveLength(60);
      expect(replies.every(({ headers }) => headers['x-ratelimit-limit'] === '60')).toBe(true);
      const headers: Headers = [['Authorization', basic(`${secret}:`)]];
      const real = await carrier.send({ api: 'palpluss', headers, from: '127.0.0.77' });
      expect(real.status).toBe(200);
    });

    test('no reply to a refused request contains the secret', async () => {
      const { id, secret } = await carrier.createKey({ api: 'classic', org });
      await carrier.revokeKey(id);
      const reply = await carrier.send({ api: 'classic', headers: bearer(secret) });
      expect(JSON.stringify(reply)).not.toContain(secret.slice(8, 20));
    });
  });
}
