// The suite for every carrier: the same requests get the same verdicts and the same replies.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import { fiveApis } from '../fixture.ts';

/** Where APIs of one's own take their keys: in places that the bundled profiles do not have. */
const ownSources = {
  tokens: '{ scheme: Token, parameter: token }',
  'own-header': '{ header: x-auth, scheme: Token }',
  passwords: '{ basic: password }',
  sockets: '{ subprotocol: acme-key. }',
  queries: '{ query: api_key, risk: keys in URLs end up in logs and histories }',
  several: `[bearer, { header: x-api-key }, { subprotocol: acme-key. },
      { query: api_key, risk: keys in URLs end up in logs and histories }]`,
} as const;

export type OwnApi = keyof typeof ownSources;

export const ownApis = Object.keys(ownSources) as OwnApi[];

/** The APIs of one's own, as further entries of `apis:`, and their profiles. */
export const configOfOwn = [
  ...ownApis.map((id) => `  - { id: ${id}, profile: ${id}, hosts: [${id}.localhost], upstream: "UPSTREAM" }`),
  'profiles:',
  ...Object.entries(ownSources).map(([id, source]) => `  ${id}: { extends: classic, source: ${source} }`),
  '',
].join('\n');

/** Together they have every place in which a key can ride. */
const apis = ['palcards', 'palpluss', 'panel', 'classic', 'palm', ...ownApis] as const;

export type CarriedApi = (typeof apis)[number];

const site = 'https://app.example.com';

/** What browsers are told, of three of the APIs in the three ways there are, and what an upstream is told of a fourth. */
const settings: Partial<Record<CarriedApi, string>> = {
  palpluss: 'cors: { origins: any }',
  panel: 'policy: { forwardMetadata: [plan, customer_id] }',
  classic: 'cors: { origins: referrers }',
  palm: `cors: { origins: [${site}, "https://*.example.org:8443", capacitor://localhost], methods: [GET, POST],
      headers: [content-type], exposeHeaders: [x-total-count], credentials: true, maxAgeSeconds: 60, privateNetwork: true }
    publicPaths: [GET /health, GET /docs/**, POST /v1/**]`,
};

/** The `apis:` part of the configuration of every carrier. */
export const carriedApis =
  fiveApis.replaceAll(/^ {4}profile: (\w+)$/gm, (line, api: CarriedApi) =>
    settings[api] === undefined ? line : `${line}\n    ${settings[api]}`,
  ) + configOfOwn;

export interface CarriedRequest {
  readonly api: CarriedApi;
  /** Default `GET`. */
  readonly method?: string;
  /** As the client sends it, with its query. Default `/v1/users/usr_123`. */
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
  ['the key between quotes', 'tokens', (key) => [['Authorization', `Token token="${key}"`]], 200],
  ['the key beside a nonce', 'tokens', (key) => [['authorization', `TOKEN nonce="a,b", Token = ${key}`]], 200],
  ['the key in two parameters', 'tokens', (key) => [['Authorization', `Token token="${key}", token="${key}"`]], 401],
  ['the key without its parameter', 'tokens', (key) => [['Authorization', `Token ${key}`]], 401],
  ['the key under Bearer', 'tokens', (key) => [['Authorization', `Bearer ${key}`]], 401],
  [
    'the key in a parameter and in x-api-key',
    'tokens',
    (key) => [
      ['Authorization', `Token token="${key}"`],
      ['x-api-key', key],
    ],
    401,
  ],
  ['a scheme in a header of its own', 'own-header', (key) => [['X-Auth', `Token ${key}`]], 200],
  ['a scheme in Authorization', 'own-header', (key) => [['Authorization', `Token ${key}`]], 401],
  [
    "a scheme in a header of its own beside the end user's token",
    'own-header',
    (key) => [
      ['X-Auth', `token  ${key}`],
      ['Authorization', 'Bearer ey.user.token'],
    ],
    200,
  ],
  ['the key as the password', 'passwords', (key) => [['Authorization', basic(`api:${key}`)]], 200],
  ['the key as the user name', 'passwords', (key) => [['Authorization', basic(`${key}:`)]], 401],
  ['a subprotocol', 'sockets', (key) => [['Sec-WebSocket-Protocol', `graphql-ws, acme-key.${key}`]], 200],
  ['a subprotocol without its prefix', 'sockets', (key) => [['Sec-WebSocket-Protocol', key]], 401],
  ['a subprotocol in another case', 'sockets', (key) => [['Sec-WebSocket-Protocol', `ACME-KEY.${key}`]], 401],
  [
    'a subprotocol in two lines',
    'sockets',
    (key) => [
      ['Sec-WebSocket-Protocol', `acme-key.${key}`],
      ['sec-websocket-protocol', `acme-key.${key}`],
    ],
    401,
  ],
  [
    'a subprotocol and Bearer',
    'sockets',
    (key) => [
      ['Sec-WebSocket-Protocol', `acme-key.${key}`],
      ['Authorization', `Bearer ${key}`],
    ],
    401,
  ],
  ['the key as user name and password', 'passwords', (key) => [['Authorization', basic(`${key}:${key}`)]], 401],
];

/** How a carrier gets its requests. */
export interface Arrival {
  /** `as a Request`: its host joins repeated headers and normalizes the URL, and the application sees the same. */
  readonly form: 'as sent' | 'as a Request';
  /** Paths that the host answers with 400 before the carrier gets them. */
  readonly refusedByHost: readonly string[];
}

const asSent: Arrival = { form: 'as sent', refusedByHost: [] };

/** What a `Request` has in place of what was sent (WHATWG URL). */
const isNormalized = (path: string): boolean => /\\|\/(?:\.|%2e){1,2}(?:\/|$)/i.test(path);

export function describeCarrier(name: string, open: () => Promise<OpenCarrier>, arrival: Arrival = asSent): void {
  const isRequest = arrival.form === 'as a Request';
  const arrives = (path: string): boolean => !isRequest || !isNormalized(path);

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

    test.each<[what: string, query: (key: string) => string, headers: (key: string) => Headers, status: number]>([
      ['the key', (key) => `?api_key=${key}`, () => [], 200],
      ['the key beside other parameters', (key) => `?a=1&api_key=${key}&b=%26`, () => [], 200],
      ['the key percent-encoded', (key) => `?api%5Fkey=${key.replaceAll('_', '%5F')}`, () => [], 200],
      ["the key beside the end user's token", (key) => `?api_key=${key}`, () => bearer('ey.user.token'), 200],
      ['no query', () => '', () => [], 401],
      ['an empty parameter', () => '?api_key=', () => [], 401],
      ['another name', (key) => `?apikey=${key}`, () => [], 401],
      ['the name in another case', (key) => `?API_KEY=${key}`, () => [], 401],
      ['a plus in the key', (key) => `?api_key=${key}+`, () => [], 401],
      ['a semicolon', (key) => `?a=1;api_key=${key}`, () => [], 401],
      ['the key twice', (key) => `?api_key=${key}&api_key=${key}`, () => [], 401],
      ['the key in the query and as Bearer', (key) => `?api_key=${key}`, bearer, 401],
      ['the key only as Bearer', () => '', bearer, 401],
    ])('of an API that takes keys in the query: %s', async (_what, query, headers, status) => {
      const key = keyOf('queries');
      const path = `/v1/users/1${query(key)}`;
      const reply = await carrier.send({ api: 'queries', path, headers: headers(key) });
      expect(reply.status).toBe(status);
      expect(JSON.stringify(reply)).not.toContain(key);
    });

    test('of several places, a request uses exactly one', async () => {
      const key = keyOf('several');
      const places: Record<string, { readonly headers: Headers; readonly path: string }> = {
        bearer: { headers: bearer(key), path: '/v1/users/1' },
        header: { headers: [['X-Api-Key', key]], path: '/v1/users/1' },
        subprotocol: { headers: [['Sec-WebSocket-Protocol', `mqtt, acme-key.${key}`]], path: '/v1/users/1' },
        query: { headers: [], path: `/v1/users/1?api_key=${key}` },
      };
      for (const [name, { headers, path }] of Object.entries(places)) {
        expect((await carrier.send({ api: 'several', headers, path })).status, name).toBe(200);
        for (const [other, second] of Object.entries(places)) {
          const target = path.includes('?') ? path : second.path;
          const both = { api: 'several', headers: [...headers, ...second.headers], path: target } as const;
          const reply = await carrier.send(
            name === 'query' && other === 'query' ? { ...both, path: `${path}&api_key=${key}` } : both,
          );
          expect(reply.status, `${name} and ${other}`).toBe(401);
          expect(reply.headers['www-authenticate']).toBe(
            'Bearer realm="several", error="invalid_token", ApiKey realm="several"',
          );
        }
      }
      expect(
        (await carrier.send({ api: 'several', headers: bearer('ey.user.token'), path: places.query?.path as string }))
          .status,
      ).toBe(401);
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

    const ambiguous = [
      ...['//v1/users/1', '/v1//users/1', '/v1/./users/1', '/v1/users/../cards', '/v1/%2e%2e/users/1', '/v1/users%2f1'],
      ...[
        '/v1/users/1;x',
        '/v1/users/;/1',
        '/v1/users/%00',
        '/v1/users/%252e',
        '/v1/users/1.',
        '/v1/users/1%20',
        '/v1/users\\1',
      ],
      ...['/v1/users/%3fa', '/v1/users/%EF%BC%8F', '/v1/users/a|b'],
    ];

    test.each(ambiguous)('%s passes where no rule looks at paths', async (path) => {
      const isRefused = arrival.refusedByHost.includes(path);
      const reply = await carrier.send({ api: 'panel', path, headers: bearer(keyOf('panel')) });
      expect(reply.status).toBe(isRefused ? 400 : 200);
      expect((await carrier.send({ api: 'panel', path, headers: [] })).status).toBe(isRefused ? 400 : 401);
    });

    test('paths with two readings are refused where a rule looks at paths', async () => {
      const { secret } = await carrier.createKey({ api: 'classic', org, endpoints: ['* /v1/users/**'] });
      const all = await carrier.createKey({ api: 'palm', org, scopes: ['*'] });
      // Frameworks refuse some paths by themselves, so these stand here alone.
      for (const path of [...ambiguous, '/v1/users/%', '/v1/users/%ff'].filter(arrives)) {
        const ofKey = await carrier.send({ api: 'classic', path, headers: bearer(secret) });
        const ofApi = await carrier.send({ api: 'palm', path, headers: bearer(all.secret) });
        expect([ofKey.status, ofApi.status], path).toEqual([400, 400]);
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

    /** What a browser asks before a page of `origin` may call. */
    const preflight = (origin: string, ...more: Headers): Headers => [
      ['Origin', origin],
      ['Access-Control-Request-Method', 'POST'],
      ['Access-Control-Request-Headers', 'authorization,x-anything'],
      ...more,
    ];
    const corsOf = ({ headers }: CarriedReply) =>
      Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));
    const variesOnOrigin = ({ headers }: CarriedReply) => /\bOrigin\b/i.test(headers.vary ?? '');
    const ask = (api: CarriedApi, headers: Headers, method = 'OPTIONS') => carrier.send({ api, method, headers });

    test('a preflight is answered without a key, as the configuration says', async () => {
      const listed = await ask('palm', preflight(site, ['Access-Control-Request-Private-Network', 'true']));
      expect([listed.status, listed.body, variesOnOrigin(listed)]).toEqual([204, '', true]);
      expect(corsOf(listed)).toEqual({
        'access-control-allow-origin': site,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'authorization, content-type',
        'access-control-max-age': '60',
        'access-control-allow-private-network': 'true',
      });
      const any = await ask('palpluss', preflight('null', ['Access-Control-Request-Private-Network', 'true']));
      expect(corsOf(any)).toEqual({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        'access-control-allow-headers': 'authorization,x-anything',
        'access-control-max-age': '600',
      });
    });

    test('a preflight tells nothing of a key', async () => {
      const { id, secret } = await carrier.createKey({ api: 'classic', org, referrers: ['https://shop.example.com'] });
      const told = async (origin: string, ...credential: Headers) => {
        const { status, headers, body } = await ask('classic', preflight(origin, ...credential));
        return { status, body, headers: { ...headers, 'x-request-id': '', date: '' } };
      };
      for (const origin of ['https://shop.example.com', 'https://other.example.com', 'null']) {
        const without = await told(origin);
        expect(await told(origin, ...bearer(secret))).toEqual(without);
        expect(await told(origin, ...bearer('sk_live_wrong'))).toEqual(without);
        expect(await told(origin, ...bearer(secret), ...bearer(secret))).toEqual(without);
        expect(JSON.stringify(without)).not.toMatch(/ratelimit|www-authenticate/i);
      }
      await carrier.revokeKey(id);
      expect(await told(site, ...bearer(secret))).toEqual(await told(site));
    });

    test.each([
      'null',
      'http://app.example.com',
      'https://app.example.com:444',
      'https://APP.example.com',
      'https://app.example.com/',
      'https://app.example.com.evil.com',
      'https://app.example.com@evil.com',
      'https://evilexample.org:8443',
      'https://example.org:8443',
      'https://shop.example.org',
      'https://evil.com:1.example.org:8443',
      'capacitor://localhost:1',
      '*',
    ])('the origin %j may neither call nor read where others are listed', async (origin) => {
      const answered = await ask('palm', preflight(origin));
      expect([answered.status, corsOf(answered), variesOnOrigin(answered)]).toEqual([204, {}, true]);
      const allowed = await ask('palm', [...bearer(keyOf('palm')), ['Origin', origin]], 'GET');
      expect([allowed.status, corsOf(allowed), variesOnOrigin(allowed)]).toEqual([200, {}, true]);
    });

    test.each([site, 'https://shop.example.org:8443', 'https://a.b.example.org:8443', 'capacitor://localhost'])(
      'the listed origin %s may read what is allowed and what is refused',
      async (origin) => {
        for (const [headers, status] of [
          [bearer(keyOf('palm')), 200],
          [[], 401],
        ] as const) {
          const reply = await ask('palm', [...headers, ['Origin', origin]], 'GET');
          expect([reply.status, variesOnOrigin(reply)]).toEqual([status, true]);
          const { 'access-control-expose-headers': exposed, ...others } = corsOf(reply);
          expect(others).toEqual({
            'access-control-allow-origin': origin,
            'access-control-allow-credentials': 'true',
          });
          expect(exposed?.split(', ')).toEqual(
            expect.arrayContaining([
              'X-RateLimit-Remaining',
              'RateLimit',
              'Retry-After',
              'X-Request-Id',
              'x-total-count',
            ]),
          );
        }
      },
    );

    test('what is no preflight is decided as any other request', async () => {
      const key = bearer(keyOf('palm'));
      const method: Headers = [['Access-Control-Request-Method', 'POST']];
      for (const headers of [
        [['Origin', site]],
        method,
        [['Origin', ''], ...method],
        ...(isRequest ? [] : [[['Origin', site], ['Origin', site], ...method] satisfies Headers]),
        ...(isRequest ? [] : [[['Origin', site], ...method, ...method] satisfies Headers]),
      ] satisfies Headers[]) {
        expect((await ask('palm', headers)).status, JSON.stringify(headers)).toBe(401);
        expect((await ask('palm', [...headers, ...key])).status, JSON.stringify(headers)).toBe(200);
      }
      expect((await ask('palm', preflight(site), 'GET')).status).toBe(401);
      const twice = await ask('palm', [...key, ['Origin', site], ['Origin', site]], 'GET');
      expect([twice.status, corsOf(twice)]).toEqual([200, {}]);
    });

    test('a page reads every denial, and only a page that the key allows reads its reply', async () => {
      const { id, secret } = await carrier.createKey({
        api: 'classic',
        org,
        addresses: ['127.0.0.0/30'],
        endpoints: ['GET /v1/users/*'],
        referrers: ['https://shop.example.com', '*.example.net'],
      });
      const shop = 'https://shop.example.com';
      const from = async (origin: string, request: Partial<CarriedRequest> = {}, key = secret) => {
        const reply = await carrier.send({
          api: 'classic',
          headers: [...bearer(key), ['Origin', origin]],
          ...request,
        });
        return [reply.status, corsOf(reply)['access-control-allow-origin'], variesOnOrigin(reply)];
      };
      expect(await from(shop)).toEqual([200, shop, true]);
      expect(await from('https://a.example.net')).toEqual([200, 'https://a.example.net', true]);
      for (const [origin, request, status] of [
        ['https://evil.com', {}, 403],
        [shop, { from: '127.0.0.9' }, 403],
        [shop, { path: '/v1/cards' }, 403],
        [shop, { headers: [['Origin', shop]] }, 401],
        [shop, { headers: [['Origin', shop], ...bearer('sk_live_wrong')] }, 401],
      ] as const) {
        expect(await from(origin, request), `${origin} ${JSON.stringify(request)}`).toEqual([status, origin, true]);
      }
      expect(await from('null')).toEqual([403, undefined, true]);
      // A page may send any Referer of its own site alone, so that one of another site beside it comes from no browser.
      const both: Headers = [...bearer(secret), ['Referer', `${shop}/cart`], ['Origin', 'https://evil.com']];
      expect(await from('https://evil.com', { headers: both })).toEqual([200, undefined, true]);
      // A key of a server names no page.
      expect(await from(shop, {}, keyOf('classic'))).toEqual([200, undefined, true]);
      await carrier.revokeKey(id);
      expect(await from(shop)).toEqual([401, shop, true]);
    });

    test('a page reads that a limit is used up, and when to come back', async () => {
      const { secret } = await carrier.createKey({ api: 'palpluss', org, rateLimits: ['1/m'] });
      const headers: Headers = [
        ['Authorization', basic(`${secret}:`)],
        ['Origin', site],
      ];
      expect(corsOf(await ask('palpluss', headers, 'GET'))['access-control-allow-origin']).toBe('*');
      const limited = await ask('palpluss', headers, 'GET');
      expect([limited.status, corsOf(limited)['access-control-allow-origin']]).toEqual([429, '*']);
      const exposed = corsOf(limited)['access-control-expose-headers']?.toLowerCase().split(', ');
      for (const name of Object.keys(limited.headers).filter((each) => /ratelimit|retry|request-id/.test(each)))
        expect(exposed).toContain(name);
      expect(limited.headers['retry-after']).toBeDefined();
    });

    test('without the setting, a preflight needs a key and no page reads anything', async () => {
      const refused = await ask('panel', preflight(site));
      expect([refused.status, corsOf(refused), refused.headers.vary]).toEqual([401, {}, undefined]);
      const allowed = await ask('panel', [...preflight(site), ...bearer(keyOf('panel'))]);
      expect([allowed.status, corsOf(allowed)]).toEqual([200, {}]);
    });

    test('a public path needs no key, and names no one', async () => {
      const { id, secret } = await carrier.createKey({ api: 'palm', org });
      const headers: Headers = [
        ['X-Miftah-Org', 'org_evil'],
        ['x_miftah.key!id', 'key_evil'],
        ['Origin', site],
      ];
      for (const [method, path] of [
        ['GET', '/health'],
        ['HEAD', '/health'],
        ['GET', '/health?verbose=1'],
        ['GET', '/docs/index.html'],
        ['GET', '/docs/a/b%20c/'],
        ['POST', '/v1/users'],
      ] as const) {
        for (const credential of [[], bearer(secret), bearer('sk_live_wrong')]) {
          const request = { api: 'palm', method, path, headers: [...headers, ...credential] } as const;
          const reply = await carrier.send(request);
          expect([reply.status, corsOf(reply)['access-control-allow-origin']], `${method} ${path}`).toEqual([
            200,
            site,
          ]);
          const told = JSON.stringify([reply.headers, reply.body]);
          expect(told).not.toMatch(/evil|x-miftah/i);
          expect(reply.headers['x-ratelimit-limit']).toBeUndefined();
          for (const text of [secret, id, org]) expect(told).not.toContain(text);
        }
      }
    });

    const closed = [
      ...['/health/', '/Health', '/HEALTH', '/healthz', '/x/health', '//health', '/./health', '/health/../v1/users/1'],
      ...[
        '/health/%2e%2e/v1/users/1',
        '/health%2f..%2fv1',
        '/health;x',
        '/health%3b',
        '/health%00',
        '/health%20',
        '/health.',
      ],
      ...['/docs', '/docs/', '/Docs/a', '/docs/../v1/users/1', '/docs/..%2fv1%2fusers', '/docs/%2e%2e/v1/users/1'],
      ...[
        '/docs//a',
        '/docs/a;/../../v1',
        '/docs\\..\\v1',
        '/docs/%252e%252e/v1',
        '/docs/..;/v1',
        '/docsx/a',
        '/docs/a%3f',
      ],
      ...['/%EF%BD%88ealth', '/health%EF%BC%8F', '/docs/%EF%BC%8E%EF%BC%8E/v1', '/v1/users/1'],
    ];

    test.each(closed.filter(arrives))('%s is no public path', async (path) => {
      const { status } = await carrier.send({ api: 'palm', path, headers: [] });
      expect([400, 401]).toContain(status);
    });

    test('a public path is open to its methods alone, and to nothing that a scope guards', async () => {
      const send = async (method: string, path: string, headers: Headers = []) =>
        (await carrier.send({ api: 'palm', method, path, headers })).status;
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect(await send(method, '/health')).toBe(401);
      expect(await send('GET', '/v1/users')).toBe(401);
      for (const path of ['/v1/verifications', '/v1/verif%69cations', '/v1/Verifications', '/v1/verifications.json'])
        expect(await send('POST', path), path).toBe(401);
      const without = await carrier.createKey({ api: 'palm', org });
      expect(await send('POST', '/v1/verifications', bearer(without.secret))).toBe(403);
      expect((await carrier.send({ api: 'panel', path: '/health', headers: [] })).status).toBe(401);
    });

    test('no reply to a denied request holds the secret', async () => {
      const { id, secret } = await carrier.createKey({ api: 'classic', org });
      await carrier.revokeKey(id);
      const reply = await carrier.send({ api: 'classic', headers: bearer(secret) });
      expect(JSON.stringify(reply)).not.toContain(secret.slice(8, 20));
    });
  });
}
