// The client's address: which proxies are trusted, and what follows from a header that is unreadable.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalAddress } from './address.ts';
import { createTrustedProxies, resolveClientAddress, resolveClientScheme } from './client-address.ts';
import { formatForwarded } from './forwarded.ts';

const noProxies = createTrustedProxies([]);
const proxies = createTrustedProxies(['10.0.0.0/8', '192.0.2.1', '2001:db8:ffff::/48']);

describe('resolveClientAddress', () => {
  test('without trusted proxies is the peer, whatever the header claims', () => {
    expect(resolveClientAddress('127.0.0.1', '8.8.8.8', noProxies)).toBe('127.0.0.1');
    expect(resolveClientAddress('10.0.0.1', '203.0.113.7', noProxies)).toBe('10.0.0.1');
  });

  test('of a peer that is not trusted is the peer', () => {
    expect(resolveClientAddress('198.51.100.9', '203.0.113.7', proxies)).toBe('198.51.100.9');
  });

  test.each([
    ['the only hop', '203.0.113.7', '203.0.113.7'],
    ['the right-most hop that is not trusted', '6.6.6.6, 203.0.113.7', '203.0.113.7'],
    [
      'the right-most that is not trusted, behind two proxies',
      '6.6.6.6, 203.0.113.7, 10.9.9.9, 192.0.2.1',
      '203.0.113.7',
    ],
    ['the left-most hop when all are trusted', '10.1.1.1, 10.2.2.2', '10.1.1.1'],
    ['an IPv6 hop', '2001:DB8::7', '2001:db8::7'],
    ['an IPv4-mapped hop', '::ffff:203.0.113.7', '203.0.113.7'],
    ['a hop behind an IPv6 proxy', '203.0.113.7, 2001:db8:ffff::1', '203.0.113.7'],
    ['a hop with a port', '203.0.113.7:4711', '203.0.113.7'],
    ['a bracketed hop', '[2001:db8::7]', '2001:db8::7'],
    ['a bracketed hop with a port', '[2001:db8::7]:4711', '2001:db8::7'],
    ['a bracketed hop with a masked port', '[2001:db8::7]:_p', '2001:db8::7'],
    ['a hop with a zone', 'fe80::7%eth0', 'fe80::7'],
    ['a bracketed hop with a zone and a port', '[fe80::7%25eth0]:4711', 'fe80::7'],
    ['a hop before an empty element', '203.0.113.7,', '203.0.113.7'],
    ['a hop amid empty elements', ', 6.6.6.6 ,, 203.0.113.7, \t ,10.0.0.2,,', '203.0.113.7'],
    ['a hop amid white space', ' \t203.0.113.7 ,10.0.0.2 ', '203.0.113.7'],
    ['a hop right of rubbish that anyone could have written', 'unknown, <script>, _hidden, 203.0.113.7', '203.0.113.7'],
  ])('of a trusted peer is %s', (_what, header, client) => {
    expect(resolveClientAddress('10.0.0.1', header, proxies)).toBe(client);
  });

  test.each([
    'unknown',
    '_hidden',
    '203.0.113.7, unknown',
    '203.0.113.7, _hidden, 10.0.0.2',
    '203.0.113.7, garbage, 10.0.0.2',
    '',
    ', ,',
    '010.0.0.1',
    '203.0.113',
    '203.0.113.7:',
    '203.0.113.7:123456',
    '[203.0.113.7',
    '[2001:db8::7]x',
    '[2001:db8::7%]',
    '2001:db8::7%eth0 x',
    '203.0.113.7%eth0',
    '%eth0',
    '"203.0.113.7"',
    // JavaScript trims these, HTTP does not.
    '\u00a0203.0.113.7',
    '203.0.113.7\u00a0, 10.0.0.2',
    '203.0.113.7\r',
    '\ufeff203.0.113.7',
    '\u000b203.0.113.7',
  ])('is unknown when the trusted part of %j is unreadable', (header) => {
    expect(resolveClientAddress('10.0.0.1', header, proxies)).toBeUndefined();
  });

  test('reads the peer as Node gives it: mapped, with a zone, or not at all', () => {
    expect(resolveClientAddress('::ffff:10.0.0.1', '203.0.113.7', proxies)).toBe('203.0.113.7');
    expect(resolveClientAddress('fe80::1%eth0', undefined, noProxies)).toBe('fe80::1');
    expect(resolveClientAddress(undefined, '203.0.113.7', proxies)).toBeUndefined();
  });

  test('never throws, and is canonical or unknown', () => {
    const hop = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ maxLength: 12 }), fc.constant('10.0.0.3'));
    fc.assert(
      fc.property(fc.array(hop, { maxLength: 6 }), (hops) => {
        const client = resolveClientAddress('10.0.0.1', hops.join(','), proxies);
        if (client !== undefined) expect(canonicalAddress(client)).toBe(client);
      }),
    );
  });

  test('nothing left of the first untrusted hop changes the outcome', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.ipV4(), fc.string({ maxLength: 12 })), { maxLength: 6 }), (forged) => {
        const header = [...forged, '203.0.113.7', '10.0.0.2'].join(',');
        expect(resolveClientAddress('10.0.0.1', header, proxies)).toBe('203.0.113.7');
      }),
    );
  });
});

describe('Forwarded (RFC 7239)', () => {
  const listed = createTrustedProxies(['10.0.0.0/8', '2001:db8:ffff::/48'], 'forwarded');

  test.each([
    ['for=203.0.113.7', '203.0.113.7'],
    ['for=203.0.113.7;proto=https;by=10.0.0.1', '203.0.113.7'],
    ['For="[2001:db8:cafe::17]:4711"', '2001:db8:cafe::17'],
    ['for="[2001:db8:cafe::17]"', '2001:db8:cafe::17'],
    ['for=2001:db8:cafe::17', '2001:db8:cafe::17'],
    ['for="203.0.113.7:_port"', '203.0.113.7'],
    ['for="203\\.0.113.7"', '203.0.113.7'],
    ['for=6.6.6.6, for=203.0.113.7, for=10.0.0.2', '203.0.113.7'],
    ['for=unknown, for="_hidden", FOR=203.0.113.7 ; proto=http ,, for="[2001:db8:ffff::1]:1"', '203.0.113.7'],
  ])('%s', (header, client) => {
    expect(resolveClientAddress('10.0.0.1', header, listed)).toBe(client);
  });

  test.each([
    '',
    'for=unknown',
    'for=_hidden',
    'proto=https',
    'for=203.0.113.7, proto=https',
    'for=203.0.113.7, for=unknown, for=10.0.0.2',
    'for="203.0.113.7',
    'for=203.0.113.7;for=203.0.113.8',
    'for 203.0.113.7',
    '203.0.113.7',
    // What a client writes must not swallow what a proxy appends.
    'for=6.6.6.6;x=", for="[2001:db8::7]"',
    'for="6.6.6.6, for=203.0.113.7',
    'for=6.6.6.6;x="\\", for=203.0.113.7',
  ])('%s can not be read', (header) => {
    expect(resolveClientAddress('10.0.0.1', header, listed)).toBeUndefined();
  });

  test('of a peer that is not trusted is nothing', () => {
    expect(resolveClientAddress('198.51.100.9', 'for=203.0.113.7', listed)).toBe('198.51.100.9');
    expect(resolveClientAddress('10.0.0.1', undefined, listed)).toBe('10.0.0.1');
  });

  test('formatForwarded writes what the parser reads', () => {
    for (const address of ['203.0.113.7', '2001:db8::7'])
      expect(resolveClientAddress('10.0.0.1', formatForwarded(address), listed)).toBe(address);
  });
});

describe('a header of one address', () => {
  const own = createTrustedProxies(['10.0.0.0/8'], 'x-real-ip');

  test.each([
    ['203.0.113.7', '203.0.113.7'],
    [' 203.0.113.7:99 ,', '203.0.113.7'],
    ['[2001:db8::7%eth0]:1', '2001:db8::7'],
    // It is the client's, whatever else that address is.
    ['10.9.9.9', '10.9.9.9'],
    ['203.0.113.7, 203.0.113.8', undefined],
    ['203.0.113.7,203.0.113.7', undefined],
    ['unknown', undefined],
    ['', undefined],
  ])('%j', (header, client) => {
    expect(resolveClientAddress('10.0.0.1', header, own)).toBe(client);
  });
});

describe('resolveClientScheme', () => {
  test.each([
    ['https', undefined, 'https'],
    ['HTTPS', undefined, 'https'],
    [' https ', undefined, 'https'],
    ['https,http', undefined, 'https'],
    [',https, http,', '203.0.113.7', 'https'],
    ['https, http', '203.0.113.7, 10.0.0.2', 'https'],
    ['http,https', '203.0.113.7,10.0.0.2', 'http'],
    // A client that forges both headers of a proxy which appends to them.
    ['https, http', '6.6.6.6, 203.0.113.7', 'http'],
    ['wss', undefined, 'https'],
    ['ws', undefined, 'http'],
    ['http', undefined, 'http'],
    ['ftp', undefined, undefined],
    ['ftp, https', undefined, undefined],
    ['', undefined, undefined],
    [undefined, '203.0.113.7', undefined],
  ])('X-Forwarded-Proto %j with X-Forwarded-For %j is %s', (proto, forwardedFor, scheme) => {
    expect(resolveClientScheme(proto, forwardedFor, proxies)).toBe(scheme);
  });

  test('is the proto of the client’s hop of Forwarded, else of X-Forwarded-Proto', () => {
    const listed = createTrustedProxies(['10.0.0.0/8'], 'forwarded');
    const schemeOf = (forwarded: string) => resolveClientScheme('http', forwarded, listed);
    expect(schemeOf('for=6.6.6.6;proto=http, for=203.0.113.7;proto=HTTPS, for=10.0.0.2;proto=http')).toBe('https');
    expect(schemeOf('for=203.0.113.7')).toBe('http');
  });
});

describe('createTrustedProxies', () => {
  test('names the entry that is not an address or a range', () => {
    expect(() => createTrustedProxies(['10.0.0.0/8', 'loopback'])).toThrow(/"loopback"/);
    expect(() => createTrustedProxies(['1.2.3.4/33'])).toThrow(TypeError);
  });

  test('trusts IPv4 proxies that are written as IPv4-mapped ranges', () => {
    expect(createTrustedProxies(['::ffff:10.0.0.0/104']).has('10.9.9.9')).toBe(true);
  });
});
