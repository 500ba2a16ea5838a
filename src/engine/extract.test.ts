// Extraction: it reads one place strictly, and tells absent, malformed and ambiguous credentials apart.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CredentialSource, keyHeadersOf, presentCredential } from '../domain/credential.ts';
import { generateSecret, inspectSecret } from '../domain/secret.ts';
import { createExtractor } from './extract.ts';

const format = { prefixes: { live: 'sk_live_', test: 'sk_test_' }, length: 48 } as const;
const key = generateSecret(format, 'live');

const sources = {
  header: { kind: 'header', header: 'x-api-key' },
  bearer: { kind: 'bearer' },
  basic: { kind: 'basic', part: 'user' },
  password: { kind: 'basic', part: 'password' },
  token: { kind: 'scheme', header: 'authorization', scheme: 'Token' },
  parameter: { kind: 'scheme', header: 'authorization', scheme: 'Token', parameter: 'token' },
  ownHeader: { kind: 'scheme', header: 'x-auth', scheme: 'ApiKey-v1' },
  subprotocol: { kind: 'subprotocol', prefix: 'acme-key.' },
  query: { kind: 'query', name: 'api_key' },
  several: {
    kind: 'anyOf',
    sources: [
      { kind: 'bearer' },
      { kind: 'basic', part: 'password' },
      { kind: 'header', header: 'x-api-key' },
      { kind: 'subprotocol', prefix: 'acme-key.' },
      { kind: 'query', name: 'api_key' },
    ],
  },
} as const satisfies Record<string, CredentialSource>;

const extractors = Object.fromEntries(
  Object.entries(sources).map(([name, source]) => [name, createExtractor({ source, secret: format })]),
) as Record<keyof typeof sources, ReturnType<typeof createExtractor>>;

const presented = { kind: 'presented', secret: key };
const absent = { kind: 'absent' };
const malformed = { kind: 'malformed' };
const ambiguous = { kind: 'ambiguous' };

const decodeBasic = (value: string) => Buffer.from(value.replace(/^basic +/i, ''), 'base64').toString();
/** The query of a test may have broken escapes: they stay. */
const safeDecode = (query: string) =>
  query.replaceAll(/(?:%[0-9a-f]{2})+/gi, (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  });
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

describe('a key as the password of Basic', () => {
  const basic = (text: string | Uint8Array) => ['Authorization', `Basic ${b64(text)}`];

  test.each<[string, string[], object]>([
    ['is read under the user name of the samples', basic(`api:${key}`), presented],
    ['is read under any user name', basic(`\u{1f511} anything:${key}`), presented],
    ['is read without a user name', basic(`:${key}`), presented],
    ["is read without the line end of the key's file", basic(`api:${key}\r\n`), presented],
    ['is read up to the end, colons included', basic(`api:${key}:x`), { kind: 'presented', secret: `${key}:x` }],
    ['is absent without the header', [], absent],
    ['that is empty is malformed', basic('api:'), malformed],
    ['that is only a line end is malformed', basic('api:\n'), malformed],
    ['as the user name is malformed', basic(`${key}:`), malformed],
    ['without a colon is malformed', basic(key), malformed],
    ['with the same key as the user name is ambiguous', basic(`${key}:${key}`), ambiguous],
    ['with another key as the user name is ambiguous', basic(`sk_test_x:${key}`), ambiguous],
    ['in bad base64 is malformed', ['Authorization', `Basic ${b64(`a:${key}`)}!`], malformed],
    ['in Bearer is malformed', ['Authorization', `Bearer ${key}`], malformed],
    ['sent twice is ambiguous', [...basic(`api:${key}`), ...basic(`api:${key}`)], ambiguous],
    ['and in x-api-key is ambiguous', [...basic(`api:${key}`), 'x-api-key', key], ambiguous],
  ])('%s', (_what, rawHeaders, credential) => {
    expect(extractors.password(rawHeaders)).toEqual(credential);
  });
});

describe('a key in Authorization: Token', () => {
  test.each<[string, string[], object]>([
    ['is read', ['Authorization', `Token ${key}`], presented],
    ['is read whatever the case of the scheme', ['authorization', `tOKEN  ${key}`], presented],
    ["is read without the line end of the key's file", ['Authorization', `Token ${key}\n`], presented],
    ['is absent without the header', [], absent],
    ['is absent when the header is empty', ['Authorization', ''], absent],
    ['that is missing is malformed', ['Authorization', 'Token'], malformed],
    ['that is only spaces is malformed', ['Authorization', 'Token  '], malformed],
    ['glued to the scheme is malformed', ['Authorization', `Token${key}`], malformed],
    ['after a tab is malformed', ['Authorization', `Token\t${key}`], malformed],
    ['under a scheme that begins alike is malformed', ['Authorization', `Tokens ${key}`], malformed],
    ['under a scheme of look-alike letters is malformed', ['Authorization', `To\u212aen ${key}`], malformed],
    ['under Bearer is malformed', ['Authorization', `Bearer ${key}`], malformed],
    ['bare is malformed', ['Authorization', key], malformed],
    ['sent twice is ambiguous', ['Authorization', `Token ${key}`, 'authorization', `Token ${key}`], ambiguous],
    ['and in x-api-key is ambiguous', ['Authorization', `Token ${key}`, 'x-api-key', key], ambiguous],
    ['beside a foreign x-api-key is read', ['Authorization', `Token ${key}`, 'x-api-key', 'foreign'], presented],
  ])('%s', (_what, rawHeaders, credential) => {
    expect(extractors.token(rawHeaders)).toEqual(credential);
  });

  test.each<[string, string[], object]>([
    ['is read', ['X-Auth', `ApiKey-v1 ${key}`], presented],
    ['is read whatever the case', ['x-AUTH', `APIKEY-V1 ${key}`], presented],
    ['is absent in Authorization', ['Authorization', `ApiKey-v1 ${key}`], absent],
    ['under a control character for a digit is malformed', ['X-Auth', `ApiKey-v\x11 ${key}`], malformed],
    ['under a control character for the hyphen is malformed', ['X-Auth', `ApiKey\rv1 ${key}`], malformed],
    ['and in Authorization is ambiguous', ['X-Auth', `ApiKey-v1 ${key}`, 'Authorization', `Token ${key}`], ambiguous],
    [
      "beside the end user's token is read",
      ['X-Auth', `ApiKey-v1 ${key}`, 'Authorization', 'Bearer ey.e.x'],
      presented,
    ],
  ])('in a header of its own %s', (_what, rawHeaders, credential) => {
    expect(extractors.ownHeader(rawHeaders)).toEqual(credential);
  });
});

describe('a key in a parameter of Authorization: Token', () => {
  const hidden = [...key].map((character) => `\\${character}`).join('');

  test.each<[string, string, object]>([
    ['is read between quotes', `Token token="${key}"`, presented],
    ['is read as a token', `Token token=${key}`, presented],
    ['is read whatever the case of the names', `TOKEN ToKeN="${key}"`, presented],
    ['is read with white space around the sign', `Token token \t= "${key}"`, presented],
    ['is read with escapes in the quotes', `Token token="${hidden}"`, presented],
    ['is read beside other parameters', `Token realm="a, token=b \\" c",token="${key}" , nonce=x`, presented],
    ['is read in a list with empty elements', `Token ,, token="${key}" ,\t,`, presented],
    ["is read without the line end of the header's file", `Token token="${key}"\r\n`, presented],
    ['is read with a tab in its quotes', 'Token token="a\tb"', { kind: 'presented', secret: 'a\tb' }],
    ['sent twice is ambiguous', `Token token="${key}", token="${key}"`, ambiguous],
    ['sent twice in two forms and cases is ambiguous', `Token token=${key},TOKEN="x"`, ambiguous],
    ['that is empty is malformed', 'Token token=""', malformed],
    ['without a value is malformed', 'Token token=', malformed],
    ['without a sign is malformed', `Token ${key}`, malformed],
    ['under another name is malformed', `Token key="${key}"`, malformed],
    ['under a name that ends alike is malformed', `Token xtoken="${key}"`, malformed],
    ['without the end of its quotes is malformed', `Token token="${key}`, malformed],
    ['with an escape at the end is malformed', `Token token="${key}\\`, malformed],
    ['after which text follows is malformed', `Token token="${key}"x`, malformed],
    ['before a semicolon is malformed', `Token token="${key}"; nonce="x"`, malformed],
    ['beside a parameter without a value is malformed', `Token nonce, token="${key}"`, malformed],
    ['in single quotes is no secret', `Token token='${key}'`, { kind: 'presented', secret: `'${key}'` }],
    ['with a line end inside is malformed', `Token token="${key.slice(0, 9)}\n${key.slice(9)}"`, malformed],
    ['with a NUL inside is malformed', `Token token="${key}\0"`, malformed],
    ['with a character beyond Latin-1 is malformed', `Token token="${key}\u2028"`, malformed],
    ['percent-encoded is not decoded', 'Token token="sk%5Flive"', { kind: 'presented', secret: 'sk%5Flive' }],
    ['under Bearer is malformed', `Bearer token="${key}"`, malformed],
    ['without a scheme is malformed', `token="${key}"`, malformed],
  ])('%s', (_what, value, credential) => {
    expect(extractors.parameter(['Authorization', value])).toEqual(credential);
  });

  test('in two headers is ambiguous', () => {
    const value = `Token token="${key}"`;
    expect(extractors.parameter(['Authorization', value, 'authorization', value])).toEqual(ambiguous);
    expect(extractors.parameter(['Authorization', value, 'x-api-key', key])).toEqual(ambiguous);
  });

  test('is sent with its quotes and escapes', () => {
    const secret = 'a"b\\c';
    const { headers } = presentCredential(sources.parameter, secret);
    expect(headers).toEqual(['Authorization', 'Token token="a\\"b\\\\c"']);
    expect(extractors.parameter(headers)).toEqual({ kind: 'presented', secret });
  });
});

describe('a key in a WebSocket subprotocol', () => {
  const field = 'Sec-WebSocket-Protocol';
  const element = `acme-key.${key}`;

  test.each<[string, string[], object]>([
    ['is read', [field, element], presented],
    ['is read whatever the case of the header', ['SEC-websocket-PROTOCOL', element], presented],
    ['is read beside other subprotocols', [field, `graphql-ws, ${element} ,\tmqtt`], presented],
    ['is read in a list with empty elements', [field, `,, ${element},`], presented],
    ['is read in the second of two lines', [field, 'graphql-ws', field, element], presented],
    ["is read without the line end of the key's file", [field, `${element}\n`], presented],
    ['is absent without the header', [], absent],
    ['is absent in an empty header', [field, ''], absent],
    ['is absent among other subprotocols', [field, 'graphql-ws', field, 'mqtt'], absent],
    ['is absent without its prefix', [field, key], absent],
    ['is absent under a longer name', [field, `my-acme-key.${key}`], absent],
    ['that is empty is malformed', [field, 'acme-key.'], malformed],
    ['under the prefix in another case is malformed', [field, `Acme-Key.${key}`], malformed],
    ['between quotes is malformed', [field, `"${element}"`], malformed],
    ['after white space that HTTP does not know is malformed', [field, `\u00a0${element}`], malformed],
    ['behind a space in an element is malformed', [field, `graphql-ws ${element}`], malformed],
    ['percent-encoded is no secret', [field, 'acme-key.sk%5Flive'], { kind: 'presented', secret: 'sk%5Flive' }],
    ['twice in a line is ambiguous', [field, `${element}, ${element}`], ambiguous],
    ['twice in two lines is ambiguous', [field, element, field, element], ambiguous],
    ['once right and once in another case is ambiguous', [field, `${element}, ACME-KEY.${key}`], ambiguous],
    ['and in Bearer is ambiguous', [field, element, 'Authorization', `Bearer ${key}`], ambiguous],
    ['and in x-api-key is ambiguous', ['x-api-key', key, field, element], ambiguous],
    ["beside the end user's own token is read", [field, element, 'Authorization', 'Bearer ey.e.x'], presented],
    ['is not read from a look-alike of the header', ['Sec_WebSocket_Protocol', element], absent],
    ['is not read from Authorization', ['Authorization', `Bearer ${key}`], absent],
  ])('%s', (_what, rawHeaders, credential) => {
    expect(extractors.subprotocol(rawHeaders)).toEqual(credential);
  });
});

describe('a key in the query', () => {
  test.each<[string, string | undefined, string[], object]>([
    ['is read', `api_key=${key}`, [], presented],
    ['is read beside other parameters', `a=1&api_key=${key}&b=%26`, [], presented],
    ['is read percent-encoded', `api%5Fkey=${key.replaceAll('_', '%5f')}`, [], presented],
    ["is read without the line end of the key's file", `api_key=${key}%0D%0A`, [], presented],
    ['is absent without a query', '', [], absent],
    ['is absent if the carrier states no query', undefined, [], absent],
    ['is absent when empty', 'api_key=', [], absent],
    ['is absent without a value', 'api_key', [], absent],
    ['is absent under another name', `apikey=${key}&key=${key}`, [], absent],
    ['is absent in the value of another parameter', `next=%3Fapi_key%3D${key}`, [], absent],
    ['of nothing but a line end is malformed', 'api_key=%0A', [], malformed],
    ['with a plus is malformed', `api_key=${key}+`, [], malformed],
    ['with a bad escape is malformed', `api_key=${key}%`, [], malformed],
    ['beside a semicolon is malformed', `api_key=${key};a=1`, [], malformed],
    ['under the name in another case is malformed', `API_KEY=${key}`, [], malformed],
    ['as a list of PHP is malformed', `api_key[]=${key}`, [], malformed],
    ['twice is ambiguous', `api_key=${key}&api_key=${key}`, [], ambiguous],
    ['once and once empty is ambiguous', `api_key=${key}&api_key=`, [], ambiguous],
    ['once and once in another case is ambiguous', `api_key=${key}&Api_Key=x`, [], ambiguous],
    ['once and once behind a semicolon is ambiguous', `api_key=${key}&a=1;api_key=x`, [], ambiguous],
    ['and in Bearer is ambiguous', `api_key=${key}`, ['Authorization', `Bearer ${key}`], ambiguous],
    ['and in x-api-key is ambiguous', `api_key=${key}`, ['X-API-Key', key], ambiguous],
    ["beside the end user's own token is read", `api_key=${key}`, ['Authorization', 'Bearer ey.e.x'], presented],
    ['is not read from a header of its name', '', ['api_key', key], absent],
  ])('%s', (_what, query, rawHeaders, credential) => {
    expect(extractors.query(rawHeaders, query)).toEqual(credential);
  });

  test('is read nowhere else', () => {
    for (const [name, extract] of Object.entries(extractors))
      if (name !== 'query' && name !== 'several')
        expect(extract([], `api_key=${key}&authorization=${key}`)).toEqual(absent);
  });
});

describe('a key in one of several places', () => {
  const basicPair = `Basic ${b64(`api:${key}`)}`;
  const element = `acme-key.${key}`;
  const field = 'Sec-WebSocket-Protocol';

  test.each<[string, string[], object, string?]>([
    ['is read from Bearer', ['Authorization', `Bearer ${key}`], presented],
    ['is read from Basic', ['authorization', basicPair], presented],
    ['is read from its own header', ['X-Api-Key', key], presented],
    ['is read from a subprotocol', [field, `mqtt, ${element}`], presented],
    ['is read from the query', [], presented, `a=1&api_key=${key}`],
    ['is read beside empty headers and parameters', ['Authorization', '', 'x-api-key', key], presented, 'api_key='],
    ['is read beside other subprotocols', ['x-api-key', key, field, 'mqtt'], presented],
    ['is absent without any', ['Host', 'h'], absent, 'a=1'],
    ['is absent where all are empty', ['Authorization', '', 'x-api-key', '', field, ''], absent, 'api_key'],
    ['under a foreign scheme is malformed', ['Authorization', `Token ${key}`], malformed],
    ['as the user name is malformed', ['Authorization', basicKey], malformed],
    ['in two headers is ambiguous', ['Authorization', `Bearer ${key}`, 'x-api-key', key], ambiguous],
    ['in Bearer and a subprotocol is ambiguous', ['Authorization', `Bearer ${key}`, field, element], ambiguous],
    ['in Bearer and the query is ambiguous', ['Authorization', `Bearer ${key}`], ambiguous, `api_key=${key}`],
    ['in a subprotocol and the query is ambiguous', [field, element], ambiguous, `api_key=${key}`],
    ['in Bearer and Basic is ambiguous', ['Authorization', `Bearer ${key}`, 'Authorization', basicPair], ambiguous],
    ['twice in one header is ambiguous', ['x-api-key', key, 'x-api-key', key], ambiguous],
    ['beside a second empty line is ambiguous', ['x-api-key', key, 'x-api-key', ''], ambiguous],
    [
      "beside the end user's own Bearer token is ambiguous",
      ['Authorization', 'Bearer ey.e.x', 'x-api-key', key],
      ambiguous,
    ],
    ['beside a foreign scheme is ambiguous', ['Authorization', 'Digest x', 'x-api-key', key], ambiguous],
    ['beside a malformed one is ambiguous', ['Authorization', 'Bearer ', 'x-api-key', key], ambiguous],
    ['beside a malformed parameter is ambiguous', ['x-api-key', key], ambiguous, 'API_KEY=x'],
  ])('%s', (_what, rawHeaders, credential, query) => {
    expect(extractors.several(rawHeaders, query)).toEqual(credential);
  });

  test('a header alone is read after those with a scheme', () => {
    const extract = createExtractor({
      source: { kind: 'anyOf', sources: [{ kind: 'header', header: 'authorization' }, { kind: 'bearer' }] },
      secret: format,
    });
    expect(extract(['Authorization', key])).toEqual(presented);
    expect(extract(['Authorization', `bearer ${key}`])).toEqual(presented);
    expect(extract(['Authorization', 'Bearer '])).toEqual(malformed);
    expect(extract(['Authorization', `Bearer ${key}`, 'x-api-key', key])).toEqual(ambiguous);
  });

  test.each<[readonly CredentialSource[], string]>([
    [[], 'must list two or more places'],
    [[{ kind: 'bearer' }], 'must list two or more places'],
    [[{ kind: 'bearer' }, { kind: 'scheme', header: 'authorization', scheme: 'BEARER' }], 'keep one of them'],
    [[{ kind: 'bearer' }, { kind: 'anyOf', sources: [] }], 'must not list another list'],
  ])('%j is refused before the first request', (listed, message) => {
    const source = { kind: 'anyOf', sources: listed } as CredentialSource;
    expect(() => createExtractor({ source, secret: format })).toThrow(message);
  });
});

describe.each(Object.entries(sources))('from %s', (name, source) => {
  const extract = extractors[name as keyof typeof extractors];

  test('reads back what presentCredential sends', () => {
    const { headers, query } = presentCredential(source, key);
    expect(extract(['Accept', '*/*', ...headers, 'Host', 'h'], query)).toEqual(presented);
  });

  const headerName = fc.oneof(
    fc.constantFrom(
      'x-api-key',
      'X-Api-Key',
      'x_api_key',
      'X-Auth',
      'Sec-WebSocket-Protocol',
      'authorization',
      'Authorization',
      'proxy-authorization',
      'host',
    ),
    fc.string({ maxLength: 14 }),
  );
  const headerValue = fc.oneof(
    fc.constantFrom(key, `Bearer ${key}`, basicKey, '', 'Bearer', 'Basic', 'Basic Og==', `Token token="${key}"`),
    fc.string().map((text) => `acme-key.${text}, acme-keys`),
    fc.string().map((text) => `Token ${text}`),
    fc.string().map((text) => `Token token=${text}`),
    fc.string().map((text) => `ApiKey-v1 ${text}`),
    fc.string(),
    fc.string({ unit: 'binary' }).map((text) => `Basic ${b64(text)}`),
    fc.string().map((text) => `Bearer ${text}`),
  );

  const queries = fc
    .array(
      fc.oneof(
        fc.constantFrom(`api_key=${key}`, 'api_key=', 'a=1', 'API_KEY=x', 'api%5fkey=%73', 'api_key=a+b'),
        fc.string().map((text) => `api_key=${encodeURIComponent(text)}`),
        fc.string({ unit: 'grapheme-ascii' }),
      ),
      { maxLength: 3 },
    )
    .map((pieces) => pieces.join('&'));

  test('never throws, and returns only a secret that its own header contains once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(headerName, headerValue), { maxLength: 5 }), queries, (pairs, query) => {
        const credential = extract(pairs.flat(), query);
        if (credential.kind !== 'presented') return;
        if (source.kind === 'anyOf') {
          const texts = [
            ...pairs.map(([, value]) => value),
            ...pairs.map(([, value]) => decodeBasic(value)),
            safeDecode(query),
          ];
          expect(texts.join('\n')).toContain(credential.secret);
          return;
        }
        if (source.kind === 'query') {
          expect(new URLSearchParams(query).getAll(source.name)).toEqual([credential.secret]);
          return;
        }
        const [wanted = ''] = keyHeadersOf(source);
        const own = pairs.filter(([header]) => header.toLowerCase() === wanted).map(([, value]) => value);
        const { secret } = credential;
        expect(secret).not.toBe('');
        if (source.kind === 'subprotocol') {
          const elements = own.join(',').split(`${source.prefix}${secret}`);
          expect(elements).toHaveLength(2);
          return;
        }
        expect(own).toHaveLength(1);
        const stated = own[0] as string;
        if (source.kind === 'header') expect(secret).toBe(stated);
        if (source.kind === 'bearer') expect(stated).toMatch(/^bearer /i);
        if (source.kind === 'bearer') expect(stated.endsWith(secret)).toBe(true);
        if (source.kind === 'scheme')
          expect(stated.toLowerCase().startsWith(`${source.scheme.toLowerCase()} `)).toBe(true);
        if (source.kind === 'scheme') expect(stated.replaceAll('\\', '')).toContain(secret.replaceAll('\\', ''));
        if (source.kind !== 'basic') return;
        const pair = Buffer.from(stated.replace(/^basic +/i, ''), 'base64').toString();
        if (source.part === 'user') expect(pair.trimEnd().replace(/[\r\n]*:$/, ':')).toBe(`${secret}:`);
        else expect(pair.trimEnd().endsWith(`:${secret}`)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a key whose prefix stands in other words too', () => {
  const bare = { prefixes: { live: 'AKIA', test: 'key-' }, length: 44, alphabet: 'base32' } as const;
  const [live, test_] = [generateSecret(bare, 'live'), generateSecret(bare, 'test')];
  const inHeader = createExtractor({ source: sources.header, secret: bare });
  const asPassword = createExtractor({ source: sources.password, secret: bare });

  test('is not ambiguous beside a foreign value with its prefix', () => {
    for (const foreign of [
      'Bearer abcAKIAdef',
      `Bearer ${live.slice(0, -1)}`,
      'Bearer monkey-business',
      'AKIA',
      'key-',
    ])
      expect(inHeader(['x-api-key', live, 'Authorization', foreign])).toEqual({ kind: 'presented', secret: live });
    const pair = `Basic ${b64(`monkey-1:${live}`)}`;
    expect(asPassword(['Authorization', pair])).toEqual({ kind: 'presented', secret: live });
  });

  test('is ambiguous beside another whole key', () => {
    for (const other of [live, test_]) {
      for (const value of [
        other,
        `Bearer ${other}`,
        `Bearer AKIA${other}`,
        `x ${other} y`,
        `Basic ${b64(`${other}:`)}`,
      ])
        expect(inHeader(['x-api-key', live, 'Authorization', value])).toEqual(ambiguous);
      expect(asPassword(['Authorization', `Basic ${b64(`${other}:${live}`)}`])).toEqual(ambiguous);
    }
  });
});
