// `importedKeys` of an API: read, and refused where no secret could be meant.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from './load.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(line: string, profile = 'classic', source = 'bearer') {
  const file = join(folder, 'miftah.yaml');
  writeFileSync(
    file,
    `profiles: { own: { source: ${source} } }\napis:\n  - id: a\n    profile: ${profile}\n    hosts: [a.localhost]\n    upstream: http://127.0.0.1:1\n    ${line}\n`,
  );
  return loadConfig({ file, environment: {} }).apis[0]?.importedKeys;
}

test('is off by default, and read with its prefix or without', () => {
  expect(load('')).toBeUndefined();
  expect(load('importedKeys: { algorithm: sha512, minLength: 32, maxLength: 32 }')).toEqual({
    algorithm: 'sha512',
    prefix: '',
    minLength: 32,
    maxLength: 32,
  });
  expect(load('importedKeys: { algorithm: sha256, prefix: old_, minLength: 20, maxLength: 64 }')?.prefix).toBe('old_');
});

test.for([
  ['{ algorithm: md5, minLength: 20, maxLength: 64 }', /algorithm.*md5/],
  ['{ algorithm: sha256, minLength: 20 }', /maxLength/],
  ['{ algorithm: sha256, minLength: 8, maxLength: 64 }', /minLength.*20 to 1024/],
  ['{ algorithm: sha256, minLength: 40, maxLength: 30 }', /minLength 40 is greater than maxLength 30/],
  ['{ algorithm: sha256, prefix: "a b", minLength: 20, maxLength: 30 }', /prefix/],
  ['{ algorithm: sha256, prefix: "a23456789012345678901234", minLength: 20, maxLength: 30 }', /leaves no random/],
  ['{ algorithm: sha256, prefixes: old_, minLength: 20, maxLength: 30 }', /prefixes.*prefix/],
] as const)('%s is refused', ([value, message]) => {
  expect(() => load(`importedKeys: ${value}`)).toThrow(message);
});

test('SHA-512 secrets can not look like own ones without a checksum', () => {
  const read = (imported: string, secret = '{ alphabet: hex, length: 60 }') => {
    const file = join(folder, 'own.yaml');
    const api = `{ id: a, profile: own, hosts: [a.localhost], upstream: "http://127.0.0.1:1", importedKeys: ${imported} }`;
    writeFileSync(file, `profiles: { own: { secret: ${secret} } }\napis:\n  - ${api}\n`);
    return () => loadConfig({ file, environment: {} });
  };
  const message =
    /apis\[0\]\.importedKeys: secrets of 60 characters can look like the profile's own, which have no checksum/;
  expect(read('{ algorithm: sha512, minLength: 20, maxLength: 64 }')).toThrow(message);
  expect(read('{ algorithm: sha512, prefix: ak_, minLength: 60, maxLength: 60 }')).toThrow(message);
  expect(read('{ algorithm: sha512, prefix: ak_live_old_, minLength: 60, maxLength: 60 }')).toThrow(message);
  for (const unlike of [
    '{ algorithm: sha256, minLength: 20, maxLength: 64 }',
    '{ algorithm: sha512, minLength: 20, maxLength: 59 }',
    '{ algorithm: sha512, minLength: 61, maxLength: 64 }',
    '{ algorithm: sha512, prefix: old_, minLength: 20, maxLength: 64 }',
  ]) {
    expect(read(unlike)).not.toThrow();
  }
  expect(read('{ algorithm: sha512, minLength: 20, maxLength: 64 }', '{ length: 60 }')).not.toThrow();
});

test('a colon can not be in the user name of Basic', () => {
  expect(() =>
    load('importedKeys: { algorithm: sha256, prefix: "a:", minLength: 20, maxLength: 30 }', 'palpluss'),
  ).toThrow(/colon/);
});

test.each([
  ['a:', '{ basic: user }', /colon/],
  ['a:', '[{ header: x-key }, basic]', /colon/],
  ['a,', '{ subprotocol: acme-key. }', /no WebSocket subprotocol/],
  ['a:', '{ basic: password }', undefined],
  ['a,', '{ query: key, risk: keys in URLs end up in logs and histories }', undefined],
])('the prefix %s with source %s', (prefix, source, message) => {
  const line = `importedKeys: { algorithm: sha256, prefix: "${prefix}", minLength: 20, maxLength: 30 }`;
  if (message === undefined) expect(load(line, 'own', source)?.prefix).toBe(prefix);
  else expect(() => load(line, 'own', source)).toThrow(message);
});
