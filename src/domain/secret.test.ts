// Secrets: the checksum scheme of GitHub's tokens, what is refused before any look-up, and what may be shown.
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { profiles } from '../config/bundled-profiles.ts';
import { environments } from './api-key.ts';
import {
  assertSecretFormat,
  checksum,
  digestSecret,
  generateSecret,
  hintOf,
  inspectSecret,
  maskOf,
  randomBase62,
  type SecretFormat,
} from './secret.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const sample: SecretFormat = { prefixes: { live: 'sk_live_', test: 'sk_test_' }, length: 48 };

const formats = Object.values(profiles).flatMap((profile) =>
  environments
    .filter((environment) => profile.secret.prefixes[environment] !== undefined)
    .map((environment) => ({ id: profile.id, format: profile.secret, environment })),
);

describe('checksum', () => {
  test("is the one of GitHub's published sample 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", () => {
    expect(checksum('zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ')).toBe('0mLq17');
  });

  test('is zlib.crc32 in base62, zero-padded, for every length from 0 to 100', () => {
    function expected(text: string): string {
      let rest = crc32(text);
      let digits = '';
      for (; rest > 0; rest = Math.floor(rest / 62)) digits = alphabet[rest % 62] + digits;
      return digits.padStart(6, '0');
    }
    for (let length = 0; length <= 100; length++) {
      const text = randomBase62(length);
      expect(checksum(text)).toBe(expected(text));
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 100 }), (text) => {
        expect(checksum(text)).toBe(expected(text));
      }),
    );
  });
});

describe.each(formats)('a secret of $id, $environment', ({ format, environment }) => {
  const secret = generateSecret(format, environment);
  const prefix = format.prefixes[environment] as string;

  test('is recognised as what it was made for', () => {
    for (let round = 0; round < 50; round++) {
      expect(inspectSecret(generateSecret(format, environment), format)).toBe(environment);
    }
  });

  test('has the stated length and prefix and at least 160 random bits', () => {
    expect(secret).toHaveLength(format.length);
    expect(secret.startsWith(prefix)).toBe(true);
    expect((format.length - prefix.length - 6) * Math.log2(62)).toBeGreaterThanOrEqual(160);
    expect(() => assertSecretFormat(format)).not.toThrow();
  });

  test('with any one character replaced by another that a header can carry is refused', () => {
    const wrong: string[] = [];
    for (let at = 0; at < secret.length; at++) {
      for (let code = 0; code <= 0xff; code++) {
        if (code === secret.charCodeAt(at)) continue;
        const typed = secret.slice(0, at) + String.fromCharCode(code) + secret.slice(at + 1);
        if (inspectSecret(typed, format) !== undefined) wrong.push(typed);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('with two neighbours swapped is refused', () => {
    for (let at = 0; at + 1 < secret.length; at++) {
      if (secret[at] === secret[at + 1]) continue;
      const typed = secret.slice(0, at) + secret[at + 1] + secret[at] + secret.slice(at + 2);
      expect(inspectSecret(typed, format)).toBeUndefined();
    }
  });

  test('cut short, cut at the front or lengthened is refused', () => {
    for (let length = 0; length < secret.length; length++) {
      expect(inspectSecret(secret.slice(0, length), format)).toBeUndefined();
      expect(inspectSecret(secret.slice(secret.length - length), format)).toBeUndefined();
    }
    for (const typed of [`${secret}0`, ` ${secret}`, `${secret} `, secret.toUpperCase()]) {
      expect(inspectSecret(typed, format)).toBeUndefined();
    }
  });

  test('is shown by at most 4 characters at each end', () => {
    const hint = hintOf(secret, format);
    expect(hint).toEqual({
      prefix,
      start: secret.slice(prefix.length, prefix.length + 4),
      end: secret.slice(-4),
    });
    expect(maskOf(hint)).toBe(`${prefix}${hint.start}…${hint.end}`);
    expect(maskOf(hint)).toHaveLength(prefix.length + 9);
  });
});

describe('the formats that vendors state', () => {
  test('PalCards secrets have exactly 80 characters in both environments', () => {
    const { secret } = profiles.palcards;
    expect(generateSecret(secret, 'live')).toMatch(/^sk_prod_[0-9A-Za-z]{72}$/);
    expect(generateSecret(secret, 'test')).toMatch(/^sk_sandbox_[0-9A-Za-z]{69}$/);
    expect(generateSecret(secret, 'test')).toHaveLength(80);
  });

  test('panel secrets are xyp_ and 40 characters, and there is no test environment', () => {
    const { secret } = profiles.panel;
    expect(generateSecret(secret, 'live')).toMatch(/^xyp_[0-9A-Za-z]{40}$/);
    expect(() => generateSecret(secret, 'test')).toThrow(TypeError);
  });

  test("the pages' own sample keys and other people's tokens are not secrets", () => {
    for (const text of [
      '',
      'sk_live_abc123xyz789',
      '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',
      '$env://KEY',
      '__proto__',
    ]) {
      for (const { format } of formats) expect(inspectSecret(text, format)).toBeUndefined();
    }
  });
});

describe('inspectSecret', () => {
  test('never throws and refuses arbitrary text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(inspectSecret(text, sample)).toBeUndefined();
        expect(inspectSecret(`sk_live_${text}`.padEnd(48, '0').slice(0, 47).concat('\u0130'), sample)).toBeUndefined();
      }),
    );
  });

  test('refuses a checksum greater than any CRC-32', () => {
    expect(inspectSecret(`sk_live_${'0'.repeat(34)}zzzzzz`, sample)).toBeUndefined();
  });
});

describe('randomBase62', () => {
  test('draws every character of the alphabet alike', () => {
    const counts = new Map<string, number>();
    for (const char of randomBase62(100_000)) counts.set(char, (counts.get(char) ?? 0) + 1);
    expect([...counts.keys()].sort().join('')).toBe(alphabet);
    // 1,613 of each are expected with a deviation of 40: 15 % is six of them.
    for (const count of counts.values()) expect(Math.abs(count / (100_000 / 62) - 1)).toBeLessThan(0.15);
  });

  test('has the length asked for', () => {
    for (const length of [0, 1, 27, 66, 500]) expect(randomBase62(length)).toHaveLength(length);
  });
});

test('digestSecret is SHA-256 in hex', () => {
  expect(digestSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

describe('assertSecretFormat', () => {
  test('refuses a format that can not carry 160 random bits', () => {
    expect(() => assertSecretFormat({ prefixes: { live: 'pk_live_' }, length: 8 + 27 + 6 })).not.toThrow();
    expect(() => assertSecretFormat({ prefixes: { live: 'pk_live_' }, length: 8 + 26 + 6 })).toThrow(TypeError);
    expect(() => assertSecretFormat({ prefixes: { live: 'a_', test: 'much_longer_' }, length: 40 })).toThrow(TypeError);
  });

  test('refuses a prefix that is not like sk_live_', () => {
    for (const live of ['', 'sk', 'sk-live-', 'SK_', '_', '1sk_', 'sk__live_', 'sk_live']) {
      expect(() => assertSecretFormat({ prefixes: { live }, length: 80 })).toThrow(TypeError);
    }
  });
});
