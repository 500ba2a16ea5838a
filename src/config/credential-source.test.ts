// Where keys ride, as a configuration says it: each form, and the errors of each mistake.
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { credentialSource } from './credential-source.ts';

/** The messages of all issues, each with the path of its value. */
function faultsOf(yaml: string): readonly string[] {
  const parsed = credentialSource.safeParse(parse(yaml));
  if (parsed.success) return [];
  interface Issue {
    readonly path: readonly PropertyKey[];
    readonly message: string;
    readonly errors?: readonly (readonly Issue[])[];
  }
  const flatten = ({ path, message, errors }: Issue, before: readonly PropertyKey[] = []): readonly string[] =>
    errors === undefined
      ? [`${[...before, ...path].join('.')}: ${message}`]
      : errors.flatMap((form) => form.flatMap((inner) => flatten(inner, [...before, ...path])));
  return parsed.error.issues.flatMap((issue) => flatten(issue as Issue));
}

describe('a source', () => {
  test.each<[yaml: string, source: unknown]>([
    ['bearer', { kind: 'bearer' }],
    ['basic', { kind: 'basic', part: 'user' }],
    ['{ basic: user }', { kind: 'basic', part: 'user' }],
    ['{ basic: password }', { kind: 'basic', part: 'password' }],
    ['{ header: X-Acme-Key }', { kind: 'header', header: 'x-acme-key' }],
    ['{ header: authorization }', { kind: 'header', header: 'authorization' }],
    ['{ scheme: Token }', { kind: 'scheme', header: 'authorization', scheme: 'Token' }],
    [
      '{ scheme: Token, parameter: token }',
      { kind: 'scheme', header: 'authorization', scheme: 'Token', parameter: 'token' },
    ],
    ['{ header: X-Auth, scheme: Token }', { kind: 'scheme', header: 'x-auth', scheme: 'Token' }],
    ['{ header: x-auth, scheme: bearer }', { kind: 'scheme', header: 'x-auth', scheme: 'bearer' }],
    ['{ scheme: BEARER }', { kind: 'bearer' }],
    ['{ subprotocol: acme-key. }', { kind: 'subprotocol', prefix: 'acme-key.' }],
    ['{ query: api_key, risk: keys in URLs end up in logs and histories }', { kind: 'query', name: 'api_key' }],
    [
      '[bearer, { header: x-api-key }, { query: key, risk: keys in URLs end up in logs and histories }]',
      {
        kind: 'anyOf',
        sources: [{ kind: 'bearer' }, { kind: 'header', header: 'x-api-key' }, { kind: 'query', name: 'key' }],
      },
    ],
    [
      '[{ header: authorization }, bearer, { scheme: Token }]',
      {
        kind: 'anyOf',
        sources: [
          { kind: 'header', header: 'authorization' },
          { kind: 'bearer' },
          { kind: 'scheme', header: 'authorization', scheme: 'Token' },
        ],
      },
    ],
  ])('%s is read', (yaml, source) => {
    expect(credentialSource.parse(parse(yaml))).toEqual(source);
  });

  test.each<[yaml: string, fault: string]>([
    ['cookie', ': "cookie" is not known: use one of bearer, basic'],
    ['baerer', ': "baerer" is not known: did you mean bearer?'],
    ['{}', ': is empty: set header, scheme, basic, subprotocol or query'],
    ['{ heder: x-a }', ': "heder" is not known here: did you mean header?'],
    ['{ header: "x key" }', 'header: "x key" must be a header name such as x-acme-key'],
    ['{ header: x-key, basic: user }', 'basic: is another place than header: keep one of them'],
    ['{ header: Cookie }', 'header: cookie already has a meaning: use another, such as x-api-key'],
    ['{ header: x-miftah-key }', 'header: x-miftah-key already has a meaning: use another, such as x-api-key'],
    ['{ header: x-request-id }', 'header: x-request-id already has a meaning: use another, such as x-api-key'],
    ['{ header: x-forwarded-for }', 'header: x-forwarded-for already has a meaning: use another, such as x-api-key'],
    [
      '{ header: sec-websocket-key }',
      'header: sec-websocket-key already has a meaning: use another, such as x-api-key',
    ],
    ['{ scheme: "To ken" }', 'scheme: "To ken" must be a scheme such as Token'],
    ['{ scheme: Basic }', 'scheme: Basic has a user name and a password: use basic: user or basic: password'],
    ['{ parameter: token }', 'scheme: is missing: set the scheme that the parameter follows, such as Token'],
    ['{ scheme: Token, parameter: "to=ken" }', 'parameter: "to=ken" must be a name such as token'],
    [
      '{ subprotocol: "a b" }',
      'subprotocol: "a b" must be the start of a WebSocket subprotocol such as acme-key., at least 3 of A-Z, a-z, 0-9 and . _ -',
    ],
    ['{ subprotocol: acme., scheme: Token }', 'subprotocol: is another place than scheme: keep one of them'],
    ['{ basic: name }', 'basic: "name" is not known: use one of user, password'],
    ['[]', ': must list two or more places: write one place without a list'],
    ['[bearer]', ': must list two or more places: write one place without a list'],
    ['[bearer, bearer]', ': lists Authorization: Bearer KEY beside a place that reads the same: keep one of them'],
    [
      '[bearer, { scheme: BEARER }]',
      ': lists Authorization: Bearer KEY beside a place that reads the same: keep one of them',
    ],
    [
      '[{ basic: user }, { basic: password }]',
      ': lists Authorization: Basic base64(USER:KEY) beside a place that reads the same: keep one of them',
    ],
    [
      '[{ scheme: Token }, { scheme: token, parameter: token }]',
      ': lists Authorization: token token="KEY" beside a place that reads the same: keep one of them',
    ],
    [
      '[{ subprotocol: a-key. }, { subprotocol: b-key. }]',
      ': lists Sec-WebSocket-Protocol: b-key.KEY beside a place that reads the same: keep one of them',
    ],
    ['[bearer, [basic]]', '1: must be a mapping with header, scheme, parameter, basic, subprotocol, query, risk'],
    ['[bearer, cookie]', '1: "cookie" is not known: use one of bearer, basic'],
    ['[bearer, { header: cookie }]', '1.header: cookie already has a meaning: use another, such as x-api-key'],
    ['{ query: "a b", risk: x }', 'query: "a b" must be the name of a parameter such as api_key'],
    ['{ query: api_key, header: x-key }', 'query: is another place than header: keep one of them'],
    ['{ risk: keys in URLs end up in logs and histories }', 'risk: belongs to query: set query, or remove risk'],
    ...['', 'risk: accepted', 'risk: true', 'risk: Keys in URLs end up in logs and histories'].map(
      (risk): [string, string] => [
        `{ query: api_key, ${risk} }`,
        'risk: must accept the risk of keys in URLs: servers and proxies write URLs to their logs, and browsers to their histories and to Referer. Set risk: "keys in URLs end up in logs and histories", or take keys in a header',
      ],
    ),
  ])('%s names the field and the fix', (yaml, fault) => {
    expect(faultsOf(yaml)).toContain(fault);
  });
});
