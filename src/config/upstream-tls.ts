// Reads the PEM files that an upstream's TLS needs, and checks that they can be used.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { OperationalError } from '../domain/operational-error.ts';
import type { UpstreamTlsFiles } from './config.ts';

/**
 * Returns the contents of the files in place of their paths. The server calls this at its start and at each reload.
 * Throws an `OperationalError` (`tls_file_unusable`) that names the file, its setting and the fix.
 *
 * @param apiId the id of the API that has the upstream
 */
export function readUpstreamTls(files: UpstreamTlsFiles, apiId: string): UpstreamTlsFiles {
  return readTls(files, (name) => `upstream.tls.${name} of ${apiId}`);
}

/** The same for any TLS files. `settingOf` names the setting of a file. */
export function readTls(
  { ca, cert, key, serverName }: UpstreamTlsFiles,
  settingOf: (name: string) => string,
): UpstreamTlsFiles {
  const content = {
    ca: readCertificates(ca, settingOf('ca')),
    cert: readCertificates(cert, settingOf('cert')),
    key: readFile(key, settingOf('key')),
    serverName,
  };
  try {
    createSecureContext({ cert: content.cert, key: content.key });
  } catch (cause) {
    const flaw = `not the private key of ${cert}, or encrypted`;
    throw unusable(key as string, settingOf('key'), flaw, 'set the unencrypted key of that certificate', cause);
  }
  return content;
}

function readCertificates(file: string | undefined, setting: string): string | undefined {
  const text = readFile(file, setting);
  if (text === undefined) return undefined;
  try {
    new X509Certificate(text);
    return text;
  } catch (cause) {
    throw unusable(file as string, setting, 'no certificate in PEM', 'set a file that holds one', cause);
  }
}

function readFile(file: string | undefined, setting: string): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw unusable(file, setting, `${code}`, 'give the server access to it, or correct the setting', cause);
  }
}

function unusable(file: string, setting: string, flaw: string, fix: string, cause: unknown): OperationalError {
  return new OperationalError('tls_file_unusable', `Cannot use ${file}, ${setting} (${flaw}): ${fix}`, { cause });
}
