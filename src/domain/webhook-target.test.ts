import { describe, expect, test } from 'vitest';
import { checkTargetUrl, compileTargets, mayConnect } from './webhook-target.ts';

const none = compileTargets([]);

describe('an address', () => {
  test.each([
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254'],
    ...['172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.168.1.1', '198.18.0.1', '198.51.100.1'],
    ...['203.0.113.7', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255'],
    ...['::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:0:127.0.0.1', '64:ff9b::7f00:1'],
    ...['64:ff9b:1::1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', '5f00::1'],
    ...['fc00::1', 'fd00::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', 'nonsense', ''],
  ])('%s is refused', (address) => {
    expect(mayConnect(address, 'example.com', none)).toBe(false);
  });

  test.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])(
    '%s is allowed',
    (address) => {
      expect(mayConnect(address, 'example.com', none)).toBe(true);
    },
  );

  test('that the operator lists is allowed, by its name or by its range', () => {
    const allowed = compileTargets(['hooks.internal', '10.1.0.0/16', '::1']);
    expect(mayConnect('10.9.0.1', 'hooks.internal', allowed)).toBe(true);
    expect(mayConnect('10.1.0.1', 'example.com', allowed)).toBe(true);
    expect(mayConnect('::ffff:10.1.0.1', 'example.com', allowed)).toBe(true);
    expect(mayConnect('::1', 'example.com', allowed)).toBe(true);
    expect(mayConnect('10.2.0.1', 'example.com', allowed)).toBe(false);
  });
});

describe('a URL', () => {
  test.each([
    ['http://example.com/', 'must begin with https://'],
    ['ftp://example.com/', 'must begin with https://'],
    ['file:///etc/passwd', 'must begin with https://'],
    ['nonsense', 'must be a URL such as https://example.com/webhooks, of 2000 characters'],
    [
      `https://example.com/${'x'.repeat(2_000)}`,
      'must be a URL such as https://example.com/webhooks, of 2000 characters',
    ],
    ['https://user:secret@example.com/', 'must have no user name and no password'],
    ['https://example.com/#part', 'must have no fragment: leave out # and what follows'],
    ['https://127.0.0.1/', 'must not be a private or reserved address'],
    ['https://0x7f.1/', 'must not be a private or reserved address'],
    ['https://2130706433/', 'must not be a private or reserved address'],
    ['https://[::1]/', 'must not be a private or reserved address'],
    ['https://[::ffff:169.254.169.254]/', 'must not be a private or reserved address'],
  ])('%s is refused', (url, fix) => {
    expect(checkTargetUrl(url, none)).toEqual({ ok: false, fix });
  });

  test('is kept as the connection uses it', () => {
    expect(checkTargetUrl('https://EXAMPLE.com:8443/hooks?of=a b', none)).toEqual({
      ok: true,
      url: 'https://example.com:8443/hooks?of=a%20b',
    });
  });

  test('may begin with http:// where the operator lists the host', () => {
    const allowed = compileTargets(['localhost', '127.0.0.0/8']);
    expect(checkTargetUrl('http://localhost:9000/', allowed).ok).toBe(true);
    expect(checkTargetUrl('http://127.0.0.1:9000/', allowed).ok).toBe(true);
    expect(checkTargetUrl('http://10.0.0.1:9000/', allowed).ok).toBe(false);
  });
});
