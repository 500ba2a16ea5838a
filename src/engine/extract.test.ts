// Extraction: it reads one place strictly, and tells absent, malformed and ambiguous credentials apart.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CredentialSource, presentCredential } from '../domain/credential.ts';
import { generateSecret, inspectSecret } from '../domain/secret.ts';
import { createExtractor } from './extract.ts';

const format = { prefixes: { live: 'sk_live_', test: 'sk_test_' }, length: 48 } as const;
const key = generateSecret(format, 'live');

const sources = {
  header: { kind: 'header', header: 'x-api-key' },
  bearer: { kind: 'bearer' },
  basic: { kind: 'basic' },
} as const satisfies Record<string, CredentialSource>;

const extractors = {
  header: createExtractor({ source: sources.header, secret: format }),
  bearer: createExtractor({ source: sources.bearer, secret: format }),
  basic: createExtractor({ source: sources.basic, secret: format }),
};

const presented = { kind: 'presented', secret: key };
const absent = { kind: 'absent' };
const malformed = { kind: 'malformed' };
const ambiguous = { kind: 'ambiguous' };

const b64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');
const basicKey = `Basic ${b64(`${key}:`)}`;

describe('a key in x-api-key', () => {
  test.each<[string, string[], object]>([
    ['is read', ['x-api-key', key], presented],
    ['is read whatever the case of the name', ['X-API-KEY', key], presented],
    ["is read without the line end of the key's file", ['x-api-key', `${key}\r\n`], presented],
    ['of nothing but a line end is malformed', ['x-api-key', '\r\n'], malformed],
    ['is absent without the header', [], absent],
    ['is absent when empty', ['x-api-key', ''], absent],
    ['is not read from x_api_key', ['x_api_key', key], absent],
    ['is not read from Authorization: Bearer', ['Authorization', `Bearer ${key}`], absent],
    ['is not read from Proxy-Authorization', ['Proxy-Authorization', basicKey], absent],
    ['is not read from a name that begins alike', ['x-api-key2', key, 'x-api-ke', key, 'apikey[]', key], absent],
    ['sent twice is ambiguous', ['x-api-key', key, 'x-api-key', key], ambiguous],
    ['sent twice in different cases is ambiguous', ['x-api-key', key, 'X-Api-Key', key], ambiguous],
    ['sent once empty and once not is ambiguous', ['x-api-key', '', 'x-api-key', key], ambiguous],
    ['sent once and once empty is ambiguous', ['x-api-key', key, 'x-api-key', ''], ambiguous],
    ['and in Bearer is ambiguous', ['x-api-key', key, 'Authorization', `Bearer ${key}`], ambiguous],
    [
      'and in Bearer, whichever comes first, is ambiguous',
      ['Authorization', `Bearer ${key}`, 'x-api-key', key],
      ambiguous,
    ],
    ['and in Basic is ambiguous', ['x-api-key', key, 'authorization', basicKey], ambiguous],
    [
      'and as a Basic password is ambiguous',
      ['x-api-key', key, 'authorization', `basic ${b64(`u:${key}`)}`],
      ambiguous,
    ],
    ['and bare in Authorization is ambiguous', ['x-api-key', key, 'AUTHORIZATION', key], ambiguous],
    [
      'and in the second of two Authorizations is ambiguous',
      ['x-api-key', key, 'authorization', 'x', 'authorization', key],
      ambiguous,
    ],
    [
      "beside the end user's own Bearer token is read",
      ['x-api-key', key, 'Authorization', 'Bearer eyJhbGciOi.e30.c2ln'],
      presented,
    ],
    [
      "beside the end user's own Basic pair is read",
      ['x-api-key', key, 'Authorization', `Basic ${b64('ann:secret')}`],
      presented,
    ],
    ['beside rubbish in Authorization is read', ['x-api-key', key, 'Authorization', 'Basic !!!'], presented],
    ['literal $env://X is returned unchanged', ['x-api-key', '$env://X'], { kind: 'presented', secret: '$env://X' }],
  ])('%s', (_what, rawHeaders, credential) => {
    expect(extractors.header(rawHeaders)).toEqual(credential);
  });
});

describe('a key in Authorization: Bearer', () => {
  test.each<[string, string[], object]>([
    ['is read', ['Authorization', `Bearer ${key}`], presented],
    ['is read whatever the case of the scheme', ['authorization', `bEaReR ${key}`], presented],
    ["is read without the line end of the key's file", ['authorization', `Bearer ${key}\n`], presented],
    ['is read after several spaces', ['AUTHORIZATION', `Bearer    ${key}`], presented],
    ['is absent without the header', ['Host', 'api.example.com'], absent],
    ['is absent when the header is empty', ['Authorization', ''], absent],
    ['after a tab is malformed', ['Authorization', `Bearer\t${key}`], malformed],
    ['without a scheme is malformed', ['Authorization', key], malformed],
    ['that is missing is malformed', ['Authorization', 'Bearer'], malformed],
    ['that is only spaces is malformed', ['Authorization', 'Bearer  '], malformed],
    ['glued to the scheme is malformed', ['Authorization', `Bearer${key}`], malformed],
    ['after a colon is malformed', ['Authorization', `Bearer: ${key}`], malformed],
    ['under another scheme is malformed', ['Authorization', `Token ${key}`], malformed],
    ['in Basic is malformed', ['Authorization', basicKey], malformed],
    ['that is foobar is malformed', ['Authorization', 'foobar'], malformed],
    ['is not read from x-api-key', ['x-api-key', key], absent],
    ['is not read from Proxy-Authorization', ['Proxy-Authorization', `Bearer ${key}`], absent],
    ['sent twice is ambiguous', ['Authorization', `Bearer ${key}`, 'Authorization', `Bearer ${key}`], ambiguous],
    [
      'sent twice in different cases is ambiguous',
      ['Authorization', `Bearer ${key}`, 'authorization', 'Bearer x'],
      ambiguous,
    ],
    ['and in x-api-key is ambiguous', ['Authorization', `Bearer ${key}`, 'X-Api-Key', key], ambiguous],
    ['beside a foreign x-api-key is read', ['Authorization', `Bearer ${key}`, 'x-api-key', 'AIzaSyForeign'], presented],
  ])('%s', (_what, rawHeaders, credential) => {
    expect(extractors.bearer(rawHeaders)).toEqual(credential);
  });

  test.each([`\t${key}`, `${key} ${key}`, `${key},${key}`, `"${key}"`])(
    'with characters around it (%j) is not a well-formed secret',
    (text) => {
      const credential = extractors.bearer(['Authorization', `Bearer ${text}`]);
      expect(credential.kind === 'presented' && inspectSecret(credential.secret, format)).toBeUndefined();
    },
  );
});

describe('a key in Authorization: Basic', () => {
  const basic = (text: string | Uint8Array) => ['Authorization', `Basic ${b64(text)}`];

  test.each<[string, string[], object]>([
    ['is read as the user name with an empty password', basic(`${key}:`), presented],
    ['is read whatever the case of the scheme', ['authorization', basicKey.replace('Basic', 'BASIC')], presented],
    ['is read after several spaces', ['authorization', basicKey.replace(' ', '   ')], presented],
    ["is read without the line end of the key's file", basic(`${key}\r\n:`), presented],
    ["is read without the line end of the pair's file", basic(`${key}:\n`), presented],
    ['with a line break inside is malformed', basic(`${key.slice(0, 9)}\n${key.slice(9)}:x`), malformed],
    ['is absent without the header', [], absent],
    ['is absent when the header is empty', ['Authorization', ''], absent],
    ['without a colon is malformed', ['Authorization', 'Basic a29uZw=='], malformed],
    ['with a password is malformed', basic(`${key}:x`), malformed],
    ['with a space as password is malformed', basic(`${key}: `), malformed],
    ['with a second colon is malformed', basic(`${key}::`), malformed],
    ['as the password is malformed', basic(`:${key}`), malformed],
    ['of nothing but a colon is malformed', basic(':'), malformed],
    ['of nothing is malformed', ['Authorization', 'Basic '], malformed],
    ['that is missing is malformed', ['Authorization', 'Basic'], malformed],
    ['in bad base64 is malformed', ['Authorization', 'Basic adXNlcj…'], malformed],
    [
      'in base64 with white space is malformed',
      ['Authorization', `Basic ${b64(`${key}:`).replace(/^..../, '$& ')}`],
      malformed,
    ],
    ['in base64 with trailing rubbish is malformed', ['Authorization', `${basicKey}!`], malformed],
    [
      'in base64 without its padding is malformed',
      ['Authorization', `Basic ${b64('sk_live_x:').replaceAll('=', '')}`],
      malformed,
    ],
    ['in base64 with too much padding is malformed', ['Authorization', `Basic ${b64('sk_live_x:')}=`], malformed],
    ['in base64 with stray bits is malformed', ['Authorization', 'Basic YTp='], malformed],
    [
      'in url-safe base64 is malformed',
      ['Authorization', `Basic ${Buffer.from('??>>:').toString('base64url')}`],
      malformed,
    ],
    ['in invalid UTF-8 is malformed', basic(new Uint8Array([0x61, 0xff, 0x3a])), malformed],
    ['in overlong UTF-8 is malformed', basic(new Uint8Array([0xc0, 0xba, 0x3a])), malformed],
    ['after a tab is malformed', ['Authorization', basicKey.replace(' ', '\t')], malformed],
    ['in Bearer is malformed', ['Authorization', `Bearer ${key}`], malformed],
    ['bare is malformed', ['Authorization', key], malformed],
    ['is not read from Proxy-Authorization', ['Proxy-Authorization', basicKey], absent],
    ['is not read from x-api-key', ['x-api-key', key], absent],
    ['sent twice is ambiguous', ['Authorization', basicKey, 'AUTHORIZATION', basicKey], ambiguous],
    ['and in x-api-key is ambiguous', ['Authorization', basicKey, 'x-api-key', key], ambiguous],
  ])('%s', (_what, rawHeaders, credential) => {
    expect(extractors.basic(rawHeaders)).toEqual(credential);
  });

  test('with a NUL in it is not a well-formed secret', () => {
    const credential = extractors.basic(basic(`${key}\0:`));
    expect(credential.kind === 'presented' && inspectSecret(credential.secret, format)).toBeUndefined();
  });
});

describe.each(Object.entries(sources))('from %s', (name, source) => {
  const extract = extractors[name as keyof typeof extractors];

  test('reads back the header of presentCredential', () => {
    const { header, value } = presentCredential(source, key);
    expect(extract(['Accept', '*/*', header, value, 'Host', 'h'])).toEqual(presented);
  });

  const headerName = fc.oneof(
    fc.constantFrom(
      'x-api-key',
      'X-Api-Key',
      'x_api_key',
      'authorization',
      'Authorization',
      'proxy-authorization',
      'host',
    ),
    fc.string({ maxLength: 14 }),
  );
  const headerValue = fc.oneof(
    fc.constantFrom(key, `Bearer ${key}`, basicKey, '', 'Bearer', 'Basic', 'Basic Og=='),
    fc.string(),
    fc.string({ unit: 'binary' }).map((text) => `Basic ${b64(text)}`),
    fc.string().map((text) => `Bearer ${text}`),
  );

  test('never throws, and returns only a secret that its own header contains once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(headerName, headerValue), { maxLength: 5 }), (pairs) => {
        const credential = extract(pairs.flat());
        if (credential.kind !== 'presented') return;
        const wanted = source.kind === 'header' ? source.header : 'authorization';
        const own = pairs.filter(([header]) => header.toLowerCase() === wanted).map(([, value]) => value);
        expect(own).toHaveLength(1);
        const stated = own[0] as string;
        const { secret } = credential;
        expect(secret).not.toBe('');
        if (source.kind === 'header') expect(secret).toBe(stated);
        if (source.kind === 'bearer') expect(stated).toMatch(/^bearer /i);
        if (source.kind === 'bearer') expect(stated.endsWith(secret)).toBe(true);
        if (source.kind === 'basic') {
          const pair = Buffer.from(stated.replace(/^basic +/i, ''), 'base64').toString();
          expect(pair.trimEnd().replace(/[\r\n]*:$/, ':')).toBe(`${secret}:`);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
