// A certificate authority of the test's own, in a private folder.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly keyFile: string;
  readonly certFile: string;
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  readonly folder: string;
  readonly caFile: string;
  readonly ca: string;
  /** A key and a certificate for `alternatives`, such as `DNS:localhost,IP:127.0.0.1`; `name` also names the files. */
  issue(name: string, alternatives: string): Certificate;
  remove(): void;
}

/** Makes an authority; `name` tells it from others. */
export function createAuthority(name = 'Test CA'): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-tls-'));
  const file = (fileName: string) => join(folder, fileName);
  const run = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  run('req', '-x509', ...newKey, '-subj', `/CN=${name}`, '-keyout', file('ca.key'), '-out', file('ca.pem'));
  return {
    folder,
    caFile: file('ca.pem'),
    ca: readFileSync(file('ca.pem'), 'utf8'),
    issue(subject, alternatives) {
      const [keyFile, certFile] = [file(`${subject}.key`), file(`${subject}.pem`)];
      writeFileSync(file(`${subject}.ext`), `subjectAltName=${alternatives}\n`);
      run('req', ...newKey, '-subj', `/CN=${subject}`, '-keyout', keyFile, '-out', file(`${subject}.csr`));
      const signing = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2'];
      const extensions = ['-extfile', file(`${subject}.ext`)];
      run('x509', '-req', '-in', file(`${subject}.csr`), ...signing, ...extensions, '-out', certFile);
      return { keyFile, certFile, key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
