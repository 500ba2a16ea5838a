// The head of a request: which host, which forwarded addresses, and what makes it impossible to carry on.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTrustedProxies } from '../domain/client-address.ts';
import { clientAddressOf, pathOf, readRequestHead } from './request-head.ts';

describe('the host', () => {
  test.each([
    ['api.example.com', 'api.example.com'],
    ['api.example.com:4100', 'api.example.com'],
    ['API.Example.COM:80', 'api.example.com'],
    ['api.example.com.', 'api.example.com'],
    ['api.example.com.:443', 'api.example.com'],
    ['127.0.0.1:4100', '127.0.0.1'],
    ['[::1]', '[::1]'],
    ['[::1]:4100', '[::1]'],
    ['[2001:DB8::1]:80', '[2001:db8::1]'],
    ['', ''],
  ])('of %j is %j', (value, host) => {
    expect(readRequestHead(['Host', value]).host).toBe(host);
  });

  test.each([
    [[':authority', 'API.example.com:80'], 'api.example.com', undefined],
    [[':authority', 'a.example', 'host', 'a.example'], 'a.example', undefined],
    [['host', 'b.example', ':authority', 'a.example'], 'a.example', 'bad_request'],
    [[':authority', 'a.example:@b.example'], '', 'bad_request'],
  ])('over HTTP/2, of %j, is %j', (lines, host, fault) => {
    expect(readRequestHead(lines)).toMatchObject({ host, fault });
  });

  test('is empty without a Host line', () => {
    expect(readRequestHead(['Accept', '*/*'])).toEqual({
      host: '',
      forwardedFor: undefined,
      forwardedProto: undefined,
      via: undefined,
      fault: undefined,
      isLast: false,
    });
  });

  test.each([
    ['an empty port', 'api.example.com:', 'api.example.com'],
    ['the last port', 'api.example.com:65535', 'api.example.com'],
    ['leading zeros', 'api.example.com:00080', 'api.example.com'],
    ['an underscore', 'my_api.example.com:80', 'my_api.example.com'],
    ['an address within an address', '[::ffff:127.0.0.1]:80', '[::ffff:127.0.0.1]'],
  ])('with %s is a good one: %j', (_, value, host) => {
    expect(readRequestHead(['Host', value])).toMatchObject({ host, fault: undefined });
  });

  test.each([
    ...['api:@evil.com', 'api@evil.com', 'user:pass@api', 'api:80:80', 'api:80@evil.com:80', '::1', 'a:b'],
    ...['api:99999', 'api:65536', 'api:0', 'api:000000', 'api:+80', 'api:-1', 'api:8e1', 'api:0x50', 'api:٣'],
    ...[
      'a b',
      'api\t',
      ' api',
      'api ',
      'api,api',
      'api/x',
      'api?x',
      'api#x',
      'api\\x',
      'a%2eb',
      'a%',
      'apí',
      'api\x00',
    ],
    ...['[', ']', '[]', '[::1', '::1]', '[::1]x', '[::1].', '[::1%25lo]', '[::1%lo]:80', '[1.2.3.4]', '[v1.a]'],
    ...['[::1]:99999', '.', ':', ':80', '.:80', `${'a'.repeat(300)}`, `${'a.'.repeat(40_000)}:1`],
  ])('that is no host is a bad request: %j', (value) => {
    expect(readRequestHead(['Host', value])).toMatchObject({ host: '', fault: 'bad_request' });
  });

  test('is never more than a URL can hold', () => {
    const piece = fc.constantFrom(
      'a',
      'A',
      '.',
      '-',
      '_',
      ':',
      '@',
      '[',
      ']',
      '%',
      '0',
      '8',
      '65535',
      '99999',
      ' ',
      '/',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const { host, fault } = readRequestHead(['Host', pieces.join('')]);
        expect(fault === undefined || host === '').toBe(true);
        expect(host).toMatch(/^(?:[a-z0-9._-]*|\[[0-9a-f:.]+\])$/);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['Host', 'Host'],
    ['Host', 'host'],
    ['HOST', 'hOsT'],
  ])('stated twice (%s, %s) is a bad request, also with one value', (first, second) => {
    expect(readRequestHead([first, 'a.example', second, 'a.example']).fault).toBe('bad_request');
  });

  test('is not taken from X-Forwarded-Host', () => {
    expect(readRequestHead(['Host', 'a.example', 'X-Forwarded-Host', 'b.example']).host).toBe('a.example');
  });
});

describe('the transfer coding', () => {
  test.each(['chunked', 'Chunked', 'CHUNKED'])('%s is carried on', (value) => {
    expect(readRequestHead(['Transfer-Encoding', value]).fault).toBeUndefined();
  });

  test.each([
    'xchunked',
    'gzip',
    'gzip, chunked',
    'chunked, chunked',
    'chunked, identity',
    'identity',
    'chunked;q=1',
    'chunked ',
    '"chunked"',
    '',
  ])('%j is a bad request', (value) => {
    expect(readRequestHead(['transfer-encoding', value]).fault).toBe('bad_request');
  });

  test('stated twice is a bad request', () => {
    expect(readRequestHead(['Transfer-Encoding', 'chunked', 'TRANSFER-ENCODING', 'chunked']).fault).toBe('bad_request');
  });
});

describe('header lines', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, at) => [`x-${at}`, 'v']).flat();

  test('are at most 200', () => {
    expect(readRequestHead(lines(200)).fault).toBeUndefined();
    expect(readRequestHead(lines(201)).fault).toBe('headers_too_large');
    expect(readRequestHead(lines(1990)).fault).toBe('headers_too_large');
  });
});

describe('what proxies say', () => {
  test('X-Forwarded-For lines are joined in order, in any case', () => {
    const head = readRequestHead(['X-Forwarded-For', '1.1.1.1, 2.2.2.2', 'Host', 'h', 'x-forwarded-for', '3.3.3.3']);
    expect(head.forwardedFor).toBe('1.1.1.1, 2.2.2.2,3.3.3.3');
  });

  test.each(['X_Forwarded_For', 'X-Real-IP', 'Forwarded', 'True-Client-IP', 'CF-Connecting-IP', 'X-Forwarded-Fox'])(
    '%s is not read as a forwarded address',
    (name) => {
      expect(readRequestHead([name, '8.8.8.8']).forwardedFor).toBeUndefined();
    },
  );

  test('X-Forwarded-Proto counts when there is one', () => {
    expect(readRequestHead(['x-forwarded-proto', 'https']).forwardedProto).toBe('https');
    expect(readRequestHead(['X-Forwarded-Proto', 'https', 'x-forwarded-proto', 'https']).forwardedProto).toBe(
      'https,https',
    );
  });

  test('is read without throwing, whatever the header lines', () => {
    const name = fc.oneof(
      fc.constantFrom('host', 'transfer-encoding', 'x-forwarded-for', 'x-forwarded-proto'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string()), { maxLength: 6 }), (pairs) => {
        expect(readRequestHead(pairs.flat()).host).toBe(readRequestHead(pairs.flat()).host.toLowerCase());
      }),
    );
  });
});

describe('clientAddressOf', () => {
  /** What a server on the loopback sees of two requests over one connection. */
  async function ask(listenHost: string, trustedProxies: string[], forwardedFor: (string | undefined)[]) {
    const trusted = createTrustedProxies(trustedProxies);
    const seen: (string | undefined)[] = [];
    const server = createServer((req, res) => {
      seen.push(clientAddressOf(req, readRequestHead(req.rawHeaders), trusted));
      res.end();
    });
    server.listen(0, listenHost);
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      for (const value of forwardedFor) {
        const headers = value === undefined ? {} : { 'X-Forwarded-For': value };
        const call = request({ host: '127.0.0.1', port, headers }).end();
        const [reply] = await once(call, 'response');
        reply.resume();
        await once(reply, 'end');
      }
    } finally {
      server.close();
    }
    return seen;
  }

  test('is the peer, in IPv4 also on a dual-stack socket, whatever an untrusted peer claims', async () => {
    expect(await ask('127.0.0.1', [], ['8.8.8.8', undefined])).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(await ask('::', [], ['8.8.8.8'])).toEqual(['127.0.0.1']);
  });

  test('is what a trusted proxy says, for each request of its connection', async () => {
    const said = ['203.0.113.7', undefined, '6.6.6.6, 2001:DB8::1', 'unknown'];
    expect(await ask('127.0.0.1', ['127.0.0.0/8'], said)).toEqual([
      '203.0.113.7',
      '127.0.0.1',
      '2001:db8::1',
      undefined,
    ]);
  });
});

test.each([
  ['/v1/users', '/v1/users'],
  ['/v1/users?apikey=K', '/v1/users'],
  ['/v1?a?b', '/v1'],
  ['/?', '/'],
  ['*', '*'],
  ['http://host/x?y', 'http://host/x'],
])('the path of %s is %s', (target, path) => {
  expect(pathOf(target)).toBe(path);
});
