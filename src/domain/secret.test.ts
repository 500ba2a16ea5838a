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
  findFormatFlaw,
  generateSecret,
  hintOf,
  inspectSecret,
  maskOf,
  randomBase62,
  type SecretAlphabet,
  type SecretFormat,
  secretAlphabets,
} from './secret.ts';

const characters: Readonly<Record<SecretAlphabet, string>> = {
  base62: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  hex: '0123456789abcdef',
  base32: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  base36: '0123456789abcdefghijklmnopqrstuvwxyz',
  base58: '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
  base64url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
};
const alphabet = characters.base62;
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

/** The fewest random characters with 160 bits. */
const leastRandom = { base62: 27, hex: 40, base32: 32, base36: 31, base58: 28, base64url: 27 } as const;

describe.each(secretAlphabets)('a secret in %s without a checksum', (name) => {
  const prefixes = { live: 'AKIA', test: 'sk-proj-' };
  const format: SecretFormat = { prefixes, length: 8 + leastRandom[name], alphabet: name, checksum: 'none' };
  const isOfAlphabet = (char: string) => characters[name].includes(char);

  test('is recognized as what it was made for, whatever its length', () => {
    fc.assert(
      fc.property(fc.constantFrom('live', 'test'), fc.nat(80), (environment, more) => {
        const longer = { ...format, length: format.length + more };
        const secret = generateSecret(longer, environment);
        expect(secret).toHaveLength(longer.length);
        expect([...secret.slice(prefixes[environment].length)].every(isOfAlphabet)).toBe(true);
        expect(inspectSecret(secret, longer)).toBe(environment);
        expect(inspectSecret(secret, format)).toBe(more === 0 ? environment : undefined);
        expect(inspectSecret(`${secret.slice(0, -1)}\u0130`, longer)).toBeUndefined();
      }),
    );
  });

  test('is refused with a character outside the alphabet, at each place', () => {
    const secret = generateSecret(format, 'live');
    for (let at = prefixes.live.length; at < secret.length; at++) {
      for (let code = 0; code <= 0xff; code++) {
        const char = String.fromCharCode(code);
        const typed = secret.slice(0, at) + char + secret.slice(at + 1);
        if ((inspectSecret(typed, format) === 'live') !== isOfAlphabet(char)) expect([at, code]).toBeUndefined();
      }
    }
  });

  test('draws every character alike', () => {
    const draws = 100_000;
    const counts = new Map<string, number>();
    const random = generateSecret({ ...format, length: draws + 4 }, 'live').slice(4);
    for (const char of random) counts.set(char, (counts.get(char) ?? 0) + 1);
    expect([...counts.keys()].sort().join('')).toBe([...characters[name]].sort().join(''));
    const expected = draws / characters[name].length;
    // The deviation is at most the root of what is expected, and six of them never happen.
    for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(6 * Math.sqrt(expected));
  });

  test('has at least 160 random bits, and the error says how long it must be', () => {
    expect(leastRandom[name] * Math.log2(characters[name].length)).toBeGreaterThanOrEqual(160);
    expect((leastRandom[name] - 1) * Math.log2(characters[name].length)).toBeLessThan(160);
    expect(findFormatFlaw(format)).toBeUndefined();
    expect(findFormatFlaw({ ...format, length: format.length - 1 })).toEqual({
      field: ['length'],
      message: `secrets of ${format.length - 1} characters are too short for 160 random bits: with these prefixes and ${name} they need at least ${format.length}`,
    });
  });
});

test('a checksum is the default of base62, and of no other alphabet', () => {
  const prefixes = { live: 'acme_' };
  for (const name of secretAlphabets) {
    const least = 5 + leastRandom[name] + (name === 'base62' ? 6 : 0);
    expect(findFormatFlaw({ prefixes, length: least, alphabet: name })).toBeUndefined();
    expect(findFormatFlaw({ prefixes, length: least - 1, alphabet: name })?.field).toEqual(['length']);
    const flaw = findFormatFlaw({ prefixes, length: 90, alphabet: name, checksum: 'crc32' });
    expect(flaw?.message).toBe(
      name === 'base62'
        ? undefined
        : `crc32 needs the alphabet base62, not ${name}: set checksum: none, or alphabet: base62`,
    );
  }
  const plain = { ...sample, alphabet: 'base62' } as const;
  expect(inspectSecret(generateSecret(plain, 'live'), sample)).toBe('live');
  const typed = `sk_live_${'0'.repeat(40)}`;
  expect(inspectSecret(typed, plain)).toBeUndefined();
  expect(inspectSecret(typed, { ...plain, checksum: 'none' })).toBe('live');
});

describe('a mask', () => {
  const hint = hintOf(generateSecret(sample, 'live'), sample);

  test('shows from 0 to 4 characters at each end, and its own mark', () => {
    const { start, end } = hint;
    expect(maskOf(hint, { start: 4, mark: '…', end: 4 })).toBe(maskOf(hint));
    expect(maskOf(hint, { start: 0, mark: '****', end: 2 })).toBe(`sk_live_****${end.slice(2)}`);
    expect(maskOf(hint, { start: 1, mark: '...', end: 0 })).toBe(`sk_live_${start.slice(0, 1)}...`);
  });

  test('shows no more of an imported secret than the import told', () => {
    expect(maskOf({ prefix: 'old_', start: '', end: 'zz' }, { start: 3, mark: '•', end: 3 })).toBe('old_•zz');
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

  test('takes the prefixes of other vendors', () => {
    for (const live of ['AKIA', 'key-', 'sk-proj-', 'SG.', 'rk_live_', 'ghp_', 'a_', 'xkeysib-', 'Acme.v2-live_']) {
      expect(() => assertSecretFormat({ prefixes: { live }, length: 80 })).not.toThrow();
    }
    expect(() => assertSecretFormat({ prefixes: { live: `${'a'.repeat(39)}_` }, length: 80 })).not.toThrow();
  });

  test('refuses a prefix that has no form', () => {
    for (const live of [
      '',
      'a',
      '_',
      '1sk_',
      'sk__live_',
      'sk-.',
      'sk live',
      'sk/',
      'sk_live_\n',
      'é_sk_',
      'a'.repeat(41),
    ]) {
      expect(() => assertSecretFormat({ prefixes: { live }, length: 90 })).toThrow(
        /must look like sk_live_, key- or AKIA/,
      );
    }
  });

  test('refuses a prefix that is part of ordinary words', () => {
    for (const live of ['sk', 'SK', 'key']) {
      expect(() => assertSecretFormat({ prefixes: { live }, length: 90 })).toThrow(/is part of ordinary words/);
    }
  });

  test('refuses prefixes that begin alike, and none at all', () => {
    for (const prefixes of [
      { live: 'sk_', test: 'sk_test_' },
      { live: 'acme', test: 'acme' },
      { live: 'sk-live-', test: 'sk-' },
    ]) {
      expect(findFormatFlaw({ prefixes, length: 90 })?.field).toEqual(['prefixes']);
    }
    expect(findFormatFlaw({ prefixes: { live: 'Acme_', test: 'acme_' }, length: 90 })).toBeUndefined();
    expect(findFormatFlaw({ prefixes: {}, length: 90 })?.message).toBe('is empty: set live, test or both');
  });
});
