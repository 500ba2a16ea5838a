// Secrets of any API in text, plain and encoded: how they are cut out, and where they are found.
import { describe, expect, test } from 'vitest';
import { profiles } from '../config/bundled-profiles.ts';
import type { Environment } from './api-key.ts';
import { createRedactor } from './redaction.ts';
import { generateSecret, type SecretFormat } from './secret.ts';

const imported = { algorithm: 'sha256', prefix: 'old_', minLength: 20, maxLength: 40 } as const;
const bare = { ...imported, prefix: '' };
const apis = [...Object.values(profiles).map(({ secret }) => ({ secret })), { ...profiles.classic, imported }];
const { redactPath, holdsSecret, redactText } = createRedactor(apis);
const own = { imported: undefined };

const classic = generateSecret(profiles.classic.secret, 'live');
const foreign = generateSecret(profiles.panel.secret, 'live');
const encode = (text: string) =>
  [...text].map((char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
const encodeFirst = (text: string) => `${encode(text.slice(0, 3))}${text.slice(3)}`;

describe('redactPath', () => {
  test.each([
    ['of the API itself', `/v1/users/${classic}/cards`, '/v1/users/sk_live_…/cards'],
    ['of another API', `/v1/users/${foreign}`, '/v1/users/xyp_…'],
    ['after other text, and before it', `/a/x${foreign}.txt`, '/a/xxyp_….txt'],
    ['behind a prefix without a secret', `/a/xyp_xyp_${foreign}`, '/a/xyp_xyp_xyp_…'],
    ['two in one segment', `/a/${foreign},${classic}/b`, '/a/xyp_…,sk_live_…/b'],
    ['encoded in part', `/a/${encodeFirst(foreign)}/b`, '/a/xyp_…/b'],
    ['encoded as a whole', `/a/${encode(foreign)}`, '/a/xyp_…'],
    ['encoded twice', `/a/${encode(encode(foreign))}`, '/a/xyp_…'],
    ['encoded five times', `/a/${foreign.replace('_', '%25252525255f')}`, '/a/xyp_…'],
    ['encoded too often', `/a/${foreign.replace('_', `%${'25'.repeat(20)}5f`)}/b`, '/a/…/b'],
    ['beside bytes that are no UTF-8', `/a/%ff%zz${foreign}%`, '/a/\u00ff%zzxyp_…%'],
    ['in a query that is encoded', `/a%3Fkey%3D${foreign}`, '/a?key=xyp_…'],
    ['of another system', '/a/old_0123456789-abc!~xyz/b', '/a/old_…/b'],
    ['of the operator', `/a/mft_${'x'.repeat(40)}`, '/a/mft_…'],
    ['cut off', `/a/${foreign.slice(0, 16)}`, '/a/xyp_…'],
  ])('%s', (_name, path, expected) => {
    const redacted = redactPath(path, own);
    expect(redacted).toBe(expected);
    expect(redacted).not.toContain(foreign.slice(10, 22));
    expect(redacted).not.toContain(classic.slice(14, 26));
  });

  test.each(['/', '/v1/users/usr_123', '/v1/task_force', '/a%20b/%D9%85', '/xyp_/old', '/x%25y', '', '/a//b'])(
    'leaves %j unchanged',
    (path) => {
      expect(redactPath(path, own)).toBe(path);
    },
  );

  test('cuts out possible imported secrets without a prefix, only for their own API', () => {
    const path = '/v1/users/1234567890abcdefghij/b';
    expect(redactPath(path, { imported: bare })).toBe('/v1/users/…/b');
    expect(redactPath(path, own)).toBe(path);
    expect(redactPath('/v1/users/12345', { imported: bare })).toBe('/v1/users/12345');
  });

  test.each([
    ['prefixes', (n: number) => '/xyp_'.repeat(n)],
    ['prefixes in one segment', (n: number) => `/${'xyp_'.repeat(n)}`],
    ['letters', (n: number) => `/xyp_${'a'.repeat(n * 5)}`],
    ['encodings', (n: number) => `/${'%2525'.repeat(n)}`],
    ['imported prefixes', (n: number) => '/old_accounts'.repeat(n)],
    ['percent signs', (n: number) => `/${'%'.repeat(n * 5)}`],
  ])('takes linear time for a long text: %s', (_name, make) => {
    // It takes milliseconds. Quadratic time for 250,000 characters would be minutes.
    const text = make(50_000);
    const from = performance.now();
    redactPath(text, own);
    holdsSecret(text);
    expect(performance.now() - from).toBeLessThan(5_000);
  });
});

describe('holdsSecret', () => {
  test.each([classic, ` my key ${foreign}`, encode(foreign), foreign.slice(0, 30), `mft_${'x'.repeat(40)}`])(
    'finds one in %j',
    (text) => {
      expect(holdsSecret(text)).toBe(true);
    },
  );

  test.each(['Production', 'sk_live_1a2b…9f3c', 'xyp_ keys', 'task_force_2026', '100%', 'old_school', ''])(
    'finds none in %j',
    (text) => {
      expect(holdsSecret(text)).toBe(false);
    },
  );

  test.each([
    // Names, patterns, addresses and scopes.
    ['old_accounts', false],
    ['GET /old_accounts/*', false],
    ['POST /v2/old_accounts/{id}/transfers', false],
    ['old_customers:read', false],
    ['old_ones@a.example', false],
    ['old_folks-at_home', false],
    ['threshold_monitors', false],
    // A digit, or the length of a whole secret.
    ['old_abcdefg1', true],
    ['old_1bcdefgh', true],
    ['GET /old_accounts9/*', true],
    ['old_abcdef1', false],
    [`old_${'a'.repeat(15)}`, false],
    [`old_${'a'.repeat(16)}`, true],
    [encode(`old_${'-'.repeat(16)}`), true],
    ['old_accounts, then old_0123-4567', true],
  ])('behind an imported prefix, of %j: %s', (text, expected) => {
    expect(holdsSecret(text)).toBe(expected);
  });

  test('a prefix that is both imported and an API’s own is searched for as both', () => {
    const both = createRedactor([
      { secret: { prefixes: { live: 'sk_live_' }, length: 44 }, imported: { ...imported, prefix: 'sk_live_' } },
    ]);
    for (const tail of ['a'.repeat(18), '1b4e28ba-2fa1'])
      expect([tail, both.holdsSecret(`sk_live_${tail}`)]).toEqual([tail, true]);
    expect(both.holdsSecret('sk_live_accounts')).toBe(false);
    expect(both.redactText('/sk_live_accounts-old')).toBe('/sk_live_…');
  });

  test.each(['o', 'o_'])(
    'an imported prefix of fewer than 3 characters is cut out, but not searched for in input: %s',
    (prefix) => {
      const short = createRedactor([{ secret: profiles.panel.secret, imported: { ...imported, prefix } }]);
      const text = `${prefix}123456789012345678901`;
      expect(short.holdsSecret(text)).toBe(false);
      expect(short.redactText(`/${text}`)).toBe(`/${prefix}…`);
      expect(short.redactPath(`/${text}`, own)).toBe(`/${prefix}…`);
      const shortOwn = createRedactor([{ secret: { prefixes: { live: 'o_' }, length: 44 }, imported: undefined }]);
      expect(shortOwn.holdsSecret(`o_${'a'.repeat(42)}`)).toBe(true);
      const three = createRedactor([{ secret: profiles.panel.secret, imported: { ...imported, prefix: 'ol_' } }]);
      expect(three.holdsSecret('ol_123456789012345678901')).toBe(true);
    },
  );

  test.each([
    ['imported', { secret: profiles.panel.secret, imported: { ...imported, prefix: 'key_' } }],
    ['of the organization', { secret: { prefixes: { live: 'org_' }, length: 44 }, imported: undefined }],
  ])('an id is not a secret, although its prefix is the same: %s', (_name, api) => {
    const { holdsSecret: holds } = createRedactor([api]);
    const id = 'AbCdEfGhIjKlMnOpQrSt';
    for (const text of [`/api/orgs/org_${id}/keys/key_${id}`, `key_${id}`, `a=org_${id}&b=1`, `"key_${id}"`])
      expect([text, holds(text)]).toEqual([text, false]);
    const prefix = api.imported?.prefix ?? 'org_';
    for (const text of [`${prefix}${id}${id}`, `/keys/${prefix}${id}${id}`, encode(`${prefix}${id}${id}`)])
      expect([text, holds(text)]).toEqual([text, true]);
  });
});

test('a message repeats no secret, however it is written, and keeps the rest', () => {
  const secret = `sk_live_${'aB3'.repeat(14)}`;
  for (const [text, shown] of [
    [`"${secret}" is not known`, '"sk_live_…" is not known'],
    [`organization.${secret.slice(0, 30)}`, 'organization.sk_live_…'],
    [secret.replace('_', '%5F'), 'sk_live_…'],
    ['100%25 of it', '100%25 of it'],
    ['sk_live_ alone', 'sk_live_ alone'],
    [`%${'25'.repeat(9)}41`, '…'],
  ] as const) {
    expect(redactText(text)).toBe(shown);
  }
});

describe('secrets with prefixes like those of other vendors', () => {
  const formats = {
    bare: { prefixes: { live: 'AKIA' }, length: 36, alphabet: 'base32', checksum: 'none' },
    kebab: { prefixes: { live: 'key-' }, length: 44, alphabet: 'hex', checksum: 'none' },
    url: { prefixes: { live: 'sk-proj-', test: 'SG.' }, length: 60, alphabet: 'base64url', checksum: 'none' },
    base58: { prefixes: { live: 'acme_live_', test: 'acme-test' }, length: 48, alphabet: 'base58' },
  } as const satisfies Readonly<Record<string, SecretFormat>>;
  const many = createRedactor(Object.values(formats).map((secret) => ({ secret })));

  test.each(Object.entries<SecretFormat>(formats))(
    '%s: each is found, plain and encoded, and cut out',
    (_name, format) => {
      for (const [environment, prefix] of Object.entries(format.prefixes) as [Environment, string][]) {
        for (let round = 0; round < 200; round++) {
          const secret = generateSecret(format, environment);
          for (const text of [secret, `/v1/x?key=${secret}`, `my ${secret}.`, encode(secret), `${secret},${secret}`]) {
            if (!many.holdsSecret(text)) expect(text).toBeUndefined();
          }
          const path = many.redactPath(`/v1/a${secret}/b`, own);
          if (path !== `/v1/a${prefix}…/b`) expect(path).toBeUndefined();
          expect(many.redactText(`"${secret}" is not known`)).toBe(`"${prefix}…" is not known`);
        }
      }
    },
  );

  test.each([
    '/monkey-business',
    '/monkey-internationalization-of-everything',
    '/keys/key-holder',
    '/AKIAn/SPEAKIANS',
    '/AKIAINTERNATIONALIZATION',
    '/acme-tests',
    '/acme-testimonials',
    '/MSG.txt',
    '/task-projects',
  ])('ordinary words stay: %s', (path) => {
    expect(many.redactPath(path, own)).toBe(path);
    expect(many.holdsSecret(path)).toBe(false);
  });

  test('half a secret is found if it has a digit', () => {
    expect(many.holdsSecret('AKIAABCDEFGHIJKLMN2P')).toBe(true);
    expect(many.redactPath('/AKIAABCDEFGHIJKLMN2P', own)).toBe('/AKIA…');
    expect(many.holdsSecret('AKIAABCDEFGHIJKLM2')).toBe(false);
    expect(many.holdsSecret(`key-${'0'.repeat(20)}`)).toBe(true);
    expect(many.holdsSecret(`key-${'0'.repeat(19)}`)).toBe(false);
  });

  test('an id of Miftah is no secret', () => {
    const id = 'AbCdEfGhIjKlMnOpQrSt';
    for (const secret of [
      { prefixes: { live: 'key-' }, length: 44 },
      { prefixes: { live: 'key_' }, length: 44, alphabet: 'base64url' },
      { prefixes: { live: 'keys' }, length: 44 },
    ] as const) {
      const { holdsSecret: holds } = createRedactor([{ secret }]);
      for (const text of [`/v1/keys/key_${id}`, `?key=key_${id}`, `/api/orgs/org_${id}/keys/key_${id}`])
        expect([text, holds(text)]).toEqual([text, false]);
      expect(holds(`?key=${secret.prefixes.live}${id}${id}`)).toBe(true);
    }
  });

  test.each(['AKIA', 'sk-proj-', 'key-', 'SG.', 'AKIA1', 'key-key-1', 'sk-proj-sk-proj-1', 'AKIAAKIAAKIAAKIA'])(
    'takes linear time for many of %s',
    (unit) => {
      const text = unit.repeat(50_000);
      const from = performance.now();
      many.redactPath(`/${text}`, own);
      many.holdsSecret(text);
      expect(performance.now() - from).toBeLessThan(5_000);
    },
  );
});
