// The PEM files of an upstream: what can't be used is named with its setting, its file and the fix.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Certificate, createOwnAuthority, type OwnAuthority } from '../../test/certificates.ts';
import { OperationalError } from '../domain/operational-error.ts';
import type { UpstreamTlsFiles } from './config.ts';
import { readUpstreamTls } from './upstream-tls.ts';

let authority: OwnAuthority;
let own: Certificate;
let other: Certificate;
beforeAll(() => {
  authority = createOwnAuthority();
  own = authority.sign('own', 'DNS:own.test');
  other = authority.sign('other', 'DNS:other.test');
  writeFileSync(join(authority.folder, 'text'), 'no certificate');
  writeFileSync(join(authority.folder, 'broken'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
});
afterAll(() => authority.remove());

const none = { ca: undefined, cert: undefined, key: undefined, serverName: undefined };

test('reads what the files hold', () => {
  const files = { ca: authority.certFile, cert: own.certFile, key: own.keyFile, serverName: 'a.test' };
  expect(readUpstreamTls(files, 'acme')).toEqual({
    ca: authority.cert,
    cert: own.cert,
    key: own.key,
    serverName: 'a.test',
  });
  expect(readUpstreamTls(none, 'acme')).toEqual(none);
});

test.each<[string, () => Partial<UpstreamTlsFiles>, string]>([
  ['no file', () => ({ ca: '/nowhere/ca.pem' }), 'Cannot use /nowhere/ca.pem, upstream.tls.ca of acme (ENOENT): give'],
  ['a folder', () => ({ ca: authority.folder }), 'upstream.tls.ca of acme (EISDIR): give'],
  ['text', () => ({ ca: join(authority.folder, 'text') }), 'upstream.tls.ca of acme (no certificate in PEM): set'],
  [
    'a broken one',
    () => ({ ca: join(authority.folder, 'broken') }),
    'upstream.tls.ca of acme (no certificate in PEM): set',
  ],
  [
    'a key in place of the certificate',
    () => ({ cert: own.keyFile, key: own.keyFile }),
    'upstream.tls.cert of acme (no certificate in PEM): set',
  ],
  [
    'a certificate in place of the key',
    () => ({ cert: own.certFile, key: own.certFile }),
    'upstream.tls.key of acme (not the private key of',
  ],
  [
    'the key of another certificate',
    () => ({ cert: own.certFile, key: other.keyFile }),
    'upstream.tls.key of acme (not the private key of',
  ],
])('refuses %s', (_what, files, message) => {
  let error: unknown;
  try {
    readUpstreamTls({ ...none, ...files() }, 'acme');
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(OperationalError);
  expect(error).toMatchObject({ code: 'tls_file_unusable', message: expect.stringContaining(message) });
  expect((error as Error).message).not.toContain('BEGIN');
});
