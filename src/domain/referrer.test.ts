// Referrers: only the exact origin of a plain URL matches, not the spellings that some parsers fold onto it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalReferrer, matchesReferrer, parseReferrerPattern } from './referrer.ts';

function matches(pattern: string, value: string): boolean {
  const parsed = parseReferrerPattern(pattern);
  if (parsed === undefined) throw new TypeError(`${pattern} is no pattern`);
  return matchesReferrer(parsed, value);
}

describe('a referrer pattern', () => {
  test.each([
    ['*.xx.com', 'http://www.xx.com'],
    ['*.xx.com', 'https://a.b.xx.com/page?q=1#top'],
    ['example.com', 'https://example.com'],
    ['example.com', 'http://example.com/'],
    ['example.com', 'https://example.com/@user'],
    ['example.com', 'https://example.com?x=a@b'],
    ['example.com', 'https://example.com:443/'],
    ['example.com', 'http://example.com:80/'],
    ['example.com', 'HTTPS://EXAMPLE.COM/'],
    ['EXAMPLE.com', 'https://example.com'],
    ['https://example.com', 'https://example.com/page'],
    ['https://example.com', 'https://example.com:443/page'],
    ['https://example.com:8443', 'https://example.com:8443/page'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['localhost', 'http://localhost/'],
    ['xn--mgbab2bd.example', 'https://xn--mgbab2bd.example/'],
    ['127.0.0.1', 'http://127.0.0.1/'],
    ['4example.4com', 'https://4example.4com/'],
  ])('%s covers %s', (pattern, value) => {
    expect(matches(pattern, value)).toBe(true);
  });

  test.each([
    ['yy.com', 'https://www.yy.com'],
    ['*.example.com', 'https://example.com'],
    ['*.example.com', 'https://notexample.com'],
    ['*.example.com', 'https://a.example.com.evil.com'],
    ['https://example.com', 'http://example.com/'],
    ['https://example.com', 'https://example.com:8443/'],
    ['https://example.com:8443', 'https://example.com/'],
    ['example.com', 'https://example.com:8443/'],
    ['*.example.com', 'https://a.example.com:8443/'],
    ['example.com', 'http://example.com:443/'],
  ])('%s does not cover %s', (pattern, value) => {
    expect(matches(pattern, value)).toBe(false);
  });

  test.each([
    'https://example.com.evil.com',
    'https://example.com@evil.com',
    'https://example.com:x@evil.com',
    'https://user@example.com',
    'https://example.com\\@evil.com',
    'https://evil.com\\@example.com',
    'https://example.com\\.evil.com',
    'https://example.com%2eevil.com',
    'https://%65xample.com',
    'https://example.com%00.evil.com',
    'https://exam\tple.com',
    'https://exam\nple.com',
    'https://example.com\t',
    'https://example.com\u0000',
    ' https://example.com',
    'https://example.com ',
    'https://example.com/a b',
    'https://example.com/\\',
    'https://example.com.',
    'https://example.com./',
    'https://.example.com',
    'https://example..com',
    'https://-example.com',
    'https://example.com:',
    'https://example.com:0',
    'https://example.com:99999',
    'https://example.com:0443',
    'https://example.com:8443',
    'https://ехample.com',
    'https://example。com',
    'https://ｅxample.com',
    'https:/example.com',
    'https:///example.com',
    'https:example.com',
    '//example.com',
    'ftp://example.com',
    'javascript://example.com',
    'wss://example.com',
    'example.com',
    'www.example.com',
    'null',
    'about:client',
    '',
  ])('example.com does not cover %j', (value) => {
    expect(matches('example.com', value)).toBe(false);
    expect(matches('https://example.com', value)).toBe(false);
  });

  test('covers no origin with an impossible port', () => {
    expect(parseReferrerPattern('https://example.com:65536')).toBeUndefined();
    expect(parseReferrerPattern('https://example.com:65535')).toBeDefined();
  });

  test.each([
    '',
    '*',
    '*.',
    '*.com',
    'x.*',
    '~y.xn',
    'a.*.com',
    '**.example.com',
    'www*.example.com',
    '.example.com',
    'example.com.',
    'example.com:8443',
    'example.com/page',
    'https://example.com/',
    'https://example.com/page',
    'https://example.com:443',
    'http://example.com:80',
    'https://*.example.com',
    'https://user@example.com',
    'ftp://example.com',
    'https://',
    'exa mple.com',
    'пример.com',
    'under_score.com',
    `${'a'.repeat(64)}.com`,
    `${'a.'.repeat(130)}com`,
    // Browsers write these hosts in another form, or refuse them.
    '0x7f.1',
    '127.1',
    '1.2.3.256',
    'http://0x7f000001',
    'example.0x1',
    '*.127.0.0.1',
    '*.0.0.1',
  ])('%j is not a pattern', (text) => {
    expect(parseReferrerPattern(text)).toBeUndefined();
  });

  test('agrees with the WHATWG parser on the origin of plain values', () => {
    const host = fc.constantFrom('example.com', 'www.example.com', 'a.b.example.com', 'example.org', 'localhost');
    const value = fc
      .tuple(
        fc.constantFrom('http', 'https', 'HTTPS'),
        host,
        fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
        fc.constantFrom('', '/', '/a/@b', '?q=@evil.com', '#@evil.com', '/a:b//c'),
      )
      .map(([scheme, name, port, rest]) => `${scheme}://${name}${port === undefined ? '' : `:${port}`}${rest}`);
    fc.assert(
      fc.property(value, host, (text, other) => {
        const url = new URL(text);
        expect(matches(url.origin, text)).toBe(true);
        expect(matches(`https://${other}`, text)).toBe(url.origin === `https://${other}`);
        expect(matches(other, text)).toBe(url.host === other);
      }),
    );
  });

  test('covers nothing that any parser reads as another host', () => {
    const text = fc.string({ unit: fc.constantFrom(...'exampl.com@:/\\%?#\t 2e-evil'), maxLength: 24 });
    fc.assert(
      fc.property(text, fc.constantFrom('', 'example.com', '@example.com', '.example.com'), (before, after) => {
        const value = `https://${before}${after}`;
        if (matches('example.com', value)) expect(new URL(value).host).toBe('example.com');
      }),
      { numRuns: 1000 },
    );
  });

  test('never throws, and takes under 100 ms for 64 KiB of anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseReferrerPattern(text);
        expect(matches('example.com', text)).toBe(false);
      }),
    );
    for (const piece of ['a', 'a.', 'a-', '-', '.', 'https://', '@', '/']) {
      const text = piece.repeat(65_536 / piece.length);
      const start = performance.now();
      parseReferrerPattern(text);
      matches('example.com', `https://${text}`);
      matches('example.com', `https://example.com/${text}\\`);
      expect(performance.now() - start).toBeLessThan(100);
    }
  });
});

describe('a pasted site', () => {
  test.each([
    ['https://example.com/', 'https://example.com'],
    ['https://example.com/*', 'https://example.com'],
    [' HTTPS://Example.com ', 'https://example.com'],
    ['https://example.com:443', 'https://example.com'],
    ['https://example.com:443/', 'https://example.com'],
    ['http://example.com:80', 'http://example.com'],
    ['http://example.com:443', 'http://example.com:443'],
    ['https://example.com:8443/', 'https://example.com:8443'],
    ['example.com:443', 'https://example.com'],
    ['example.com:80', 'http://example.com'],
    ['example.com/', 'example.com'],
    ['*.example.com/*', '*.example.com'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['مثال.example', 'xn--mgbh0fb.example'],
    ['*.BÜCHER.example', '*.xn--bcher-kva.example'],
  ])('%s is stored as %s', (pasted, stored) => {
    expect(canonicalReferrer(pasted)).toBe(stored);
    expect(parseReferrerPattern(stored)).toBeDefined();
  });

  test.each([
    'https://example.com/shop',
    'https://example.com/?q',
    'https://example.com#top',
    'https://example.com//',
    'https://*.example.com',
    'example.com:8443',
    'https://user@example.com',
    'https://example.com\\@evil.com',
    'https://%65xample.com',
    'https://example。com',
    'https://example.com.',
    'ftp://example.com',
    'https://[::1]',
    'https://exa mple.com',
    'https://example.com:99999',
    '*.com',
    '*',
    '/',
    '',
  ])('%j is refused', (pasted) => {
    expect(canonicalReferrer(pasted)).toBeUndefined();
  });

  test('a pattern is stored unchanged', () => {
    for (const pattern of [
      'https://example.com',
      'example.com',
      '*.example.com',
      'http://localhost:3000',
      '127.0.0.1',
    ]) {
      expect(canonicalReferrer(pattern)).toBe(pattern);
    }
  });
});
