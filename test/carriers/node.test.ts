// `miftah/node` as a carrier, and what only the middleware does.

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { libraryOperator } from '../../src/management/rights.ts';
import { type ApiKeyAuthOptions, type AuthenticatedRequest, apiKeyAuth } from '../../src/middleware/node.ts';
import type { Gate } from '../../src/profiles/gate.ts';
import { requestText, sendRaw } from '../raw-http.ts';
import { carriedApis, describeCarrier } from './carrier-contract.ts';
import { openEmbedded, openEmbeddedCarrier, startServer } from './embedded.ts';

describeCarrier('miftah/node', () =>
  openEmbeddedCarrier((guardOf) =>
    startServer((req, res) => {
      const answer: RequestListener = (allowed) => res.end(JSON.stringify((allowed as AuthenticatedRequest).auth));
      guardOf(req.headers.host)(answer, answer)(req, res);
    }),
  ),
);

test('an unknown API throws before the first request', async () => {
  const { miftah, close } = await openEmbedded();
  expect(() => miftah.api('acme')).toThrow('no API acme is configured: use one of palcards, palpluss');
  expect(() => apiKeyAuth(miftah.api('classic'), { trustedProxies: ['10.0.0.0/33'] })).toThrow(TypeError);
  await close();
});

test('requests are refused as unavailable after the storage has closed', async () => {
  const { miftah, close } = await openEmbedded();
  const org = await miftah.organizations.createOrganization(libraryOperator, { name: 'Test' });
  const { secret } = await miftah.keys.createKey(libraryOperator, { apiId: 'classic', orgId: org.id, name: 'key' });
  const handler = apiKeyAuth(miftah.api('classic'))((_req, res) => {
    res.end('let through');
  });
  await miftah.close();
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const headers = [
    ['Host', 'x'],
    ['Authorization', `Bearer ${secret}`],
  ] as const;
  const reply = await sendRaw({ port, text: requestText('GET / HTTP/1.1', headers) });
  server.close();
  await close();
  expect(reply.status).toBe(503);
  expect(reply.body).not.toContain('let through');
});

/** An embedded Miftah with a key of `api`, and a function that calls a handler behind its guard. */
async function openGuarded({
  api = 'classic',
  extra = '',
  apis,
  ...fields
}: Record<string, unknown> & { api?: string; extra?: string; apis?: string } = {}) {
  const { miftah, close } = await openEmbedded(extra, apis);
  const { id: orgId } = await miftah.organizations.createOrganization(libraryOperator, {
    name: 'Acme',
    kind: 'dealer',
  });
  const { secret } = await miftah.keys.createKey(libraryOperator, { apiId: api, orgId, name: 'key', ...fields });
  const credential =
    api === 'palcards' ? (['X-API-Key', secret] as const) : (['Authorization', `Bearer ${secret}`] as const);
  return {
    gate: miftah.api(api),
    async ask(
      listener: RequestListener,
      headers: readonly (readonly [string, string])[] = [],
      line = 'GET /a HTTP/1.1',
    ) {
      const server = await startServer(listener);
      try {
        const text = requestText(line, [['Host', 'x'], credential, ...headers]);
        return await sendRaw({ port: server.port, text });
      } finally {
        await server.close();
      }
    },
    close,
  };
}

test.each<[what: string, options: unknown, message: string]>([
  ['a misspelt name', { scope: ['a'] }, 'scope is not an option of apiKeyAuth: did you mean scopes?'],
  ['a name of another library', { trustProxy: true }, 'trustProxy is not an option of apiKeyAuth'],
  [
    'an unknown name',
    { limit: 1 },
    'limit is not an option of apiKeyAuth: use one of trustedProxies, environment, scopes, passHeaders',
  ],
  ['text in place of a list', { scopes: 'admin' }, 'scopes must be a list of strings'],
  ['a list of numbers', { scopes: [1] }, 'scopes must be a list of strings'],
  ['an unknown environment', { environment: 'prod' }, 'environment must be one of live, test'],
  ['an invalid header name', { passHeaders: ['X Method'] }, 'passHeaders: "X Method" is not a header name'],
  [
    'a header that only Miftah sets',
    { passHeaders: ['X_Miftah-Org'] },
    'passHeaders: X_Miftah-Org is reserved for Miftah',
  ],
])('%s throws before the first request', async (_what, options, message) => {
  const { gate, close } = await openGuarded();
  expect(() => apiKeyAuth(gate, options as ApiKeyAuthOptions)).toThrow(message);
  expect(() => apiKeyAuth(gate, options as ApiKeyAuthOptions)).toThrow(TypeError);
  await close();
});

const steering = [
  ['X-HTTP-Method-Override', 'DELETE'],
  ['x_http.method!override', 'DELETE'],
  ['X-Original-URL', '/admin'],
  ['X-Rewrite-URL', '/admin'],
  ['x-middleware-subrequest', 'middleware'],
  ['X-Miftah-Org', 'org_evil'],
  ['X.Miftah.Key!Id', 'key_evil'],
  ['CF-Connecting-IP', '203.0.113.7'],
  ['True_Client_IP', '203.0.113.7'],
] as const;

const readFields: RequestListener = (req, res) => {
  const { headers, headersDistinct, rawHeaders } = req;
  res.end(
    JSON.stringify([
      Object.keys(headers),
      Object.keys(headersDistinct),
      rawHeaders.filter((_text, at) => at % 2 === 0),
    ]),
  );
};
const namesOf = (body: string) =>
  (JSON.parse(body) as string[][]).map((names) => names.map((name) => name.toLowerCase()).sort());

test('the handler sees no field that could change the meaning of an allowed request', async () => {
  const { gate, ask, close } = await openGuarded();
  const sent = [
    ...steering,
    ['X-Custom', 'kept'],
    ['X-Forwarded-For', '203.0.113.7'],
    ['X-HTTP-Method', 'PUT'],
  ] as const;
  const kept = ['authorization', 'host', 'x-custom', 'x-forwarded-for'];
  const protect = apiKeyAuth(gate);
  expect(namesOf((await ask(protect(readFields), sent)).body)).toEqual([kept, kept, kept]);
  // Also if another middleware has read the headers before.
  const early: RequestListener = (req, res) => {
    expect(req.headers['x-http-method']).toBe('PUT');
    expect(req.headersDistinct['x-http-method']).toEqual(['PUT']);
    protect(readFields)(req, res);
  };
  expect(namesOf((await ask(early, sent)).body)).toEqual([kept, kept, kept]);
  // Without such fields, nothing changes.
  const plain = ['authorization', 'host'];
  expect(namesOf((await ask(protect(readFields))).body)).toEqual([plain, plain, plain]);
  await close();
});

test('the handler sees no subprotocol with a key, and another guard still does', async () => {
  const { miftah, close } = await openEmbedded('', carriedApis);
  const { id: orgId } = await miftah.organizations.createOrganization(libraryOperator, { name: 'Acme' });
  const { secret } = await miftah.keys.createKey(libraryOperator, { apiId: 'sockets', orgId, name: 'key' });
  const protect = apiKeyAuth(miftah.api('sockets'));
  const showOffered: RequestListener = ({ headers, headersDistinct, rawHeaders }, res) =>
    void res.end(JSON.stringify([headers, headersDistinct, rawHeaders]));
  const ask = async (listener: RequestListener, lines: readonly string[]) => {
    const server = await startServer(listener);
    const headers = lines.map((line) => ['Sec-WebSocket-Protocol', line] as const);
    const reply = await sendRaw({
      port: server.port,
      text: requestText('GET / HTTP/1.1', [['Host', 'x'], ...headers]),
    });
    await server.close();
    expect(reply.status).toBe(200);
    expect(reply.body).not.toContain(secret);
    const [headersOf, distinct, raw] = JSON.parse(reply.body) as [
      Record<string, string>,
      Record<string, string>,
      string[],
    ];
    return [headersOf['sec-websocket-protocol'], distinct['sec-websocket-protocol'], raw.slice(2)];
  };
  const read: RequestListener = (req, res) => {
    // Node builds these once, of the headers as they are then.
    expect([req.headers, req.headersDistinct]).toHaveLength(2);
    protect(showOffered)(req, res);
  };
  const field = 'Sec-WebSocket-Protocol';
  for (const listener of [protect(showOffered), protect(protect(showOffered)), read]) {
    expect(await ask(listener, [`acme-key.${secret}`])).toEqual([undefined, undefined, []]);
    expect(await ask(listener, ['mqtt', `acme-key.${secret}, graphql-ws`])).toEqual([
      'mqtt, graphql-ws',
      ['mqtt', 'graphql-ws'],
      [field, 'mqtt', field, 'graphql-ws'],
    ]);
  }
  await close();
});

test('the handler sees no key in the query, and another guard still does', async () => {
  const { miftah, close } = await openEmbedded('', carriedApis);
  const { id: orgId } = await miftah.organizations.createOrganization(libraryOperator, { name: 'Acme' });
  const { secret } = await miftah.keys.createKey(libraryOperator, { apiId: 'queries', orgId, name: 'key' });
  const protect = apiKeyAuth(miftah.api('queries'));
  const show: RequestListener = (req, res) => {
    const { url, headers, headersDistinct, rawHeaders } = req;
    const { originalUrl } = req as { originalUrl?: string };
    res.end(JSON.stringify([url, originalUrl, headers.referer, headersDistinct.referer, rawHeaders.at(-1)]));
  };
  const ask = async (listener: RequestListener, target: string) => {
    const server = await startServer(listener);
    const headers = [['Host', 'x'] as const, ['Referer', `http://x${target}`] as const];
    const reply = await sendRaw({ port: server.port, text: requestText(`GET ${target} HTTP/1.1`, headers) });
    await server.close();
    expect(reply.status).toBe(200);
    expect(reply.text).not.toContain(secret);
    return JSON.parse(reply.body) as unknown[];
  };
  const mounted: RequestListener = (req, res) => {
    (req as { originalUrl?: string }).originalUrl = req.url as string;
    req.url = (req.url as string).replace('/v1', '');
    expect([req.headers, req.headersDistinct]).toHaveLength(2);
    protect(show)(req, res);
  };
  for (const listener of [protect(show), protect(protect(show))]) {
    const referer = 'http://x/v1/a?b=1';
    expect(await ask(listener, `/v1/a?api_key=${secret}&b=1`)).toEqual([
      ...['/v1/a?b=1', null, referer],
      [referer],
      referer,
    ]);
  }
  const bare = 'http://x/v1/a';
  expect(await ask(mounted, `/v1/a?api_key=${secret}`)).toEqual(['/a', '/v1/a', bare, [bare], bare]);
  await close();
});

test('fields in passHeaders pass, and so do a trusted proxy’s fields about the client', async () => {
  const { gate, ask, close } = await openGuarded({ extra: 'public: { trustedProxies: [127.0.0.1] }' });
  const passing = apiKeyAuth(gate, { passHeaders: ['x-http-method-override'] });
  const [names] = namesOf((await ask(passing(readFields), steering)).body);
  const ofProxy = ['authorization', 'cf-connecting-ip', 'host', 'true_client_ip'];
  // In its own spelling, and in one that folds to it.
  expect(names).toEqual([...ofProxy, 'x-http-method-override', 'x_http.method!override'].sort());
  const mistrusting = apiKeyAuth(gate, { trustedProxies: [] });
  expect(namesOf((await ask(mistrusting(readFields), steering)).body)[0]).toEqual(['authorization', 'host']);
  await close();
});

test('the trustedProxies option overrides the configuration', async () => {
  const { gate, ask, close } = await openGuarded({
    extra: 'public: { trustedProxies: [127.0.0.1] }',
    addresses: ['203.0.113.7'],
  });
  const forwarded = [['X-Forwarded-For', '203.0.113.7']] as const;
  const end: RequestListener = (_req, res) => void res.end('let through');
  const status = async (options: ApiKeyAuthOptions | undefined, headers: typeof forwarded | readonly []) =>
    (await ask(apiKeyAuth(gate, options)(end), headers)).status;
  expect(await status(undefined, forwarded)).toBe(200);
  expect(await status({ scopes: [] }, forwarded)).toBe(200);
  expect(await status(undefined, [])).toBe(403);
  expect(await status({ trustedProxies: [] }, forwarded)).toBe(403);
  expect(await status({ trustedProxies: ['10.0.0.0/8'] }, forwarded)).toBe(403);
  await close();
});

test('the application’s cache headers stay, and Vary also names the key’s header', async () => {
  const { gate, ask, close } = await openGuarded({ api: 'palcards', addresses: ['127.0.0.1'] });
  const said = async (handler: RequestListener, before: RequestListener = () => undefined) => {
    const guarded = apiKeyAuth(gate)(handler);
    const { status, headers } = await ask((req, res) => {
      before(req, res);
      guarded(req, res);
    });
    expect(status).toBe(200);
    return [headers.vary, headers['cache-control']];
  };
  const fixed = 'public, max-age=60';
  const cases: readonly (readonly [
    handler: RequestListener,
    vary: string,
    cacheControl: string,
    before?: RequestListener,
  ])[] = [
    [(_req, res) => void res.end('ok'), 'x-api-key', 'private'],
    [(_req, res) => void res.writeHead(200).end('ok'), 'x-api-key', 'private'],
    [(_req, res) => void res.writeHead(200, 'Fine', { A: 'b' }).end('ok'), 'x-api-key', 'private'],
    [(_req, res) => void res.setHeader('Vary', 'Accept').end('ok'), 'Accept, x-api-key', 'private'],
    [(_req, res) => void res.setHeader('vary', ['Accept', 'Origin']).end('ok'), 'Accept, Origin, x-api-key', 'private'],
    [
      (_req, res) => void res.end('ok'),
      'Origin, x-api-key',
      fixed,
      (_req, res) => void res.setHeader('Vary', 'Origin').setHeader('Cache-Control', fixed),
    ],
    [
      (_req, res) => void res.writeHead(200, { vary: 'Accept', 'cache-control': fixed }).end('ok'),
      'Accept, x-api-key',
      fixed,
    ],
    [
      (_req, res) => void res.writeHead(200, 'Fine', ['Vary', 'Accept', 'VARY', 'Origin']).end('ok'),
      'Accept, Origin, x-api-key',
      'private',
    ],
    [(_req, res) => void res.writeHead(200, { Vary: ['Accept'] }).end('ok'), 'Accept, x-api-key', 'private'],
    [(_req, res) => void res.setHeader('Vary', '*').end('ok'), '*', 'private'],
    [(_req, res) => void res.setHeader('Vary', 'X-API-KEY, Accept').end('ok'), 'X-API-KEY, Accept', 'private'],
    [(_req, res) => void res.setHeader('Vary', '').end('ok'), 'x-api-key', 'private'],
    [
      (_req, res) => {
        res.flushHeaders();
        res.end('ok');
      },
      'x-api-key',
      'private',
    ],
    // A second guard, for example on a route of its own.
    [apiKeyAuth(gate)((_req, res) => void res.setHeader('Vary', 'Accept').end('ok')), 'Accept, x-api-key', 'private'],
  ];
  for (const [handler, vary, cacheControl, before] of cases)
    expect(await said(handler, before), String(handler)).toEqual([vary, cacheControl]);
  await close();
});

test('a handler that counts on a key gets no request without one', async () => {
  const { gate, ask, close } = await openGuarded({ api: 'palm', apis: carriedApis });
  const named: RequestListener = (req, res) => void res.end((req as AuthenticatedRequest).auth.orgId);
  const open: RequestListener = (req, res) => void res.end(`open ${'auth' in req}`);
  const bare = async (listener: RequestListener) => {
    const server = await startServer(listener);
    const reply = await sendRaw({ port: server.port, text: requestText('GET /health HTTP/1.1', [['Host', 'x']]) });
    await server.close();
    return [reply.status, reply.body];
  };
  const [status] = await bare(apiKeyAuth(gate)(named));
  expect(status).toBe(401);
  expect(await bare(apiKeyAuth(gate)(named, open))).toEqual([200, 'open false']);
  expect((await ask(apiKeyAuth(gate)(named), [], 'GET /health HTTP/1.1')).body).toMatch(/^org_/);
  // A route that needs a scope is not public, whatever the configuration says.
  expect((await bare(apiKeyAuth(gate, { scopes: ['admin'] })(named, open)))[0]).toBe(401);
  // No key is looked at where none is needed.
  expect((await ask(apiKeyAuth(gate)(named, open), [], 'GET /health HTTP/1.1')).body).toBe('open false');
  await close();
});

test('an absolute target is decided by its path, and its host is that of Host', async () => {
  const { gate, ask, close } = await openGuarded({ endpoints: ['GET /v1/users/*'] });
  const listener = apiKeyAuth(gate)((req, res) => void res.end(req.url));
  const statusOf = async (target: string) => (await ask(listener, [], `GET ${target} HTTP/1.1`)).status;
  expect(await statusOf('http://x/v1/users/1?a=1')).toBe(200);
  expect(await statusOf('https://X:8443/v1/users/1')).toBe(200);
  expect(await statusOf('http://x/v1/cards/1')).toBe(403);
  expect(await statusOf('http://x/v1/users/..%2fcards')).toBe(400);
  // The application would take it for another host's.
  expect(await statusOf('http://y/v1/users/1')).toBe(400);
  expect(await statusOf('http://y@x/v1/users/1')).toBe(400);
  expect((await ask(listener, [], 'OPTIONS * HTTP/1.1')).status).toBe(204);
  await close();
});

test('where Miftah tells browsers who may read, the application does not contradict it', async () => {
  const { gate, ask, close } = await openGuarded({ apis: carriedApis, referrers: ['https://shop.example.com'] });
  const page = 'https://shop.example.com';
  const told = async (handler: RequestListener, before: RequestListener = () => undefined, origin = page) => {
    const guarded = apiKeyAuth(gate)(handler);
    const headers = [['Referer', page] as const, ['Origin', origin] as const];
    const listener: RequestListener = (req, res) => {
      before(req, res);
      guarded(req, res);
    };
    const { text, headers: replied } = await ask(listener, headers);
    return [text.match(/^access-control-allow-[^\r]*/gim), replied.vary];
  };
  const wide = { 'Access-Control-Allow-Origin': '*', 'access-control-allow-credentials': 'true' };
  const setWide: RequestListener = (_req, res) => {
    for (const [name, value] of Object.entries(wide)) res.setHeader(name, value);
  };
  const handlers: readonly RequestListener[] = [
    (_req, res) => void res.end('ok'),
    (_req, res) => void res.writeHead(200, wide).end('ok'),
    (_req, res) => void res.writeHead(200, Object.entries(wide).flat()).end('ok'),
    (_req, res) => void res.setHeader('access-control-allow-origin', '*').end('ok'),
  ];
  for (const handler of handlers) {
    for (const before of [undefined, setWide]) {
      expect(await told(handler, before)).toEqual([[`Access-Control-Allow-Origin: ${page}`], 'Origin']);
      expect(await told(handler, before, 'https://evil.com')).toEqual([null, 'Origin']);
    }
  }
  // A second guard, as where a route has one of its own.
  expect(await told(apiKeyAuth(gate)(handlers[1] as RequestListener))).toEqual([
    ...[[`Access-Control-Allow-Origin: ${page}`], 'Origin'],
  ]);
  await close();
});

test('a key in Authorization needs neither', async () => {
  const { gate, ask, close } = await openGuarded();
  const { headers } = await ask(apiKeyAuth(gate)((_req, res) => void res.end('ok')));
  expect([headers.vary, headers['cache-control']]).toEqual([undefined, undefined]);
  await close();
});

test('a fault inside Miftah is a 503, is reported, and does not end the process', async () => {
  const { gate, ask, close } = await openGuarded();
  const broken = new Error('the disk is full');
  const reported: unknown[] = [];
  const faulty: Gate = { ...gate, onFault: (error) => void reported.push(error) };
  const fail = () => {
    throw broken;
  };
  const faults: readonly Gate[] = [
    { ...faulty, usage: { ...gate.usage, recordUseInTurn: () => Promise.reject(broken) } },
    { ...faulty, usage: { ...gate.usage, recordUseInTurn: fail } },
    { ...faulty, authorize: fail },
    {
      ...faulty,
      authorize: async (facts) => {
        await null;
        fail();
        return gate.authorize(facts);
      },
    },
    {
      ...faulty,
      authorize: async () => ({ kind: 'refused', reason: 'key_unknown', key: undefined, rate: undefined }),
      denials: { recordDenial: fail },
    },
    {
      ...faulty,
      authorize: () => ({ kind: 'refused', reason: 'key_unknown', key: undefined, rate: undefined }),
      denials: { recordDenial: fail },
    },
  ];
  for (const one of faults) {
    const reply = await ask(apiKeyAuth(one)((_req, res) => void res.end('let through')));
    expect(reply.status).toBe(503);
    expect(reply.body).not.toContain('disk');
  }
  expect(reported).toEqual(faults.map(() => broken));
  await close();
});

test.each(['gzip, chunked', 'chunked, identity', 'xchunked'])(
  'a body in the transfer coding %s ends its connection',
  async (coding) => {
    const { gate, ask, close } = await openGuarded();
    const listener = apiKeyAuth(gate)((_req, res) => void res.end('let through'));
    const reply = await ask(listener, [['Transfer-Encoding', coding]], 'POST /a HTTP/1.1');
    expect([reply.status, reply.headers.connection]).toEqual([400, 'close']);
    await close();
  },
);

test('a reply that another middleware sent meanwhile stays unchanged', async () => {
  const { gate, ask, close } = await openGuarded();
  for (const kind of ['allowed', 'refused', 'fault'] as const) {
    const listener: RequestListener = (req, res) => {
      if (kind === 'fault') req.rawHeaders.push('Host', 'y');
      if (kind === 'refused') req.rawHeaders.push('Authorization', 'again');
      apiKeyAuth(gate)(() => expect.fail('it was answered'))(req, res);
      if (!res.headersSent) res.writeHead(504, { 'Content-Length': 4 }).end('late');
    };
    // A denial that is known at once is sent before anything else can answer.
    expect((await ask(listener)).status, kind).toBe(kind === 'refused' ? 401 : 504);
  }
  await close();
});

test('an error in the handler is an uncaught exception, as without a guard', async () => {
  const { gate, ask, close } = await openGuarded();
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const caught = Promise.withResolvers<unknown>();
  process.once('uncaughtException', (error, origin) => caught.resolve([error, origin]));
  const mistake = new Error('the application’s own');
  const reply = ask(
    apiKeyAuth(gate)((_req, res) => {
      res.end('half done');
      throw mistake;
    }),
  );
  expect(await caught.promise).toEqual([mistake, 'uncaughtException']);
  expect((await reply).body).toBe('half done');
  for (const listener of others) process.on('uncaughtException', listener);
  await close();
});

test('a host that the configuration binds to an environment accepts only its keys', async () => {
  const { gate, ask, close } = await openGuarded({ api: 'palcards', addresses: ['127.0.0.1'], environment: 'test' });
  const statusAt = async (host: string, options?: ApiKeyAuthOptions) => {
    const guarded = apiKeyAuth(gate, options)((_req, res) => void res.end('let through'));
    const atHost: RequestListener = (req, res) => {
      req.rawHeaders[1] = host;
      guarded(req, res);
    };
    return (await ask(atHost)).status;
  };
  expect(await statusAt('api-sandbox.palcards.localhost')).toBe(200);
  expect(await statusAt('api.palcards.localhost')).toBe(401);
  expect(await statusAt('API.palcards.localhost.:8080')).toBe(401);
  // Another name is not bound, and the option overrides all hosts.
  expect(await statusAt('elsewhere.localhost')).toBe(200);
  expect(await statusAt('elsewhere.localhost', { environment: 'live' })).toBe(401);
  expect(await statusAt('api.palcards.localhost', { environment: 'test' })).toBe(200);
  await close();
});

test('the handler gets the metadata that the API names, and none of the client', async () => {
  const { gate, ask, close } = await openGuarded({
    api: 'panel',
    apis: carriedApis,
    metadata: { plan: 'gold', team: 'payments' },
  });
  const listener = apiKeyAuth(gate)((req, res) => {
    res.end(JSON.stringify([req.auth.metadata, req.headers]));
  });
  const { body } = await ask(listener, [['X-Miftah-Meta-Plan', 'forged']]);
  expect(JSON.parse(body)[0]).toEqual({ plan: 'gold' });
  expect(body).not.toMatch(/forged|payments/);
  await close();
});
