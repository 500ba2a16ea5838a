// Certificates for tests: an authority and what it signs, as files of a folder.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Certificate {
  /**
   * Signs a certificate.
   *
   * @param names such as `DNS:localhost,IP:127.0.0.1`
   * @param days how long it is valid; -1: it expired a day ago
   */
  sign(subject: string, names?: string, days?: number): Certificate;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority, whose certificate is self-signed. */
export function createAuthority(folder: string, subject: string): Authority {
  const own = filesOf(folder, subject);
  run('req', '-x509', ...newKey, '-days', '2', '-subj', `/CN=${subject}`, '-keyout', own.key, '-out', own.cert);
  return {
    ...read(own),
    sign(name, names, days = 2) {
      const files = filesOf(folder, name);
      run('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', files.key, '-out', files.request);
      writeFileSync(files.extensions, names === undefined ? '' : `subjectAltName=${names}\n`);
      const authority = ['-CA', own.cert, '-CAkey', own.key, '-CAcreateserial', '-days', String(days)];
      run('x509', '-req', '-in', files.request, ...authority, '-extfile', files.extensions, '-out', files.cert);
      return read(files);
    },
  };
}

/** An authority in a private folder of its own. */
export interface OwnAuthority extends Authority {
  readonly folder: string;
  /** Removes the folder with all files. */
  remove(): void;
}

/** Makes an authority in a new folder. */
export function createOwnAuthority(): OwnAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-tls-'));
  return { ...createAuthority(folder, 'Test CA'), folder, remove: () => rmSync(folder, { recursive: true }) };
}

function filesOf(folder: string, name: string) {
  const file = (end: string) => join(folder, `${name.replaceAll(' ', '-')}.${end}`);
  return { cert: file('pem'), key: file('key'), request: file('csr'), extensions: file('ext') };
}

function read(files: { readonly cert: string; readonly key: string }): Certificate {
  const [cert, key] = [readFileSync(files.cert, 'utf8'), readFileSync(files.key, 'utf8')];
  return { certFile: files.cert, keyFile: files.key, cert, key };
}

function run(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
