// Addresses: canonical spelling, allowlist entries as each profile takes them, and matching.
import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AddressMode,
  canonicalAddress,
  clientGroupOf,
  compileAllowlist,
  isOnAllowlist,
  parseAddressEntry,
} from './address.ts';

/** An address as 128 bits, IPv4 as its IPv4-mapped form: computed independently of the code under test. */
function bitsOf(address: string): bigint {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (dotted !== null) {
    const [a, b, c, d] = dotted.slice(1).map(Number) as [number, number, number, number];
    const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
    return bitsOf((dotted.index === 0 ? '::ffff:' : address.slice(0, dotted.index)) + hex);
  }
  const [left = '', right] = address.split('::') as [string, string?];
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const groups = [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail];
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

function isInRange(address: string, range: string): boolean {
  const [base = '', bits] = range.split('/') as [string, string];
  const prefix = BigInt(isIP(base) === 4 ? Number(bits) + 96 : Number(bits));
  return bitsOf(address) >> (128n - prefix) === bitsOf(base) >> (128n - prefix);
}

const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6();
const anyAddress = fc.oneof(
  ipv4,
  ipv6,
  ipv4.map((address) => `::ffff:${address}`),
  ipv4.map((address) => `::${address}`),
);

describe('canonicalAddress', () => {
  test.each([
    // RFC 5952 §4
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8::0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::ABCD', '2001:db8::abcd'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    // IPv4-mapped, in every spelling, is IPv4 (CVE-2026-30827).
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:1.2.3.4', '1.2.3.4'],
    ['::ffff:102:304', '1.2.3.4'],
    ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
    // The deprecated IPv4-compatible form is not.
    ['::1.2.3.4', '::102:304'],
    ['0::1.2.3.4', '::102:304'],
    ['1.2.3.4', '1.2.3.4'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  test.each([
    '010.0.0.1',
    '0x7f.1',
    '0x7f.0.0.1',
    '1.2.3',
    '127.1',
    '2130706433',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.04',
    '1.2.3.4:80',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1.2.3.4\n',
    '1.2.3.4/32',
    'fe80::1%eth0',
    '::ffff:1.2.3.4%1',
    '[::1]',
    '::zz',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '::ffff:010.0.0.1',
    '１.2.3.4',
    'localhost',
    'unknown',
    '_hidden',
    '*',
    '',
  ])('%j is not an address', (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  });

  test('is idempotent and names the same bits', () => {
    fc.assert(
      fc.property(anyAddress, (text) => {
        const canonical = canonicalAddress(text) as string;
        expect(canonicalAddress(canonical)).toBe(canonical);
        expect(bitsOf(canonical)).toBe(bitsOf(text));
      }),
    );
  });

  test('never throws, and takes exactly what net.isIP takes, less zones', () => {
    const garbage = fc.string({ unit: fc.constantFrom(...'0123456789abcdefx:.%/[] '), maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(garbage, anyAddress, fc.string()), (text) => {
        expect(canonicalAddress(text) !== undefined).toBe(isIP(text) !== 0 && !text.includes('%'));
      }),
    );
  });
});

describe('parseAddressEntry', () => {
  test.each<[AddressMode, string, string]>([
    ['exact_ipv4', '203.0.113.7', '203.0.113.7'],
    ['exact', '203.0.113.7', '203.0.113.7'],
    ['exact', '2001:DB8::7', '2001:db8::7'],
    ['exact', '::ffff:203.0.113.7', '203.0.113.7'],
    ['cidr', '203.0.113.7', '203.0.113.7'],
    ['cidr', '10.1.2.3/8', '10.0.0.0/8'],
    ['cidr', '203.0.113.7/32', '203.0.113.7'],
    ['cidr', '0.0.0.0/0', '0.0.0.0/0'],
    ['cidr', '::/0', '::/0'],
    ['cidr', '2001:db8:1:2::3/32', '2001:db8::/32'],
    ['cidr', '2001:DB8::1/128', '2001:db8::1'],
    ['cidr', '::ffff:192.0.2.0/120', '192.0.2.0/24'],
    ['cidr', '::ffff:192.0.2.9/128', '192.0.2.9'],
    ['cidr', '::1.2.3.4/128', '::102:304'],
    ['cidr', '::1.2.3.4/120', '::102:300/120'],
  ])('in mode %s, %s is kept as %s', (mode, text, entry) => {
    expect(parseAddressEntry(text, mode)).toEqual({ ok: true, entry });
  });

  test.each<[AddressMode, string]>([
    ['cidr', '1.2.3.4/33'],
    ['cidr', '::/129'],
    ['cidr', '1.2.3.4/'],
    ['cidr', '1.2.3.4/08'],
    ['cidr', '1.2.3.4/-1'],
    ['cidr', '1.2.3.4/1e1'],
    ['cidr', '1.2.3.4/8/8'],
    ['cidr', '1.2.3.4/255.0.0.0'],
    ['cidr', 'fe80::1%eth0/64'],
    ['cidr', '010.0.0.0/8'],
    ['cidr', '1.2.3'],
    ['cidr', '::zz'],
    ['cidr', '0x7f.1'],
    ['cidr', '127.1'],
    ['cidr', 'fe80::1%eth0'],
    ['cidr', '1.2.3.4:80'],
    ['cidr', ''],
    ['exact', '10.0.0.0/8'],
    ['exact', '10.0.0.1/32'],
    ['exact_ipv4', '10.0.0.0/8'],
    ['exact_ipv4', '2001:db8::7'],
    ['exact_ipv4', '::ffff:1.2.3.4'],
    ['none', '1.2.3.4'],
  ])('in mode %s, %j is refused with a fix', (mode, text) => {
    const result = parseAddressEntry(text, mode);
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.fix.length).toBeGreaterThan(10);
  });

  test('a fix shows no more than 60 characters of the input', () => {
    const result = parseAddressEntry('x'.repeat(10_000), 'cidr');
    expect(!result.ok && result.fix.length < 200).toBe(true);
  });
});

describe('an allowlist', () => {
  test('that is empty means what the policy says', () => {
    expect(isOnAllowlist(compileAllowlist([], 'any'), '1.2.3.4')).toBe(true);
    expect(isOnAllowlist(compileAllowlist([], 'block'), '1.2.3.4')).toBe(false);
  });

  test.each<[string[], string, boolean]>([
    [['1.2.3.4'], '1.2.3.4', true],
    [['1.2.3.4'], '1.2.3.5', false],
    [['1.2.3.4', '5.6.7.8'], '5.6.7.8', true],
    [['2001:db8::1'], '2001:db8::1', true],
    [['0.0.0.0/0'], '203.0.113.7', true],
    [['0.0.0.0/0'], '2001:db8::1', false],
    [['::/0'], '2001:db8::1', true],
    [['::/0'], '203.0.113.7', true],
    [['0.0.0.0/0', '::/0'], '2001:db8::1', true],
    [['10.0.0.0/8'], '10.255.255.255', true],
    [['10.0.0.0/8'], '11.0.0.0', false],
    [['10.0.0.0/8', '192.0.2.1'], '192.0.2.1', true],
    [['2001:db8::/32'], '2001:db8:ffff::1', true],
    [['2001:db8::/32'], '2001:db9::', false],
  ])('%j and %s: %s', (entries, address, isOn) => {
    expect(isOnAllowlist(compileAllowlist(entries, 'block'), address)).toBe(isOn);
  });

  test('matches an IPv4-mapped client as the IPv4 client it is', () => {
    const list = compileAllowlist(['1.2.3.4'], 'block');
    expect(isOnAllowlist(list, canonicalAddress('::ffff:1.2.3.4') as string)).toBe(true);
  });

  test.each([
    '',
    '1.2.3',
    '10.0.0.0/',
    '10.1.2.3/8',
    '10.0.0.0/33',
    '::FFFF:1.2.3.4',
    '2001:DB8::1',
    '1.2.3.4/32',
    'any',
  ])('with the corrupt entry %j is not compiled', (entry) => {
    expect(() => compileAllowlist(['1.2.3.4', entry], 'any')).toThrow(TypeError);
  });

  test('agrees with arithmetic on 128 bits', () => {
    const range = fc.oneof(
      fc.tuple(ipv4, fc.integer({ min: 0, max: 32 })).map(([base, bits]) => `${base}/${bits}`),
      fc
        .tuple(
          fc.oneof(
            ipv6,
            ipv4.map((address) => `::ffff:${address}`),
          ),
          fc.integer({ min: 0, max: 128 }),
        )
        .map(([base, bits]) => `${base}/${bits}`),
    );
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 4 }), anyAddress, fc.nat(127), (ranges, random, flip) => {
        const entries = ranges.map((text) => {
          const parsed = parseAddressEntry(text, 'cidr');
          if (!parsed.ok) throw new Error(`${text}: ${parsed.fix}`);
          return parsed.entry;
        });
        const list = compileAllowlist(entries, 'block');
        // Random addresses are almost never in a random range: also ask about one next to its base.
        const near = bitsOf((ranges[0] as string).split('/')[0] as string) ^ (1n << BigInt(flip));
        const groups = Array.from({ length: 8 }, (_, at) => ((near >> BigInt(112 - 16 * at)) & 0xffffn).toString(16));
        for (const text of [random, groups.join(':')]) {
          const address = canonicalAddress(text) as string;
          const expected = ranges.some((one) => isInRange(address, one));
          expect(isOnAllowlist(list, address)).toBe(expected);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('clientGroupOf', () => {
  test('is the address itself for IPv4 and the /64 for IPv6', () => {
    expect(clientGroupOf('203.0.113.7')).toBe('203.0.113.7');
    expect(clientGroupOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(clientGroupOf('2001:db8:1:2::9')).toBe('2001:db8:1:2::/64');
    expect(clientGroupOf('2001:db8:1:3::9')).toBe('2001:db8:1:3::/64');
    expect(clientGroupOf('::1')).toBe('::/64');
  });
});
