// Origins: what people paste is folded to what browsers send, and what browsers send is compared and never folded.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOrigin, matchesOrigin, mayRead, parseOriginPattern } from './cors.ts';
import { parseReferrerPattern, type ReferrerPattern } from './referrer.ts';

test.each([
  ['https://app.example.com', 'https://app.example.com'],
  ['HTTPS://App.Example.com/', 'https://app.example.com'],
  ['https://app.example.com:443', 'https://app.example.com'],
  ['http://app.example.com:80/', 'http://app.example.com'],
  ['http://localhost:3000', 'http://localhost:3000'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['https://[2001:DB8::1]:8443', 'https://[2001:db8::1]:8443'],
  ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ['https://مفتاح.example', 'https://xn--mgbfk1fta.example'],
  ['capacitor://localhost', 'capacitor://localhost'],
  ['chrome-extension://AbCdEf', 'chrome-extension://abcdef'],
])('%s is the origin %s', (text, origin) => {
  expect(parseOriginPattern(text)).toEqual({ kind: 'exact', origin });
  expect(isOrigin(origin)).toBe(true);
});

test.each([
  ['https://*.example.com', 'https://', '.example.com'],
  ['HTTPS://*.EXAMPLE.com:443/', 'https://', '.example.com'],
  ['https://*.example.com:8443', 'https://', '.example.com:8443'],
  ['https://*.bücher.example', 'https://', '.xn--bcher-kva.example'],
  ['http://*.localhost:5173', 'http://', '.localhost:5173'],
])('%s is all origins below a domain', (text, start, end) => {
  expect(parseOriginPattern(text)).toEqual({ kind: 'below', start, end });
});

test.each([
  ...['', '*', 'null', 'example.com', 'https://', 'https://*', 'https://*.com', 'https://*.*.com', 'https://a.*.com'],
  ...['https://*.10.0.0.1', 'https://*example.com', 'https://example.com/path', 'https://example.com?x', 'a b'],
  ...['https://user@example.com', 'https://example.com:0', 'https://example.com:99999', 'https://exa mple.com'],
  ...['https://example.com\\@evil.com', 'javascript:alert(1)', 'https:example.com', '//example.com'],
])('%j is no origin pattern', (text) => {
  expect(parseOriginPattern(text)).toBeUndefined();
});

describe('the origins below a domain', () => {
  const below = parseOriginPattern('https://*.example.com');
  test.each(['https://a.example.com', 'https://a.b.example.com', 'https://xn--bcher-kva.example.com'])(
    '%s',
    (origin) => {
      expect(below !== undefined && matchesOrigin(below, origin)).toBe(true);
    },
  );
  test.each([
    ...['https://example.com', 'https://.example.com', 'http://a.example.com', 'https://a.example.com:8443'],
    ...['https://aexample.com', 'https://a.example.com.evil.com', 'https://evil.com/.example.com', 'null', ''],
    ...[
      'https://evil.com#.example.com',
      'https://evil.com@a.example.com',
      'https://a.example.com/',
      'https://A.example.com',
    ],
  ])('are not %j', (origin) => {
    expect(below !== undefined && matchesOrigin(below, origin)).toBe(false);
  });
});

test('what a browser sends for a pasted origin matches it, and an origin of another scheme, host or port never does', () => {
  const host = fc.domain();
  const port = fc.constantFrom('', ':8443', ':3000', ':1');
  const scheme = fc.constantFrom('https://', 'http://');
  fc.assert(
    fc.property(scheme, host, port, scheme, host, port, (scheme1, host1, port1, scheme2, host2, port2) => {
      const pattern = parseOriginPattern(`${scheme1}${host1.toUpperCase()}${port1}/`);
      if (pattern === undefined) return;
      const same = new URL(`${scheme1}${host1}${port1}`).origin;
      const other = new URL(`${scheme2}${host2}${port2}`).origin;
      expect(matchesOrigin(pattern, same)).toBe(true);
      expect(matchesOrigin(pattern, other)).toBe(same === other);
    }),
  );
});

test('of a key without referrers no page reads anything, of no key every page with a name', () => {
  const origins = 'referrers';
  const shop = [parseReferrerPattern('*.example.com') as ReferrerPattern];
  expect(mayRead({ origins }, 'https://a.example.com', shop)).toBe(true);
  expect(mayRead({ origins }, 'https://evil.com', shop)).toBe(false);
  expect(mayRead({ origins }, 'https://a.example.com', [])).toBe(false);
  expect(mayRead({ origins }, 'https://a.example.com', undefined)).toBe(true);
  for (const none of ['null', '', '*', 'https://a.example.com/'])
    expect([mayRead({ origins }, none, undefined), mayRead({ origins }, none, shop)], none).toEqual([false, false]);
  expect(mayRead({ origins: 'any' }, 'null', [])).toBe(true);
  expect(mayRead({ origins: [] }, 'https://a.example.com', undefined)).toBe(false);
});
