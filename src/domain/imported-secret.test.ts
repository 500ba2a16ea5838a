// Imported secrets: which formats are accepted, how digests are read and stored.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digestImported, fitsImported, parseDigest, toStoredDigest } from './imported-secret.ts';

const format = { algorithm: 'sha256', prefix: 'old_', minLength: 20, maxLength: 24 } as const;
const secret = 'old_1234567890abcdef';

test.for([
  [secret, true],
  [`${secret}wxyz`, true],
  [`${secret}wxyz1`, false],
  [secret.slice(0, -1), false],
  [secret.replace('old_', 'new_'), false],
  ['old_1234567890 abcdef', false],
  ['old_1234567890äabcdef', false],
  ['old_1234567890\u007fabcde', false],
  ['', false],
] as const)('%j is taken: %s', ([text, fits]) => {
  expect(fitsImported(text, format)).toBe(fits);
});

describe('a digest', () => {
  const encode = (algorithm: string, encoding: 'hex' | 'base64' | 'base64url') =>
    createHash(algorithm).update(secret).digest(encoding);

  test.for([
    ['sha256', 'hex'],
    ['sha256', 'base64'],
    ['sha256', 'base64url'],
    ['sha512', 'hex'],
    ['sha512', 'base64'],
    ['sha512', 'base64url'],
  ] as const)('%s in %s is read, whatever its spelling', ([algorithm, encoding]) => {
    const hex = encode(algorithm, 'hex');
    const text = encode(algorithm, encoding);
    expect(parseDigest(text)).toEqual({ algorithm, hex });
    expect(parseDigest(text.replace(/=+$/, ''))).toEqual({ algorithm, hex });
    if (encoding === 'hex') expect(parseDigest(text.toUpperCase())).toEqual({ algorithm, hex });
  });

  test.for([
    '',
    'abc',
    'z'.repeat(64),
    'a'.repeat(63),
    'a'.repeat(65),
    `${encode('sha256', 'base64')}=`,
    ` ${encode('sha256', 'base64')}`,
    encode('sha1', 'hex'),
    encode('sha1', 'base64'),
    encode('sha384', 'hex'),
    encode('sha256', 'base64').replace(/.=$/, '/='),
    '$2b$12$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234',
  ])('is not %j', (text) => {
    expect(parseDigest(text)).toBeUndefined();
  });

  test('is stored in 64 hex characters that can be computed again from the secret', () => {
    expect(digestImported(secret, 'sha256')).toBe(encode('sha256', 'hex'));
    const twice = createHash('sha256').update(createHash('sha512').update(secret).digest()).digest('hex');
    expect(digestImported(secret, 'sha512')).toBe(twice);
    expect(toStoredDigest({ algorithm: 'sha512', hex: encode('sha512', 'hex') })).toBe(twice);
  });
});
