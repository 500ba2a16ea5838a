// The parsers of untrusted text, called as the product calls them. Each has a check of accepted input that shares no
// code with the parser.
import { deepStrictEqual } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { domainToASCII } from 'node:url';
import { CliError } from '../../src/cli/cli-error.ts';
import { readCsv } from '../../src/cli/import/read-csv.ts';
import { readRows } from '../../src/cli/import/read-rows.ts';
import { originsOf } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadConfig } from '../../src/config/load.ts';
import { canonicalAddress, compileAllowlist, parseAddressEntry } from '../../src/domain/address.ts';
import { createTrustedProxies, resolveClientAddress } from '../../src/domain/client-address.ts';
import { matchesEndpoint, parseEndpointPattern } from '../../src/domain/endpoint.ts';
import { isCanonicalPath } from '../../src/domain/path.ts';
import { formatPosition, parsePosition } from '../../src/domain/position.ts';
import { createQueryKey } from '../../src/domain/query-key.ts';
import { matchesReferrer, parseReferrerPattern } from '../../src/domain/referrer.ts';
import { createSubprotocols } from '../../src/domain/subprotocol.ts';
import { createExtractor } from '../../src/engine/extract.ts';
import { parseJsonBody } from '../../src/http/wire/json-body.ts';
import { keyUpdateSchema, newOrgSchema, verifyRequestSchema } from '../../src/http/wire/schemas.ts';
import { StorageError } from '../../src/storage/errors.ts';
import { formatCursor, parseCursor } from '../../src/storage/queries/cursor.ts';

/** The outcome of one input. */
export type Outcome = 'refused' | 'accepted';

export interface AttackedParser {
  readonly name: string;
  /** Share of all inputs, in thousandths. */
  readonly share: number;
  /** Complete inputs that are valid, or nearly so. */
  readonly seeds: readonly string[];
  /** Parts that such inputs are made of. */
  readonly words: readonly string[];
  readonly maxLength: number;
  /** Prefixes of the paths in src whose blocks lead the search. */
  readonly sources: readonly string[];
  /**
   * Throws a `WrongAccept` if the parser accepts an invalid input. Any other error is a crash. Inputs are Latin-1 where
   * bytes matter.
   */
  run(input: string): Outcome | Promise<Outcome>;
  close?(): void;
}

/** The parser accepted an invalid input. */
export class WrongAccept extends Error {}

function check(isRight: boolean, what: string): void {
  if (!isRight) throw new WrongAccept(what);
}

const secret = { prefixes: { live: 'sk_live_', test: 'sk_test_' }, randomLength: 32, checksum: 'crc32' } as never;
const basicKeys = createExtractor({ source: { kind: 'basic', part: 'user' }, secret, imported: undefined });
const bearerKeys = createExtractor({ source: { kind: 'bearer' }, secret, imported: undefined });

const credentialWords = [
  ' ',
  ':',
  '=',
  '==',
  ',',
  'sk_live_',
  'sk_test_',
  'Basic ',
  'bearer ',
  '\t',
  '\xa0',
  '\xc0\x80',
  '\u0000',
  '+/',
  '-_',
];

/** A key or a pair from a file can end with the line break of that file. */
function withoutLineBreak(text: string): string {
  return /[\r\n]$/.test(text) ? text.trimEnd() : text;
}

const basic: AttackedParser = {
  name: 'Basic',
  share: 100,
  seeds: ['sk_live_abc:', 'sk_live_abc', 'a:b', ':', 'ключ:', '\u{1f511}:', '\ufffd:', '\ufeffa:'].flatMap((pair) => {
    const encoded = Buffer.from(pair).toString('base64');
    return [`Basic ${encoded}`, `bAsIc   ${encoded}`, `Basic ${encoded}=`, `Basic ${encoded.replace(/=+$/, '')}`];
  }),
  words: credentialWords,
  maxLength: 200,
  sources: ['engine/extract'],
  run(input) {
    const credential = basicKeys(['Host', 'a', 'Authorization', input, 'x-api-key', 'none of ours']);
    if (credential.kind !== 'presented') return 'refused';
    const encoded = /^basic +(.*)$/is.exec(input)?.[1];
    const pair = Buffer.from(encoded ?? '', 'base64');
    check(pair.toString('base64') === encoded, 'is not canonical base64');
    const stated = withoutLineBreak(pair.toString('utf8'));
    check(stated.endsWith(':') && withoutLineBreak(stated.slice(0, -1)) === credential.secret, 'is not the user name');
    check(credential.secret !== '' && !credential.secret.includes(':'), 'has no user or two colons');
    return 'accepted';
  },
};

const bearer: AttackedParser = {
  name: 'Bearer',
  share: 100,
  seeds: [
    'Bearer sk_live_abc',
    'bearer  x',
    'Bearer',
    'Bearer ',
    'Bearer: x',
    'Bearer\tx',
    'Basic eDo=',
    'BEARER a b',
    'Token x',
  ],
  words: credentialWords,
  maxLength: 200,
  sources: ['engine/extract'],
  run(input) {
    const twice = bearerKeys(['Authorization', input, 'authorization', input]);
    check(twice.kind === 'ambiguous', 'is accepted twice');
    const credential = bearerKeys(['Authorization', input]);
    if (credential.kind !== 'presented') return 'refused';
    const stated = /^bearer +([^ ].*)$/is.exec(input)?.[1] ?? '';
    check(withoutLineBreak(stated) === credential.secret, 'is not what follows the scheme');
    return 'accepted';
  },
};

const tokenSource = { kind: 'scheme', header: 'authorization', scheme: 'Token', parameter: 'token' } as const;
const tokenKeys = createExtractor({ source: tokenSource, secret, imported: undefined });

/** The elements between commas that are not within quotes. An escaped quote does not end the quotes. */
function splitParameters(list: string): readonly string[] {
  const elements = [''];
  let isQuoted = false;
  for (let at = 0; at < list.length; at++) {
    const character = list.charAt(at);
    if (character === ',' && !isQuoted) elements.push('');
    else elements.push(`${elements.pop()}${character}`);
    if (character === '"') isQuoted = !isQuoted;
    else if (character === '\\' && isQuoted) elements.push(`${elements.pop()}${list.charAt(++at)}`);
  }
  return elements.map((element) => element.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '')).filter((each) => each !== '');
}

/** RFC 9110 §5.6.2: visible, and no delimiter. */
function isToken(text: string): boolean {
  return text !== '' && [...text].every((each) => each > ' ' && each < '\x7f' && !'"(),/:;<=>?@[\\]{}'.includes(each));
}

function isControl(character: string): boolean {
  return (character < ' ' && character !== '\t') || character === '\x7f' || character > '\xff';
}

const parameters: AttackedParser = {
  name: 'parameters of a scheme',
  share: 60,
  seeds: [
    'Token token="sk_live_abc"',
    'Token token=sk_live_abc',
    'token TOKEN = "a\\"b\\\\c" , nonce="x,y"',
    'Token ,,a=b,token="x",',
    'Token token="a", token="b"',
    'Token a="\\\\", token=b',
    'Token token="a"b',
    'Token token="a\\',
    'Token token',
    'Bearer token="x"',
  ],
  words: [...credentialWords, '"', '\\', '\\"', '\\\\', 'token', 'Token ', 'token=', 'nonce="', '\r\n', '\x7f', '\xff'],
  maxLength: 200,
  sources: ['engine/extract'],
  run(input) {
    const credential = tokenKeys(['Authorization', input]);
    if (credential.kind !== 'presented') return 'refused';
    const list = withoutLineBreak(/^token +(.*)$/is.exec(input)?.[1] ?? '');
    const found: string[] = [];
    for (const element of splitParameters(list)) {
      const sign = element.indexOf('=');
      const name = element.slice(0, sign).replace(/[ \t]+$/, '');
      const stated = element.slice(sign + 1).replace(/^[ \t]+/, '');
      check(isToken(name), 'has no name');
      const isQuoted = stated.length > 1 && stated.startsWith('"') && stated.endsWith('"');
      const inner = isQuoted ? stated.slice(1, -1) : stated;
      check(isQuoted || isToken(stated), 'has a value that is no token');
      check(!isQuoted || ![...inner].some(isControl), 'has a control character in its quotes');
      let value = '';
      for (let at = 0; at < inner.length; at++) {
        check(inner.charAt(at) !== '"' || !isQuoted, 'has a quote in its quotes');
        if (isQuoted && inner.charAt(at) === '\\') check(++at < inner.length, 'has an escape of nothing');
        value += inner.charAt(at);
      }
      if (name.toLowerCase() === 'token') found.push(value);
    }
    check(found.length === 1 && found[0] === credential.secret, 'is not the only parameter');
    return 'accepted';
  },
};

const prefix = 'acme-key.';
const socketKeys = createExtractor({ source: { kind: 'subprotocol', prefix }, secret, imported: undefined });
const { remove: removeSubprotocol } = createSubprotocols(prefix);

const subprotocols: AttackedParser = {
  name: 'subprotocols',
  share: 40,
  seeds: [
    'acme-key.sk_live_abc',
    'graphql-ws, acme-key.x',
    'graphql-ws\nacme-key.x,mqtt',
    'acme-key.x, acme-key.y',
    'ACME-KEY.x, acme-key.y',
    '"acme-key.x"',
    'a acme-key.x',
    'my-acme-key.x, acme-key.y',
    ',, acme-key.x\t,',
  ],
  words: [...credentialWords, ', ', '\n', 'acme-key.', 'Acme-Key.', 'graphql-ws', '"', ';'],
  maxLength: 200,
  sources: ['engine/extract', 'domain/subprotocol'],
  run(input) {
    const lines = input.split('\n');
    const elements = lines.flatMap((line) =>
      line.split(',').map((each) => /^[ \t]*(.*?)[ \t]*$/s.exec(each)?.[1] ?? ''),
    );
    const left = lines.flatMap((line) => removeSubprotocol(line) ?? []);
    for (const element of left.flatMap((line) => line.split(/[,\s";]/)))
      check(!element.toLowerCase().startsWith(prefix), 'goes on with a key');
    const credential = socketKeys(lines.flatMap((line) => ['Sec-WebSocket-Protocol', line]));
    if (credential.kind !== 'presented') return 'refused';
    const own = elements.filter((element) => element.toLowerCase().startsWith(prefix));
    check(own.length === 1, 'is not the only one');
    check(
      withoutLineBreak((own[0] ?? '').slice(prefix.length)) === credential.secret,
      'is not what follows the prefix',
    );
    check((own[0] ?? '').startsWith(prefix), 'has the prefix in another case');
    return 'accepted';
  },
};

const queryKeys = createExtractor({ source: { kind: 'query', name: 'api_key' }, secret, imported: undefined });
const { remove: removeParameter } = createQueryKey('api_key');

/** The names in a query as the loosest servers read them: PHP, Rack, ASP.NET. */
function looseNames(query: string): readonly string[] {
  return query.split(/[&;]/).flatMap((piece) =>
    [...new URLSearchParams(piece).keys()].map((name) =>
      (name.split('\0')[0] ?? '')
        .replace(/^ +/, '')
        .replace(/^([^[]+)\[.*\].*$/s, '$1')
        .replaceAll(/[ .[]/g, '_')
        .toLowerCase(),
    ),
  );
}

const queries: AttackedParser = {
  name: 'keys in queries',
  share: 60,
  seeds: [
    'api_key=sk_live_abc',
    'a=1&api_key=x&b=%26',
    'api%5fkey=%73k',
    'api_key=x&API_KEY=y',
    'api_key=x;a=1',
    'a=1;api_key=x',
    'api_key[]=x',
    'api.key=x&api_key=y',
    'api_key=a+b',
    'api_key=%ff',
    'api_key=&api_key',
    '%20api_key=x',
  ],
  words: [
    ...credentialWords,
    '&',
    ';',
    'api_key',
    'api_key=',
    '%5f',
    '%',
    '+',
    '[',
    '[]',
    '.',
    '%00',
    '%26',
    '?',
    '#',
    '%c3%a9',
  ],
  maxLength: 200,
  sources: ['engine/extract', 'domain/query-key'],
  run(input) {
    const left = removeParameter(`/v1?${input}`);
    check(!looseNames(left.slice('/v1?'.length)).includes('api_key'), 'goes on with a key');
    const credential = queryKeys([], input);
    if (credential.kind !== 'presented') return 'refused';
    const values = new URLSearchParams(input).getAll('api_key').map(withoutLineBreak);
    check(values.length === 1 && values[0] === credential.secret, 'is not the only parameter');
    check(looseNames(input).filter((name) => name === 'api_key').length === 1, 'has a second reading');
    return 'accepted';
  },
};

const trusted = createTrustedProxies(['10.0.0.0/8', '127.0.0.1', '2001:db8::/32', '::1']);
const addresses: AttackedParser = {
  name: 'addresses and forwarded chains',
  share: 100,
  seeds: [
    ...[
      '127.0.0.1',
      '::ffff:10.0.0.1',
      '2001:DB8:0:0::1',
      '::',
      '1.2.3.4:80',
      '[2001:db8::1]:443',
      '010.0.0.1',
      'fe80::1%eth0',
    ],
    ...[
      '203.0.113.7, 10.0.0.1',
      'fe80::7%25eth0, [fe80::1%eth0]:80, 10.0.0.1:_a',
      'unknown, 10.1.1.1',
      '1.1.1.1,,10.0.0.1',
      '2001:db8::7,[::1]:80',
      '10.0.0.0/8',
      '::ffff:1.2.3.0/120',
    ],
    ...['::1.2.3.4', '0x7f.1', '1.2.3.4 , 10.2.2.2', '2001:db8::/64', '::/0', '1.2.3.4/032'],
  ],
  words: [
    '::',
    ':',
    '.',
    ',',
    ', ',
    '0',
    '00',
    'ffff',
    '%',
    '[',
    ']',
    '/',
    '/32',
    '\xa0',
    '\t',
    ' ',
    '\u0000',
    '0x',
    ':80',
    '10.0.0.1',
    '::1',
  ],
  maxLength: 120,
  sources: ['domain/address', 'domain/client-address'],
  run(input) {
    let outcome: Outcome = 'refused';
    const address = canonicalAddress(input);
    if (address !== undefined) {
      outcome = 'accepted';
      check(isIP(input) !== 0 && !input.includes('%'), 'is no address');
      checkCanonical(address);
      check(sameAddress(address, input), 'is another address');
    }
    const client = resolveClientAddress('10.0.0.1', input, trusted);
    if (client !== undefined) {
      outcome = 'accepted';
      checkCanonical(client);
      checkChain(client, input);
    }
    for (const mode of ['exact_ipv4', 'exact', 'cidr'] as const) {
      const entry = parseAddressEntry(input, mode);
      if (!entry.ok) continue;
      outcome = 'accepted';
      const [base = '', bits] = entry.entry.split('/');
      checkCanonical(base);
      check(mode === 'cidr' || bits === undefined, 'is a range where none may be');
      check(mode !== 'exact_ipv4' || isIP(input) === 4, 'is no IPv4');
      // Throws if the text is not canonical.
      compileAllowlist([entry.entry], 'block');
    }
    return outcome;
  },
};

function checkCanonical(address: string): void {
  check(isIP(address) !== 0, 'is no address');
  if (isIP(address) === 4) return;
  // WHATWG formats IPv6 as RFC 5952 does, except for mapped addresses, which are not IPv6 here.
  check(new URL(`http://[${address}]/`).hostname === `[${address}]`, 'is not canonical');
  check(!address.startsWith('::ffff:') || !/^::ffff:[\da-f]{1,4}:[\da-f]{1,4}$/.test(address), 'is IPv4 in IPv6');
}

function sameAddress(canonical: string, text: string): boolean {
  if (isIP(text) === 4) return canonical === text;
  const whatwg = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  if (isIP(canonical) === 6) return whatwg === canonical;
  const [a = 0, b = 0, c = 0, d = 0] = canonical.split('.').map(Number);
  return whatwg === `::ffff:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** The rightmost hop that is no trusted proxy, or the leftmost. Searched from the left here. */
function checkChain(client: string, chain: string): void {
  const hops = chain.split(',').map((hop) => hop.replace(/^[ \t]+|[ \t]+$/g, ''));
  const port = '(?::(?:\\d{1,5}|_[\\w.-]+))?';
  const plain = hops
    .filter((hop) => hop !== '')
    .map(
      (hop) =>
        new RegExp(`^\\[([^\\]%]+)(?:%[\\w.~-]+)?\\]${port}$`).exec(hop)?.[1] ??
        new RegExp(`^([\\d.]+)${port}$`).exec(hop)?.[1] ??
        /^([\da-f:.]+:[\da-f:.]*)%[\w.~-]+$/i.exec(hop)?.[1] ??
        hop,
    );
  const isOurs = (hop: string): boolean => isIP(hop) !== 0 && trusted.has(canonicalAddress(hop) ?? '');
  let at = plain.length - 1;
  while (at > 0 && isOurs(plain[at] as string)) at--;
  for (const hop of plain.slice(at)) check(isIP(hop) !== 0, 'has a hop that is no address');
  check(sameAddress(client, plain[at] as string), 'is not the hop that the chain leads to');
}

const paths: AttackedParser = {
  name: 'path',
  share: 140,
  seeds: [
    ...[
      '/',
      '/v1/users/7',
      '/v1/users/',
      '/a%20b/c',
      '/caf%C3%A9',
      "/~a!$&'()*+,=:@-_.x",
      '/v1/%2e%2e/admin',
      '/a//b',
      '/a/./b',
      '/a;b',
    ],
    ...[
      '/a%2fb',
      '/%EF%BC%8F',
      '/%E2%80%A5/x',
      '/a%00',
      '/a\\b',
      'http://h/a',
      '/a%',
      '/%c0%ae',
      '/.hidden',
      '/a..b',
      '/a%3Fb',
      '*',
    ],
    ...['GET /v1/users/*', '* /v1/**', '/v1/p%61y', 'GET /v1/%2A'],
  ],
  words: [
    '/',
    '.',
    '..',
    '%2e',
    '%2F',
    '%5c',
    '%',
    '%25',
    ';',
    '//',
    '/./',
    '\\',
    '%00',
    '%EF%BC%8E',
    '%E2%80%A6',
    '%C2%85',
    '*',
    '**',
    ' ',
    '?',
    '#',
    '\x7f',
    '\xe9',
    'GET ',
  ],
  maxLength: 200,
  sources: ['domain/path', 'domain/endpoint'],
  run(input) {
    let outcome: Outcome = 'refused';
    if (isCanonicalPath(input)) {
      outcome = 'accepted';
      checkPath(input);
    }
    const pattern = parseEndpointPattern(input);
    if (pattern !== undefined) {
      outcome = 'accepted';
      const path = input.slice(input.indexOf('/'));
      checkPath(path);
      check(/^(\*|[A-Z]{1,20})$/.test(pattern.method), 'has no method');
      if (pattern.rest.length === 0)
        check(matchesEndpoint(pattern, 'GET', path) === /^(\* |GET |\/)/.test(input), 'does not match itself');
      check(
        !matchesEndpoint(pattern, 'GET', '/nowhere/else/at/all') || /\*/.test(input),
        'matches an endpoint that it does not name',
      );
    }
    return outcome;
  },
};

/** Decoded once more by other means, the path is the same for a URL parser and for a file system. */
function checkPath(path: string): void {
  check(new URL(`http://h${path}`).pathname === path, 'is another path to a URL parser');
  const decoded = decodeURIComponent(path);
  check(decodeURIComponent(decoded) === decoded, 'can be decoded twice');
  for (const form of [decoded, decoded.normalize('NFKC'), path.toLowerCase()]) {
    check(posix.normalize(form) === form, 'is folded');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in it
    check(!/[\\;?#\u0000-\u001f\u007f-\u009f]|\/\/|[. ](\/|$)/.test(form), 'has a character that some server folds');
  }
  check(decoded.split('/').length === path.split('/').length, 'has other segments when it is decoded');
}

const origins = [
  'https://example.com',
  'http://example.com:8080',
  'example.com',
  '*.example.com',
  '127.0.0.1',
  'xn--bcher-kva.example',
];
const patterns = origins.map((text) => {
  const pattern = parseReferrerPattern(text);
  if (pattern === undefined) throw new Error(`${text} should be a pattern`);
  return pattern;
});
const referrers: AttackedParser = {
  name: 'referrer',
  share: 140,
  seeds: [
    ...origins,
    ...[
      'https://example.com/a?b#c',
      'https://a.example.com',
      'https://example.com:443/',
      'http://example.com:80',
      'https://example.com@evil.com',
    ],
    ...[
      'https://example.com\\@evil.com',
      'https://%65xample.com',
      'https://example.com.',
      'https://EXAMPLE.com',
      'HTTPS://example.com:0443',
    ],
    ...[
      '//example.com',
      'https:example.com',
      'https://example.com:',
      'https://127.1',
      'http://0x7f000001',
      'https://xn--a.com',
      'null',
    ],
  ],
  words: [
    'example.com',
    'evil.com',
    '.',
    ':',
    '/',
    '//',
    '@',
    '\\',
    '%',
    '%2e',
    '#',
    '?',
    'https://',
    'http://',
    '*.',
    ':443',
    ':80',
    ':0',
    '\t',
    '\n',
    '\u3002',
    'xn--',
    '0x7f',
    '127.0.0.1',
    '-',
    '[::1]',
  ],
  maxLength: 200,
  sources: ['domain/referrer'],
  run(input) {
    let outcome: Outcome = 'refused';
    for (const pattern of patterns) {
      if (!matchesReferrer(pattern, input)) continue;
      outcome = 'accepted';
      check(URL.canParse(input), 'is no URL');
      const { origin, hostname, port, username, password } = new URL(input);
      check(username === '' && password === '', 'has user info');
      if (pattern.kind === 'origin') check(origin === pattern.origin, 'is of another origin');
      else check(port === '', 'has a port of its own');
      if (pattern.kind === 'host') check(hostname === pattern.host, 'is of another host');
      if (pattern.kind === 'below') check(hostname.endsWith(pattern.suffix), 'is of another domain');
    }
    const pattern = parseReferrerPattern(input);
    if (pattern === undefined) return outcome;
    const lower = input.toLowerCase();
    if (pattern.kind === 'origin') check(new URL(lower).origin === lower, 'is no origin that a browser sends');
    const host = pattern.kind === 'host' ? pattern.host : pattern.kind === 'below' ? `a${pattern.suffix}` : undefined;
    if (host !== undefined)
      check(
        new URL(`https://${host}/`).hostname === host && domainToASCII(host) === host,
        'is not the host of a browser',
      );
    return 'accepted';
  },
};

const jsonTypes = [
  'application/json',
  'Application/JSON; charset=utf-8',
  'application/json;charset="UTF-8"',
  'application/json; charset=utf8',
  'text/plain',
  undefined,
];
const strictSchemas = [verifyRequestSchema, keyUpdateSchema, newOrgSchema];
const jsonBodies: AttackedParser = {
  name: 'JSON bodies',
  share: 80,
  seeds: [
    ...[
      { api: 'classic', secret: 'sk_live_x' },
      { api: 'a', secret: 'x', method: 'GET', path: '/', clientIp: '::1', explain: true },
    ],
    ...[
      { name: 'Test', kind: 'dealer' },
      { addresses: ['10.0.0.0/8'], scopes: ['a:b'], expiresAt: null, name: 'n' },
      [],
      null,
      'x',
      1e308,
    ],
  ].map((value) => JSON.stringify(value)),
  words: [
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '\\u0000',
    '\\ud800',
    '"__proto__":',
    '"constructor":',
    '"api":',
    '"secret":',
    '"name":',
    'null',
    'true',
    '1e999',
    '-0',
    '\xef\xbb\xbf',
    '\xff',
    '\xc3\xa9',
    '\n',
  ],
  maxLength: 400,
  sources: ['http/wire/json-body', 'http/wire/schemas'],
  run(input) {
    const bytes = Buffer.from(input, 'latin1');
    const type = jsonTypes[input.length % jsonTypes.length];
    const parsed = parseJsonBody(bytes, type);
    if (!parsed.ok) {
      check(parsed.problem.status < 500, 'is a fault of Miftah');
      return 'refused';
    }
    check(type?.toLowerCase().startsWith('application/json') === true, 'is not said to be JSON');
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    deepStrictEqual(parsed.value, JSON.parse(text));
    let outcome: Outcome = 'refused';
    for (const schema of strictSchemas) {
      const result = schema.safeParse(parsed.value);
      if (!result.success) continue;
      outcome = 'accepted';
      const { value } = parsed;
      check(typeof value === 'object' && value !== null && !Array.isArray(value), 'is no object');
      const known = Object.keys(schema.shape);
      check(
        Object.keys(value as object).every((name) => known.includes(name)),
        'has an unknown member',
      );
      check(Object.getPrototypeOf(result.data) === Object.prototype, 'has another prototype');
    }
    return outcome;
  },
};

const cursors: AttackedParser = {
  name: 'cursors',
  share: 103,
  seeds: [
    '0',
    '7',
    '12-34',
    '999999999999999-1',
    '007',
    '1e3',
    '-1',
    '1--2',
    '٣',
    formatPosition({ epoch: 'e', revision: 42 }),
    '42-9f86d08',
    '042-9f86d081',
  ],
  words: ['-', '0', '00', '9', 'e', '+', '.', ' ', '\n', 'a', 'f', '٣', '999999999999999'],
  maxLength: 60,
  sources: ['storage/queries/cursor', 'domain/position'],
  run(input) {
    let outcome: Outcome = 'refused';
    for (const count of [1, 2]) {
      try {
        const numbers = parseCursor(input, count);
        outcome = 'accepted';
        check(
          numbers.length === count && numbers.every((each) => Number.isSafeInteger(each) && each >= 0),
          'has no numbers',
        );
        check(formatCursor(...numbers) === input, 'is not what the numbers are written as');
      } catch (error) {
        if (!(error instanceof StorageError && error.code === 'cursor_invalid')) throw error;
      }
    }
    const position = parsePosition(input);
    if (position === undefined) return outcome;
    check(
      `${position.revision}-${position.epochMark}` === input && Number.isSafeInteger(position.revision),
      'is not a position',
    );
    return 'accepted';
  },
};

const wholeConfig = `public: { listen: 127.0.0.1:0, url: https://console.example.com, trustedProxies: [10.0.0.0/8], maxBodyBytes: 5 }
internal: { listen: "[::1]:0" }
database: postgres://me:p%40ss@a:1,b:2/miftah
coordination: redis+sentinel://:pw@s1,s2/main/0
nodes: 3
onStoreOutage: serve-cached(30)
mail: { from: "Miftah <m@example.com>", smtp: { host: smtp.example.com, user: me, passwordFile: f } }
apis:
  - id: a
    profile: classic
    hosts: { live: [a.example.com], test: [b.example.com] }
    upstream: { live: http://127.0.0.1:1, test: "http://127.0.0.1:2" }
    importedKeys: { algorithm: sha256, prefix: old_, minLength: 20, maxLength: 40 }
    policy: { rateLimit: [60/m, 10/s], scopes: { "POST /v1/x": x:y }, addresses: { mode: cidr, whenEmpty: any }, name: { min: 1, max: 9 } }
`;
let configFolder: string | undefined;
const configuration: AttackedParser = {
  name: 'configuration',
  share: 3,
  seeds: [
    wholeConfig,
    ...wholeConfig.split('\n').map((line) => `${line}\n${wholeConfig.slice(wholeConfig.indexOf('apis:'))}`),
    '- a',
    '&a [*a]',
    '{',
    '%YAML 1.1',
    '"\\ud800"',
  ],
  words: [
    '\n',
    '  ',
    '- ',
    ': ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '&a ',
    '*a',
    '!!',
    '!!binary ',
    '<<: ',
    '|',
    '>',
    '#',
    '%',
    '---\n',
    'null',
    '~',
    '1e400',
    '.inf',
    '__proto__: ',
    'apis',
    'hosts',
    '\t',
    '\u0000',
    '\ufeff',
    '@',
    '0x1',
    '[[[[[[[[',
  ],
  maxLength: 3000,
  sources: ['config/load', 'config/resolve', 'config/schema', 'config/redis-url'],
  run(input) {
    configFolder ??= mkdtempSync(join(tmpdir(), 'miftah-parsers-'));
    const file = join(configFolder, 'miftah.yaml');
    writeFileSync(file, input);
    try {
      const {
        apis,
        public: clients,
        internal,
        database,
      } = loadConfig({ file, environment: {}, workingFolder: '/srv' });
      check(apis.length > 0 && new Set(apis.map(({ id }) => id)).size === apis.length, 'has no APIs, or one twice');
      const hosts = apis.flatMap((api) => [...api.hosts.keys(), ...api.consoleHosts]);
      check(
        new Set(hosts).size === hosts.length && hosts.every((host) => host === host.toLowerCase()),
        'has a host twice',
      );
      for (const { listen } of [clients, internal])
        check(Number.isInteger(listen.port) && listen.port >= 0 && listen.port < 65_536, 'has no port');
      for (const api of apis)
        for (const origin of originsOf(api)) check(new URL(origin).origin === origin, 'has no origin upstream');
      check(clients.url === undefined || new URL(clients.url).origin === clients.url, 'has no origin of the console');
      check(database.kind === 'postgres' || database.file.startsWith('/'), 'has a database at no place');
      check(!('polluted' in {}), 'changed the prototype of all objects');
      return 'accepted';
    } catch (error) {
      if (error instanceof ConfigError) return 'refused';
      throw error;
    }
  },
  close() {
    if (configFolder !== undefined) rmSync(configFolder, { recursive: true, force: true });
    configFolder = undefined;
  },
};

async function* inChunks(input: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(input, 'latin1');
  const middle = bytes.length >> 1;
  for (const part of [bytes.subarray(0, middle), bytes.subarray(middle)]) yield part;
}

async function* asText(text: string): AsyncGenerator<string> {
  yield text;
}

/** RFC 4180 §2.5 to 2.7. */
function quote(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}

const rowMembers = new Set(
  'digest algorithm name org orgName environment expiresAt createdAt prefix start end addresses referrers endpoints scopes rateLimits'.split(
    ' ',
  ),
);
const importFiles: AttackedParser = {
  name: 'import files',
  share: 74,
  seeds: [
    'digest,name,org\nabc,"a, ""b""",org_1\n',
    'digest,addresses\r\nabc,10.0.0.1;::1\r\n\r\nabd,\r\n',
    'secret,name\nold_aaaaaaaaaaaaaaaaaaaaaaaaaaaa,x\n',
    '{"digest":"abc","name":"x","addresses":["::1"],"expiresAt":null}\n{"secret":"old_aaaaaaaaaaaaaaaaaaaaaaaa"}\n',
    '{"digest":"a","__proto__":{}}\n\n[]\nnull\n"x"\n',
    'digest\n"a\nb"\n"a""b"\n"a"b\na"b\n',
  ],
  words: [
    ',',
    '"',
    '""',
    '\n',
    '\r\n',
    '\r',
    ';',
    '{',
    '}',
    ':',
    '[',
    ']',
    'digest',
    'secret',
    'name',
    'null',
    '\xef\xbb\xbf',
    '\xc3\xa9',
    '\xff',
    'old_',
    '__proto__',
    '\\u0000',
    ' ',
  ],
  maxLength: 600,
  sources: ['cli/import/read-csv', 'cli/import/read-rows'],
  async run(input) {
    let outcome: Outcome = 'refused';
    const imported = { algorithm: 'sha256', prefix: 'old_', minLength: 20, maxLength: 40 } as const;
    try {
      const format = input.startsWith('{') ? 'jsonl' : 'csv';
      for await (const { line, row } of readRows(inChunks(input), {
        format,
        allowPlaintext: input.length % 2 === 0,
        imported,
      })) {
        check(Number.isInteger(line) && line >= 1, 'is on no line');
        if ('detail' in row) continue;
        outcome = 'accepted';
        check(
          Object.keys(row).every((name) => rowMembers.has(name)),
          'has an unknown member',
        );
        check(typeof row.digest === 'string' && Object.getPrototypeOf(row) === Object.prototype, 'has no digest');
      }
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
    }
    for await (const { cells } of readCsv(asText(input))) {
      if (cells === undefined) continue;
      const again: (readonly string[] | undefined)[] = [];
      for await (const record of readCsv(asText(`head\n${cells.map(quote).join(',')}\n`))) again.push(record.cells);
      deepStrictEqual(again[1], cells);
    }
    return outcome;
  },
};

/** The shares add up to a thousand. */
export const attackedParsers = [
  ...[
    basic,
    bearer,
    parameters,
    subprotocols,
    queries,
    addresses,
    paths,
    referrers,
    jsonBodies,
    cursors,
    configuration,
    importFiles,
  ],
] as const;
