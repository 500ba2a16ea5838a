// Decides whether a connection to PostgreSQL is encrypted and whom it trusts, by `sslmode` and its files as in libpq
// (https://www.postgresql.org/docs/current/libpq-ssl.html).
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, getCACertificates } from 'node:tls';
import { StorageError } from '../errors.ts';

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof modes)[number];

/** How `pg` connects: with these options of `tls.connect`, or without TLS (`false`). */
export type PostgresTls = ConnectionOptions | false;

/** The TLS parameters of a connection string. */
export interface TlsParameters {
  readonly mode: SslMode;
  /**
   * The file of trusted certificates. `system`: those of this machine. `undefined`: `~/.postgresql/root.crt`, if it
   * exists.
   */
  readonly rootCert: string | undefined;
  /**
   * The files of the client's certificate and key. `undefined`: `~/.postgresql/postgresql.crt` and `.key`, if they
   * exist.
   */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly keyPassword: string | undefined;
}

const supported = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslpassword'] as const;

/** Parameters that ask for what Miftah does anyway. libpq takes `ssl=true` for `sslmode=require`. */
const harmless = [
  'ssl=true',
  'uselibpqcompat=true',
  'gssencmode=disable',
  'gssencmode=prefer',
  'sslnegotiation=postgres',
];

/**
 * Takes the TLS parameters out of a query. The default of `sslmode` is `prefer`, and with `sslrootcert=system` it is
 * `verify-full`. Throws a `StorageError` for an unknown mode, and for a weaker mode with `sslrootcert=system`. It also
 * refuses a TLS parameter that Miftah does not follow, because ignoring it would allow what it forbids.
 */
export function takeTlsParameters(query: URLSearchParams): TlsParameters {
  const given = [...query].filter(([name]) => /^ssl|^uselibpqcompat$|^gssencmode$/.test(name));
  for (const [name, value] of given) {
    query.delete(name);
    if (supported.some((each) => each === name) || harmless.includes(`${name}=${value}`)) continue;
    throw mistake(`${name.slice(0, 40)} is not supported with this value`, `use ${supported.join(', ')}`);
  }
  const parameters = new Map(given);
  const read = (name: string): string | undefined => parameters.get(name) || undefined;
  const rootCert = read('sslrootcert');
  const implied = parameters.has('ssl') ? 'require' : 'prefer';
  const wanted = read('sslmode') ?? (rootCert === 'system' ? 'verify-full' : implied);
  const mode = modes.find((each) => each === wanted);
  if (mode === undefined) {
    throw mistake(`sslmode is ${JSON.stringify(wanted.slice(0, 40))}`, `use one of ${modes.join(', ')}`);
  }
  if (rootCert === 'system' && mode !== 'verify-full') {
    throw mistake(
      `sslmode=${mode} with sslrootcert=system trusts every server that any authority has certified`,
      'set sslmode=verify-full',
    );
  }
  const [cert, key, keyPassword] = [read('sslcert'), read('sslkey'), read('sslpassword')];
  return { mode, rootCert, cert, key, keyPassword };
}

/** The ways to connect, in the order to try them. Reads the files each time. Throws a `StorageError`. */
export function waysOf(parameters: TlsParameters): readonly PostgresTls[] {
  const { mode } = parameters;
  if (mode === 'disable') return [false];
  const tls = readOptions(parameters);
  if (mode === 'allow') return [false, tls];
  return mode === 'prefer' ? [tls, false] : [tls];
}

/** The ways with the current files, or `ways` if the files can't be read. */
export function readAgain(parameters: TlsParameters, ways: readonly PostgresTls[]): readonly PostgresTls[] {
  try {
    return waysOf(parameters);
  } catch {
    return ways;
  }
}

function readOptions(parameters: TlsParameters): ConnectionOptions {
  const { mode } = parameters;
  const ca = readRoots(parameters);
  const own = readOwn(parameters);
  return {
    ...own,
    // As in libpq: an existing root certificate is checked in every mode, and only verify-full checks the name.
    ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
}

function readRoots({ mode, rootCert }: TlsParameters): string | string[] | undefined {
  if (rootCert === 'system') {
    const trusted = getCACertificates('system');
    if (trusted.length > 0) return trusted;
    throw mistake(
      'sslrootcert is system, and this machine trusts no certificate authority',
      'install its ca-certificates, or set sslrootcert to a file',
    );
  }
  const text = readIfThere('sslrootcert', rootCert, 'root.crt');
  // libpq ignores a named file that is missing, and would then trust any server. Miftah refuses.
  if (text !== undefined || (rootCert === undefined && !mode.startsWith('verify-'))) return text;
  throw mistake(
    `sslmode is ${mode}, and the root certificate ${rootCert ?? homeFile('root.crt')} is missing`,
    'set sslrootcert to the file of the certificate authority, or to system',
  );
}

function readOwn({ cert, key, keyPassword }: TlsParameters): ConnectionOptions {
  const certText = readIfThere('sslcert', cert, 'postgresql.crt');
  if (certText === undefined) {
    if (cert === undefined) return {};
    throw mistake(`the client certificate ${cert} is missing`, 'set sslcert to its file');
  }
  const keyText = readIfThere('sslkey', key, 'postgresql.key');
  if (keyText !== undefined) {
    return { cert: certText, key: keyText, ...(keyPassword !== undefined && { passphrase: keyPassword }) };
  }
  throw mistake(
    `the client certificate has no key: ${key ?? homeFile('postgresql.key')} is missing`,
    'set sslkey to its file',
  );
}

function homeFile(name: string): string {
  return join(homedir(), '.postgresql', name);
}

/** The text of the named file, or else of libpq's default in the home folder. `undefined`: it does not exist. */
function readIfThere(field: string, file: string | undefined, nameAtHome: string): string | undefined {
  try {
    return readFileSync(file ?? homeFile(nameAtHome), 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (file === undefined || code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw mistake(`${field} ${file} cannot be read (${code})`, 'let the user that runs Miftah read it', cause);
  }
}

function mistake(problem: string, fix: string, cause?: unknown): StorageError {
  return new StorageError('storage_unreachable', `database: ${problem}`, fix, { cause });
}
