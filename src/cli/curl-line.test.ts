// The call that a person pastes, for each place of the key.
import { expect, test } from 'vitest';
import type { CredentialSource } from '../domain/credential.ts';
import { curlLine } from './curl-line.ts';

const url = 'http://api.acme.localhost:4100/v1/a';

test.each<[CredentialSource, string]>([
  [{ kind: 'header', header: 'x-api-key' }, `curl -H "x-api-key: SECRET" "${url}"`],
  [{ kind: 'bearer' }, `curl -X GET ${url} -H "Authorization: Bearer SECRET"`],
  [{ kind: 'basic', part: 'user' }, `curl ${url} -u "SECRET:"`],
  [{ kind: 'basic', part: 'password' }, `curl ${url} -u "api:SECRET"`],
  [{ kind: 'scheme', header: 'x-auth', scheme: 'Token' }, `curl -H "x-auth: Token SECRET" "${url}"`],
  [
    { kind: 'scheme', header: 'authorization', scheme: 'Token', parameter: 'token' },
    `curl -H "Authorization: Token token=\\"SECRET\\"" "${url}"`,
  ],
  [{ kind: 'subprotocol', prefix: 'acme.' }, `curl -H "Sec-WebSocket-Protocol: acme.SECRET" "${url}"`],
  [{ kind: 'query', name: 'api_key' }, `curl "${url}?api_key=SECRET"`],
  [
    { kind: 'anyOf', sources: [{ kind: 'query', name: 'api_key' }, { kind: 'bearer' }] },
    `curl "${url}?api_key=SECRET"`,
  ],
])('%j', (source, line) => {
  expect(curlLine(source, url, 'SECRET')).toBe(line);
});

test('a URL keeps its own query', () => {
  expect(curlLine({ kind: 'query', name: 'key' }, `${url}?a=1`, 'SECRET')).toBe(`curl "${url}?a=1&key=SECRET"`);
});
