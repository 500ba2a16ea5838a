// How PostgreSQL is reached: `sslmode` and its files mean what they mean to psql, and what fails is told with its cause and its fix.
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { connectToPrimary, parsePostgresHosts } from '../../src/storage/postgres/hosts.ts';
import { connectionConfig } from '../../src/storage/postgres/pool.ts';
import { openPostgres } from '../../src/storage/postgres/storage.ts';
import { type Authority, type Certificate, createAuthority } from '../certificates.ts';
import { runCli } from '../cli/cli-process.ts';
import { freePort } from '../free-port.ts';
import { startPgbouncer } from '../pgbouncer.ts';
import { findProgram, type PostgresServer, startPostgres } from '../postgres-server.ts';

let folder: string;
let authority: Authority;
let other: Authority;
let client: Certificate;
/** One with TLS and one without, each on a port of its own. */
let secure: PostgresServer;
let plain: PostgresServer;
const ports = { secure: 0, plain: 0 };

/** Who may connect: a database each, over TCP. */
const access = [
  'local all all trust',
  'hostssl tls_only all 127.0.0.1/32 trust',
  'hostnossl clear_only all 127.0.0.1/32 trust',
  'host either all 127.0.0.1/32 trust',
  'hostssl certified all 127.0.0.1/32 trust clientcert=verify-ca',
  'host passwords all 127.0.0.1/32 scram-sha-256',
  'host forbidden all 127.0.0.1/32 reject',
];
const databases = ['tls_only', 'clear_only', 'either', 'certified', 'passwords'];

async function start(port: number, extra: Parameters<typeof startPostgres>[0] = {}): Promise<PostgresServer> {
  const { settings, ...rest } = extra;
  const server = await startPostgres({
    ...rest,
    access,
    settings: { listen_addresses: '127.0.0.1', port: String(port), ...settings },
  });
  for (const name of databases) await server.query('postgres', `CREATE DATABASE ${name} STRATEGY file_copy`);
  await server.query('postgres', "CREATE ROLE reader LOGIN PASSWORD 'right-password'");
  await server.query('postgres', 'CREATE ROLE crowded LOGIN CONNECTION LIMIT 0');
  return server;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-pg-tls-'));
  authority = createAuthority(folder, 'right authority');
  other = createAuthority(folder, 'other authority');
  client = authority.sign('miftah');
  const { cert, key } = authority.sign('server', 'DNS:localhost');
  const files = { 'server.crt': cert, 'server.key': key, 'root.crt': authority.cert };
  [ports.secure, ports.plain] = await Promise.all([freePort(), freePort()]);
  [secure, plain] = await Promise.all([
    start(ports.secure, { files, settings: { ssl: 'on', ssl_ca_file: 'root.crt' } }),
    start(ports.plain),
  ]);
});
afterAll(async () => {
  await Promise.all([secure?.dispose(), plain?.dispose()]);
  rmSync(folder, { recursive: true });
});

type Outcome = 'encrypted' | 'in the clear' | 'refused';
const isEncrypted = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
const limits = {
  connectTimeoutMs: 20_000,
  statementTimeoutMs: 20_000,
  transactionTimeoutMs: 20_000,
  maxConnections: 1,
};

async function connectOurselves(url: string): Promise<Outcome> {
  try {
    const hosts = parsePostgresHosts(url);
    const connection = await connectToPrimary(hosts, connectionConfig({ ...limits, hosts }));
    const { rows } = await connection.query<{ ssl: boolean }>(isEncrypted);
    await connection.end();
    return rows[0]?.ssl === true ? 'encrypted' : 'in the clear';
  } catch {
    return 'refused';
  }
}

async function connectWithPsql(url: string): Promise<Outcome> {
  try {
    const args = ['--no-psqlrc', '--no-password', '--tuples-only', '--no-align', '--command', isEncrypted, url];
    // Nothing of this machine: no files of its home folder, no variables.
    const { stdout } = await promisify(execFile)(findProgram('psql'), args, { env: { HOME: folder } });
    return stdout.trim() === 't' ? 'encrypted' : 'in the clear';
  } catch {
    return 'refused';
  }
}

describe('sslmode means what it means to psql', () => {
  const modes = [undefined, 'disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
  const roots = {
    'no root certificate': () => undefined,
    'the right root certificate': () => authority.certFile,
    'another root certificate': () => other.certFile,
  };

  test.each(Object.keys(roots) as (keyof typeof roots)[])('%s', async (root) => {
    const file = roots[root]();
    const cases = (
      [
        ['secure', 'localhost', 'tls_only'],
        ['secure', 'localhost', 'clear_only'],
        ['secure', '127.0.0.1', 'either'],
        ['secure', 'localhost', 'either'],
        ['plain', 'localhost', 'tls_only'],
        ['plain', '127.0.0.1', 'either'],
      ] as const
    ).flatMap((place) => modes.map((mode) => [...place, mode] as const));
    const seen = await Promise.all(
      cases.map(async ([server, host, database, mode]) => {
        const query = new URLSearchParams({ ...(mode && { sslmode: mode }), ...(file && { sslrootcert: file }) });
        const url = `postgres://miftah@${host}:${ports[server]}/${database}?${query}`;
        const [ours, theirs] = await Promise.all([connectOurselves(url), connectWithPsql(url)]);
        return [
          { server, host, database, mode, ours },
          { server, host, database, mode, ours: theirs },
        ] as const;
      }),
    );
    expect(seen.map(([ours]) => ours)).toEqual(seen.map(([, theirs]) => theirs));
    expect(new Set(seen.map(([{ ours }]) => ours)).size).toBeGreaterThan(1);
  });

  test('a root certificate that is named and missing is refused, where psql would trust anyone', async () => {
    const url = (mode: string) =>
      `postgres://miftah@localhost:${ports.secure}/either?sslmode=${mode}&sslrootcert=${join(folder, 'missing.pem')}`;
    const outcomes = await Promise.all(modes.map((mode = 'prefer') => connectOurselves(url(mode))));
    expect(outcomes).toEqual(modes.map((mode) => (mode === 'disable' ? 'in the clear' : 'refused')));
    expect(await connectWithPsql(url('require'))).toBe('encrypted');
  });

  test('a client certificate is shown where the server asks for one', async () => {
    const url = `postgres://miftah@localhost:${ports.secure}/certified?sslmode=require`;
    const own = `&sslcert=${client.certFile}&sslkey=${client.keyFile}`;
    for (const each of [url, url + own]) expect(await connectOurselves(each)).toBe(await connectWithPsql(each));
    expect([await connectOurselves(url), await connectOurselves(url + own)]).toEqual(['refused', 'encrypted']);
  });

  test('a socket of the file system is in the clear, whatever sslmode says', async () => {
    expect(
      await connectOurselves(`${plain.urlOf('either')}?sslmode=verify-full&sslrootcert=${authority.certFile}`),
    ).toBe('in the clear');
  });
});

test('sslrootcert=system trusts what the machine trusts', async () => {
  const file = join(folder, 'miftah.yaml');
  const url = `postgres://miftah@localhost:${ports.secure}/either?sslrootcert=system`;
  writeFileSync(
    file,
    `database: "${url}"\napis: [{ id: a, profile: classic, hosts: [a.localhost], upstream: "http://127.0.0.1:9" }]\n`,
  );
  const examine = async (trusted: string) => {
    const env = { MIFTAH_URL: 'http://127.0.0.1:1', SSL_CERT_FILE: trusted, SSL_CERT_DIR: join(folder, 'none') };
    const { stdout } = await runCli(['doctor', '--config', file, '--data', join(folder, 'data'), '--json'], {
      cwd: folder,
      env,
    });
    const { checks } = JSON.parse(stdout) as { checks: Finding[] };
    return checks.find(({ check }) => check === 'database');
  };
  expect(await examine(authority.certFile)).toMatchObject({ status: 'ok' });
  expect(await examine(other.certFile)).toMatchObject({
    status: 'fail',
    message: expect.stringContaining('has a certificate of an unknown certificate authority'),
  });
});

describe('what fails is told with its cause and its fix', () => {
  const at = (database: string, query = '', { user = 'reader', password = 'right-password' } = {}) =>
    `postgres://${user}:${password}@localhost:${ports.secure}/${database}${query}`;
  const verify = (root: string) => `?sslmode=verify-full&sslrootcert=${root}`;

  test.each<[string, () => string, string, RegExp]>([
    [
      'a server that wants TLS',
      () => at('tls_only', '?sslmode=disable'),
      'storage_unwritable',
      /refuses this connection without TLS \(no pg_hba.conf entry .*\): set sslmode=require in `database`/,
    ],
    [
      'a server without TLS',
      () => at('either', '?sslmode=require').replace(String(ports.secure), String(ports.plain)),
      'storage_unreachable',
      /has no TLS, which sslmode in `database` demands: set ssl = on .* sslmode=prefer/,
    ],
    [
      'a wrong password',
      () => at('passwords', '', { password: 'wrong-secret' }),
      'storage_unwritable',
      /refuses the password \(password authentication failed for user "reader"\): correct the user and the password/,
    ],
    [
      'no password',
      () => `postgres://reader@localhost:${ports.secure}/passwords`,
      'storage_unwritable',
      /asks for a password, and `database` has none: set the password/,
    ],
    [
      'an unknown user',
      () => at('either', '', { user: 'stranger' }),
      'storage_unwritable',
      /refuses the user \(role "stranger" does not exist\): create the user, or correct it in `database`/,
    ],
    [
      'an unknown database',
      () => at('nowhere').replace('localhost', '127.0.0.1'),
      'storage_unwritable',
      /refuses this connection over TLS \(no pg_hba.conf entry .*"nowhere"/,
    ],
    [
      'an unknown database that pg_hba.conf allows',
      () => secure.urlOf('nowhere'),
      'storage_unwritable',
      /no database with this name \(database "nowhere" does not exist\): create it, or correct its name/,
    ],
    [
      'a missing root certificate',
      () => at('either', verify('/missing/root.pem')),
      'storage_unreachable',
      /sslmode is verify-full, and the root certificate \/missing\/root.pem is missing: set sslrootcert/,
    ],
    [
      'a root certificate of another authority',
      () => at('either', verify(other.certFile)),
      'storage_unreachable',
      /has a certificate of an unknown certificate authority: set sslrootcert in `database`/,
    ],
    [
      'a host that the certificate does not name',
      () => at('either', verify(authority.certFile)).replace('localhost', '127.0.0.1'),
      'storage_unreachable',
      /has a certificate for another name \(DNS:localhost\): use a name of the certificate as the host/,
    ],
    [
      'a line of pg_hba.conf that rejects',
      () => at('forbidden'),
      'storage_unwritable',
      /pg_hba.conf of PostgreSQL refuses .*\(pg_hba.conf rejects connection .*: add a line for this user/,
    ],
    [
      'a client certificate that is missing',
      () => at('certified', '?sslmode=require'),
      'storage_unwritable',
      /\(connection requires a valid client certificate\): .*sslcert and sslkey/,
    ],
    [
      'a file of a client certificate that is missing',
      () => at('certified', '?sslcert=/missing/client.pem'),
      'storage_unreachable',
      /the client certificate \/missing\/client.pem is missing: set sslcert/,
    ],
    [
      'too many connections',
      () => at('either', '', { user: 'crowded' }),
      'storage_busy',
      /no free connection \(too many connections for role "crowded"\): raise its max_connections/,
    ],
    [
      'a name that does not exist',
      () => at('either').replace('localhost', 'db.invalid'),
      'storage_unreachable',
      /\(E\w+\)/,
    ],
    [
      'an unknown sslmode',
      () => at('either', '?sslmode=no-verify'),
      'storage_unreachable',
      /use one of disable, allow/,
    ],
    [
      'a parameter that Miftah does not follow',
      () => at('either', '?sslcrl=/etc/crl.pem'),
      'storage_unreachable',
      /sslcrl is not supported with this value: use sslmode/,
    ],
    [
      'a weak mode with the authorities of the machine',
      () => at('either', '?sslmode=require&sslrootcert=system'),
      'storage_unreachable',
      /set sslmode=verify-full/,
    ],
  ])('%s', async (_what, url, code, message) => {
    const error: unknown = await openPostgres({ url: url() }).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(inspect(error, { depth: 9 })).not.toMatch(/right-password|wrong-secret/);
  });

  test('a server that takes no connections yet', async () => {
    const standby = await startPostgres({
      files: { 'standby.signal': '' },
      settings: { hot_standby: 'off' },
      readyLine: /entering standby mode/,
    });
    try {
      await expect(openPostgres({ url: standby.urlOf('postgres') })).rejects.toMatchObject({
        code: 'storage_unreachable',
        message: expect.stringMatching(/does not take this connection \(the database system is .*\)/),
      });
    } finally {
      await standby.dispose();
    }
  });

  test('a pooler that wants TLS, and one without the user', async () => {
    const { certFile, keyFile } = authority.sign('pooler', 'DNS:localhost');
    // The pooler runs as another user.
    chmodSync(folder, 0o755);
    chmodSync(keyFile, 0o644);
    const tls = [`client_tls_cert_file = ${certFile}`, `client_tls_key_file = ${keyFile}`];
    const pooler = await startPgbouncer(secure, ['client_tls_sslmode = require', ...tls]);
    try {
      const url = pooler.urlOf('postgres');
      await (await openPostgres({ url })).close();
      await expect(openPostgres({ url: `${url}?sslmode=disable` })).rejects.toMatchObject({
        message: expect.stringMatching(/does not take this connection \(SSL required\)/),
      });
      await expect(openPostgres({ url: url.replace('miftah:', 'stranger:') })).rejects.toMatchObject({
        message: expect.stringMatching(/\(.*(?:no such user|authentication failed).*\)/),
      });
    } finally {
      await pooler.dispose();
    }
  });
});
